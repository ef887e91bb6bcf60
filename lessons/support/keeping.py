"""Files that a lesson leaves to the student: the cells that were read, as a program."""
from __future__ import annotations

from pathlib import Path

from minigrad.files.writing import write_atomically

from ..player.catalog import all_lessons, find
from ..player.cells import read_cells, tagged
from .options import Options
from ..player.shell import command, short


def keep(lesson: str, name: str, options: Options) -> Path:
    """Write the cells of ``lesson`` that are tagged ``name`` to a file of that name, and say so.

    A file that is there and differs may hold the student's work. It stays, and the new one gets a number.
    """
    found = find(lesson, all_lessons())
    if found is None:
        raise ValueError(f"keep: there is no lesson {lesson!r}.")
    content = tagged(read_cells(found.path), name)
    path = options.output / name
    number = 2
    while path.exists() and path.read_text(encoding="utf-8") != content:
        path = (options.output / name).with_stem(f"{Path(name).stem}-{number}")
        number += 1
    write_atomically(path, content.encode())
    print(f"yours: {path}, {len(content.splitlines())} lines\nrun:   {command(short(path))}")
    return path
