"""Joining tensors and cutting them up: cat, stack, split, chunk, unbind."""
from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from ..autograd import Tensor
from ..autograd.function import promoted
from ..errors import ShapeError
from .attach import attach, normal_dim, numpy_names
from .shape import Cast, Cat, _shape_of, unsqueeze


@numpy_names
def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """The tensors one after the other along ``dim``; all other sizes must be equal.

    Raises ShapeError otherwise.

    >>> import minigrad
    >>> minigrad.cat([minigrad.tensor([1, 2]), minigrad.tensor([3])])
    tensor([1, 2, 3])
    """
    if not len(tensors):
        raise ShapeError("cat: expected at least one tensor, got an empty list.")
    if any(len(_shape_of(t)) != 1 for t in tensors):            # as in PyTorch, an empty vector joins any
        tensors = [t for t in tensors if tuple(_shape_of(t)) != (0,)]
    arrays = [t._array if isinstance(t, Tensor) else t for t in tensors]
    if len({a.dtype for a in arrays}) > 1:
        dtype = promoted(arrays)[0].dtype
        tensors = [Cast(dtype)(t) for t in tensors]
    return Cat(normal_dim(dim, arrays[0].ndim, "cat"))(*tensors)


@numpy_names
def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """The tensors, all of one shape, along a new dimension. Raises ShapeError for other shapes.

    >>> import minigrad
    >>> minigrad.stack([minigrad.tensor([1, 2]), minigrad.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """
    if not len(tensors):
        raise ShapeError("stack: expected at least one tensor, got an empty list.")
    shapes = {tuple(_shape_of(t)) for t in tensors}
    if len(shapes) > 1:
        raise ShapeError(f"stack: all shapes must be equal, got {sorted(shapes)}.")
    return cat([unsqueeze(t, dim) for t in tensors],
               normal_dim(dim, len(_shape_of(tensors[0])) + 1, "stack"))


@numpy_names
def split(x: Any, split_size: int | Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Parts of the given size (the last may be smaller), or of each of the given sizes.

    Raises ShapeError unless these add up.

    >>> import minigrad
    >>> minigrad.arange(5).split(2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    d = normal_dim(dim, len(_shape_of(x)), "split")
    size = _shape_of(x)[d]
    if isinstance(split_size, int):
        if split_size < 1:
            raise ShapeError(f"split: expected a size from 1, got {split_size}.")
        sizes = [min(split_size, size - k) for k in range(0, size, split_size)] or [0]
    else:
        sizes = list(split_size)
        if sum(sizes) != size:
            raise ShapeError(f"split: the sizes {sizes} add up to {sum(sizes)}, but dimension {d} has "
                             f"{size}.")
    starts = np.cumsum([0] + sizes).tolist()
    return tuple(x[(slice(None),) * d + (slice(a, b),)] for a, b in zip(starts, starts[1:]))


@numpy_names
def chunk(x: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most ``chunks`` parts of equal size along ``dim``; the last may be smaller.

    Raises ShapeError below 1 chunk.

    >>> import minigrad
    >>> [part.tolist() for part in minigrad.arange(5).chunk(2)]
    [[0, 1, 2], [3, 4]]
    """
    if chunks < 1:
        raise ShapeError(f"chunk: expected chunks from 1, got {chunks}.")
    size = _shape_of(x)[normal_dim(dim, len(_shape_of(x)), "chunk")]
    if size == 0:
        return split(x, [0] * chunks, dim)
    return split(x, max(1, -(-size // chunks)), dim)


@numpy_names
def unbind(x: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along ``dim``, each without that dimension. Raises RangeError for a dim that x lacks.

    >>> import minigrad
    >>> minigrad.tensor([[1, 2], [3, 4]]).unbind()
    (tensor([1, 2]), tensor([3, 4]))
    """
    d = normal_dim(dim, len(_shape_of(x)), "unbind")
    return tuple(x[(slice(None),) * d + (i,)] for i in range(_shape_of(x)[d]))


attach(split=split, chunk=chunk, unbind=unbind)
