"""Text in lines of a given width, where a Chinese character takes two columns."""
from __future__ import annotations

import re
import unicodedata


def columns(text: str) -> int:
    """How many columns of a terminal ``text`` takes; what makes it bold or colored takes none."""
    text = re.sub(r"\033\[\d+m", "", text)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else
               0 if unicodedata.combining(character) else 1 for character in text)


def wrap(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width`` columns, broken at spaces; a longer word stays whole."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1].strip() and columns(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
