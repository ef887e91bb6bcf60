"""The sum, mean or maximum of the rows that a bag of words looks up."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import array_of, wrap
from ..backend.arrays import array_module, to_numpy
from ..errors import ShapeError
from ..errors.options import refuses
from ..ops.embedding import embedding
from ..ops.indexing import IndexAdd
from ..ops.reduce import max
from ..ops.select import where
from .embedding import Embedding


@refuses(sparse=False)
def embedding_bag(input: Any, weight: Any, offsets: Any = None, max_norm: float | None = None,
                  norm_type: float = 2, scale_grad_by_freq: bool = False, mode: str = "mean",
                  *, per_sample_weights: Any = None, include_last_offset: bool = False,
                  padding_idx: int | None = None) -> Any:
    """The sum, mean or maximum of the rows of ``weight`` (V, D) at the indices of each bag: (B, D).

    Args:
        input: (B, n) indices, a bag in each row; or all in a row (Σ n), cut at ``offsets`` (B).
        mode: "sum", "mean" or "max"; an empty bag gives 0.
        per_sample_weights: a factor for each index, with "sum".
        include_last_offset: ``offsets`` also holds the end.
        padding_idx: a row that doesn't count.

    Other options and errors as in ``embedding``; ShapeError when offsets are missing or too many, ValueError
    for another mode.

    >>> table, bags = minigrad.tensor([[1.0], [10.0], [100.0]]), minigrad.tensor([0, 1, 2])
    >>> minigrad.nn.functional.embedding_bag(bags, table, minigrad.tensor([0, 2]), mode="sum")
    tensor([[ 11.],
            [100.]])
    """
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"embedding_bag: mode must be 'sum', 'mean' or 'max', got {mode!r}.")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(f"embedding_bag: per_sample_weights are for mode='sum', not {mode!r}.")
    shape = tuple(input.shape)
    if len(shape) not in (1, 2) or (len(shape) == 1) != (offsets is not None):
        raise ShapeError("embedding_bag: expected indices (B, n) alone, or in a row with offsets, got "
                         f"{shape} and {'no offsets' if offsets is None else 'offsets'}.")
    flat = input.reshape(-1)
    starts = np.arange(shape[0]) * shape[1] if offsets is None else to_numpy(array_of(offsets))
    if offsets is not None:
        starts = starts[:-1] if include_last_offset else starts
    if len(starts) and (starts[0] != 0 or (np.diff(starts) < 0).any() or starts[-1] > len(flat)):
        raise ShapeError(f"embedding_bag: offsets must rise from 0 to at most {len(flat)}, got "
                         f"{starts.tolist()}.")
    bag = np.searchsorted(starts, np.arange(len(flat)), "right") - 1            # which bag each index is in
    rows = embedding(flat, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq)    # (Σ n, D)
    index, xp = array_of(flat), array_module(array_of(flat))
    counts = xp.ones(len(flat), bool) if padding_idx is None else index != padding_idx % weight.shape[0]
    if mode == "max":
        return _largest(rows, bag, to_numpy(counts), len(starts))
    if per_sample_weights is not None:
        if tuple(per_sample_weights.shape) != shape:
            raise ShapeError(f"embedding_bag: per_sample_weights must be {shape}, one for each index, but it "
                             f"is {tuple(per_sample_weights.shape)}.")
        rows = rows * per_sample_weights.reshape(-1, 1)
    factors = counts.astype(rows.dtype)
    if mode == "mean":
        sizes = np.bincount(bag[to_numpy(counts)], minlength=len(starts))
        factors = factors / xp.asarray(np.maximum(sizes, 1)[bag])
    rows = rows * wrap(factors[:, None].astype(rows.dtype))
    return IndexAdd((xp.asarray(bag),), (len(starts), weight.shape[1]))(rows)


def _largest(rows: Any, bag: Any, counts: Any, bags: int) -> Any:
    """The largest entries of each bag's rows, the first of equal ones: a table (B, longest, D), then max."""
    bag, at = bag[counts], np.flatnonzero(counts)
    sizes = np.bincount(bag, minlength=bags)
    place = np.zeros((bags, int(sizes.max(initial=0))), np.int64)
    used = np.arange(place.shape[1]) < sizes[:, None]                           # (B, longest)
    place[used] = at
    xp = array_module(array_of(rows))
    if not place.size:
        return rows[:0].sum(0) + wrap(xp.zeros((bags, rows.shape[1]), rows.dtype))
    table = where(xp.asarray(used)[:, :, None], rows[wrap(xp.asarray(place))], -math.inf)
    return where(xp.asarray(sizes > 0)[:, None], max(table, 1)[0], 0.0)


class EmbeddingBag(Embedding):
    """The mean, sum or maximum of the rows of each bag.

    (B, n), or (Σ n) with offsets (B) → (B, embedding_dim). Options and errors as in
    ``functional.embedding_bag``.

    >>> minigrad.nn.EmbeddingBag(10, 4)(minigrad.tensor([[1, 2, 3], [4, 5, 6]])).shape
    minigrad.Size([2, 4])
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, max_norm: float | None = None,
                 norm_type: float = 2.0, scale_grad_by_freq: bool = False, mode: str = "mean",
                 sparse: bool = False, _weight: Any = None, include_last_offset: bool = False,
                 padding_idx: int | None = None, device: Any = None, dtype: Any = None) -> None:
        super().__init__(num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq,
                         sparse, device=device, dtype=dtype)
        self.mode, self.include_last_offset = mode, include_last_offset
        if _weight is not None:
            self.weight.data = _weight

    def forward(self, input: Tensor, offsets: Any = None, per_sample_weights: Any = None) -> Tensor:
        return embedding_bag(input, self.weight, offsets, self.max_norm, self.norm_type,
                             self.scale_grad_by_freq, self.mode, per_sample_weights=per_sample_weights,
                             include_last_offset=self.include_last_offset, padding_idx=self.padding_idx)

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, mode={self.mode!r}"
