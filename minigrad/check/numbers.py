"""Numbers and lines as they stand in a report."""
from __future__ import annotations

import textwrap

WIDTH = 80          # columns of a report


def plain(value: float) -> str:
    """A number with four digits behind the point, or four digits in all where that says more."""
    value += 0.0                                            # −0.0 is 0.0
    text = f"{value:.4f}" if 1e-2 <= abs(value) < 1e5 or value == 0 else f"{value:.4g}"
    return text.replace("-", "−") if value < 0 and "e" not in text else text


def distinct(a: float, b: float) -> tuple[str, str]:
    """Two different numbers with as many digits as it takes to see the difference."""
    first, second = plain(a), plain(b)
    digits = 5
    while first == second and digits < 17:
        first, second = f"{a:.{digits}g}", f"{b:.{digits}g}"
        digits += 1
    return first, second


def fitted(text: str, width: int = WIDTH) -> str:
    """The text in lines that fit a terminal; what goes on is indented further."""
    lines = []
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()))
        lines += textwrap.wrap(line.strip(), width, initial_indent=indent, subsequent_indent=indent + "  ",
                               break_long_words=False, break_on_hyphens=False) or [""]
    return "\n".join(lines)
