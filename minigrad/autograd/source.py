"""The student's line of source that called an operation.

Storing a frame would keep all its variables alive, so an operation stores the code object and the
position in it; the line's number and text are worked out only when somebody asks.
"""
from __future__ import annotations

import linecache
import os
import sys
from types import CodeType
from typing import Any, NamedTuple

PACKAGE = __name__.partition(".")[0] + "."
FOLDER = os.path.dirname(os.path.dirname(__file__)) + os.sep
Position = tuple[CodeType, int]


_inside: dict[str, bool] = {}       # whether a file is part of minigrad, for each file met so far


def caller(depth: int) -> Position | None:
    """The innermost position outside of minigrad, looking from ``depth`` frames up."""
    frame: Any = sys._getframe(depth)
    try:
        while _inside[(code := frame.f_code).co_filename]:
            frame = frame.f_back
    except KeyError:                    # a file that is new here
        _inside[code.co_filename] = code.co_filename.startswith(FOLDER)
        return caller(depth + 1)
    except AttributeError:              # no frame is left: minigrad itself was started
        return None
    return code, frame.f_lasti


class SourceLine(NamedTuple):
    """A file, a line number from 1, and the line's text without indentation ('' when unknown)."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f": {self.text}" if self.text else "")


def source_line(position: Position | None) -> SourceLine | None:
    """The file, line and text of a stored position."""
    if position is None:
        return None
    code, offset = position
    number = code.co_firstlineno
    for start, end, line in code.co_lines():
        if line is not None and start <= offset < end:
            number = line
    return SourceLine(code.co_filename, number, linecache.getline(code.co_filename, number).strip())
