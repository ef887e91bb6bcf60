"""WordPiece: words that are not in the vocabulary are cut into pieces that are.

    "unaffable"  →  un  ##aff  ##able

A piece that does not start a word is written with ##. So 30,522 pieces suffice for every English word
(Schuster and Nakajima 2012; Wu et al. 2016).
"""
from __future__ import annotations

import os
from pathlib import Path
from typing import Iterable

from ..errors import DataError
from ..files.writing import reason

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
LONGEST_WORD = 100          # characters; anything longer becomes [UNK]
MEMORY = 1 << 16            # how many words are remembered with their pieces


def read_vocabulary(path: str | os.PathLike[str]) -> list[str]:
    """The pieces of a ``vocab.txt``, one per line; a piece's id is its line number from 0.

    Raises DataError that names the file when it is missing, is not UTF-8, has a line twice or lacks a special
    token.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from minigrad.text import read_vocabulary
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "vocab.txt")
    ...     _ = path.write_text("[PAD]\\n[UNK]\\n[CLS]\\n[SEP]\\n[MASK]\\nfilm\\n")
    ...     read_vocabulary(path)
    ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'film']
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"vocabulary: {path} is not UTF-8: byte {error.object[error.start]:#04x} at "
                        f"{error.start}. It may be another file, or damaged.") from None
    except (OSError, ValueError) as error:                  # ValueError: a zero byte in the path
        raise DataError(f"vocabulary: {path}: {reason(error)}.") from None
    lines = text.split("\n")
    pieces = [line.rstrip("\r") for line in (lines[:-1] if lines[-1] == "" else lines)]
    check_vocabulary(pieces, str(path))
    return pieces


def check_vocabulary(pieces: list[str], name: str) -> None:
    """Raise DataError when a special token is missing or a piece occurs twice."""
    missing = [token for token in SPECIAL if token not in set(pieces)]
    if missing:
        raise DataError(f"vocabulary: {name} has {len(pieces)} pieces, but lacks {', '.join(missing)}. "
                        "Expected a BERT vocab.txt, one piece per line; it may be truncated.")
    seen: dict[str, int] = {}
    for number, piece in enumerate(pieces):
        if piece in seen:
            raise DataError(f"vocabulary: {name}: {piece!r} is in line {seen[piece] + 1} and again in "
                            f"line {number + 1}; every piece must have one id.")
        seen[piece] = number


class WordPiece:
    """Cuts words by greedy longest match, and knows the ids of the pieces.

    Args:
        pieces: the vocabulary; a piece's id is its index.

    Raises DataError when a special token is missing or a piece occurs twice.

    >>> from minigrad.text import WordPiece
    >>> cut = WordPiece(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "able", "##aff", "##able"])
    >>> cut.pieces_of("unaffable"), cut.pieces_of("xyz"), cut.ids_of("unable")
    (['un', '##aff', '##able'], ['[UNK]'], [5, 8])
    """

    def __init__(self, pieces: Iterable[str]) -> None:
        self.pieces = list(pieces)
        check_vocabulary(self.pieces, "the list of pieces")
        self.ids = {piece: number for number, piece in enumerate(self.pieces)}
        self.unknown = self.ids["[UNK]"]
        self._longest = max(map(len, self.pieces))
        self._known: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self.pieces)

    def ids_of(self, word: str) -> list[int]:
        """The ids of a word's pieces; [UNK] alone when some part of it fits no piece."""
        found = self._known.get(word)
        if found is None:
            found = self._cut(word)
            if len(self._known) < MEMORY:
                self._known[word] = found
        return found

    def pieces_of(self, word: str) -> list[str]:
        """The same as pieces."""
        return [self.pieces[i] for i in self.ids_of(word)]

    def _cut(self, word: str) -> list[int]:
        """Repeatedly take the longest piece that the rest of the word starts with."""
        if len(word) > LONGEST_WORD:
            return [self.unknown]
        ids: list[int] = []
        start, mark = 0, ""
        while start < len(word):
            end = min(len(word), start + self._longest)
            while end > start and mark + word[start:end] not in self.ids:
                end -= 1
            if end == start:                    # no piece fits here: the whole word is unknown
                return [self.unknown]
            ids.append(self.ids[mark + word[start:end]])
            start, mark = end, "##"
        return ids
