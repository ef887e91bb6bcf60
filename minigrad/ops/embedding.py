"""Looking up rows of a table, and writing labels as vectors."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.tensor import array_of, wrap
from ..backend.arrays import Array, array_module, on_host, require_one_device
from ..errors import DTypeError, RangeError, ShapeError
from ..errors.arguments import require_sizes
from ..errors.options import refuses
from .indexing import IndexAdd


class Embedding(Function):
    """y = the rows of w at the indices;  ∂L/∂w = zeros, with each g added to its row.

    w (V, D), indices (…), y (…, D). The row ``padding_idx`` receives no gradient.
    """

    __slots__ = ("index", "padding_idx", "by_frequency", "rows")

    def __init__(self, index: Array, padding_idx: int | None, by_frequency: bool = False) -> None:
        self.index, self.padding_idx, self.by_frequency = index, padding_idx, by_frequency

    def forward(self, w: Array) -> Array:
        self.rows = w.shape
        return w[self.index]

    def backward(self, g: Any) -> Any:
        if self.padding_idx is not None:
            g = g * (self.index != self.padding_idx)[..., None]
        if self.by_frequency:                   # a row's gradient is the mean over its uses
            uses = array_module(self.index).bincount(self.index.ravel(), minlength=self.rows[0])[self.index]
            g = g / uses.astype(g.dtype)[..., None]
        return IndexAdd((self.index,), self.rows)(g)


def _indices(name: str, x: Any, count: int | None) -> Array:
    array = x._array if isinstance(x, Tensor) else np.asarray(x)
    if array.dtype.kind not in "iu":
        raise DTypeError(f"{name}: indices must be integers, got {array.dtype}. Use x.long().")
    if array.size and on_host(array):           # checking would make a GPU wait
        low, high = int(array.min()), int(array.max())
        if low < 0 or (count is not None and high >= count):
            raise RangeError(f"{name}: indices must be in [0, {'…' if count is None else count - 1}], got "
                             f"{low if low < 0 else high}.")
    return array


@refuses(sparse=False)
def embedding(input: Any, weight: Any, padding_idx: int | None = None, max_norm: float | None = None,
              norm_type: float = 2.0, scale_grad_by_freq: bool = False) -> Any:
    """The rows of ``weight`` (V, D) at the integer indices ``input`` (…): (…, D).

    The row ``padding_idx`` receives no gradient. ``max_norm``: rows that are looked up and longer are first
    shortened to this length (in the norm ``norm_type``), in the table itself. ``scale_grad_by_freq``: a row's
    gradient is divided by how often it was looked up.

    Raises ShapeError for another weight, DTypeError for indices that are not integers, RangeError for one
    outside. On a GPU, checking would wait for earlier work, so there an index outside goes unnoticed.

    >>> table = minigrad.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> minigrad.nn.functional.embedding(minigrad.tensor([1, 1]), table)
    tensor([[3., 4.],
            [3., 4.]])
    """
    require_one_device("embedding", input, weight)
    if len(weight.shape) != 2:
        raise ShapeError(f"embedding: the weight must be a table (V, D), but it is {tuple(weight.shape)}.")
    index = _indices("embedding", input, weight.shape[0])
    if padding_idx is not None:
        require_sizes("embedding", None, padding_idx=padding_idx)
        if not -weight.shape[0] <= padding_idx < weight.shape[0]:
            raise RangeError(f"embedding: padding_idx {padding_idx} is not a row of {weight.shape[0]}.")
        padding_idx = padding_idx % weight.shape[0]
    if max_norm is not None:
        _shorten(weight, index, max_norm, norm_type)
    return Embedding(index, padding_idx, scale_grad_by_freq)(weight)


def _shorten(weight: Any, index: Array, max_norm: float, p: float) -> None:
    """The rows at the indices scaled down to the length ``max_norm``, in place."""
    table, xp = array_of(weight), array_module(index)
    used = xp.unique(index)
    length = xp.linalg.norm(table[used], p, axis=1, keepdims=True)
    scale = xp.where(length > max_norm, max_norm / (length + 1e-7), 1.0)
    table[used] *= scale.astype(table.dtype)
    if isinstance(weight, Tensor):
        weight._changed_in_place()


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """(…) class indices → (…, num_classes) int64 with a single 1; -1 takes the largest index plus 1.

    Raises DTypeError for indices that are not integers, RangeError for one outside.

    >>> minigrad.nn.functional.one_hot(minigrad.tensor([2, 0]))
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    require_sizes("one_hot", -1, num_classes=num_classes)
    index = _indices("one_hot", tensor, num_classes if num_classes >= 0 else None)
    classes = num_classes if num_classes >= 0 else (int(index.max()) + 1 if index.size else 0)
    return wrap((index[..., None] == array_module(index).arange(classes)).astype(np.int64))
