"""Python in colors, for a terminal."""
from __future__ import annotations

import io
import keyword
import tokenize

KEYWORD, TEXT, NUMBER, COMMENT = "\033[34m", "\033[32m", "\033[35m", "\033[2m"
RESET = "\033[0m"

_STRINGS = {getattr(tokenize, name, tokenize.STRING)
            for name in ("STRING", "FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END")}    # the last: from 3.12


def colored(source: str) -> str:
    """``source`` with keywords, strings, numbers and comments in color; unreadable code as it is.

    A color ends at the end of its line, so that something may be put before each line.
    """
    lines = source.splitlines()
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source + "\n").readline))
    except (tokenize.TokenError, SyntaxError):
        return source
    for token in reversed(tokens):                  # backward, so that the columns before stay true
        color = _color(token)
        if not color:
            continue
        (first, start), (last, end) = token.start, token.end
        for row in range(last, first - 1, -1):
            line = lines[row - 1]
            a, b = start if row == first else 0, end if row == last else len(line)
            lines[row - 1] = f"{line[:a]}{color}{line[a:b]}{RESET}{line[b:]}"
    return "\n".join(lines)


def _color(token: tokenize.TokenInfo) -> str:
    if token.type in _STRINGS:
        return TEXT
    if token.type == tokenize.NUMBER:
        return NUMBER
    if token.type == tokenize.COMMENT:
        return COMMENT
    return KEYWORD if token.type == tokenize.NAME and keyword.iskeyword(token.string) else ""
