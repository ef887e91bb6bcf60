"""Who has handed in what: a submission for each folder, zip or file name of a student."""
from __future__ import annotations

import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from .reading import is_code

MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)")
CANVAS = re.compile(r"(?P<name>[^_]+)_(?P<late>late_)?(?P<number>\d+)_\d+_(?P<file>.+)", re.IGNORECASE)


@dataclass
class Submission:
    """What one student has handed in."""

    key: str                                # names its files among the results
    student: str
    number: str = ""                        # by which a learning platform knows the student
    late: bool = False                      # the platform's mark
    paths: list[tuple[Path, str]] = field(default_factory=list)     # where it is; a file's own name


def find(folder: Path) -> tuple[list[Submission], list[str]]:
    """All submissions in a folder, by student, and the names of what belongs to nobody.

    A folder or zip belongs to the student whose name it has, alone or as Moodle and Canvas write it; so do
    single files that these have named.
    """
    found: dict[tuple[str, str], Submission] = {}
    strangers = []
    for path in sorted(folder.iterdir()):
        kind = path.lstat().st_mode
        archive = stat.S_ISREG(kind) and path.suffix.lower() == ".zip"
        if path.name.startswith(".") or path.name == "__MACOSX":
            continue
        name = path.stem if archive else path.name
        told = MOODLE.fullmatch(name) or CANVAS.fullmatch(name)
        if not (stat.S_ISDIR(kind) or archive or told and stat.S_ISREG(kind) and is_code(path.name)):
            strangers.append(path.name)
            continue
        student, number = (told["name"], told["number"]) if told else (name, "")
        student = " ".join(student.split()) or "?"
        one = found.setdefault((student, number), Submission("", student, number))
        one.late |= bool(told and told.groupdict().get("late"))
        one.paths.append((path, told["file"] if told and not stat.S_ISDIR(kind) else ""))
    keys: set[str] = set()
    for one in found.values():
        one.key = unique(re.sub(r"[^\w.-]+", "_", f"{one.student}_{one.number}".strip("_")).strip("."), keys)
    return list(found.values()), strangers


def unique(key: str, keys: set[str]) -> str:
    """A name for files that no other submission has, also where a system ignores case."""
    key = key[:80] or "student"
    name, count = key, 2
    while name.lower() in keys:
        name, count = f"{key}-{count}", count + 1
    keys.add(name.lower())
    return name

