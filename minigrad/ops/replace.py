"""Putting values at positions: index_add and its kin, each also in place (``x.index_add_(…)``)."""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import array_of, wrap
from ..backend.arrays import Array, require_one_device
from ..errors import DTypeError, RangeError, ShapeError
from .arithmetic import mul
from .attach import attach, numpy_names, own_dim
from .gather_scatter import (ScatterAdd, along, integers, require_inside, scatter, scatter_add,
                             scattered)
from .indexing import IndexAdd, array_index
from .inplace import Replace, in_place
from .select import mask_of, where
from .shape import broadcast_to


def _require_dtype(name: str, source: Any, x: Any) -> None:
    """DTypeError unless what is put into x has its dtype."""
    if source.dtype != x.dtype:
        raise DTypeError(f"{name}: the source is {source.dtype}, but the tensor is {x.dtype}. Use "
                         "source.to(x.dtype).")


def _slices(name: str, x: Any, dim: int, index: Any, source: Any = None) -> tuple[Any, Any]:
    """(x, the index of its slices), both with at least one dimension, after the checks."""
    at = integers(name, index)
    x = x if x.ndim else x.reshape(1)
    d = own_dim(dim, x.ndim, name)
    require_one_device(name, x, at)
    if at.ndim > 1:
        raise ShapeError(f"{name}: the index must be a vector, but it has shape {tuple(at.shape)}.")
    at = at.reshape(-1)
    if source is not None:
        _require_dtype(name, source, x)
        want = (*x.shape[:d], at.size, *x.shape[d + 1:])
        if tuple(source.shape or (1,)) != want:
            raise ShapeError(f"{name}: the source must have the shape {want}: one slice for each index, but "
                             f"it is {tuple(source.shape)}.")
    require_inside(name, np.where(at < 0, at + x.shape[d], at) if name != "index_copy" else at, x.shape[d])
    return x, (slice(None),) * d + (at.astype(np.int64, copy=False),)


@numpy_names
def index_add(x: Any, dim: int, index: Any, source: Any, *, alpha: float = 1) -> Any:
    """x with alpha · each slice of ``source`` added to the slice along ``dim`` that the index names.

    Raises ShapeError when the source does not fit, RangeError for an index outside, DTypeError for a source
    of another dtype.

    >>> minigrad.zeros(3).index_add(0, minigrad.tensor([2, 2]), minigrad.tensor([5.0, 7.0]))
    tensor([ 0.,  0., 12.])
    """
    whole, at = _slices("index_add", x, dim, index, source)
    source = source if source.ndim else source.reshape(1)
    added = IndexAdd(at, tuple(whole.shape))(source if alpha == 1 else mul(source, alpha))
    return (whole + added).reshape(x.shape)


@numpy_names
def index_copy(x: Any, dim: int, index: Any, source: Any) -> Any:
    """x with its slices at the index along ``dim`` replaced by those of ``source``. Errors as ``index_add``.

    >>> minigrad.zeros(3).index_copy(0, minigrad.tensor([2, 0]), minigrad.tensor([5.0, 7.0]))
    tensor([7., 0., 5.])
    """
    whole, at = _slices("index_copy", x, dim, index, source)
    return Replace([], at)(whole, source if source.ndim else source.reshape(1)).reshape(x.shape)


@numpy_names
def index_fill(x: Any, dim: int, index: Any, value: Any) -> Any:
    """x with all entries of its slices at the index along ``dim`` set to a number or a 0-d tensor.

    Raises ShapeError for more than one value, RangeError for an index outside.

    >>> minigrad.zeros(3).index_fill(0, minigrad.tensor([2, 0]), 1.0)
    tensor([1., 0., 1.])
    """
    if getattr(value, "ndim", 0):
        raise ShapeError(f"index_fill: expected one value, got shape {tuple(value.shape)}.")
    whole, at = _slices("index_fill", x, dim, index)
    if not isinstance(value, Tensor):
        value = np.asarray(value).astype(x.dtype)
    return Replace([], (*at[:-1], np.unique(at[-1])))(whole, value).reshape(x.shape)


def index_put(x: Any, indices: Sequence[Any], values: Any, accumulate: bool = False) -> Any:
    """x with x[indices] = values, or += values: then an entry named twice receives both.

    >>> at = (minigrad.tensor([0, 0]),)
    >>> minigrad.zeros(2).index_put(at, minigrad.tensor([1.0, 2.0]), accumulate=True)
    tensor([3., 0.])
    """
    _require_dtype("index_put", values, x)
    at = array_index(x._array, tuple(slice(None) if i is None else i for i in indices))
    try:
        shape = x._array[at].shape
    except IndexError as error:
        raise RangeError(f"index_put: {error} (the tensor has shape {tuple(x.shape)}).") from None
    if not accumulate:
        return Replace([], at)(x, values)
    return x + IndexAdd(at, tuple(x.shape))(broadcast_to(values, shape))


def take(x: Any, index: Any) -> Any:
    """The entries of x at positions in its flattened form, in the shape of the index.

    Raises RangeError for one outside.

    >>> minigrad.tensor([[1, 2], [3, 4]]).take(minigrad.tensor([3, 0]))
    tensor([4, 1])
    """
    return x.reshape(-1)[_positions("take", x, index)]


def put(x: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """x with the entries at positions in its flattened form set to those of ``source``, or added.

    Raises ShapeError unless there is one source for each index, DTypeError for another dtype.

    >>> minigrad.zeros(2, 2).put(minigrad.tensor([3, 0]), minigrad.tensor([5.0, 7.0]))
    tensor([[7., 0.],
            [0., 5.]])
    """
    at = _positions("put", x, index)
    _require_dtype("put", source, x)
    if source.numel() != at.size:
        raise ShapeError(f"put: expected as many sources as indices, got {source.numel()} and {at.size}.")
    flat = index_put(x.reshape(-1), (at.reshape(-1),), source.reshape(-1), accumulate)
    return flat.reshape(x.shape)


def _positions(name: str, x: Any, index: Any) -> Array:
    at, size = integers(name, index), math.prod(x.shape)
    require_inside(name, np.where(at < 0, at + size, at), size)
    return at.astype(np.int64, copy=False)


def masked_scatter(x: Any, mask: Any, source: Any) -> Any:
    """x with the entries where the mask is True replaced by those of ``source``, one after the other.

    x and the mask broadcast. Raises ShapeError when the source has too few, DTypeError for another dtype or
    a mask that isn't boolean.

    >>> x = minigrad.tensor([1.0, 2.0, 3.0])
    >>> x.masked_scatter(x > 1, minigrad.tensor([7.0, 8.0]))
    tensor([1., 7., 8.])
    """
    where_true = mask_of("masked_scatter", mask)
    _require_dtype("masked_scatter", source, x)
    shape = np.broadcast_shapes(tuple(x.shape), where_true.shape)
    where_true = np.broadcast_to(where_true, shape)
    count = int(where_true.sum())
    if source.numel() < count:
        raise ShapeError(f"masked_scatter: the mask is True {count} times, but the source has "
                         f"{source.numel()} entries.")
    return Replace([], where_true)(broadcast_to(x, shape), source.reshape(-1)[:count])


def scatter_reduce(x: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
    """x with src combined into the entries at ``index`` along ``dim``: "sum", "mean", "amax" or "amin".

    Without ``include_self`` what x held at the index does not count. Errors as in ``scatter_add``; "prod"
    raises NotImplementedError.

    >>> groups, x = minigrad.tensor([0, 0, 1]), minigrad.tensor([1.0, 3.0, 5.0])
    >>> minigrad.zeros(2).scatter_reduce(0, groups, x, "mean", include_self=False)
    tensor([2., 5.])
    """
    if reduce == "prod":
        raise NotImplementedError("scatter_reduce: reduce='prod' is not supported.")
    if reduce not in ("sum", "mean", "amax", "amin"):
        raise ValueError(f"scatter_reduce: expected reduce 'sum', 'mean', 'amax' or 'amin', got {reduce!r}.")
    ufunc = {"amax": np.maximum, "amin": np.minimum}.get(reduce)

    def combined(d: int, at: Array) -> Any:
        place = along(at, d)

        def of(whole: Any, values: Any) -> Any:
            counts = np.full(tuple(whole.shape), int(include_self))
            np.add.at(counts, place, 1)
            if ufunc is not None:
                return _extreme(ufunc, whole, values, d, at, include_self | (counts == 0))
            if not include_self:
                whole = where(counts > 0, np.zeros((), whole.dtype), whole)
            z = ScatterAdd(d, at)(whole, values)
            if reduce == "sum":
                return z
            share = wrap(np.maximum(counts, 1).astype(z.dtype))
            return z / share if z.dtype.kind == "f" else z // share
        return of
    return scattered("scatter_reduce", combined, x, dim, index, src)


def _extreme(ufunc: Any, whole: Any, values: Any, d: int, at: Array, counts_itself: Any) -> Any:
    """The extremes, as constants; their gradient goes in equal shares to the entries that equal them."""
    place, x, v = along(at, d), array_of(whole), array_of(values)
    y = x.copy()
    y[place] = np.where(np.broadcast_to(counts_itself, x.shape)[place], x[place], v)
    ufunc.at(y, place, v)
    mine, theirs = (x == y) & counts_itself, v == y[place]
    if x.dtype.kind != "f":
        return wrap(y)
    number = mine.astype(x.dtype)
    np.add.at(number, place, theirs)
    z = ScatterAdd(d, at)(where(mine, whole, 0.0), where(theirs, values, 0.0)) / np.maximum(number, 1)
    return wrap(y) + (z - z.detach())


attach(index_add=index_add, index_copy=index_copy, index_fill=index_fill, index_put=index_put, take=take,
       put=put, masked_scatter=masked_scatter, scatter_reduce=scatter_reduce,
       **{f"{f.__name__}_": in_place(f) for f in (index_add, index_copy, index_fill, index_put, put, scatter,
                                                  masked_scatter, scatter_add, scatter_reduce)})
