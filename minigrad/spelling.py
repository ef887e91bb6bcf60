"""Output that cannot show every character: a redirect on Windows (cp1252), an old terminal, ``LC_ALL=C``.

Python raises UnicodeEncodeError there, at the first ∂. Here such a character is spelled out instead, so
that the formula can still be read: "∂a/∂x = 2 · x²" becomes "da/dx = 2 * x^2". What the encoding has stays
as it is. Programs call ``spell_out_streams`` when they start; what a user may print (an explanation, a
report, an error) passes through ``printable``.
"""
from __future__ import annotations

import codecs
import sys
import unicodedata

__all__ = ["printable", "spell_out_streams"]

NAME = "minigrad.spelled"       # of the error handler, for str.encode and for streams

#: What Unicode's own tables do not say, or say badly.
SPELLED = {
    "−": "-", "·": "*", "×": "x", "⊙": "*", "∗": "*", "±": "+-", "∓": "-+", "→": "->", "←": "<-", "≤": "<=",
    "≥": ">=", "≈": "~", "≠": "!=", "∈": "in", "∞": "inf", "∂": "d", "∫": "int ", "√": "sqrt ", "∛": "cbrt ",
    "Σ": "sum ", "Π": "prod ", "∇": "grad ", "′": "'", "⁄": "/", "‖": "||", "⟨": "<", "⟩": ">", "⌊": "[",
    "⌋": "]", "⌈": "[", "⌉": "]", "§": "#", "°": " deg", "│": "|", "─": "-", "★": "*", "◂": "<", "✓": "ok",
    "✗": "x", "–": "-", "—": "--", "‘": "'", "’": "'", "“": '"', "”": '"', "、": ",", "。": ".",
    "\u0302": "_hat", "\u0304": "_bar",         # ŷ, w̄
}


def printable(text: str) -> str:
    """``text`` in the characters that standard output has; what it lacks is spelled out.

    >>> printable("∂a/∂x = 2 · x²")             # as it is, where standard output has them all
    '∂a/∂x = 2 · x²'
    """
    encoding = getattr(sys.stdout, "encoding", None)
    if not isinstance(encoding, str) or text.isascii():
        return text
    return text.encode(encoding, NAME).decode(encoding)


def spell_out_streams() -> None:
    """From now on, standard output and error spell out what their encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):      # not a notebook's, nor None (pythonw)
            stream.reconfigure(errors=NAME)


def spelled(error: UnicodeError) -> tuple[str, int]:
    """The error handler: what to write for the characters that cannot be encoded, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text, end = error.object, error.end
    words = "".join(_spell(text[i], text[i - 1:i], text[i + 1:i + 2]) for i in range(error.start, end))
    return words, end


def _spell(character: str, before: str = "", after: str = "") -> str:
    """One character in ASCII: from the table, by Unicode's decomposition, by its Greek name, or "?"."""
    if character in SPELLED:
        word = SPELLED[character]
        joined = not after.isalnum() or _decomposition(after)[0] == "<sub>"
        return word.rstrip() if joined else word        # "sqrt x", but "sqrt(x)" and "sum_i"
    kind, parts = _decomposition(character)
    mark = {"<super>": "^", "<sub>": "_"}.get(kind, "")
    if mark and _decomposition(before)[0] == kind:      # ⁽²⁾ is ^(2): one mark for all that is raised
        mark = ""
    if parts:                                           # ½ is 1/2, and é an e with an accent
        return mark + "".join(part if part.isascii() else _spell(part) for part in parts)
    script, *_, name = unicodedata.name(character, "? ?").split()
    if script == "GREEK":
        return name.lower() if character.islower() else name.capitalize()
    return "" if unicodedata.combining(character) else "?"


def _decomposition(character: str) -> tuple[str, str]:
    """What Unicode says a character is made of: ``("<super>", "2")`` for ², ``("", "e\u0301")`` for é."""
    codes = unicodedata.decomposition(character).split() if character else []
    kind = codes.pop(0) if codes and codes[0].startswith("<") else ""
    return kind, "".join(chr(int(code, 16)) for code in codes)


codecs.register_error(NAME, spelled)
