"""Counting and summarizing: unique entries, histograms, quantiles, the mode, sums without NaN."""
from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import array_of, wrap
from ..backend.dtypes import float64, int64
from ..errors import DTypeError, RangeError, ShapeError
from .arithmetic import lerp
from .attach import attach, normal_dim, numpy_names
from .compare import isnan
from .gather_scatter import gather
from .reduce import Dims, ValuesIndices, amax, amin, mean, sum
from .select import where
from .sort import median, sort
from .variance import std, var


class MinMax(NamedTuple):
    """What ``aminmax`` returns."""

    min: Any
    max: Any


@numpy_names
def aminmax(x: Any, *, dim: int | None = None, keepdim: bool = False) -> MinMax:
    """(min, max) of everything or over ``dim``: ``amin`` and ``amax``.

    >>> minigrad.tensor([3.0, 1.0, 2.0]).aminmax()
    MinMax(min=tensor(1.), max=tensor(3.))
    """
    return MinMax(amin(x, dim, keepdim), amax(x, dim, keepdim))


@numpy_names
def std_mean(x: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
             correction: float | None = None) -> tuple[Any, Any]:
    """(standard deviation, mean) over ``dim``; options as for ``std``.

    >>> minigrad.std_mean(minigrad.tensor([1.0, 3.0, 5.0]))
    (tensor(2.), tensor(3.))
    """
    over = None if isinstance(dim, bool) else dim
    return std(x, dim, unbiased, keepdim, correction=correction), mean(x, over, keepdim)


@numpy_names
def var_mean(x: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
             correction: float | None = None) -> tuple[Any, Any]:
    """(variance, mean) over ``dim``; options as for ``var``.

    >>> minigrad.var_mean(minigrad.tensor([1.0, 3.0, 5.0]))
    (tensor(4.), tensor(3.))
    """
    over = None if isinstance(dim, bool) else dim
    return var(x, dim, unbiased, keepdim, correction=correction), mean(x, over, keepdim)


@numpy_names
def count_nonzero(x: Any, dim: Dims = None) -> Any:
    """How many entries are not 0, in all or over ``dim``. int64.

    >>> minigrad.tensor([0, 3, 4]).count_nonzero()
    tensor(2)
    """
    return sum(x != 0, dim)


@numpy_names
def nansum(x: Any, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum of what isn't NaN.

    >>> minigrad.tensor([1.0, minigrad.nan, 2.0]).nansum()
    tensor(3.)
    """
    return sum(where(isnan(x), 0.0, x) if x.dtype.kind == "f" else x, dim, keepdim, dtype=dtype)


@numpy_names
def nanmean(x: Any, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of what isn't NaN. Raises TypeError for integers.

    >>> minigrad.tensor([1.0, minigrad.nan, 2.0]).nanmean()
    tensor(1.5000)
    """
    if x.dtype.kind != "f":
        raise TypeError(f"nanmean: expected a floating tensor, got {x.dtype}. Use x.float().")
    return nansum(x, dim, keepdim, dtype=dtype) / sum(~isnan(x), dim, keepdim)


@numpy_names
def nanmedian(x: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """``median`` of what isn't NaN; NaN where nothing is left.

    >>> minigrad.tensor([3.0, minigrad.nan, 1.0]).nanmedian()
    tensor(1.)
    """
    if x.dtype.kind != "f" or not x.numel() or not x.ndim:
        return median(x, dim, keepdim)
    if dim is None:
        rest = x[~isnan(x)]
        return median(rest if rest.numel() else x)
    d = normal_dim(dim, x.ndim, "nanmedian")
    at = ((~isnan(x)).sum(d, True) - 1).clamp(min=0) // 2
    values, indices = sort(x, d)
    out = ValuesIndices(gather(values, d, at), gather(indices, d, at))
    return out if keepdim else ValuesIndices(*(t.squeeze(d) for t in out))


@numpy_names
def quantile(x: Any, q: Any, dim: int | None = None, keepdim: bool = False, *,
             interpolation: str = "linear") -> Any:
    """The number below which the share q of the entries lies: 0.5 is the median.

    Sorted, it is the entry at position q · (n − 1); between two, what ``interpolation`` says: "linear",
    "lower", "higher", "nearest" or "midpoint". A vector q gives a first dimension. NaN where there is one.
    Raises RangeError for q outside of [0, 1] and for no entries, DTypeError for anything but float32 and 64.

    >>> minigrad.tensor([1.0, 2.0, 3.0, 4.0]).quantile(0.5)
    tensor(2.5000)
    """
    return _quantile("quantile", x, q, dim, keepdim, interpolation)


@numpy_names
def nanquantile(x: Any, q: Any, dim: int | None = None, keepdim: bool = False, *,
                interpolation: str = "linear") -> Any:
    """``quantile`` of what isn't NaN.

    >>> minigrad.nanquantile(minigrad.tensor([1.0, minigrad.nan, 3.0]), 0.5)
    tensor(2.)
    """
    return _quantile("nanquantile", x, q, dim, keepdim, interpolation)


def _quantile(name: str, x: Any, q: Any, dim: int | None, keepdim: bool, interpolation: str) -> Any:
    if interpolation not in ("linear", "lower", "higher", "nearest", "midpoint"):
        raise ValueError(f'{name}: expected interpolation "linear", "lower", "higher", "nearest" or '
                         f'"midpoint", got {interpolation!r}.')
    if x.dtype.kind != "f" or x.dtype.itemsize < 4:
        raise DTypeError(f"{name}: expected float32 or float64, got {x.dtype}. Use x.float().")
    if isinstance(q, Tensor) and q.dtype != x.dtype:
        raise DTypeError(f"{name}: q is {q.dtype}, but the tensor is {x.dtype}. Use q.to(x.dtype).")
    if not x.numel():
        raise RangeError(f"{name}: a tensor of shape {tuple(x.shape)} has no entries.")
    share = np.asarray(array_of(q), float64 if not isinstance(q, Tensor) else None)
    if share.ndim > 1 or not ((share >= 0) & (share <= 1)).all():
        raise RangeError(f"{name}: q must be a number or a vector of numbers from 0 to 1, got {q!r}.")
    d = normal_dim(dim or 0, x.ndim, name)
    shape = tuple(1 if dim is None or k == d else n for k, n in enumerate(x.shape)) if keepdim else \
        () if dim is None else tuple(n for k, n in enumerate(x.shape) if k != d)
    rows = sort(x.reshape(1, -1) if dim is None or not x.ndim else x.movedim(d, -1)).values      # (…, n)
    missing = isnan(rows)._array
    n = (~missing).sum(-1, keepdims=True)                                           # (…, 1)
    place = share.reshape(-1) * np.maximum(n - 1, 0)                                # (…, Q)
    if name == "quantile":
        place = np.where(missing.any(-1, keepdims=True), rows.shape[-1] - 1, place)     # NaN sorts last
    rounded = {"lower": np.floor, "higher": np.ceil, "nearest": np.round}.get(interpolation)
    place = place if rounded is None else rounded(place)
    low = np.floor(place).astype(np.int64)
    z = gather(rows, -1, wrap(low))
    if rounded is None:
        high = gather(rows, -1, wrap(np.ceil(place).astype(np.int64)))
        weight = (place - low).astype(x.dtype) if interpolation == "linear" else np.full_like(
            place, 0.5, x.dtype)
        z = where(low == place, z, lerp(z, high, wrap(weight)))
    z = z.movedim(-1, 0)                                                            # (Q, …)
    return z.reshape((len(z), *shape) if share.ndim else shape)


@numpy_names
def mode(x: Any, dim: int = -1, keepdim: bool = False) -> ValuesIndices:
    """(values, indices) of the entry that is most frequent along ``dim``, the smallest of several.

    The index is that of its last occurrence. Raises RangeError for an empty dim or one that x lacks.

    >>> minigrad.tensor([3, 1, 3, 2]).mode()
    ValuesIndices(values=tensor(3), indices=tensor(2))
    """
    d = normal_dim(dim, x.ndim, "mode")
    if not x.ndim:
        return sort(x)
    if not x.shape[d]:
        raise RangeError(f"mode: dimension {dim} of shape {tuple(x.shape)} is empty.")
    rows = np.moveaxis(x._array, d, -1)
    at = np.zeros(rows.shape[:-1], np.int64)
    for k in np.ndindex(at.shape):
        values, counts = np.unique(rows[k], return_counts=True)
        at[k] = np.flatnonzero(rows[k] == values[counts.argmax()])[-1]
    index = wrap(np.expand_dims(at, d))
    out = ValuesIndices(gather(x, d, index), index)
    return out if keepdim else ValuesIndices(*(t.squeeze(d) for t in out))


@numpy_names
def kthvalue(x: Any, k: int, dim: int = -1, keepdim: bool = False) -> ValuesIndices:
    """(values, indices) of the k-th smallest entry along ``dim``, counted from 1.

    Raises RangeError when there are fewer than k.

    >>> minigrad.tensor([3.0, 1.0, 2.0]).kthvalue(2)
    ValuesIndices(values=tensor(2.), indices=tensor(2))
    """
    d = normal_dim(dim, x.ndim, "kthvalue")
    size = x.shape[d] if x.ndim else 1
    if not 1 <= k <= size:
        raise RangeError(f"kthvalue: k must be in [1, {size}] for dimension {dim} of shape "
                         f"{tuple(x.shape)}, got {k}.")
    out = ValuesIndices(*(t.narrow(d, k - 1, 1) if x.ndim else t for t in sort(x, d)))
    return out if keepdim or not x.ndim else ValuesIndices(*(t.squeeze(d) for t in out))


def msort(x: Any) -> Any:
    """x sorted along its first dimension.

    >>> minigrad.tensor([3, 1, 2]).msort()
    tensor([1, 2, 3])
    """
    return sort(x, 0).values


def unique(x: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False,
           dim: int | None = None) -> Any:
    """The different entries in ascending order, or with ``dim`` the different slices.

    With ``return_inverse`` also where each entry of x stands among them, with ``return_counts`` how often it
    occurs. It has no gradient.

    >>> minigrad.tensor([3, 1, 3]).unique(return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    axis = None if dim is None else normal_dim(dim, x.ndim, "unique")
    values, inverse, counts = np.unique(x._array, return_inverse=True, return_counts=True, axis=axis,
                                        equal_nan=False)
    inverse = inverse.reshape(x.shape if axis is None else -1)
    out = [wrap(values)] + [wrap(inverse)] * return_inverse + [wrap(counts)] * return_counts
    return tuple(out) if len(out) > 1 else out[0]


def unique_consecutive(x: Any, return_inverse: bool = False, return_counts: bool = False,
                       dim: int | None = None) -> Any:
    """x without the entries, or slices along ``dim``, that equal the one before; options as for ``unique``.

    >>> minigrad.tensor([1, 1, 2, 1]).unique_consecutive()
    tensor([1, 2, 1])
    """
    array = x._array.reshape(-1) if dim is None else np.moveaxis(
        x._array, normal_dim(dim, x.ndim, "unique_consecutive"), 0)
    new = np.ones(len(array), bool)
    new[1:] = (array[1:] != array[:-1]).reshape(len(new[1:]), -1).any(1)
    values = array[new] if dim is None else np.moveaxis(array[new], 0, dim)
    inverse = (new.cumsum() - 1).reshape(x.shape if dim is None else -1)
    counts = np.diff(np.append(np.flatnonzero(new), len(new)))
    out = [wrap(values)] + [wrap(inverse)] * return_inverse + [wrap(counts)] * return_counts
    return tuple(out) if len(out) > 1 else out[0]


def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each number 0, 1, 2 … occurs in a vector; or the sums of the weights that belong to it.

    Raises ShapeError unless x is a vector, RangeError for numbers below 0, DTypeError for anything but
    integers.

    >>> minigrad.tensor([1, 1, 3]).bincount()
    tensor([0, 2, 0, 1])
    """
    if x.ndim != 1 or x.dtype.kind not in "iu" or x.numel() and int(x._array.min()) < 0:
        kind = ShapeError if x.ndim != 1 else RangeError if x.dtype.kind in "iu" else DTypeError
        raise kind(f"bincount: expected a vector of integers from 0, got {x.dtype}, shape {tuple(x.shape)}.")
    if minlength < 0 or weights is not None and weights.shape != x.shape:
        raise ShapeError("bincount: minlength must not be negative, and there is one weight for each entry.")
    counts = np.bincount(x._array, None if weights is None else weights._array, minlength)
    return wrap(counts if weights is None or weights.dtype != np.float32 else counts.astype(np.float32))


def histc(x: Any, bins: int = 100, min: float = 0, max: float = 0) -> Any:
    """How many entries fall into each of ``bins`` equal parts of [min, max]; of x's own range if both are 0.

    The dtype of x. Raises RangeError for a range without beginning or end, DTypeError for integers.

    >>> minigrad.tensor([0.0, 0.1, 0.9]).histc(2, 0, 1)
    tensor([2., 1.])
    """
    array = x._array
    if array.dtype.kind == "b":
        raise DTypeError("histc: expected numbers, got booleans. Use x.float().")
    if bins < 1:
        raise RangeError(f"histc: bins must be 1 or more, got {bins}.")
    if min == max == 0 and array.size:
        min, max = array.min().item(), array.max().item()
    if min == max:
        min, max = min - 1, max + 1
    if not (math.isfinite(min) and math.isfinite(max) and min < max):
        raise RangeError(f"histc: the range must be finite, and min below max, got [{min}, {max}].")
    inside = array[(array >= min) & (array <= max)].astype(np.float64)
    at = np.minimum((inside - min) / (max - min) * bins, bins - 1).astype(np.int64)
    return wrap(np.bincount(at, minlength=bins).astype(x.dtype))


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Any:
    """True where an entry is among the ``test_elements``; with ``invert``, where it isn't. Bool.

    >>> minigrad.isin(minigrad.tensor([1, 2, 3]), minigrad.tensor([2, 5]))
    tensor([False,  True, False])
    """
    return wrap(np.asarray(np.isin(array_of(elements), array_of(test_elements), invert=invert)))


def searchsorted(sorted_sequence: Any, values: Any, *, right: bool = False, side: str | None = None,
                 out_int32: bool = False, sorter: Any = None) -> Any:
    """Where the values have to stand in a sorted sequence: i with sᵢ₋₁ < v ≤ sᵢ; ``right``: sᵢ₋₁ ≤ v < sᵢ.

    The sequence is a vector, or (…, n) for values (…, m), row by row. int64. Raises ShapeError when they
    don't fit.

    >>> minigrad.searchsorted(minigrad.tensor([1, 3, 5]), minigrad.tensor([3, 4]))
    tensor([1, 2])
    """
    if side not in (None, "left", "right") or side == "left" and right:
        raise ValueError(f"searchsorted: side must be 'left' or 'right' and agree with right={right}, got "
                         f"{side!r}.")
    where_equal = "right" if right or side == "right" else "left"
    s, v = array_of(sorted_sequence), np.asarray(array_of(values))
    if not s.ndim or s.ndim > 1 and s.shape[:-1] != v.shape[:-1]:
        raise ShapeError(f"searchsorted: the sequence {s.shape} must be a vector, or have the leading sizes "
                         f"of the values {v.shape}.")
    if isinstance(values, Tensor) and s.dtype != v.dtype:
        raise DTypeError(f"searchsorted: the sequence is {s.dtype}, but the values are {v.dtype}.")
    if sorter is not None:
        order = array_of(sorter)
        if order.shape != s.shape or order.dtype != int64:
            raise ShapeError(f"searchsorted: the sorter must be int64 of shape {s.shape}, got {order.dtype} "
                             f"of {order.shape}.")
        if order.size and not (0 <= order.min() and order.max() < s.shape[-1]):
            raise RangeError(f"searchsorted: the sorter must hold 0 to {s.shape[-1] - 1}.")
        s = np.take_along_axis(s, order, -1)
    if s.ndim == 1:
        out = np.searchsorted(s, v, where_equal)
    else:
        out = np.zeros(v.shape, np.int64)
        for k in np.ndindex(v.shape[:-1]):
            out[k] = np.searchsorted(s[k], v[k], where_equal)
    return wrap(np.asarray(out, np.int32 if out_int32 else np.int64))


def bucketize(x: Any, boundaries: Any, *, right: bool = False, out_int32: bool = False) -> Any:
    """The number of the interval between ``boundaries`` that each entry falls into: ``searchsorted``.

    >>> minigrad.bucketize(minigrad.tensor([0.5, 2.5]), minigrad.tensor([1.0, 2.0]))
    tensor([0, 2])
    """
    if boundaries.ndim != 1:
        raise ShapeError(f"bucketize: the boundaries must be a vector, got shape {tuple(boundaries.shape)}.")
    return searchsorted(boundaries, x, right=right, out_int32=out_int32)


attach(aminmax=aminmax, count_nonzero=count_nonzero, nansum=nansum, nanmean=nanmean, nanmedian=nanmedian,
       quantile=quantile, nanquantile=nanquantile, mode=mode, kthvalue=kthvalue, msort=msort, unique=unique,
       unique_consecutive=unique_consecutive, bincount=bincount, histc=histc)
