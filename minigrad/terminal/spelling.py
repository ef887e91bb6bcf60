"""Output that cannot show every character: a redirect on Windows (cp1252), an old terminal, ``LC_ALL=C``.

There Python raises UnicodeEncodeError at the first ∂. minigrad spells such a character out instead, so that
formulas stay readable: "∂a/∂x = 2 · x²" becomes "da/dx = 2 * x^2". Whatever the encoding has stays as it is.
Programs call ``spell_out_streams`` when they start; texts that a user may print (an explanation, a report, an
error) pass through ``printable``.
"""
from __future__ import annotations

import codecs
import re
import sys
import unicodedata
from functools import cache

__all__ = ["printable", "spell_out_streams", "spelled_out"]

#: What Unicode's own tables lack or spell badly.
SPELLED = {
    "−": "-", "·": "*", "×": "x", "⊙": "*", "∗": "*", "±": "+-", "∓": "-+", "→": "->", "←": "<-", "≤": "<=",
    "≥": ">=", "≈": "~", "≠": "!=", "∈": "in", "∞": "inf", "∂": "d", "∫": "int ", "√": "sqrt ", "∛": "cbrt ",
    "Σ": "sum ", "Π": "prod ", "∇": "grad ", "′": "'", "⁄": "/", "‖": "||", "⟨": "<", "⟩": ">", "⌊": "[",
    "⌋": "]", "⌈": "[", "⌉": "]", "§": "#", "°": " deg", "│": "|", "─": "-", "★": "*", "◂": "<", "✓": "ok",
    "✗": "x", "ø": "o", "–": "-", "—": "--", "‘": "'", "’": "'", "“": '"', "”": '"', "、": ",", "。": ".",
    "\u0302": "_hat", "\u0304": "_bar",         # ŷ, w̄
}


def printable(text: str) -> str:
    """``text`` in the characters that standard output has; what it lacks is spelled out.

    >>> printable("∂a/∂x = 2 · x²")             # unchanged if standard output has them all
    '∂a/∂x = 2 · x²'
    """
    encoding = getattr(sys.stdout, "encoding", None)
    return text if text.isascii() or not isinstance(encoding, str) else spelled_out(text, encoding)


def spelled_out(text: str, encoding: str) -> str:
    """``text`` in the characters of an encoding.

    >>> spelled_out("∂a/∂x = 2 · x²", "ascii"), spelled_out("∂a/∂x = 2 · x²", "cp1252")
    ('da/dx = 2 * x^2', 'da/dx = 2 · x²')
    """
    return text.encode(encoding, _handler(encoding)).decode(encoding)


def spell_out_streams() -> None:
    """From now on, standard output and error spell out what their encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):      # not a notebook's, nor None (pythonw)
            stream.reconfigure(errors=_handler(stream.encoding))


@cache
def _handler(encoding: str) -> str:
    """The name of an error handler, for str.encode and streams, that spells out the rest of the line."""
    def handle(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        end = error.object.find("\n", error.start)
        end = len(error.object) if end < 0 else end
        return _spelled(error.object, error.start, end, encoding), end

    codecs.register_error(f"minigrad.spelled.{encoding}", handle)
    return f"minigrad.spelled.{encoding}"


def _spelled(text: str, start: int, end: int, encoding: str) -> str:
    """A part of ``text``; wide gaps shrink where the words before have grown, so columns stay aligned."""
    parts, grown = [], 0
    for piece in re.finditer(" {3,}|(?:(?! {3}).)+", text[start:end]):
        if piece[0].isspace():
            kept = max(2, len(piece[0]) - grown)
            grown -= len(piece[0]) - kept
            parts.append(" " * kept)
            continue
        first = start + piece.start()
        words = "".join(c if _has(encoding, c) else _spell(c, text[k - 1:k], text[k + 1:k + 2])
                        for k, c in enumerate(piece[0], first))
        grown = max(0, grown + len(words) - len(piece[0]))
        parts.append(words)
    return "".join(parts)


@cache
def _has(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _spell(character: str, before: str = "", after: str = "") -> str:
    """One character in ASCII: from the table, by Unicode's decomposition, by its Greek name, or "?"."""
    if character in SPELLED:
        word = SPELLED[character]
        joined = not after.isalnum() or _decomposition(after)[0] == "<sub>"
        return word.rstrip() if joined else word        # "sqrt x", but "sqrt(x)" and "sum_i"
    kind, parts = _decomposition(character)
    mark = {"<super>": "^", "<sub>": "_"}.get(kind, "")
    if mark and _decomposition(before)[0] == kind:      # ⁽²⁾ is ^(2): one mark for everything raised
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
