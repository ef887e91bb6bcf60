"""Blocks of text side by side, in aligned columns."""
from __future__ import annotations

from typing import Sequence

Block = tuple[str, list[str]]           # a label, and its lines
GAP = " " * 4


def one_row(blocks: Sequence[Block], width: int) -> bool:
    """Whether all blocks fit side by side."""
    wide = [len(label) + 2 + max(map(len, lines)) for label, lines in blocks]
    return sum(wide) + len(GAP) * (len(wide) - 1) <= width


def beside(blocks: Sequence[Block], width: int = 96) -> list[str]:
    """Blocks side by side, each label before its first line; a new row when the width is used up.

    >>> print(*beside([("x", ["[[1 5]", " [5 0]]"]), ("size", ["2"])]), sep="\\n")
    x  [[1 5]    size  2
        [5 0]]
    """
    rows: list[list[list[str]]] = [[]]
    used = 0
    for label, lines in blocks:
        cells = [(label if i == 0 else " " * len(label)) + "  " + line for i, line in enumerate(lines)]
        wide = max(map(len, cells))
        cells = [cell.ljust(wide) for cell in cells]
        if rows[-1] and used + len(GAP) + wide > width:
            rows.append([])
            used = 0
        used += wide + (len(GAP) if rows[-1] else 0)
        rows[-1].append(cells)
    result = []
    for row in rows:
        for i in range(max(map(len, row), default=0)):
            result.append(GAP.join(cells[i] if i < len(cells) else " " * len(cells[0])
                                   for cells in row).rstrip())
    return result
