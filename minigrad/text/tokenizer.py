"""From texts to the numbers that BERT reads, and back.

    "a fine film"  →  [CLS] a fine film [SEP] [PAD] [PAD]
    input_ids         101  1037 2986 2143 102  0  0
    attention_mask    1    1    1    1    1    0  0        1: a token, 0: padding, which is ignored
    token_type_ids    0    0    0    0    0    0  0        1: the second text of a pair
"""
from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Iterable, Sequence

import numpy as np

from ..autograd.tensor import Tensor, wrap
from ..errors import DTypeError, DataError, RangeError
from ..files.writing import write_atomically
from .basic import basic_tokenize
from .encoding import Encoding
from .pretrained import NAMES, find_vocabulary
from .wordpiece import SPECIAL, WordPiece, read_vocabulary

Pieces = list[int]


class BertTokenizer:
    """BERT's tokenizer: basic tokenization, WordPiece, special tokens, truncation and padding.

    Args:
        vocabulary: the path of a ``vocab.txt``, or the list of its pieces.
        lower_case: lower case without accents, for the "uncased" models.

    Called like Hugging Face's tokenizers, with the same ids. Raises DataError for something that isn't a
    vocabulary.

    >>> from minigrad.text import BertTokenizer
    >>> tokenizer = BertTokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "film", "##s"])
    >>> tokenizer(["Good films", "film"], padding=True)["input_ids"]
    [[2, 5, 6, 7, 3], [2, 6, 3, 0, 0]]
    >>> tokenizer.decode([2, 5, 6, 7, 3, 0], skip_special_tokens=True)
    'good films'
    """

    def __init__(self, vocabulary: str | os.PathLike[str] | Sequence[str], lower_case: bool = True) -> None:
        pieces = read_vocabulary(vocabulary) if isinstance(vocabulary, (str, os.PathLike)) else vocabulary
        self.wordpiece = WordPiece(pieces)
        self.lower_case = lower_case
        self.pad, self.unk, self.cls, self.sep, self.mask = (self.wordpiece.ids[t] for t in SPECIAL)
        self.special_ids = frozenset((self.pad, self.unk, self.cls, self.sep, self.mask))
        self._special = re.compile("(" + "|".join(map(re.escape, SPECIAL)) + ")")

    @classmethod
    def from_pretrained(cls, source: str | os.PathLike[str], lower_case: bool = True) -> BertTokenizer:
        """The tokenizer with the ``vocab.txt`` in the folder ``source``; or "bert-base-uncased".

        The latter's vocabulary (230 kB) is downloaded unless it is in MINIGRAD_DATA or the cache.
        """
        path = Path(source) / "vocab.txt"
        return cls(find_vocabulary() if not path.exists() and str(source) in NAMES else path, lower_case)

    def __len__(self) -> int:
        """The size of the vocabulary."""
        return len(self.wordpiece)

    # ── from text to ids ──────────────────────────────────────────────────────────────────────

    def tokenize(self, text: str) -> list[str]:
        """The pieces of a text, without special tokens around it."""
        return [self.wordpiece.pieces[i] for i in self.ids_of(text)]

    def ids_of(self, text: str) -> Pieces:
        """The ids of a text's pieces. A special token in the text, such as [MASK], is that token.

        Raises DTypeError for anything but a string, DataError for one with bytes that were not UTF-8 (Python
        keeps them as lone surrogates).
        """
        check_text(text)
        ids: Pieces = []
        for i, part in enumerate(self._special.split(text) if "[" in text else [text]):
            if i % 2:                               # what the pattern matched
                ids.append(self.wordpiece.ids[part])
                continue
            for word in basic_tokenize(part, self.lower_case):
                ids += self.wordpiece.ids_of(word)
        return ids

    def __call__(self, text: str | Iterable[str], text_pair: str | Iterable[str] | None = None, *,
                 padding: bool | str = False, truncation: bool = False, max_length: int | None = None,
                 return_tensors: str | None = None) -> Encoding:
        """Encode one text or many: input_ids, token_type_ids and attention_mask.

        Args:
            text: a string, or strings; ``text_pair`` the same number, for tasks on two texts.
            padding: True or "longest": to the longest of these texts; "max_length": to max_length; False:
                none.
            truncation: cut to ``max_length`` ids, including [CLS] and [SEP]; in a pair, the longer text.
            return_tensors: None for lists, "np" for arrays, "pt" or "mg" for minigrad tensors (N, L).

        Raises RangeError for a max_length that is missing or too small, DataError for tensors from texts of
        different lengths without padding.
        """
        single = isinstance(text, str)
        first = [text] if isinstance(text, str) else list(text)
        second = [text_pair] if isinstance(text_pair, str) else list(text_pair or ())
        paired = text_pair is not None
        if paired and len(second) != len(first):
            raise RangeError(f"tokenizer: {len(first)} texts and {len(second)} second texts; a pair needs "
                             "one of each.")
        self._check_lengths(padding, truncation, max_length, paired)
        limit = max_length if truncation else None
        rows = [self._joined(self.ids_of(a), self.ids_of(second[i]) if paired else None, limit)
                for i, a in enumerate(first)]
        return self._padded(rows, padding, max_length, return_tensors, single)

    @staticmethod
    def _check_lengths(padding: bool | str, truncation: bool, max_length: int | None, pair: bool) -> None:
        if padding not in (True, False, "longest", "max_length"):
            raise RangeError(f"tokenizer: padding must be True, False, 'longest' or 'max_length', got "
                             f"{padding!r}.")
        if (truncation or padding == "max_length") and max_length is None:
            raise RangeError("tokenizer: truncation and padding='max_length' need max_length=….")
        least = 3 if pair else 2                    # [CLS] … [SEP], or [CLS] … [SEP] … [SEP]
        if max_length is not None and max_length < least:
            raise RangeError(f"tokenizer: max_length must be from {least}, for the special tokens; got "
                             f"{max_length}.")

    def _joined(self, a: Pieces, b: Pieces | None, limit: int | None) -> tuple[Pieces, int]:
        """[CLS] a [SEP], or [CLS] a [SEP] b [SEP]; and how many of the ids belong to the first text."""
        if b is None:
            if limit is not None:
                a = a[:limit - 2]
            return [self.cls, *a, self.sep], len(a) + 2
        if limit is not None:
            a, b = cut_pair(a, b, limit - 3)
        return [self.cls, *a, self.sep, *b, self.sep], len(a) + 2

    def _padded(self, rows: list[tuple[Pieces, int]], padding: bool | str, max_length: int | None,
                kind: str | None, single: bool) -> Encoding:
        longest = max((len(ids) for ids, _ in rows), default=0)
        wanted = 0 if padding is False else longest if padding in (True, "longest") else max_length or 0
        fields: dict[str, list[list[int]]] = {"input_ids": [], "token_type_ids": [], "attention_mask": []}
        for ids, first in rows:
            empty = [0] * (wanted - len(ids))
            fields["input_ids"].append(ids + [self.pad] * len(empty))
            fields["token_type_ids"].append([0] * first + [1] * (len(ids) - first) + empty)
            fields["attention_mask"].append([1] * len(ids) + empty)
        if kind is None:
            return Encoding({k: v[0] if single else v for k, v in fields.items()})
        if kind not in ("np", "pt", "mg"):
            raise RangeError(f"tokenizer: return_tensors must be None, 'np', 'pt' or 'mg', got {kind!r}.")
        lengths = {len(row) for row in fields["input_ids"]}
        if len(lengths) > 1:
            raise DataError(f"tokenizer: texts of {min(lengths)} to {max(lengths)} ids do not fit into one "
                            "tensor. Pass padding=True.")
        width = lengths.pop() if lengths else wanted
        arrays = {k: np.array(v, np.int64).reshape(len(rows), width) for k, v in fields.items()}
        return Encoding(arrays if kind == "np" else {k: wrap(v) for k, v in arrays.items()})

    # ── from ids to text ──────────────────────────────────────────────────────────────────────

    def decode(self, ids: Any, skip_special_tokens: bool = False) -> str:
        """The text of a row of ids: ## pieces attached, no blank before . , ! and ?.

        Case, accents and white space are lost. Raises RangeError for an id outside the vocabulary.
        """
        text = ""
        for piece in self.convert_ids_to_tokens(ids, skip_special_tokens):
            if text and piece.startswith("##"):
                text += piece[2:]
            else:
                text += piece if not text or piece[0] in ".,!?" else " " + piece
        return text

    def batch_decode(self, rows: Any, skip_special_tokens: bool = False) -> list[str]:
        """The texts of many rows of ids, (N, L) or a list of lists."""
        return [self.decode(row, skip_special_tokens) for row in _as_lists(rows)]

    def convert_ids_to_tokens(self, ids: Any, skip_special_tokens: bool = False) -> list[str]:
        """The pieces of a row of ids. Raises RangeError for an id outside the vocabulary."""
        found = []
        for i in _as_lists(ids):
            if not 0 <= i < len(self.wordpiece):
                raise RangeError(f"tokenizer: id {i} is outside the vocabulary of {len(self.wordpiece)}.")
            if not (skip_special_tokens and i in self.special_ids):
                found.append(self.wordpiece.pieces[i])
        return found

    def save_pretrained(self, folder: str | os.PathLike[str]) -> None:
        """Write ``vocab.txt`` into ``folder``. Raises DataError when it cannot be written."""
        write_atomically(Path(folder) / "vocab.txt", ("\n".join(self.wordpiece.pieces) + "\n").encode())


def check_text(text: Any) -> None:
    """Raise DTypeError for anything but a string, DataError for one with bytes that were not UTF-8."""
    if isinstance(text, str):
        if text.isascii():
            return
        bad = next((i for i, c in enumerate(text) if "\ud800" <= c <= "\udfff"), None)
        if bad is None:
            return
        raise DataError(f"tokenizer: character {bad} of the text is {text[bad]!a}, a lone surrogate: its "
                        "bytes were not UTF-8. Read the file with its own encoding, or errors='replace'.")
    cure = "Decode it: text.decode('utf-8')." if isinstance(text, bytes) else "Pass a string."
    raise DTypeError(f"tokenizer: expected a string, got {type(text).__name__}. {cure}")


def cut_pair(a: Pieces, b: Pieces, room: int) -> tuple[Pieces, Pieces]:
    """Both texts cut to ``room`` ids together, the longer one first; at worst to half each.

    >>> from minigrad.text.tokenizer import cut_pair
    >>> cut_pair([1, 2, 3, 4, 5], [6], 4), cut_pair([1, 2, 3], [4, 5, 6], 3)
    (([1, 2, 3], [6]), ([1], [4, 5]))
    """
    short, long = sorted((len(a), len(b)))
    if short + long > room:
        long = max(short, room - short) if short <= room else short
        if short + long > room:
            short, long = room // 2, room - room // 2
    return (a[:long], b[:short]) if len(a) > len(b) else (a[:short], b[:long])


def _as_lists(rows: Any) -> Any:
    return rows.tolist() if isinstance(rows, (Tensor, np.ndarray)) else rows
