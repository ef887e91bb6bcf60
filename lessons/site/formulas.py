"""Formulas of the lessons' texts, which are monospace there, as MathML.

    ∂L/∂Wₗ = δₗ aₗ₋₁ᵀ        ∂L/∂bₗ = δₗ

A terminal shows the line as it stands; ``formula`` gives the same characters in the same order as MathML,
which a browser typesets by itself, without a script. What is not surely a formula raises ``Unsure``, and
``blocks`` then leaves its whole block monospace. A slash becomes a fraction only where its sides are certain.
"""
from __future__ import annotations

import re
import unicodedata
from html import escape
from typing import NamedTuple

from .fractions import Part, fractions

UPPER = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵀᵗˡᴸˣᶻˢᵖⁱⁿʰᵏᵐʲ", "0123456789+−()TtlLxzspinhkmj"))
LOWER = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ᵢⱼₖₗₘₙₜₓₛₚₕₐᵣ", "0123456789+−=()ijklmntxsphar"))
HATS = {"\u0302": "^", "\u0304": "¯", "\u0303": "~"}
HALVES = {"½": ("1", "2"), "¼": ("1", "4"), "⅓": ("1", "3"), "¾": ("3", "4")}
LARGE = set("ΣΠ∫")
OPEN = {"(": ")", "[": "]", "{": "}", "⌊": "⌋", "⌈": "⌉"}
FUNCTIONS = set("ln log exp tanh sin cos softmax max min ReLU sign clip mean sqrt det".split())
NAMES = set("loss slope ratio out size order walk return next score scores mean".split())


class Unsure(Exception):
    """The text is not surely a formula."""


class Token(NamedTuple):
    """A piece of a formula: its kind, as ``_PIECES`` names them, its text and its place."""

    kind: str
    text: str
    start: int
    end: int


_PIECES = (
    ("number", r"\d+(?:[.,]\d{3})*(?:\.\d+)?"),
    ("word", r"[A-Za-z]{2,}"),
    ("name", r"[A-Za-zΑ-ΡΤ-ΩΣα-ωℓϵ∂∇∞]"),
    ("half", f"[{''.join(HALVES)}]"),
    ("up", f"[{''.join(UPPER)}]+"),
    ("down", f"[{''.join(LOWER)}]+|_[a-z]+"),
    ("hat", f"[{''.join(HATS)}]"),
    ("prime", "[′″]+"),
    ("caret", r"\^"),
    ("root", "√"),
    ("sign", r"[-=≈<>≤≥←→≠∈∝+−±∓,;:….·×⊙@∗⊕/|()\[\]{}⌊⌋⌈⌉?!⇒*]"),
)
_TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PIECES))


def tokens(text: str) -> list[Token]:
    """The pieces of a formula. Raises Unsure for a character or a word that formulas do not have."""
    text = re.sub("[ŷŶȳȲâĉêîôûŵẑāēīōū]", lambda found: unicodedata.normalize("NFD", found[0]), text)
    found, at = [], 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unsure(f"the character {text[at]!r} in {text!r}")
        kind, piece = str(match.lastgroup), match[0]
        if kind == "name" and piece in LARGE:
            kind = "large"
        if kind == "word":
            found += _letters(piece, at, text)
        elif kind == "number" and found and found[-1].kind == "name" and found[-1].end == at:
            found[-1] = Token("name", found[-1].text + piece, found[-1].start, match.end())  # W1, z2
        else:
            found.append(Token(kind, piece, at, match.end()))
        at = match.end()
    return found


def _letters(word: str, at: int, text: str) -> list[Token]:
    """A run of letters: a word that formulas have, or letters multiplied, as in xy."""
    if word in FUNCTIONS:
        return [Token("function", word, at, at + len(word))]
    if word in NAMES or (word.isupper() and len(word) == 2):
        return [Token("name", word, at, at + len(word))]
    if len(word) > 2 or word in (
        "is",
        "in",
        "of",
        "to",
        "at",
        "or",
        "so",
        "an",
        "as",
        "it",
        "no",
        "up",
        "by",
    ):
        raise Unsure(f"the word {word!r} in {text!r}")
    return [Token("name", letter, at + i, at + i + 1) for i, letter in enumerate(word)]


def formula(text: str) -> str:
    """The text as a ``<math>`` element. Raises Unsure when it is not surely a formula.

    >>> formula("x²")
    '<math displaystyle="true"><msup><mi>x</mi><mn>2</mn></msup></math>'
    """
    return f'<math displaystyle="true">{_sequence(tokens(text))}</math>'


def _sequence(pieces: list[Token]) -> str:
    parts = fractions(_parts(pieces))
    return "".join(part.markup for part in parts)


def _parts(pieces: list[Token]) -> list[Part]:
    """Atoms with their accents and scripts; groups in one piece."""
    parts: list[Part] = []
    at = 0
    while at < len(pieces):
        part, at = _atom(pieces, at)
        parts.append(part)
    return parts


def _atom(pieces: list[Token], at: int) -> tuple[Part, int]:
    """The part that begins at a piece, and where the next one begins."""
    first = pieces[at]
    kind, inside, sign, at = "atom", "", "", at + 1
    if first.kind in ("up", "down", "hat", "prime", "caret"):
        raise Unsure(f"{first.text!r} belongs to nothing")
    if first.kind == "number":
        base = f"<mn>{first.text}</mn>"
    elif first.kind == "half":
        base = "<mfrac><mn>{}</mn><mn>{}</mn></mfrac>".format(*HALVES[first.text])
    elif first.kind == "large":
        kind, base = "large", f'<mo largeop="false" movablelimits="false">{first.text}</mo>'
    elif first.kind == "function":
        kind, base = "function", f"<mi>{first.text}</mi>"
    elif first.kind == "root":
        if at == len(pieces):
            raise Unsure("√ of nothing")
        under, at = _atom(pieces, at)
        if under.kind != "atom":
            raise Unsure("√ of what is not one thing")
        return Part("atom", f"<msqrt>{under.inside or under.markup}</msqrt>", first.start, under.end), at
    elif first.kind == "name":
        base = f"<mi>{first.text}</mi>"
    elif first.text in OPEN or (first.text == "|" and _opens(pieces, at - 1)):
        close = OPEN.get(first.text, "|")
        end = _closing(pieces, at, first.text, close)
        inside = _sequence(pieces[at:end])
        fixed = "" if "<mfrac>" in inside else ' stretchy="false"'
        base = (
            f"<mrow><mo{fixed}>{first.text}</mo>{inside}<mo{fixed}>{close}</mo></mrow>"
        )
        inside = f"<mrow>{inside}</mrow>" if first.text == "(" else ""
        at = end + 1
    elif first.text in (")", "]", "}", "⌋", "⌉"):
        raise Unsure("a bracket that nothing opens")
    else:
        kind, sign = ("slash" if first.text == "/" else "sign"), first.text
        base = f"<mo>{escape(sign)}</mo>"
    below, above = "", []
    while at < len(pieces) and kind not in ("sign", "slash") and pieces[at].start == pieces[at - 1].end:
        piece = pieces[at]
        if piece.kind == "hat" and not (below or above):
            base = f'<mover accent="true">{base}<mo stretchy="false">{HATS[piece.text]}</mo></mover>'
        elif piece.kind == "prime":
            above.append("".join(f"<mo>{mark}</mo>" for mark in piece.text))
        elif piece.kind == "down" and not below and not above:
            below = _small("".join(LOWER.get(c, c) for c in piece.text))
        elif piece.kind == "up":
            above.append(_small("".join(UPPER[c] for c in piece.text)))
        elif piece.kind == "caret" and at + 1 < len(pieces):
            power, at = _atom(pieces, at + 1)
            if power.kind != "atom" or (
                at < len(pieces)
                and pieces[at].start == pieces[at - 1].end
                and pieces[at].kind in ("name", "number", "word")
            ):
                raise Unsure("an exponent that may be longer")
            above.append(power.inside or power.markup)
            continue
        else:
            break
        inside = ""
        at += 1
    if below or above:
        inside = ""
    markup = _scripted(base, below, "".join(above))
    derivative = first.text == "∂"
    end = pieces[at - 1].end
    if (
        derivative
        and at < len(pieces)
        and pieces[at].start == end
        and (pieces[at].kind != "sign" or pieces[at].text == "(")
    ):
        of, at = _atom(pieces, at)  # ∂ and what it is of are one thing
        markup, end = f"<mrow>{markup}{of.markup}</mrow>", of.end
    return Part(kind, markup, first.start, end, sign, inside, derivative), at


def _small(text: str) -> str:
    """A subscript or superscript; after an underline a word stays a word."""
    if text.startswith("_"):
        return f"<mi>{text[1:]}</mi>"
    letters = [Token("name", letter, at, at + 1) for at, letter in enumerate(text)]
    markup = _sequence(letters if text.isalpha() else tokens(text))
    return markup if markup.count("<") == 2 else f"<mrow>{markup}</mrow>"


def _scripted(base: str, below: str, above: str) -> str:
    up = (
        above
        if above.count("</") < 2 or above.startswith("<mrow>") and above.count("<mrow>") == 1
        else f"<mrow>{above}</mrow>"
    )
    if below and above:
        return f"<msubsup>{base}{below}{up}</msubsup>"
    if below:
        return f"<msub>{base}{below}</msub>"
    return f"<msup>{base}{up}</msup>" if above else base


def _opens(pieces: list[Token], at: int) -> bool:
    """Whether a bar opens |…|, rather than standing between two things, as in π(a | s)."""
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    return after is not None and after.start == pieces[at].end


def _closing(pieces: list[Token], at: int, opened: str, close: str) -> int:
    depth = 0
    for end in range(at, len(pieces)):
        text = pieces[end].text
        if text == close and depth == 0:
            return end
        if opened == "|" and text in OPEN or opened != "|" and text == opened:
            depth += 1
        elif opened == "|" and text in OPEN.values() or opened != "|" and text == close:
            depth -= 1
    raise Unsure(f"{opened!r} is never closed")


def characters(text: str) -> str:
    """What a formula and its MathML have in common, for comparing them: characters without heights,
    brackets, slashes, roots and spaces."""
    text = (
        re.sub("</?[a-z][^>]*>", "", text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    )
    text = "".join("".join(HALVES.get(c, (UPPER.get(c, LOWER.get(c, c)),))) for c in text)
    text = unicodedata.normalize("NFD", text)
    return re.sub(r"[ ()/^_√\n]", "", "".join(HATS.get(c, c) for c in text))
