"""Byte-pair encoding, as GPT-2 does it: words are made of bytes, and the commonest pairs become one token.

    "lower"  →  l o w e r  →  lo w e r  →  low e r  →  low er

It begins with the 256 bytes, so no text is unknown. Learning counts which two neighbors occur together most
often, makes them a token, and goes on (Sennrich et al. 2016). Encoding takes the same steps in order.
"""
from __future__ import annotations

import json
import os
import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Iterable

from ..errors import DataError, RangeError
from ..errors.arguments import require_integers
from ..files.folders import whole_file
from ..files.writing import write_atomically
from .basic import CharacterTable, is_whitespace
from .tokenizer import check_text

Pair = tuple[bytes, bytes]
END = "<|endoftext|>"
MEMORY = 1 << 16            # how many words are remembered with their tokens

# Words keep the blank before them. The pattern works on a shadow of the text, in which every letter beyond
# ASCII is an A, every number a 0, every white space a line end: Python's re has no \p{L}.
WORDS = re.compile(r"'(?:[sdmt]|ll|ve|re)| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+", re.ASCII)


def _shadow(c: str) -> str:
    if c.isascii():
        return "." if c in "\x1c\x1d\x1e\x1f" else c
    kind = unicodedata.category(c)[0]
    return "A" if kind == "L" else "0" if kind == "N" else "\n" if is_whitespace(c) or c == "\x85" else "."


SHADOW = CharacterTable(_shadow)


def split_words(text: str) -> list[str]:
    """Words with the blank before them, numbers, signs, and white space: together they are the text.

    >>> from minigrad.text.bpe import split_words
    >>> split_words("It's  3 €, très bon")
    ['It', "'s", ' ', ' 3', ' €,', ' très', ' bon']
    """
    return [text[found.start():found.end()] for found in WORDS.finditer(text.translate(SHADOW))]


def _letters() -> str:
    """The character that stands for each byte in files: itself if it can be seen, else one from U+0100."""
    seen = {*range(33, 127), *range(161, 173), *range(174, 256)}
    hidden = [byte for byte in range(256) if byte not in seen]
    return "".join(chr(byte if byte in seen else 256 + hidden.index(byte)) for byte in range(256))


LETTERS = _letters()
BYTES = {c: byte for byte, c in enumerate(LETTERS)}
SINGLE = [bytes([BYTES[c]]) for c in sorted(LETTERS)]       # the first 256 tokens, in GPT-2's order


class BytePairs:
    """Texts to ids and back, by merges in the order in which they were learned.

    Args:
        merges: pairs of tokens, as bytes, the most important first.
        ids: the id of each token; by default the 256 bytes, then what the merges make, then <|endoftext|>.

    Raises DataError when a byte or what a merge makes has no id, or a merge joins what isn't there yet.

    >>> from minigrad.text import BytePairs
    >>> bpe = BytePairs([(b"l", b"o"), (b"lo", b"w"), (b"e", b"r")])
    >>> bpe.tokenize("lower"), bpe.decode(bpe.encode("slower, très"))
    (['low', 'er'], 'slower, très')
    """

    def __init__(self, merges: Iterable[Pair], ids: dict[bytes, int] | None = None) -> None:
        self.merges = list(merges)
        if ids is None:
            made = [*SINGLE, *(a + b for a, b in self.merges), END.encode()]
            ids = {token: i for i, token in enumerate(dict.fromkeys(made))}
        self.ids = ids
        self.rank = {pair: i for i, pair in enumerate(self.merges)}
        known = set(SINGLE)
        for a, b in self.merges:
            if not {a, b} <= known:
                raise DataError(f"BytePairs: the merge of {a!r} and {b!r} comes before they are made.")
            known.add(a + b)
        missing = sorted(known - set(ids))
        if missing:
            raise DataError(f"BytePairs: {len(missing)} tokens have no id, such as {missing[0]!r}. All 256 "
                            "bytes and what every merge makes need one.")
        self.tokens = {i: token for token, i in ids.items()}
        self.end = ids.get(END.encode())
        self._known: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self.ids)

    # ── learning ──────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def learn(cls, text: str, merges: int) -> BytePairs:
        """The first ``merges`` merges that a text gives; fewer where no pair occurs twice any more.

        Of pairs that occur equally often, the one whose tokens have the smaller ids is first. Raises
        DTypeError for anything but a string, RangeError for a number of merges below 0.

        >>> from minigrad.text import BytePairs
        >>> BytePairs.learn("low lower lowest", 2).merges
        [(b'l', b'o'), (b'lo', b'w')]
        """
        check_text(text)
        require_integers("BytePairs.learn", 0, merges=merges)
        counted = Counter(split_words(text))
        words = [([bytes([byte]) for byte in word.encode()], n) for word, n in counted.items()]
        order = {token: i for i, token in enumerate(SINGLE)}
        count: Counter[Pair] = Counter()
        where: defaultdict[Pair, set[int]] = defaultdict(set)       # which words have a pair
        found: list[Pair] = []
        changed: Iterable[int] = range(len(words))
        while True:
            for i in changed:
                for pair in zip(words[i][0], words[i][0][1:]):
                    count[pair] += words[i][1]
                    where[pair].add(i)
            best = max(count, key=lambda p: (count[p], -order[p[0]], -order[p[1]]), default=None)
            if best is None or len(found) == merges or count[best] < 2:
                return cls(found)
            found.append(best)
            order.setdefault(best[0] + best[1], len(order))
            changed = tuple(where[best])
            for i in changed:
                tokens, n = words[i]
                for pair in zip(tokens, tokens[1:]):
                    count[pair] -= n
                words[i] = joined(tokens, best), n

    # ── encoding ──────────────────────────────────────────────────────────────────────────────────

    def encode(self, text: str) -> list[int]:
        """The ids of a text; <|endoftext|> in it is that token, where the vocabulary has it.

        Raises DTypeError for anything but a string, DataError for one with bytes that were not UTF-8.
        """
        check_text(text)
        ids: list[int] = []
        for i, part in enumerate(text.split(END) if self.end is not None else [text]):
            if i and self.end is not None:
                ids.append(self.end)
            for word in split_words(part):
                ids += self._ids_of(word)
        return ids

    def tokenize(self, text: str) -> list[str]:
        """The tokens as text; � where one is part of a character."""
        return [self.tokens[i].decode("utf-8", "replace") for i in self.encode(text)]

    def _ids_of(self, word: str) -> list[int]:
        found = self._known.get(word)
        if found is None:
            found = [self.ids[token] for token in self._merged([bytes([byte]) for byte in word.encode()])]
            if len(self._known) < MEMORY:
                self._known[word] = found
        return found

    def _merged(self, tokens: list[bytes]) -> list[bytes]:
        """Join the pair that was learned first, everywhere, until none is left."""
        last = len(self.rank)
        while len(tokens) > 1:
            best = min(zip(tokens, tokens[1:]), key=lambda pair: self.rank.get(pair, last))
            if best not in self.rank:
                break
            tokens = joined(tokens, best)
        return tokens

    def decode(self, ids: Any) -> str:
        """The text of a row of ids; bytes that are no text become �. RangeError for an unknown id."""
        rows = ids.tolist() if hasattr(ids, "tolist") else ids
        unknown = [i for i in rows if i not in self.tokens]
        if unknown:
            raise RangeError(f"BytePairs: id {unknown[0]} is not in the vocabulary of {len(self)}.")
        return b"".join(self.tokens[i] for i in rows).decode("utf-8", "replace")

    # ── files ─────────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike[str]) -> BytePairs:
        """From ``vocab.json`` and ``merges.txt`` in a folder. Raises DataError that names the file."""
        path = Path(folder) / "merges.txt"
        text = _utf8(path)
        lines = [line for line in text.split("\n") if line and not line.startswith("#version")]
        try:
            merges = [(_token(a), _token(b)) for a, b in (line.split(" ") for line in lines)]
        except (KeyError, ValueError):
            raise DataError(f"merges: {path} must have two tokens in each line, as GPT-2's does.") from None
        path = Path(folder) / "vocab.json"
        try:
            ids = {_token(token): int(i) for token, i in json.loads(_utf8(path)).items()}
        except (KeyError, ValueError, TypeError, AttributeError, RecursionError):
            raise DataError(f"vocabulary: {path} must have an id for each token, as GPT-2's does.") from None
        return cls(merges, ids)

    def save_pretrained(self, folder: str | os.PathLike[str]) -> None:
        """Write ``vocab.json`` and ``merges.txt``, which transformers and tokenizers can read."""
        lines = ["#version: 0.2", *(f"{_shown(a)} {_shown(b)}" for a, b in self.merges)]
        write_atomically(Path(folder) / "merges.txt", ("\n".join(lines) + "\n").encode())
        ids = {_shown(token): i for token, i in self.ids.items()}
        write_atomically(Path(folder) / "vocab.json", (json.dumps(ids, ensure_ascii=False) + "\n").encode())


def joined(tokens: list[bytes], pair: Pair) -> list[bytes]:
    """The tokens with every such pair, from the left, as one.

    >>> from minigrad.text.bpe import joined
    >>> joined([b"a", b"a", b"a", b"b"], (b"a", b"a"))
    [b'aa', b'a', b'b']
    """
    done: list[bytes] = []
    i = 0
    while i < len(tokens):
        if i + 1 < len(tokens) and tokens[i] == pair[0] and tokens[i + 1] == pair[1]:
            done.append(pair[0] + pair[1])
            i += 2
        else:
            done.append(tokens[i])
            i += 1
    return done


def _token(shown: str) -> bytes:
    return bytes(BYTES[c] for c in shown)


def _shown(token: bytes) -> str:
    return "".join(LETTERS[byte] for byte in token)


def _utf8(path: Path) -> str:
    try:
        return whole_file(path, "tokenizer").decode("utf-8")
    except UnicodeDecodeError:
        raise DataError(f"tokenizer: {path} is not UTF-8; it may be another file, or damaged.") from None
