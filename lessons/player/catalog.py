"""Which lessons there are, read from the header of each file.

A lesson is a script in the percent format, ``lessons/NN_name.py``, that begins with

    # ---
    # title: a CNN on MNIST
    # documents: C §5
    # time: 6 min
    # needs: MNIST, 11 MB
    # ---

All four lines must be there; ``needs`` may be empty. Text cells are strings in triple quotes.
"""
from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parents[1]
FIELDS = ("title", "documents", "time", "needs")


class Lesson(NamedTuple):
    """One lesson, as its header describes it."""

    number: int
    name: str
    path: Path
    title: str
    documents: str
    time: str
    needs: str


def all_lessons(folder: Path = FOLDER) -> list[Lesson]:
    """All lessons, by number. Raises ValueError for a header that is not as it must be."""
    found = []
    for path in sorted(folder.glob("[0-9][0-9]_*.py")):
        number, _, name = path.stem.partition("_")
        found.append(Lesson(int(number), name, path, **read_header(path)))
    return found


def read_header(path: Path) -> dict[str, str]:
    """The fields of a lesson's header."""
    header = re.match(r"# ---\n((?:#.*\n)*?)# ---\n", path.read_text(encoding="utf-8"))
    lines = header.group(1).splitlines() if header else []
    fields = {key.strip(): value.strip()
              for key, _, value in (line.lstrip("# ").partition(":") for line in lines)}
    if set(fields) != set(FIELDS):
        raise ValueError(f"{path}: a lesson begins with a header of {', '.join(FIELDS)} between two "
                         f"lines '# ---'; found {', '.join(fields) or 'none'}.")
    return fields


def find(key: str, lessons: list[Lesson]) -> Lesson | None:
    """The lesson with this number or name, or None."""
    for lesson in lessons:
        if key in (str(lesson.number), f"{lesson.number:02d}", lesson.name, lesson.path.stem,
                   lesson.path.name):
            return lesson
    return None


def listing(lessons: list[Lesson]) -> str:
    """The table of all lessons."""
    rows = [(f"{x.number:2d}", x.name, x.title, x.documents, x.time, x.needs) for x in lessons]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
                     for row in rows)
