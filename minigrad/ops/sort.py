"""Ordering: sort, argsort, topk and the median."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd.tensor import wrap
from ..backend.arrays import Array, array_module
from ..errors import RangeError
from ..errors.arguments import require_sizes
from .attach import attach, normal_dim, numpy_names
from .gather_scatter import gather
from .reduce import Amax, ValuesIndices


@numpy_names
def sort(x: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> ValuesIndices:
    """(values, indices) in ascending or descending order along ``dim``; equal entries keep their order.

    Raises RangeError for a ``dim`` that x lacks.

    >>> values, indices = minigrad.tensor([3.0, 1.0, 2.0]).sort()
    >>> values, indices
    (tensor([1., 2., 3.]), tensor([1, 2, 0]))
    """
    dim = normal_dim(dim, x.ndim, "sort")
    if x.ndim == 0:
        return ValuesIndices(x.clone(), wrap(array_module(x._array).zeros((), np.int64)))
    order = wrap(_order(x._array, dim, descending))
    return ValuesIndices(gather(x, dim, order), order)


@numpy_names
def argsort(x: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The indices that would sort x along ``dim``. int64, of x's shape.

    >>> minigrad.tensor([3.0, 1.0, 2.0]).argsort()
    tensor([1, 2, 0])
    """
    return wrap(_order(x._array, normal_dim(dim, x.ndim, "argsort"), descending))


def _order(array: Array, dim: int, descending: bool) -> Array:
    """A stable order; reversed twice for descending, so that equal entries keep their order there too."""
    if not array.ndim:
        return array_module(array).zeros((), np.int64)
    if not descending:
        return np.argsort(array, axis=dim, kind="stable")
    backwards = np.argsort(np.flip(array, dim), axis=dim, kind="stable")
    return array.shape[dim] - 1 - np.flip(backwards, dim)


@numpy_names
def topk(x: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> ValuesIndices:
    """(values, indices) of the k largest or smallest entries along ``dim``, always in order.

    Raises RangeError when there are fewer than k.

    >>> minigrad.tensor([3.0, 1.0, 2.0]).topk(2).values
    tensor([3., 2.])
    """
    dim = normal_dim(dim, x.ndim, "topk")
    require_sizes("topk", None, k=k)
    if not x.ndim and k in (0, 1):
        return sort(x)
    if not x.ndim or not 0 <= k <= x.shape[dim]:
        size = x.shape[dim] if x.ndim else 1
        raise RangeError(f"topk: k must be in [0, {size}] for dimension {dim} of shape {tuple(x.shape)}, "
                         f"got {k}.")
    order = _order(x._array, dim, largest)
    at = wrap(order[(slice(None),) * dim + (slice(0, k),)])
    return ValuesIndices(gather(x, dim, at), at)


class Median(Amax):
    """y = the lower middle entry, NaN if there is one;  ∂L/∂x = g, shared by the entries equal to y."""

    __slots__ = ()

    @staticmethod
    def ufunc(x: Array, axis: Any, keepdims: bool) -> Array:
        """The entry at the middle of all; ``axis`` names every dimension."""
        flat = x.reshape(-1)
        return flat[_middle(flat, 0)].reshape((1,) * x.ndim if keepdims else ())


def _middle(array: Array, dim: int) -> Array:
    """Where the lower middle entry is along ``dim``, kept with size 1; the first NaN where there is one.

    Sorting puts NaN behind all numbers.
    """
    order = np.argsort(array, axis=dim, kind="stable")
    at = array_module(array).full((1,) * array.ndim, (array.shape[dim] - 1) // 2)
    if array.dtype.kind == "f":
        missing = np.isnan(array).sum(axis=dim, keepdims=True)
        at = np.where(missing > 0, array.shape[dim] - missing, at)
    else:
        at = np.broadcast_to(at, array.shape[:dim] + (1,) + array.shape[dim + 1:])
    return np.take_along_axis(order, at, dim)


@numpy_names
def median(x: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower middle entry of everything; or with ``dim`` (values, indices) along it; NaN if there is one.

    Entries equal to the median of everything share the gradient; along a dimension, the one at the index
    gets it. Raises RangeError for an empty tensor.

    >>> minigrad.tensor([3.0, 1.0, 2.0, 9.0]).median()
    tensor(2.)
    """
    if dim is None:
        if not x.numel():
            raise RangeError(f"median: a tensor of shape {tuple(x.shape)} has no entries, and so no median.")
        return Median(None, False, True)(x)
    dim = normal_dim(dim, x.ndim, "median")
    if x.ndim == 0:
        return sort(x, dim)
    if x.shape[dim] == 0:
        raise RangeError(f"median: dimension {dim} of shape {tuple(x.shape)} is empty.")
    at = wrap(_middle(x._array, dim))
    values = gather(x, dim, at)
    return ValuesIndices(values, at) if keepdim else ValuesIndices(values.squeeze(dim), at.squeeze(dim))


attach(sort=sort, argsort=argsort, topk=topk, median=median)
