"""Texts in batches: encoded once, padded to the longest of each batch, and ordered so that little is padding.

A batch is as wide as its longest text, and every position costs time, even padding. Shuffled texts of 3 to 50
tokens make batches of width 50. Batches of texts of equal length need no padding, but are always the same
ones. In between: shuffle, cut into large buckets, sort each bucket by length, and cut it into batches, which
come in random order.
"""
from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from ..autograd.tensor import Tensor, wrap
from ..backend.random import Generator
from ..data.dataset import Dataset
from ..data.sampler import Sampler
from ..errors import ShapeError
from ..errors.arguments import require_integers
from .encoding import Encoding
from .tokenizer import BertTokenizer


class EncodedTexts(Dataset):
    """Texts as ids, with their labels: a batch is (Encoding of (N, L), labels (N,)).

    Args:
        max_length: longer texts are cut to this many ids, including [CLS] and [SEP].
        fixed: pad every batch to max_length, not only to its longest text.

    A batch has input_ids and attention_mask; the token_type_ids of single texts are all 0, and omitted.
    Raises ShapeError unless there are as many labels as texts.

    >>> from minigrad.text import BertTokenizer, EncodedTexts
    >>> tokenizer = BertTokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad"])
    >>> data = EncodedTexts(tokenizer, ["good", "not bad"], [1, 1], max_length=8)
    >>> batch, labels = data.get_batch([0, 1])
    >>> batch.input_ids.tolist(), batch.attention_mask.tolist()
    ([[2, 5, 3, 0], [2, 1, 6, 3]], [[1, 1, 1, 0], [1, 1, 1, 1]])
    """

    def __init__(self, tokenizer: BertTokenizer, texts: Sequence[str], labels: Any, max_length: int = 128,
                 fixed: bool = False) -> None:
        self.labels = np.asarray(labels, np.int64)
        if self.labels.shape != (len(texts),):
            raise ShapeError(f"EncodedTexts: {len(texts)} texts need labels of shape ({len(texts)},), got "
                             f"{self.labels.shape}.")
        self.texts, self.pad = texts, tokenizer.pad
        rows = tokenizer(texts, max_length=max_length, truncation=True)["input_ids"]
        self.lengths = np.array([len(row) for row in rows], np.int64)               # (M,)
        self.width = max_length if fixed else None
        self._ids = np.array([i for row in rows for i in row], np.int32)            # all rows, end to end
        self._starts = np.concatenate([[0], np.cumsum(self.lengths)])

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: int) -> tuple[Encoding, Tensor]:
        """Sample ``index`` as a batch of one."""
        return self.get_batch([index])

    def get_batch(self, indices: Any) -> tuple[Encoding, Tensor]:
        """The samples ``indices`` (N,): input_ids and attention_mask (N, L), labels (N,)."""
        lengths = self.lengths[indices]
        width = self.width or int(lengths.max())
        ids = np.full((len(lengths), width), self.pad, np.int64)
        for row, (i, n) in enumerate(zip(np.asarray(indices).tolist(), lengths.tolist())):
            ids[row, :n] = self._ids[self._starts[i]:self._starts[i] + n]
        mask = (np.arange(width) < lengths[:, None]).astype(np.int64)
        return Encoding(input_ids=wrap(ids), attention_mask=wrap(mask)), wrap(self.labels[indices])


class LengthBuckets(Sampler):
    """An order in which neighboring samples have similar lengths; otherwise random.

    Args:
        lengths: the length of each sample, (N,).
        batch_size: the loader's; the order consists of groups of this size.
        batches: how many batches make a bucket, within which samples are sorted. 1: plain shuffling.
        generator: decides the order; the loader's when None.

    Every sample comes once; those that do not fill a batch come last. Raises RangeError for sizes below 1.

    >>> from minigrad.data import DataLoader
    >>> from minigrad.text import LengthBuckets
    >>> lengths = [3, 9, 3, 8, 9, 3]
    >>> order = LengthBuckets(lengths, batch_size=3)
    >>> sorted(sorted(x.tolist()) for x in DataLoader(lengths, batch_size=3, sampler=order))
    [[3, 3, 3], [8, 9, 9]]
    """

    def __init__(self, lengths: Any, batch_size: int, batches: int = 50,
                 generator: Generator | None = None) -> None:
        require_integers("LengthBuckets", batch_size=batch_size, batches=batches)
        self.lengths = np.asarray(lengths, np.int64)
        self.batch_size, self.batches, self.generator = batch_size, batches, generator

    def __len__(self) -> int:
        return len(self.lengths)

    def indices(self, random: np.random.Generator) -> np.ndarray:
        """A permutation of 0 … N − 1."""
        order = random.permutation(len(self.lengths))
        full = len(order) // self.batch_size * self.batch_size
        order, rest = order[:full], order[full:]
        bucket = self.batch_size * self.batches
        for start in range(0, full, bucket):
            part = order[start:start + bucket]
            order[start:start + bucket] = part[np.argsort(self.lengths[part], kind="stable")]
        groups = order.reshape(-1, self.batch_size)                 # (batches, batch_size)
        return np.concatenate([groups[random.permutation(len(groups))].reshape(-1), rest])
