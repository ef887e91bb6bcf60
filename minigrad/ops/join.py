"""Joining tensors and cutting them up: cat, stack, hstack, vstack, meshgrid; split, chunk, unbind."""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.promotion import promoted
from ..autograd.tensor import array_of
from ..backend.arrays import Array, device_of, is_array, move, to_numpy
from ..backend.layout import joined
from ..errors import RangeError, ShapeError
from .attach import attach, normal_dim, numpy_names
from .convert import Cast
from .gather_scatter import index_select
from .shape import broadcast_to, shape_of, sizes_of, transpose, unsqueeze


def require_list(name: str, tensors: Any) -> None:
    """A list of tensors, at least one. Raises TypeError or ShapeError."""
    if isinstance(tensors, Tensor) or is_array(tensors):
        raise TypeError(f"{name}: expected a list of tensors, got one tensor. Write {name}([x, y]).")
    for k, t in enumerate(tensors):
        if not isinstance(t, Tensor) and not is_array(t):
            raise TypeError(f"{name}: expected tensors, but number {k} is {type(t).__name__}.")
    if not len(tensors):
        raise ShapeError(f"{name}: expected at least one tensor, got an empty list.")


@numpy_names
def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """The tensors one after the other along ``dim``; all other sizes must be equal.

    Raises ShapeError otherwise.

    >>> minigrad.cat([minigrad.tensor([1, 2]), minigrad.tensor([3])])
    tensor([1, 2, 3])
    """
    require_list("cat", tensors)
    if not all(len(shape_of(t)) for t in tensors):
        raise ShapeError("cat: a 0-d tensor has no dimension to join along. stack makes a new one.")
    if any(len(shape_of(t)) != 1 for t in tensors):            # as in PyTorch, an empty vector joins anything
        tensors = [t for t in tensors if tuple(shape_of(t)) != (0,)]
    arrays = [array_of(t) for t in tensors]
    if len({a.dtype for a in arrays}) > 1:
        dtype = promoted(arrays)[0].dtype
        tensors = [Cast(dtype)(t) for t in tensors]
    return Cat(normal_dim(dim, arrays[0].ndim, "cat"))(*tensors)


@numpy_names
def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """The tensors, all of one shape, along a new dimension. Raises ShapeError for other shapes.

    >>> minigrad.stack([minigrad.tensor([1, 2]), minigrad.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """
    require_list("stack", tensors)
    shapes = {tuple(shape_of(t)) for t in tensors}
    if len(shapes) > 1:
        raise ShapeError(f"stack: all shapes must be equal, got {sorted(shapes)}.")
    return cat([unsqueeze(t, dim) for t in tensors],
               normal_dim(dim, len(shape_of(tensors[0])) + 1, "stack"))


@numpy_names
def split(x: Any, split_size: int | Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Parts of the given size (the last may be smaller), or of each of the given sizes.

    Raises ShapeError unless these add up.

    >>> minigrad.arange(5).split(2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    d = normal_dim(dim, len(shape_of(x)), "split")
    size = shape_of(x)[d]
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

    Raises ShapeError for fewer than 1.

    >>> [part.tolist() for part in minigrad.arange(5).chunk(2)]
    [[0, 1, 2], [3, 4]]
    """
    if chunks < 1:
        raise ShapeError(f"chunk: expected chunks from 1, got {chunks}.")
    size = shape_of(x)[normal_dim(dim, len(shape_of(x)), "chunk")]
    if size == 0:
        return split(x, [0] * chunks, dim)
    return split(x, max(1, -(-size // chunks)), dim)


@numpy_names
def unbind(x: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along ``dim``, each without that dimension. Raises RangeError for a dim that x lacks.

    >>> minigrad.tensor([[1, 2], [3, 4]]).unbind()
    (tensor([1, 2]), tensor([3, 4]))
    """
    if not len(shape_of(x)):
        raise RangeError("unbind: a 0-d tensor has no dimension to cut along.")
    d = normal_dim(dim, len(shape_of(x)), "unbind")
    return tuple(x[(slice(None),) * d + (i,)] for i in range(shape_of(x)[d]))


def hstack(tensors: Sequence[Any]) -> Any:
    """The tensors side by side: along dimension 1, vectors one after the other.

    Raises ShapeError when the other sizes differ.

    >>> minigrad.hstack([minigrad.ones(2, 1), minigrad.zeros(2, 2)])
    tensor([[1., 0., 0.],
            [1., 0., 0.]])
    """
    require_list("hstack", tensors)
    whole = [t if shape_of(t) else t.reshape((1,)) for t in tensors]
    return cat(whole, 0 if len(shape_of(whole[0])) == 1 else 1)


def vstack(tensors: Sequence[Any]) -> Any:
    """The tensors one below the other: along dimension 0, a vector as one row.

    Raises ShapeError when the other sizes differ.

    >>> minigrad.vstack([minigrad.tensor([1, 2]), minigrad.tensor([[3, 4], [5, 6]])])
    tensor([[1, 2],
            [3, 4],
            [5, 6]])
    """
    require_list("vstack", tensors)
    return cat([t if len(shape_of(t)) > 1 else t.reshape((1, -1)) for t in tensors], 0)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """The coordinates of a grid: for each of n vectors a tensor with the n sizes, repeated along the others.

    The k-th vector varies along dimension k; with ``indexing="xy"`` the first two dimensions are swapped, as
    matplotlib has them. Raises ShapeError for more than one dimension, ValueError for another ``indexing``.

    >>> rows, columns = minigrad.meshgrid(minigrad.tensor([1, 2]), minigrad.tensor([3, 4, 5]))
    >>> rows
    tensor([[1, 1, 1],
            [2, 2, 2]])
    >>> columns
    tensor([[3, 4, 5],
            [3, 4, 5]])
    """
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    if indexing not in ("ij", "xy"):
        raise ValueError(f'meshgrid: expected indexing "ij" or "xy", got {indexing!r}.')
    if not tensors or any(len(shape_of(t)) > 1 for t in tensors):
        raise ShapeError(f"meshgrid: expected vectors, got {[tuple(shape_of(t)) for t in tensors]}. "
                         "x.flatten() makes one.")
    sizes = [math.prod(shape_of(t)) for t in tensors]
    grids = [broadcast_to(t.reshape([-1 if j == k else 1 for j in range(len(sizes))]), sizes)
             for k, t in enumerate(tensors)]
    return tuple(transpose(g, 0, 1) if indexing == "xy" and len(sizes) > 1 else g for g in grids)


def repeat(x: Any, *sizes: Any) -> Any:
    """x laid out ``sizes`` times along each dimension, like tiles; extra sizes add dimensions in front."""
    counts, shape = sizes_of(sizes, "repeat"), tuple(shape_of(x))
    if len(counts) < len(shape):
        raise ShapeError(f"repeat: expected at least {len(shape)} counts for shape {shape}, got {counts}.")
    shape = (1,) * (len(counts) - len(shape)) + shape
    # (a, b) → (1, a, 1, b) → repeated to (p, a, q, b) → (p·a, q·b)
    apart = tuple(n for size in shape for n in (1, size))
    stretched = tuple(n for count, size in zip(counts, shape) for n in (count, size))
    full = tuple(count * size for count, size in zip(counts, shape))
    return broadcast_to(x.reshape(apart), stretched).reshape(full)


def tile(x: Any, *dims: Any) -> Any:
    """``repeat``, but counts may be missing in front, and are then 1.

    Raises ShapeError for a negative count.

    >>> minigrad.tensor([1, 2]).tile(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    counts = sizes_of(dims, "tile")
    return repeat(x, (1,) * (len(shape_of(x)) - len(counts)) + counts)


@numpy_names
def repeat_interleave(x: Any, repeats: Any, dim: int | None = None) -> Any:
    """Every entry (dim None) or slice repeated ``repeats`` times in a row: a a b b.

    ``repeats`` is one count for all, or a tensor with one for each. Raises ShapeError for the wrong
    number of counts.

    >>> minigrad.tensor([1, 2]).repeat_interleave(2)
    tensor([1, 1, 2, 2])
    """
    if dim is None:
        x, dim = x.reshape(-1), 0
    shape = tuple(shape_of(x))
    d = normal_dim(dim, len(shape), "repeat_interleave")
    if not isinstance(repeats, int):
        counts = to_numpy(repeats._array) if isinstance(repeats, Tensor) else np.asarray(repeats)
        if counts.shape not in ((), (1,), (shape[d],)):
            raise ShapeError(f"repeat_interleave: expected one count or {shape[d]}, got {counts.shape}.")
        at = np.repeat(np.arange(shape[d]), counts)
        return index_select(x, d, move(at, device_of(array_of(x))))
    wide = broadcast_to(x.reshape(shape[:d + 1] + (1,) + shape[d + 1:]),
                        shape[:d + 1] + (repeats,) + shape[d + 1:])
    return wide.reshape(shape[:d] + (shape[d] * repeats,) + shape[d + 1:])


class Cat(Function):
    """y = x₀, x₁, … one after the other along ``dim``;  ∂L/∂xᵢ = its part of g."""

    __slots__ = ("dim", "starts")

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def forward(self, *xs: Array) -> Array:
        self.starts = np.cumsum([0] + [x.shape[self.dim] for x in xs]).tolist()
        return joined(xs, self.dim)

    def backward_xs(self, g: Any, i: int) -> Any:
        at = (slice(None),) * self.dim + (slice(self.starts[i], self.starts[i + 1]),)
        return g[at]

    def explain(self, error: Exception, arrays: list[Any]) -> Exception:
        shapes = ", ".join(str(tuple(a.shape)) for a in arrays)
        return ShapeError(f"cat: the shapes {shapes} differ in another dimension than {self.dim}, "
                          "along which they are joined.")


attach(split=split, chunk=chunk, unbind=unbind, repeat=repeat, tile=tile, repeat_interleave=repeat_interleave)
