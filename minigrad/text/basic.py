"""BERT's first step: from a text to words and punctuation marks, in lower case and without accents.

    "Héllo,\\tworld!"  →  clean, lower-case, strip accents  →  "hello, world!"  →  hello  ,  world  !

Four rules, applied in this order (Devlin et al. 2019, the ``BasicTokenizer`` of the original program):
control characters are removed and every white space becomes a blank; each Chinese character becomes a word;
accents are removed and letters become lower case; each punctuation mark becomes a word.
"""
from __future__ import annotations

import unicodedata
from typing import Callable

# Chinese characters in Unicode's blocks of ideographs. Japanese kana and Korean hangul are not among them:
# these scripts are split at blanks, like Latin.
IDEOGRAPHS = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
              (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F))


class CharacterTable(dict[int, str]):
    """A table for ``str.translate`` that asks ``rule`` once for each character and remembers the answer.

    >>> from minigrad.text.basic import CharacterTable
    >>> "a-b".translate(CharacterTable(lambda c: " " if c == "-" else c))
    'a b'
    """

    def __init__(self, rule: Callable[[str], str]) -> None:
        self.rule = rule

    def __missing__(self, code: int) -> str:
        self[code] = result = self.rule(chr(code))
        return result


def is_whitespace(c: str) -> bool:
    """Blank, tab, line ends, and Unicode's other separators, such as the no-break space."""
    return c in " \t\n\r" or unicodedata.category(c) in ("Zs", "Zl", "Zp")


def is_control(c: str) -> bool:
    """Control and format characters, private use, and U+FFFD, which replaces bytes that were not text.

    Not tabs and line ends, which are white space, nor code points that have no meaning yet.
    """
    return c == "\ufffd" or (c not in "\t\n\r" and unicodedata.category(c) in ("Cc", "Cf", "Co"))


def is_punctuation(c: str) -> bool:
    """Unicode's punctuation, and all of ASCII that is not a letter, digit or blank ($, +, ^ …)."""
    return unicodedata.category(c)[0] == "P" or c in "$+<=>^`|~"


def is_ideograph(c: str) -> bool:
    """A Chinese character."""
    return any(first <= ord(c) <= last for first, last in IDEOGRAPHS)


def _clean(c: str) -> str:
    if is_control(c):
        return ""
    if is_whitespace(c):
        return " "
    return f" {c} " if is_ideograph(c) else c


def _small(c: str) -> str:
    """The letter in lower case, or nothing for an accent that decomposition has separated.

    One by one: ``str.lower`` of a whole word would turn a Greek Σ at its end into ς.
    """
    return "" if unicodedata.category(c) == "Mn" else c.lower()


CLEAN = CharacterTable(_clean)
SMALL = CharacterTable(_small)
APART = CharacterTable(lambda c: f" {c} " if is_punctuation(c) else c)


def normalize(text: str, lower_case: bool = True) -> str:
    """The text without control characters and, with ``lower_case``, in lower case without accents.

    Unicode's decomposition (NFD) separates accents: é becomes e and an accent.

    >>> from minigrad.text.basic import normalize
    >>> normalize("Ça va,\\u00a0Zoë?")
    'ca va, zoe?'
    """
    text = text.translate(CLEAN)
    if not lower_case:
        return text
    return text.lower() if text.isascii() else unicodedata.normalize("NFD", text).translate(SMALL)


def basic_tokenize(text: str, lower_case: bool = True) -> list[str]:
    """The words and punctuation marks of a text, in order.

    >>> from minigrad.text import basic_tokenize
    >>> basic_tokenize("It's 3€ — très bon!")
    ['it', "'", 's', '3€', '—', 'tres', 'bon', '!']
    """
    return normalize(text, lower_case).translate(APART).split()
