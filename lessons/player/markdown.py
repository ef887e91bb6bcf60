"""Text of lessons and notes, in Markdown, for a terminal."""
from __future__ import annotations

import re
from typing import Callable

from .wrap import columns, wrap


def for_terminal(text: str, width: int, bold: Callable[[str], str]) -> str:
    """``text`` wrapped to ``width`` columns, headings bold, tables aligned; formulas stay as they are."""
    return "\n\n".join(_block(block, width, bold) for block in re.split(r"\n\s*\n", text))


def _block(block: str, width: int, bold: Callable[[str], str]) -> str:
    """One paragraph, heading, list, table or formula."""
    if block.startswith("|"):
        return _table(block)
    if block.startswith(("    ", "```")):
        return block
    parts = []
    for item in _items(block):
        heading = re.match(r"#+ +(.*)", item)
        if heading:
            parts.append(bold(heading.group(1)))
            continue
        first, words = re.fullmatch(r"( *(?:(?:[-*]|\d+\.) +)?)(.*)", item).groups()    # type: ignore[union-attr]
        plain = re.sub(r"\*\*(.+?)\*\*", lambda found: bold(found.group(1)), words)
        lines = wrap(plain, width - len(first))
        parts.append(first + ("\n" + " " * len(first)).join(lines))
    return "\n".join(parts)


def _items(block: str) -> list[str]:
    """The lines of a block, joined where a line continues the one before."""
    items: list[str] = []
    for line in block.splitlines():
        begins = re.match(r"(?:[-*]|\d+\.|#+) |\*\*Time:", line)
        if items and not begins and not items[-1].startswith("#"):
            items[-1] += " " + line.strip()
        else:
            items.append(line)
    return items


def _table(block: str) -> str:
    """A Markdown table with its columns aligned."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in block.splitlines()]
    rows = [row for row in rows if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]
    most = max(map(len, rows))
    rows = [row + [""] * (most - len(row)) for row in rows]
    widths = [max(map(columns, column)) for column in zip(*rows)]
    lines = ["  ".join(cell + " " * (width - columns(cell)) for cell, width in zip(row, widths)).rstrip()
             for row in rows]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])
