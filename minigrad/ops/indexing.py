"""Picking entries by index, and putting gradients back where the entries came from.

An entry that was picked twice receives the sum of both gradients.
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.tensor import wrap
from ..backend.arrays import (Array, array_module, device_of, is_array, move, on_host,
                              require_one_device)
from ..errors import DTypeError, RangeError, ShapeError
from .attach import attach, normal_dim, numpy_names


def is_basic(index: Any) -> bool:
    """Whether an index is made of ints, slices, None and … only: NumPy then returns a view."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(p is None or p is Ellipsis or isinstance(p, (slice, int, np.integer))
               and not isinstance(p, (bool, np.bool_)) for p in parts)


class Index(Function):
    """y = x[index];  ∂L/∂x = zeros, with g added at the index."""

    __slots__ = ("index", "input_shape")
    makes_view = True

    def __init__(self, index: Any) -> None:
        self.index = index

    def forward(self, x: Array) -> Array:
        self.input_shape = x.shape
        y = x[self.index]
        if is_array(y):
            return y
        index = self.index if isinstance(self.index, tuple) else (self.index,)
        return x[index + (Ellipsis,)]       # one entry comes as a copy, but with … as a view

    def backward(self, g: Any) -> Any:
        return IndexAdd(self.index, self.input_shape)(g)

    def __call__(self, *inputs: Any) -> Any:
        try:
            return super().__call__(*inputs)
        except IndexError as error:
            shape = tuple(np.shape(inputs[0]._array if isinstance(inputs[0], Tensor) else inputs[0]))
            raise RangeError(f"index: {error} (the tensor has shape {shape}).") from None


class IndexAdd(Function):
    """x = zeros, with y added at the index (the derivative of Index);  ∂L/∂y = g[index]."""

    __slots__ = ("index", "output_shape")

    def __init__(self, index: Any, shape: tuple[int, ...]) -> None:
        self.index, self.output_shape = index, shape

    def forward(self, y: Array) -> Array:
        xp = array_module(y)
        x = xp.zeros(self.output_shape, y.dtype)
        if is_basic(self.index):
            x[self.index] = y           # no entry is named twice
        elif xp is np and y.ndim > 1 and (rows := _row_numbers(self.index)) is not None:
            _add_rows(x, rows, y)
        else:
            xp.add.at(x, self.index, y)
        return x

    def backward(self, g: Any) -> Any:
        return Index(self.index)(g)


def _row_numbers(index: Any) -> Array | None:
    """The index, if it is one array of integers, which picks rows."""
    if isinstance(index, tuple) and len(index) == 1:
        (index,) = index
    return index if isinstance(index, np.ndarray) and index.dtype.kind in "iu" else None


def _add_rows(x: Array, rows: Array, y: Array) -> None:
    """``np.add.at(x, rows, y)`` entry by entry: NumPy is three times as fast on a vector as on rows."""
    width = math.prod(x.shape[1:])
    places = rows.astype(np.int64).reshape(-1, 1) * width + np.arange(width)    # also of rows from the end
    np.add.at(x.reshape(-1), places.reshape(-1), y.reshape(-1))


class Gather(Function):
    """y[i, j] = x[index[i, j], j] (for dim 0);  ∂L/∂x = zeros, with g added at the index."""

    __slots__ = ("dim", "index", "input_shape")

    def __init__(self, dim: int, index: Array) -> None:
        self.dim, self.index = dim, index

    def forward(self, x: Array) -> Array:
        self.input_shape = x.shape
        return x[along(self.index, self.dim)]

    def backward(self, g: Any) -> Any:
        return IndexAdd(along(self.index, self.dim), self.input_shape)(g)


def along(index: Array, dim: int) -> tuple[Any, ...]:
    """The index that replaces the position along ``dim`` by ``index`` and keeps all others."""
    grid: list[Any] = []
    for d, n in enumerate(index.shape):
        if d == dim:
            grid.append(index)
        else:
            shape = (1,) * d + (n,) + (1,) * (index.ndim - d - 1)
            grid.append(array_module(index).arange(n).reshape(shape))
    return tuple(grid)


def array_index(x: Array, index: Any) -> Any:
    """An index into x with Tensors and lists turned into arrays; for a GPU, lists are copied there."""
    if isinstance(index, tuple):
        return tuple(array_index(x, p) for p in index)
    if isinstance(index, list):
        index = np.asarray(index, dtype=np.int64 if not index else None)
    if isinstance(index, Tensor):
        index = index._array
    if is_array(index) and index.dtype.kind == "f":
        raise DTypeError(f"index: expected integers or booleans, got {index.dtype}. "
                         "Convert it: index.long().")
    if isinstance(index, np.ndarray) and not on_host(x):
        return move(index, device_of(x))
    return index


def getitem(x: Tensor, index: Any) -> Tensor:
    """x[index], with NumPy's rules: ints, slices, …, None, integer and boolean arrays.

    >>> import minigrad
    >>> minigrad.arange(5)[minigrad.tensor([0, 0, 3])]
    tensor([0, 0, 3])
    """
    return Index(array_index(x._array, index))(x)


@numpy_names
def gather(x: Any, dim: int, index: Any) -> Any:
    """Entries of x at ``index`` along ``dim``: y[i, j] = x[index[i, j], j] for dim 0.

    ``index`` has as many dimensions as x, and is nowhere longer except along ``dim``; 0-d ones count as
    vectors of one entry. Raises ShapeError when it does not fit, DTypeError for other than integers,
    RangeError for an index outside; on a GPU, where looking would wait for the work before, one outside is
    not noticed.

    >>> import minigrad
    >>> x = minigrad.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> x.gather(1, minigrad.tensor([[1], [0]]))            # one entry of each row
    tensor([[2.],
            [3.]])
    """
    d, at = index_along("gather", x, dim, index)
    if not at.size:                                             # of any shape, as in PyTorch
        return x.reshape(-1)[:0].reshape(at.shape)
    y = Gather(d, at)(x if len(x.shape) else x.reshape(1))
    return y if len(index.shape) else y.reshape(())


def index_along(name: str, x: Any, dim: int, index: Any) -> tuple[int, Array]:
    """(dim, index) for an operation that replaces positions along ``dim``, after the checks.

    A 0-d x or index counts as a vector of one entry; an index without entries fits everywhere.
    """
    at, shape = integers(name, index), tuple(x.shape) or (1,)
    d = normal_dim(dim, len(shape), name)
    require_one_device(name, x, index)
    if not at.size:
        return d, at
    at = at if at.ndim else at.reshape(1)
    if at.ndim != len(shape) or any(k != d and n > shape[k] for k, n in enumerate(at.shape)):
        raise ShapeError(f"{name}: index of shape {tuple(at.shape)} does not fit into {shape} beside dim "
                         f"{d}.")
    require_inside(name, at, shape[d])
    return d, at


def integers(name: str, index: Any) -> Array:
    """The array of an index. Raises DTypeError for other than integers, TypeError for other than tensors."""
    at = index._array if isinstance(index, Tensor) else index
    if not is_array(at):
        raise TypeError(f"{name}: the index must be a tensor of integers, got {type(index).__name__}.")
    if at.dtype.kind not in "iu" and at.size:
        raise DTypeError(f"{name}: the index must hold integers, got {at.dtype}. Use index.long().")
    return at


def require_inside(name: str, at: Array, size: int) -> None:
    """RangeError for an index outside of [0, size); not on a GPU, where looking would wait."""
    if on_host(at) and at.size and (int(at.min()) < 0 or int(at.max()) >= size):
        raise RangeError(f"{name}: indices must be in [0, {size - 1}], got {int(at.min())} to "
                         f"{int(at.max())}.")


@numpy_names
def index_select(x: Any, dim: int, index: Any) -> Any:
    """The slices of x at the given positions along ``dim``.

    ``index``: a vector of integers, from 0; one number for a 0-d x. Raises ShapeError for other shapes,
    DTypeError for other than integers, RangeError for one outside.

    >>> import minigrad
    >>> minigrad.tensor([[1, 2], [3, 4]]).index_select(1, minigrad.tensor([1, 1]))
    tensor([[2, 2],
            [4, 4]])
    """
    at, shape = integers("index_select", index), tuple(x.shape)
    require_one_device("index_select", x, at)
    d = normal_dim(dim, len(shape), "index_select")
    if at.ndim > 1 or not shape and at.size != 1:
        raise ShapeError(f"index_select: the index must be a vector{'' if shape else ' of one entry'} for "
                         f"the shape {shape}, but it is {tuple(at.shape)}.")
    require_inside("index_select", at, shape[d] if shape else 1)
    if not shape:
        return x.reshape(1)[at.reshape(1)].reshape(())
    return Index((slice(None),) * d + (at.reshape(-1).astype(np.int64, copy=False),))(x)


def nonzero(x: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of all non-zero entries, one row for each; or one vector for each dimension.

    int64, (how many, x.ndim).

    >>> import minigrad
    >>> minigrad.tensor([0, 5, 7]).nonzero()
    tensor([[1],
            [2]])
    """
    if as_tuple:
        return tuple(wrap(at) for at in array_module(x._array).atleast_1d(x._array).nonzero())
    return wrap(np.argwhere(x._array))


attach(__getitem__=getitem, gather=gather, index_select=index_select,
       nonzero=nonzero, __iter__=lambda x: (x[i] for i in range(len(x))))
