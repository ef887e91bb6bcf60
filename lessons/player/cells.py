"""A lesson's cells: what lies between two lines that begin with ``# %%``.

``# %%`` begins a cell of code, ``# %% [markdown]`` a cell of text, which is one string in triple
quotes (the percent format, with strings as text). A cell may have tags, as Jupyter's cells do:

    # %% tags=["hidden"]

hidden      is run but not shown: options, pictures, what the student need not read
audit       with hidden: its output is folded in a notebook
NAME.py     belongs to a file that the student keeps (see ``keep``)
"""
from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Iterable, NamedTuple

_MARK = re.compile(r"^# %%(.*)$", re.MULTILINE)


class Cell(NamedTuple):
    """One cell. ``line`` is the number of its first line in the file, from 1."""

    is_text: bool
    source: str             # for text: the text itself, without its quotes
    line: int
    tags: tuple[str, ...] = ()


def read_cells(path: Path) -> list[Cell]:
    """The cells of a lesson, in order; the header before the first one is left out.

    Raises ValueError for a text cell that is not one string, and SyntaxError for bad code.
    """
    content = path.read_text(encoding="utf-8")
    marks = list(_MARK.finditer(content))
    ends = [mark.start() for mark in marks[1:]] + [len(content)]
    cells = []
    for mark, end in zip(marks, ends):
        body = content[mark.end() + 1:end]
        line = content.count("\n", 0, mark.end()) + 2
        is_text, tags = _kind(mark.group(1), path, line - 1)
        if is_text:
            cells.append(Cell(True, _text(body, path, line), line, tags))
        else:
            blank = len(body) - len(body.lstrip("\n"))
            cells.append(Cell(False, body.strip("\n"), line + blank, tags))
    return cells


def tagged(cells: Iterable[Cell], tag: str) -> str:
    """The source of all cells of code with this tag, as one program."""
    return "\n\n\n".join(cell.source for cell in cells if tag in cell.tags) + "\n"


def _kind(mark: str, path: Path, line: int) -> tuple[bool, tuple[str, ...]]:
    """Whether a mark begins text, and its tags."""
    found = re.fullmatch(r"( \[markdown\])?(?: tags=(\[.*\]))?", mark)
    if found is None:
        raise ValueError(f"{path}, line {line}: a cell begins with # %%, [markdown] if it is text, and "
                         f'tags=["NAME"] if it has tags; found {mark.strip()!r}.')
    return found.group(1) is not None, tuple(json.loads(found.group(2) or "[]"))


def _text(body: str, path: Path, line: int) -> str:
    parsed = ast.parse(body).body
    if len(parsed) == 1 and isinstance(parsed[0], ast.Expr):
        value = parsed[0].value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value.strip("\n")
    raise ValueError(f"{path}, line {line}: a text cell is one string in triple quotes.")
