"""Picking entries by index, and putting gradients back where the entries came from.

An entry that was picked twice receives the sum of both gradients.
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.tensor import array_of, wrap
from ..backend.arrays import Array, array_module, device_of, is_array, move, on_host, require_one_device
from ..errors import DTypeError, RangeError, ShapeError
from .attach import attach
from .shape import broadcast_to, shape_of


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
            shape = tuple(np.shape(array_of(inputs[0])))
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


def masked_select(x: Any, mask: Any) -> Any:
    """The entries of x where the mask is True, as a 1-D tensor.

    x and the boolean mask broadcast (else ShapeError). Raises DTypeError for a mask of numbers.

    >>> import minigrad
    >>> x = minigrad.tensor([1.0, 2.0, 3.0])
    >>> x.masked_select(x > 1)
    tensor([2., 3.])
    """
    require_one_device("masked_select", x, mask)
    array = mask._array if isinstance(mask, Tensor) else mask if is_array(mask) else np.asarray(mask)
    if array.dtype.kind != "b":
        raise DTypeError(f"masked_select: the mask must be boolean, got {array.dtype}. Use mask.bool().")
    try:
        shape = np.broadcast_shapes(tuple(shape_of(x)), array.shape)
    except ValueError:
        raise ShapeError(f"masked_select: the mask {array.shape} and the tensor {tuple(shape_of(x))} do not "
                         "broadcast.") from None
    return broadcast_to(x, shape)[np.broadcast_to(array, shape)]


attach(__getitem__=getitem, nonzero=nonzero, __iter__=lambda x: (x[i] for i in range(len(x))),
       masked_select=masked_select)
