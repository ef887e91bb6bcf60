"""A block of formulas, indented in the text, as a table of formulas and words; or as it is, if unsure."""
from __future__ import annotations

import re
from html import escape
from typing import NamedTuple

from lessons.player.wrap import columns

from .formulas import Unsure, formula, tokens
from .fractions import RELATIONS

_CODE = re.compile(r"[\"'#`]|\w\(\)|\w\.\w*[a-z]\w*|\w+_\w{2,}\w*(?<!_old)|==|%|\bpython\b|\$")
_MATH = re.compile(r"[=≈←→+−/<>ΣΠ∂∇√½¼θδλσμαβγ⊙·²′ᵀ@]")


class Cell(NamedTuple):
    """Text between wide gaps, and the column where it begins."""

    text: str
    start: int


def typeset(block: str) -> str | None:
    """The block as HTML; None when it is not surely formulas and remarks about them.

    >>> typeset("    y = x²    for all x")[:61]
    '<div class="formula"><table><tbody><tr><td><math displaystyle'
    """
    lines = [line[4:] if line.startswith("    ") else line for line in block.splitlines()]
    if any(_CODE.search(line) for line in lines):
        return None
    rows = [
        [
            Cell(found[0].rstrip(), columns(line[: found.start()]))
            for found in re.finditer(r"\S+(?: \S+)*", line)
        ]
        for line in lines
    ]
    if len(rows) == 1:
        rows = [_joined(rows[0])]
    starts = sorted({cell.start for row in rows for cell in row})
    rows = [[piece for cell in row for piece in _split(cell, starts)] for row in rows]
    starts = sorted({cell.start for row in rows for cell in row})
    try:
        shown = [[(_cell(cell.text), cell.start) for cell in row] for row in rows]
    except Unsure:
        return None
    if not any("<math" in markup for row in shown for markup, _ in row):
        return None
    lines_shown = "".join(_row(row, starts) for row in shown)
    return f'<div class="formula"><table><tbody>{lines_shown}</tbody></table></div>'


def _joined(cells: list[Cell]) -> list[Cell]:
    """In a block of one line nothing needs aligning: a relation set off by gaps joins its two sides."""
    made: list[Cell] = []
    for cell in cells:
        if made and (cell.text[0] in RELATIONS - {"→"} or made[-1].text[-1] in RELATIONS - {"→"}):
            made[-1] = Cell(f"{made[-1].text} {cell.text}", made[-1].start)
        else:
            made.append(cell)
    return made


def _split(cell: Cell, starts: list[int]) -> list[Cell]:
    """A formula cut where a line above or below begins, if a relation stands there, so that they align."""
    for start in starts:
        at = start - cell.start
        if (
            0 < at < len(cell.text)
            and cell.text[at - 1] == " "
            and cell.text[at] in RELATIONS
            and columns(cell.text[:at]) == at
            and is_formula(cell.text)
        ):
            return [Cell(cell.text[:at].rstrip(), cell.start), *_split(Cell(cell.text[at:], start), starts)]
    return [cell]


def is_formula(text: str) -> bool:
    """Whether a text is surely a formula."""
    try:
        formula(text)
    except Unsure:
        return False
    one_thing = all(
        piece.kind in ("name", "number", "down", "up", "prime", "hat") for piece in tokens(text)
    )
    return (
        bool(_MATH.search(text)) or one_thing or bool(re.fullmatch(r"\([\d\w, ·]+\)|\w+ [+<>] \w+", text))
    )


def _cell(text: str) -> str:
    """A formula as MathML; words as text, but not words that hold more of a formula than a sign."""
    if is_formula(text):
        return formula(text)
    if text[0] in "+−=" or text.count("(") != text.count(")") or re.search(r"[\[\]{}]|→.*→", text):
        raise Unsure(text)
    return "<span>" + re.sub(r"\*(\w+)\*", r"<em>\1</em>", escape(text)) + "</span>"


def _row(row: list[tuple[str, int]], starts: list[int]) -> str:
    """Cells in the columns where they begin; one that reaches over columns of other lines spans them."""
    cells, at = [], 0
    for i, (markup, start) in enumerate(row):
        column = starts.index(start)
        end = starts.index(row[i + 1][1]) if i + 1 < len(row) else len(starts)
        cells.append("<td></td>" * (column - at))
        span = end - column
        cells.append(f'<td colspan="{span}">{markup}</td>' if span > 1 else f"<td>{markup}</td>")
        at = end
    return f"<tr>{''.join(cells)}</tr>"
