"""Arranging tensors, made of reshape, permute, index, flip and cat: parts, turns, splits, stacks, diagonals."""
from __future__ import annotations

from itertools import combinations as choices, combinations_with_replacement as repeated_choices
from typing import Any, Sequence

import numpy as np

from ..autograd.tensor import Size, as_array, wrap
from ..autograd.unbroadcast import repeated
from ..backend.arrays import array_module
from ..errors import RangeError, ShapeError
from ..errors.arguments import require_sizes
from .attach import attach, normal_dim, own_dim
from .indexing import Index, IndexAdd
from .join import cat, hstack, meshgrid, require_list, split, stack, vstack
from .matrix import diag, matrix_transpose
from .reduce import sum
from .shape import broadcast_to, flip, movedim, permute, reshape, sizes_of, transpose, unsqueeze

swapaxes = swapdims = transpose             # NumPy's name, and PyTorch's second one
moveaxis = movedim


def ravel(x: Any) -> Any:
    """All entries in one dimension.

    >>> minigrad.zeros(2, 3).ravel().shape
    minigrad.Size([6])
    """
    return reshape(x, -1)


def select(x: Any, dim: int, index: int) -> Any:
    """One slice along ``dim``, without that dimension: x[:, index] for dim 1. A view.

    Raises RangeError for a dim or an index outside.

    >>> minigrad.tensor([[1, 2], [3, 4]]).select(1, 0)
    tensor([1, 3])
    """
    return Index((slice(None),) * own_dim(dim, x.ndim, "select") + (int(index),))(x)


def narrow(x: Any, dim: int, start: Any, length: int) -> Any:
    """``length`` slices along ``dim`` from ``start`` on, which counts from the end if negative. A view.

    Raises RangeError for a part that isn't there.

    >>> minigrad.arange(5).narrow(0, 1, 3)
    tensor([1, 2, 3])
    """
    d, at = own_dim(dim, x.ndim, "narrow"), int(start)
    size = x.shape[d]
    first = at + size if at < 0 else at
    if length < 0 or not 0 <= first <= size - length:
        raise RangeError(f"narrow: start {start} with length {length} lies outside of dimension {dim}, which "
                         f"has size {size}.")
    return Index((slice(None),) * d + (slice(first, first + length),))(x)


def rot90(x: Any, k: int = 1, dims: Sequence[int] = (0, 1)) -> Any:
    """x turned k times by 90° in the plane of two ``dims``, from the first towards the second.

    Raises ShapeError unless there are two different dims.

    >>> minigrad.tensor([[1, 2], [3, 4]]).rot90()
    tensor([[2, 4],
            [1, 3]])
    """
    if len(dims) != 2 or x.ndim < 2:
        raise ShapeError(f"rot90: expected two dims of a tensor with 2 or more, got {dims} for shape "
                         f"{tuple(x.shape)}.")
    a, b = (normal_dim(d, x.ndim, "rot90") for d in dims)
    if a == b:
        raise ShapeError(f"rot90: the two dims must differ, got {dims}.")
    return (x.clone(), flip(transpose(x, a, b), a), flip(x, a, b), flip(transpose(x, a, b), b))[k % 4]


def fliplr(x: Any) -> Any:
    """The columns in reverse order: ``flip(x, 1)``. Raises RangeError below 2 dimensions.

    >>> minigrad.tensor([[1, 2], [3, 4]]).fliplr()
    tensor([[2, 1],
            [4, 3]])
    """
    return flip(x, own_dim(1, x.ndim, "fliplr"))


def flipud(x: Any) -> Any:
    """The rows in reverse order: ``flip(x, 0)``. Raises RangeError for a 0-d tensor.

    >>> minigrad.tensor([1, 2]).flipud()
    tensor([2, 1])
    """
    return flip(x, own_dim(0, x.ndim, "flipud"))


def _at_least(ndim: int, tensors: tuple[Any, ...], place: Any) -> Any:
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        return tuple(place(t) if t.ndim < ndim else t for t in tensors[0])
    out = tuple(place(t) if t.ndim < ndim else t for t in tensors)
    return out if len(out) > 1 else out[0]


def atleast_1d(*tensors: Any) -> Any:
    """A number as a vector, other tensors as they are; of several, or of a list, a tuple.

    >>> minigrad.atleast_1d(minigrad.tensor(3))
    tensor([3])
    """
    return _at_least(1, tensors, lambda t: reshape(t, 1))


def atleast_2d(*tensors: Any) -> Any:
    """A number or a vector as one row, other tensors as they are; of several, or of a list, a tuple.

    >>> minigrad.atleast_2d(minigrad.tensor([3, 4]))
    tensor([[3, 4]])
    """
    return _at_least(2, tensors, lambda t: reshape(t, 1, -1))


def atleast_3d(*tensors: Any) -> Any:
    """(n) as (1, n, 1) and (n, m) as (n, m, 1), other tensors as they are; of several, or a list, a tuple.

    >>> minigrad.atleast_3d(minigrad.zeros(2, 3)).shape
    minigrad.Size([2, 3, 1])
    """
    return _at_least(3, tensors, lambda t: unsqueeze(t, 2) if t.ndim == 2 else reshape(t, 1, -1, 1))


def tensor_split(x: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """n parts along ``dim``, the first ones larger by 1 where it doesn't divide; or cut before the indices.

    Raises RangeError for fewer than one part.

    >>> minigrad.arange(5).tensor_split(2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    """
    d = own_dim(dim, x.ndim, "tensor_split")
    cuts = indices_or_sections.tolist() if hasattr(indices_or_sections, "tolist") else indices_or_sections
    size = x.shape[d]
    if isinstance(cuts, int):
        if cuts < 1:
            raise RangeError(f"tensor_split: expected a number of parts from 1, got {cuts}.")
        cuts = [k * (size // cuts) + min(k, size % cuts) for k in range(1, cuts)]
    edges = [0, *cuts, size]
    return tuple(x[(slice(None),) * d + (slice(a, b),)] for a, b in zip(edges, edges[1:]))


def _even(name: str, x: Any, parts: Any, dim: int, least: int) -> tuple[Any, ...]:
    if x.ndim < least:
        raise ShapeError(f"{name}: expected at least {least} dimensions, got shape {tuple(x.shape)}.")
    if isinstance(parts, int) and (parts < 1 or x.shape[dim] % parts):
        raise ShapeError(f"{name}: dimension {dim} has size {x.shape[dim]}, which doesn't divide into {parts} "
                         "equal parts. tensor_split makes unequal ones.")
    return tensor_split(x, parts, dim)


def hsplit(x: Any, parts: Any) -> tuple[Any, ...]:
    """Columns split into equal parts, or before the given indices: what ``hstack`` joins. Else ShapeError.

    >>> minigrad.arange(4).hsplit(2)
    (tensor([0, 1]), tensor([2, 3]))
    """
    return _even("hsplit", x, parts, 0 if x.ndim == 1 else 1, 1)


def vsplit(x: Any, parts: Any) -> tuple[Any, ...]:
    """Rows split into equal parts, or before the given indices: what ``vstack`` joins. Else ShapeError.

    >>> minigrad.eye(2).vsplit(2)
    (tensor([[1., 0.]]), tensor([[0., 1.]]))
    """
    return _even("vsplit", x, parts, 0, 2)


def dsplit(x: Any, parts: Any) -> tuple[Any, ...]:
    """Dimension 2 split into equal parts, or before the given indices. Else ShapeError.

    >>> [part.shape for part in minigrad.zeros(1, 2, 4).dsplit(2)]
    [minigrad.Size([1, 2, 2]), minigrad.Size([1, 2, 2])]
    """
    return _even("dsplit", x, parts, 2, 3)


def dstack(tensors: Sequence[Any]) -> Any:
    """The tensors one behind the other, along dimension 2. Raises ShapeError when the other sizes differ.

    >>> minigrad.dstack([minigrad.tensor([1, 2]), minigrad.tensor([3, 4])])
    tensor([[[1, 3],
             [2, 4]]])
    """
    require_list("dstack", tensors)
    return cat([atleast_3d(t) for t in tensors], 2)


def column_stack(tensors: Sequence[Any]) -> Any:
    """``hstack``, with vectors as columns. Raises ShapeError when the numbers of rows differ.

    >>> minigrad.column_stack([minigrad.tensor([1, 2]), minigrad.tensor([3, 4])])
    tensor([[1, 3],
            [2, 4]])
    """
    require_list("column_stack", tensors)
    return hstack([reshape(t, -1, 1) if t.ndim < 2 else t for t in tensors])


row_stack = vstack


def block_diag(*tensors: Any) -> Any:
    """The matrices along the diagonal, 0 elsewhere; vectors are rows. Raises ShapeError above 2 dimensions.

    >>> minigrad.block_diag(minigrad.tensor([[1, 2]]), minigrad.tensor([[3]]))
    tensor([[1, 2, 0],
            [0, 0, 3]])
    """
    if any(t.ndim > 2 for t in tensors):
        raise ShapeError(f"block_diag: expected matrices, got {[tuple(t.shape) for t in tensors]}.")
    blocks = [atleast_2d(t) for t in tensors] or [wrap(np.zeros((1, 0), np.float32))]
    widths = [b.shape[1] for b in blocks]
    return cat([cat([b if j == k else b.new_zeros(b.shape[0], n) for j, n in enumerate(widths)], 1)
                for k, b in enumerate(blocks)], 0)


def cartesian_prod(*tensors: Any) -> Any:
    """Every combination of one entry from each vector: (n), (m), … → (n·m·…, number of vectors).

    >>> minigrad.cartesian_prod(minigrad.tensor([1, 2]), minigrad.tensor([5, 6]))
    tensor([[1, 5],
            [1, 6],
            [2, 5],
            [2, 6]])
    """
    if len(tensors) == 1:
        return tensors[0]
    return stack([reshape(grid, -1) for grid in meshgrid(*tensors)], 1)


def combinations(x: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """Every choice of r entries of a vector, in order: (n) → (number of choices, r). Else ShapeError.

    >>> minigrad.combinations(minigrad.tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    if x.ndim != 1 or r < 0:
        raise ShapeError(f"combinations: expected a vector and r from 0, got shape {tuple(x.shape)} and "
                         f"r={r}.")
    if r == 0:
        return x[:0]
    chosen = list((repeated_choices if with_replacement else choices)(range(len(x)), r))
    return x[as_array(np.array(chosen, np.int64).reshape(-1, r), None, x.device)]


def diag_embed(x: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The last dimension as the diagonal of matrices, 0 elsewhere, which lie in dim1 and dim2.

    Raises RangeError for the same dim twice.

    >>> minigrad.tensor([[1, 2]]).diag_embed().shape
    minigrad.Size([1, 2, 2])
    """
    a, b = (normal_dim(d, x.ndim + 1, "diag_embed") for d in (dim1, dim2))
    if a == b:
        raise RangeError(f"diag_embed: the two dims must differ, got {dim1} and {dim2}.")
    at = array_module(x._array).arange(x.shape[-1])
    size = x.shape[-1] + abs(offset)
    shape = (*x.shape[:-1], size, size)
    z = IndexAdd((Ellipsis, at + max(0, -offset), at + max(0, offset)), shape)(x)
    rest = iter(range(x.ndim - 1))
    return permute(z, [x.ndim - 1 if k == a else x.ndim if k == b else next(rest) for k in range(x.ndim + 1)])


def diagflat(x: Any, offset: int = 0) -> Any:
    """The matrix with all entries of x on its diagonal, or on one ``offset`` further to the right.

    >>> minigrad.diagflat(minigrad.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    return diag(reshape(x, -1), offset)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Any:
    """(rows, columns) of the entries on and below the diagonal of a row × col matrix, (2, n) int64.

    >>> minigrad.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    require_sizes("tril_indices", 0, row=row, col=col)
    return wrap(as_array(np.array(np.tril_indices(row, offset, col)), dtype or np.int64, device))


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Any:
    """(rows, columns) of the entries on and above the diagonal of a row × col matrix, (2, n) int64.

    >>> minigrad.triu_indices(2, 2)
    tensor([[0, 0, 1],
            [0, 1, 1]])
    """
    require_sizes("triu_indices", 0, row=row, col=col)
    return wrap(as_array(np.array(np.triu_indices(row, offset, col)), dtype or np.int64, device))


def broadcast_shapes(*shapes: Any) -> Any:
    """The shape to which all of these broadcast. Raises ShapeError when there is none.

    >>> minigrad.broadcast_shapes((2, 1), (3,))
    minigrad.Size([2, 3])
    """
    sizes = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    try:
        return Size(np.broadcast_shapes(*sizes))
    except ValueError:
        raise ShapeError(f"broadcast_shapes: {', '.join(map(str, sizes))} do not broadcast.") from None


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """All tensors repeated to one shape, without copying. Raises ShapeError when there is none.

    >>> [t.shape for t in minigrad.broadcast_tensors(minigrad.zeros(2, 1), minigrad.zeros(3))]
    [minigrad.Size([2, 3]), minigrad.Size([2, 3])]
    """
    shape = broadcast_shapes(*(t.shape for t in tensors))
    return tuple(broadcast_to(t, shape) for t in tensors)


def unfold(x: Any, dimension: int, size: int, step: int) -> Any:
    """Every window of ``size`` slices along a dimension, ``step`` apart, as a new last dimension.

    A method of Tensor; ``nn.functional.unfold`` is another one. Raises RangeError for a window larger than the dimension.

    >>> minigrad.arange(5).unfold(0, 3, 2)
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """
    d = normal_dim(dimension, x.ndim, "unfold")
    n = x.shape[d] if x.ndim else 1
    if not 0 <= size <= n or step < 1:
        raise RangeError(f"unfold: expected a size from 0 to {n} and a step from 1, got {size} and {step}.")
    x = x if x.ndim else reshape(x, 1)
    at = np.arange(0, n - size + 1, step)[:, None] + np.arange(size)            # (windows, size)
    return movedim(x[(slice(None),) * d + (as_array(at, None, x.device),)], d + 1, -1)


def sum_to_size(x: Any, *size: Any) -> Any:
    """x summed to a shape that broadcasts to its own: the derivative of ``expand``. Else ShapeError.

    >>> minigrad.ones(2, 3).sum_to_size(1, 3)
    tensor([[2., 2., 2.]])
    """
    want = sizes_of(size, "sum_to_size")
    if broadcast_shapes(want, x.shape) != tuple(x.shape):
        raise ShapeError(f"sum_to_size: {want} does not broadcast to {tuple(x.shape)}.")
    dims = repeated(tuple(x.shape), want)
    return sum(x, dims, True).reshape(want) if dims else x


attach(swapaxes=transpose, swapdims=transpose, moveaxis=movedim, ravel=ravel, select=select, narrow=narrow,
       rot90=rot90, fliplr=fliplr, flipud=flipud, tensor_split=tensor_split, hsplit=hsplit, vsplit=vsplit,
       dsplit=dsplit, diag_embed=diag_embed, diagflat=diagflat, unfold=unfold,
       split_with_sizes=split, H=property(matrix_transpose), mH=property(matrix_transpose),
       adjoint=lambda x: matrix_transpose(x),
       sum_to_size=sum_to_size)
