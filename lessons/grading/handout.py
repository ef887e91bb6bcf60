"""python -m lessons handout: the exercises in a folder of their own, for a class."""
from __future__ import annotations

import argparse
import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Sequence

from .catalog import EXERCISES, FOLDER, Entry, find
from .grade import cases_of
from .stored import CannotLoad, to_json
from .stub import untouched

TEMPLATES = Path(__file__).resolve().parent / "templates"
UNKNOWN = "ADDRESS-OF-MINIGRAD"


class CannotHandOut(Exception):
    """The hand-out cannot be written; the message says why."""


def main(arguments: list[str]) -> int:
    """Write a hand-out; 2 when that cannot be done."""
    parser = argparse.ArgumentParser(
        prog="python -m lessons handout", description="Write the exercises into a new folder, with a README "
        "and a workflow that grades them on GitHub.")
    parser.add_argument("folder", type=Path, help="a folder that is empty or does not exist yet")
    parser.add_argument("exercise", nargs="*", help="numbers or names, if not all of them")
    parser.add_argument("--install", metavar="WHAT", help="what pip installs to get minigrad: an address as "
                        "git+https://…, a path, or a name (default: where this copy was cloned from)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="decides the random cases (0)")
    options = parser.parse_args(arguments)
    entries = []
    for key in options.exercise:
        entry = find(key)
        if entry is None:
            parser.error(f"there is no exercise {key!r}; there are 1 to {len(EXERCISES)}")
        entries.append(entry)
    install = options.install or origin() or UNKNOWN
    try:
        write(options.folder, sorted(entries) or list(EXERCISES), install, options.seed)
    except (CannotHandOut, CannotLoad) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"The hand-out is in {options.folder}: {len(entries) or len(EXERCISES)} exercises with "
          "their cases, README.md, and .github/workflows/grade.yml.")
    if install == UNKNOWN:
        print(f"README.md and grade.yml say {UNKNOWN}: put there what pip is to install, or give --install.")
    return 0


def write(folder: Path, entries: Sequence[Entry], install: str, seed: int = 0) -> None:
    """Write stubs, cases with their results, README and workflow. Raises CannotHandOut before that."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CannotHandOut(f"{folder} is not an empty folder. Choose another one; nothing was written.")
    begun = [entry.file for entry in entries if not pristine(FOLDER / entry.file, entry)]
    if begun:
        raise CannotHandOut(f"{', '.join(begun)} in {FOLDER} is no longer the stub: the hand-out would hold "
                            "a solution. Restore it (git checkout); nothing was written.")
    contents = {entry.file: (FOLDER / entry.file).read_text(encoding="utf-8") for entry in entries}
    for entry in entries:
        name = f"cases/{entry.file.removesuffix('.py')}.json"
        exercise, cases = cases_of(entry, seed)
        contents[name] = (FOLDER / name).read_text(encoding="utf-8") if exercise.stored else \
            to_json(exercise, cases)
    contents["README.md"] = filled("README.md", entries, install)
    contents[".github/workflows/grade.yml"] = filled("grade.yml", entries, install)
    contents[".gitignore"] = ".venv/\n__pycache__/\ngrade.*\n"
    try:
        for name, content in contents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise CannotHandOut(f"cannot write {folder}: {error.strerror}") from None


def store() -> None:
    """Write the cases for seed 0 beside the exercises, for where ``cases`` is not installed."""
    (FOLDER / "cases").mkdir(exist_ok=True)
    for entry in EXERCISES:
        path = FOLDER / "cases" / entry.file
        path.with_suffix(".json").write_text(to_json(*cases_of(entry, 0)), encoding="utf-8")


def filled(template: str, entries: Sequence[Entry], install: str) -> str:
    """A template with what it leaves open."""
    rows = ["| | exercise | file |", "| --- | --- | --- |"]
    rows += [f"| {entry.number} | {entry.title} | `{entry.file}` |" for entry in entries]
    which = "--all" if len(entries) == len(EXERCISES) else " ".join(str(x.number) for x in entries)
    words = {"TABLE": "\n".join(rows), "INSTALL": shlex.quote(install), "FIRST": str(entries[0].number),
             "WHICH": which}
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    return re.sub(r"\b(TABLE|INSTALL|FIRST|WHICH)\b", lambda word: words[word.group()], text)


def pristine(path: Path, entry: Entry) -> bool:
    """Whether a file is the stub: nothing is written, and nothing was added."""
    if not untouched(path, entry):
        return False
    tree = ast.parse(path.read_bytes())
    defined = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    return defined <= {*entry.functions, "Node", "Value"}


def origin() -> str | None:
    """Where this checkout was cloned from, as pip takes it; None if it was not, or only from a path."""
    try:
        address = subprocess.run(["git", "-C", str(FOLDER), "remote", "get-url", "origin"], text=True,
                                 capture_output=True, timeout=10).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return None
    return f"git+{address}" if address.startswith(("https://", "ssh://")) else None
