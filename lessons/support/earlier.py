"""A lesson that goes on where another one ended."""
from __future__ import annotations

import io
from contextlib import redirect_stdout
from typing import Any

from ..player.catalog import all_lessons, find
from ..player.cells import read_cells

_ITS_OWN = ("picture(", "write_results(", "appendix(", "keep(")      # what only the lesson itself should do


def earlier(name: str) -> dict[str, Any]:
    """Run another lesson's cells, and return its variables; nothing is printed, drawn or written.

    Name the result ``carried``: then what that lesson carried from one before it comes along.

    Hidden cells that draw or write are left out. Raises ValueError when there is no such lesson.
    """
    lesson = find(name, all_lessons())
    if lesson is None:
        raise ValueError(f"earlier: there is no lesson {name!r}.")
    print(f"Lesson {lesson.number} ({lesson.name.replace('_', ' ')}) is run first; this one goes on there.")
    variables: dict[str, Any] = {"__name__": "__main__", "__file__": str(lesson.path)}
    with redirect_stdout(io.StringIO()):
        for cell in read_cells(lesson.path):
            hidden = "hidden" in cell.tags
            if cell.is_text or (hidden and any(call in cell.source for call in _ITS_OWN)
                                and "read_options(" not in cell.source):
                continue
            exec(compile("\n" * (cell.line - 1) + cell.source, str(lesson.path), "exec"), variables)
            if "picture" in variables:
                variables["picture"] = lambda *arguments: None
    return {**variables.get("carried", {}), **variables}
