"""Which of a submission's files is which exercise: by its name as far as that goes, or by what it defines."""
from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Sequence

from ..catalog import EXERCISES, Entry
from ..stub import is_stub
from .reading import File, text_of

COPY = r"(?:[ _-]*(?:\((?P<a>\d+)\)|copy(?: ?\d+)?|kopie|final|new|v?(?P<b>\d+)))*"


@dataclass
class Chosen:
    """The file of an exercise."""

    entry: Entry
    text: str                       # as Python is to read it
    came_as: str                    # the file's own name
    modified: float


def choose(files: Sequence[File], entries: Sequence[Entry] = EXERCISES) -> tuple[dict[str, Chosen],
                                                                                 list[str]]:
    """For each exercise its file, by the exercise's name, and notes on what was not as it should be.

    Of several files that fit, one that is written counts before one that is still the stub, one that defines
    the functions before one that does not, the better name before the worse, and then the later one.
    """
    texts = [text_of(file.content) for file in files]
    defined = [functions(text) for text, _ in texts]
    of_another = [any(likeness(PurePosixPath(file.name).name, entry)[0] for entry in EXERCISES)
                  for file in files]
    found: dict[str, Chosen] = {}
    notes = []
    for entry in entries:
        best: tuple[tuple[float, ...], int] | None = None
        for i, file in enumerate(files):
            whole = set(entry.functions) <= defined[i]
            named, number = likeness(PurePosixPath(file.name).name, entry)
            if named or whole and not of_another[i]:
                begun = not is_stub(texts[i][0], entry)
                depth = -file.name.count("/")
                rank = (float(begun), float(whole), named, number, file.modified, depth)
                best = max(best, (rank, i)) if best else (rank, i)
        if best is None:
            continue
        file, (text, encoding) = files[best[1]], texts[best[1]]
        found[entry.name] = Chosen(entry, text, file.name, file.modified)
        if PurePosixPath(file.name).name != entry.file:
            notes.append(f"{entry.file} came as {file.name}")
        if encoding:
            notes.append(f"{file.name} is written in {encoding}")
    return found, notes


def helpers(files: Sequence[File], chosen: dict[str, Chosen]) -> list[tuple[str, str]]:
    """Files that aren't exercises, which the others may import: names and texts."""
    used = {one.came_as for one in chosen.values()}
    own = {entry.file for entry in EXERCISES}
    rest = [(PurePosixPath(file.name).name,
             text_of(file.content)[0]) for file in files if file.name not in used]
    return [(name, text) for name, text in rest if name not in own and name.lower().endswith(".py")]


def likeness(name: str, entry: Entry) -> tuple[float, float]:
    """How well a file's name fits an exercise, from 0 to 3, and the number of the copy it is."""
    if name == entry.file:
        return 3.0, 0.0
    title = entry.name.replace("_", "[ _-]?")
    for value, pattern in ((2.0, rf"0?{entry.number}[ _.-]*{title}"),
                           (1.5, rf"(?:ex|exercise|task|problem)?[ _-]*0?{entry.number}[ _.-]*(?:{title})?"),
                           (1.0, title)):
        fits = re.fullmatch(rf"{pattern}{COPY}\.py(\.txt)?", name, re.IGNORECASE)
        if fits:
            return value, float(fits["a"] or fits["b"] or 0)
    return 0.0, 0.0


@lru_cache(maxsize=1024)
def functions(text: str) -> frozenset[str]:
    """The names that a file defines at its top; none if Python cannot read it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(re.findall(r"^(?:def|class) +(\w+)", text, re.MULTILINE))
    return frozenset(node.name for node in tree.body
                     if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)))
