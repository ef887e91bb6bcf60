"""Arranging tensors by reshape, permute, index, flip and cat: parts, turns, splits, stacks, diagonals."""
from __future__ import annotations

from itertools import combinations as choices, combinations_with_replacement as repeated_choices
from typing import Any

import numpy as np

from ..autograd.tensor import Size, as_array, wrap
from ..backend.arrays import array_module
from ..errors import RangeError, ShapeError
from ..errors.arguments import require_sizes
from .attach import attach, combined, normal_dim, own_dim
from .indexing import Index, IndexAdd
from .join import cat, hstack, meshgrid, require_list, split, stack, vstack
from .matrix import diag, matrix_transpose
from .shape import broadcast_to, flip, movedim, permute, reshape, transpose, unsqueeze

swapaxes = swapdims = transpose             # NumPy's name, and PyTorch's second one
moveaxis, row_stack = movedim, vstack

ravel = combined("ravel", lambda x: reshape(x, -1), "All entries in one dimension.",
                 "minigrad.eye(2).ravel()", "tensor([1., 0., 0., 1.])")
fliplr = combined("fliplr", lambda x: flip(x, own_dim(1, x.ndim, "fliplr")), "The columns in reverse order.",
                  "minigrad.tensor([[1, 2], [3, 4]]).fliplr()", "tensor([[2, 1],\n        [4, 3]])")
flipud = combined("flipud", lambda x: flip(x, own_dim(0, x.ndim, "flipud")), "The rows in reverse order.",
                  "minigrad.tensor([1, 2]).flipud()", "tensor([2, 1])")
select = combined(
    "select", lambda x, dim, index: Index((slice(None),) * own_dim(dim, x.ndim, "select") + (int(index),))(x),
    "One slice along ``dim``, without that dimension, a view. Raises RangeError for one outside.",
    "minigrad.tensor([[1, 2], [3, 4]]).select(1, 0)", "tensor([1, 3])")


def narrow(x: Any, dim: int, start: Any, length: int) -> Any:
    """``length`` slices along ``dim`` from ``start`` on, which counts from the end if negative. A view.

    Raises RangeError for a part that isn't there, TypeError unless start is an integer.

    >>> minigrad.arange(5).narrow(0, 1, 3)
    tensor([1, 2, 3])
    """
    if not isinstance(start, int) and start.dtype.kind not in "iu":
        raise TypeError(f"narrow: start must be an integer, got {start.dtype}.")
    d = own_dim(dim, x.ndim, "narrow")
    size, first = x.shape[d], int(start) + (x.shape[d] if start < 0 else 0)
    if length < 0 or not 0 <= first <= size - length:
        raise RangeError(f"narrow: start {start} with length {length} lies outside of dimension {dim}, which "
                         f"has size {size}.")
    return Index((slice(None),) * d + (slice(first, first + length),))(x)


def rot90(x: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    """x turned k times by 90° in the plane of two ``dims``, from the first towards the second.

    Raises ShapeError unless there are two different dims.

    >>> minigrad.tensor([[1, 2], [3, 4]]).rot90()
    tensor([[2, 4],
            [1, 3]])
    """
    two = [normal_dim(d, x.ndim, "rot90") for d in dims]
    if len(two) != 2 or two[0] == two[1]:
        raise ShapeError(f"rot90: expected two different dims, got {dims} for shape {tuple(x.shape)}.")
    a, b = two
    return (x.clone(), flip(transpose(x, a, b), a), flip(x, a, b), flip(transpose(x, a, b), b))[k % 4]


def _listed(name: str, tensors: Any) -> Any:
    require_list(name, tensors)
    return tensors


def _each(place: Any) -> Any:
    """A function of tensors, or of one list of them."""
    def function(*tensors: Any) -> Any:
        listed = len(tensors) == 1 and isinstance(tensors[0], (list, tuple))
        out = tuple(place(t) for t in (tensors[0] if listed else tensors))
        return out if listed or len(out) > 1 else out[0]
    return function


atleast_1d = combined("atleast_1d", _each(lambda t: t if t.ndim else reshape(t, 1)),
                      "A number as a vector, other tensors as they are; of several, or of a list, a tuple.",
                      "minigrad.atleast_1d(minigrad.tensor(3))", "tensor([3])", False)
atleast_2d = combined("atleast_2d", _each(lambda t: t if t.ndim > 1 else reshape(t, 1, -1)),
                      "A number or a vector as one row, other tensors as they are; of several a tuple.",
                      "minigrad.atleast_2d(minigrad.tensor([3, 4]))", "tensor([[3, 4]])", False)
atleast_3d = combined(
    "atleast_3d",
    _each(lambda t: t if t.ndim > 2 else unsqueeze(t, 2) if t.ndim == 2 else reshape(t, 1, -1, 1)),
    "(n) as (1, n, 1) and (n, m) as (n, m, 1), other tensors as they are; of several a tuple.",
    "minigrad.atleast_3d(minigrad.zeros(2, 3)).shape", "minigrad.Size([2, 3, 1])", False)


def tensor_split(x: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """n parts along ``dim``, the first ones larger by 1 where it doesn't divide; or cut before the indices.

    Raises RangeError for fewer than one part.

    >>> minigrad.arange(5).tensor_split(2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    """
    d = own_dim(dim, x.ndim, "tensor_split")
    cuts = indices_or_sections.tolist() if hasattr(indices_or_sections, "tolist") else indices_or_sections
    if isinstance(cuts, str) or isinstance(cuts, int) and cuts < 1:
        raise RangeError(f"tensor_split: expected a number of parts from 1, or indices, got {cuts!r}.")
    size = x.shape[d]
    if isinstance(cuts, int):
        cuts = [k * (size // cuts) + min(k, size % cuts) for k in range(1, cuts)]
    edges = [0, *cuts, size]
    return tuple(x[(slice(None),) * d + (slice(a, b),)] for a, b in zip(edges, edges[1:]))


def _even(name: str, x: Any, parts: Any, dim: int) -> tuple[Any, ...]:
    """``tensor_split``, where a number of parts has to divide the size."""
    if x.ndim <= dim:
        raise ShapeError(f"{name}: there is no dimension {dim} in shape {tuple(x.shape)}.")
    if isinstance(parts, int) and (parts < 1 or x.shape[dim] % parts):
        raise ShapeError(f"{name}: dimension {dim} has size {x.shape[dim]}, not {parts} equal parts. "
                         "tensor_split makes unequal ones.")
    if isinstance(parts, str):
        raise TypeError(f"{name}: expected a number of parts or indices, got {parts!r}.")
    return tensor_split(x, parts, dim)


hsplit = combined("hsplit", lambda x, parts: _even("hsplit", x, parts, 0 if x.ndim == 1 else 1),
                  "Columns split into equal parts, or before the given indices: what ``hstack`` joins.",
                  "minigrad.arange(4).hsplit(2)", "(tensor([0, 1]), tensor([2, 3]))")
vsplit = combined("vsplit", lambda x, parts: _even("vsplit", x, parts, 0 if x.ndim > 1 else 1),
                  "Rows split into equal parts, or before the given indices: what ``vstack`` joins.",
                  "minigrad.eye(2).vsplit(2)", "(tensor([[1., 0.]]), tensor([[0., 1.]]))")
dsplit = combined("dsplit", lambda x, parts: _even("dsplit", x, parts, 2),
                  "Dimension 2 split into equal parts, or before the given indices.",
                  "minigrad.zeros(1, 1, 2).dsplit(2)", "(tensor([[[0.]]]), tensor([[[0.]]]))")
dstack = combined(
    "dstack", lambda tensors: cat([atleast_3d(t) for t in _listed("dstack", tensors)], 2),
    "The tensors one behind the other, along dimension 2. Raises ShapeError when the other sizes differ.",
    "minigrad.dstack([minigrad.tensor([1, 2]), minigrad.tensor([3, 4])])",
    "tensor([[[1, 3],\n         [2, 4]]])", False)
column_stack = combined(
    "column_stack", lambda tensors: hstack(
        [reshape(t, -1, 1) if t.ndim < 2 else t for t in _listed("column_stack", tensors)]),
    "``hstack``, with vectors as columns. Raises ShapeError when the numbers of rows differ.",
    "minigrad.column_stack([minigrad.tensor([1, 2]), minigrad.tensor([3, 4])])",
    "tensor([[1, 3],\n        [2, 4]])", False)


def block_diag(*tensors: Any) -> Any:
    """The matrices along the diagonal, 0 elsewhere; vectors are rows. Raises ShapeError above 2 dimensions.

    >>> minigrad.block_diag(minigrad.tensor([[1, 2]]), minigrad.tensor([[3]]))
    tensor([[1, 2, 0],
            [0, 0, 3]])
    """
    if any(t.ndim > 2 for t in tensors):
        raise ShapeError(f"block_diag: expected matrices, got {[tuple(t.shape) for t in tensors]}.")
    blocks = [atleast_2d(t) for t in tensors] or [wrap(np.zeros((1, 0), np.float32))]
    return cat([cat([b if j == k else b.new_zeros(b.shape[0], c.shape[1]) for j, c in enumerate(blocks)], 1)
                for k, b in enumerate(blocks)])


cartesian_prod = combined(
    "cartesian_prod", lambda *tensors: tensors[0] if len(tensors) == 1 else stack(
        [reshape(grid, -1) for grid in meshgrid(*tensors)], 1),
    "Every combination of one entry from each vector: (n), (m), … → (n·m·…, number of vectors).",
    "minigrad.cartesian_prod(minigrad.tensor([1, 2]), minigrad.tensor([5, 6]))",
    "tensor([[1, 5],\n        [1, 6],\n        [2, 5],\n        [2, 6]])", False)


def combinations(x: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """Every choice of r entries of a vector, in order: (n) → (number of choices, r). Else ShapeError.

    >>> minigrad.combinations(minigrad.tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    if x.ndim != 1 or r < 0:
        raise ShapeError(f"combinations: expected a vector and r from 0, got {tuple(x.shape)} and {r}.")
    chosen = list((repeated_choices if with_replacement else choices)(range(len(x)), r)) if r else []
    return x[as_array(np.array(chosen, np.int64).reshape(-1, r or 1), None, x.device)] if r else x[:0]


def diag_embed(x: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The last dimension as the diagonal of matrices, 0 elsewhere, which lie in dim1 and dim2.

    Raises RangeError for the same dim twice.

    >>> minigrad.tensor([[1, 2]]).diag_embed().shape
    minigrad.Size([1, 2, 2])
    """
    a, b = (normal_dim(d, x.ndim + 1, "diag_embed") for d in (dim1, dim2))
    if a == b:
        raise RangeError(f"diag_embed: the two dims must differ, got {dim1} and {dim2}.")
    at, size = array_module(x._array).arange(x.shape[-1]), x.shape[-1] + abs(offset)
    z = IndexAdd((..., at + max(0, -offset), at + max(0, offset)), (*x.shape[:-1], size, size))(x)
    rest = iter(range(x.ndim - 1))
    return permute(z, [x.ndim - 1 if k == a else x.ndim if k == b else next(rest) for k in range(x.ndim + 1)])


diagflat = combined(
    "diagflat", lambda x, offset=0: diag(reshape(x, -1), offset),
    "The matrix with all entries of x on its diagonal, or on one ``offset`` further to the right.",
    "minigrad.diagflat(minigrad.tensor([1, 2]))", "tensor([[1, 0],\n        [0, 2]])")


def _indices(name: str, function: Any, place: str, printed: str) -> Any:
    def indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Any:
        require_sizes(name, 0, row=row, col=col)
        return wrap(as_array(np.array(function(row, offset, col)), dtype or np.int64, device))
    return combined(name, indices, f"(rows, columns) of the entries on and {place} the diagonal of a row × "
                    "col matrix: (2, n) int64.", f"minigrad.{name}(2, 2)", printed, False)


tril_indices = _indices("tril_indices", np.tril_indices, "below", "tensor([[0, 1, 1],\n        [0, 0, 1]])")
triu_indices = _indices("triu_indices", np.triu_indices, "above", "tensor([[0, 0, 1],\n        [0, 1, 1]])")


def broadcast_shapes(*shapes: Any) -> Any:
    """The shape to which all of these broadcast. Raises ShapeError when there is none.

    >>> minigrad.broadcast_shapes((2, 1), (3,))
    minigrad.Size([2, 3])
    """
    try:
        return Size(np.broadcast_shapes(*((s,) if isinstance(s, int) else tuple(s) for s in shapes)))
    except ValueError:
        raise ShapeError(f"broadcast_shapes: {', '.join(map(str, shapes))} do not broadcast.") from None


broadcast_tensors = combined(
    "broadcast_tensors",
    lambda *tensors: tuple(broadcast_to(t, broadcast_shapes(*(u.shape for u in tensors))) for t in tensors),
    "All tensors repeated to one shape, without copying. Raises ShapeError when there is none.",
    "minigrad.broadcast_tensors(minigrad.tensor([[1], [2]]), minigrad.tensor([3]))[1]",
    "tensor([[3],\n        [3]])", False)


def unfold(x: Any, dimension: int, size: int, step: int) -> Any:
    """Every window of ``size`` slices along a dimension, ``step`` apart, as a new last dimension.

    A method of Tensor; ``nn.functional.unfold`` is another function. Raises RangeError for a window that is
    larger than the dimension.

    >>> minigrad.arange(5).unfold(0, 3, 2)
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """
    d = normal_dim(dimension, x.ndim, "unfold")
    n = x.shape[d] if x.ndim else 1
    if not 0 <= size <= n or step < 1:
        raise RangeError(f"unfold: expected a size from 0 to {n} and a step from 1, got {size} and {step}.")
    if not x.ndim:
        return reshape(x, 1)[:size]
    at = np.arange(0, n - size + 1, step)[:, None] + np.arange(size)            # (windows, size)
    return movedim(x[(slice(None),) * d + (as_array(at, None, x.device),)], d + 1, -1)


attach(swapaxes=transpose, swapdims=transpose, moveaxis=movedim, narrow=narrow, rot90=rot90, unfold=unfold,
       tensor_split=tensor_split, diag_embed=diag_embed, split_with_sizes=split,
       H=property(matrix_transpose), mH=property(matrix_transpose), adjoint=lambda x: matrix_transpose(x))
