"""Counting and summarizing: different entries, histograms, quantiles, the mode, sums without NaN."""
from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .autograd import Tensor
from .autograd.tensor import array_of, wrap
from .backend.dtypes import float64
from .errors import DTypeError, RangeError, ShapeError
from .errors.options import refuses
from .ops.arithmetic import lerp
from .ops.attach import attach, combined, normal_dim, numpy_names
from .ops.compare import isnan
from .ops.gather_scatter import gather
from .ops.reduce import ValuesIndices, amax, amin, mean, sum
from .ops.select import where
from .ops.sort import sort
from .ops.variance import std, var


class MinMax(NamedTuple):
    """What ``aminmax`` returns.

    >>> minigrad.tensor([3.0, 1.0]).aminmax().max
    tensor(3.)
    """

    min: Any
    max: Any


def _with_mean(name: str, spread: Any, about: str, printed: str) -> Any:
    def function(x: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
                 correction: Any = None) -> tuple[Any, Any]:
        return (spread(x, dim, unbiased, keepdim, correction=correction),
                mean(x, None if isinstance(dim, bool) else dim, keepdim))
    return combined(name, function, f"({about}, mean) over ``dim``; options as for ``{spread.__name__}``.",
                    f"minigrad.{name}(minigrad.tensor([1.0, 3.0, 5.0]))", printed, False)


std_mean = _with_mean("std_mean", std, "standard deviation", "(tensor(2.), tensor(3.))")
var_mean = _with_mean("var_mean", var, "variance", "(tensor(4.), tensor(3.))")
aminmax = combined(
    "aminmax", lambda x, *, dim=None, keepdim=False: MinMax(amin(x, dim, keepdim), amax(x, dim, keepdim)),
    "(min, max) of everything or over ``dim``: ``amin`` and ``amax``.",
    "minigrad.tensor([3.0, 1.0, 2.0]).aminmax()", "MinMax(min=tensor(1.), max=tensor(3.))")
count_nonzero = combined("count_nonzero", lambda x, dim=None: sum(x != 0, dim),
                         "How many entries are not 0, in all or over ``dim``. int64.",
                         "minigrad.tensor([0, 3, 4]).count_nonzero()", "tensor(2)")
nansum = combined(
    "nansum", lambda x, dim=None, keepdim=False, *, dtype=None: sum(
        where(isnan(x), 0.0, x) if x.dtype.kind == "f" else x, dim, keepdim, dtype=dtype),
    "The sum of what isn't NaN.", "minigrad.tensor([1.0, minigrad.nan, 2.0]).nansum()", "tensor(3.)")
nanmean = combined(
    "nanmean", lambda x, dim=None, keepdim=False, *, dtype=None: mean(x, dim, keepdim)
    if x.dtype.kind != "f" else nansum(x, dim, keepdim, dtype=dtype) / sum(~isnan(x), dim, keepdim),
    "The mean of what isn't NaN. Raises TypeError for integers.",
    "minigrad.tensor([1.0, minigrad.nan, 2.0]).nanmean()", "tensor(1.5000)")
msort = combined("msort", lambda x: sort(x, 0).values, "x sorted along its first dimension.",
                 "minigrad.tensor([3, 1, 2]).msort()", "tensor([1, 2, 3])")


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
    if interpolation not in ("linear", "lower", "higher", "nearest", "midpoint"):
        raise ValueError(f'quantile: expected interpolation "linear", "lower", "higher", "nearest" or '
                         f'"midpoint", got {interpolation!r}.')
    if x.dtype.kind != "f" or x.dtype.itemsize < 4 or isinstance(q, Tensor) and q.dtype != x.dtype:
        raise DTypeError(f"quantile: expected float32 or float64, for q, too, got {x.dtype} and "
                         f"{getattr(q, 'dtype', 'a number')}. Use x.float().")
    share = np.asarray(array_of(q), None if isinstance(q, Tensor) else float64)
    if not x.numel() or share.ndim > 1 or not ((share >= 0) & (share <= 1)).all():
        raise RangeError("quantile: expected at least one entry, and as q a number or a vector of numbers "
                         f"from 0 to 1, got shape {tuple(x.shape)} and {q!r}.")
    d = normal_dim(dim or 0, x.ndim, "quantile")
    shape = tuple(1 if dim is None or k == d else n for k, n in enumerate(x.shape)) if keepdim else \
        () if dim is None else tuple(n for k, n in enumerate(x.shape) if k != d)
    rows = sort(x.reshape(1, -1) if dim is None or not x.ndim else x.movedim(d, -1)).values      # (…, n)
    last = rows.shape[-1] - 1
    place = np.where(isnan(rows)._array.any(-1, keepdims=True), last, share.reshape(-1) * last)      # (…, Q)
    rounded: Any = {"lower": np.floor, "higher": np.ceil, "nearest": np.round}
    place = rounded.get(interpolation, np.array)(place)
    low, high = np.floor(place).astype(np.int64), np.ceil(place).astype(np.int64)
    weight: Any = wrap((np.where(low == high, 0, 0.5) if interpolation == "midpoint" else place - low).astype(
        x.dtype))
    if isinstance(q, Tensor) and q.requires_grad and interpolation == "linear":
        weight = q.reshape(-1) * last - low                                         # q has a gradient, too
    z = gather(rows, -1, wrap(low))
    z = lerp(z, gather(rows, -1, wrap(high)), weight) if interpolation in ("linear", "midpoint") else z
    z = z.movedim(-1, 0)                                                            # (Q, …)
    return z.reshape((len(z), *shape) if share.ndim else shape)


def _picked(x: Any, index: Any, d: int, keepdim: bool) -> ValuesIndices:
    out = ValuesIndices(gather(x, d, wrap(index)), wrap(index))
    return out if keepdim or not x.ndim else ValuesIndices(*(t.squeeze(d) for t in out))


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

    def last(row: Any) -> Any:
        _, which, counts = np.unique(row, return_inverse=True, return_counts=True, equal_nan=False)
        return np.flatnonzero(which == counts.argmax())[-1]
    found = np.apply_along_axis(last, d, x._array) if x.numel() else x._array.sum(d).astype(np.int64)
    return _picked(x, np.expand_dims(found, d), d, keepdim)


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
    return _picked(x, np.take(sort(x, d).indices._array, [k - 1], d), d, keepdim) if x.ndim else sort(x)


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
    return _chosen(values, inverse.reshape(x.shape if axis is None else -1), counts, return_inverse,
                   return_counts)


def unique_consecutive(x: Any, return_inverse: bool = False, return_counts: bool = False,
                       dim: int | None = None) -> Any:
    """x without the entries, or slices along ``dim``, that equal the one before; options as for ``unique``.

    >>> minigrad.tensor([1, 1, 2, 1]).unique_consecutive()
    tensor([1, 2, 1])
    """
    array = x._array.reshape(-1) if dim is None else np.moveaxis(
        x._array, normal_dim(dim, x.ndim, "unique_consecutive"), 0)
    new = np.ones(len(array), bool)
    new[1:] = (array[1:] != array[:-1]).any(axis=tuple(range(1, array.ndim)))
    values = array[new] if dim is None else np.moveaxis(array[new], 0, dim)
    return _chosen(values, (new.cumsum() - 1).reshape(x.shape if dim is None else -1),
                   np.diff(np.append(np.flatnonzero(new), len(new))), return_inverse, return_counts)


def _chosen(values: Any, inverse: Any, counts: Any, return_inverse: bool, return_counts: bool) -> Any:
    out = [wrap(values)] + [wrap(inverse)] * return_inverse + [wrap(counts)] * return_counts
    return tuple(out) if len(out) > 1 else out[0]


def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each number 0, 1, 2 … occurs in a vector; or the sums of the weights that belong to it.

    Raises ShapeError unless x is a vector, and the weights too, RangeError for numbers below 0, DTypeError
    for anything but integers.

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

    The dtype of x. Raises RangeError for a range that is not finite, DTypeError for booleans.

    >>> minigrad.tensor([0.0, 0.1, 0.9]).histc(2, 0, 1)
    tensor([2., 1.])
    """
    array = x._array
    if array.dtype.kind == "b":
        raise DTypeError("histc: expected numbers, got booleans. Use x.float().")
    if min == max == 0 and array.size:
        min, max = array.min().item(), array.max().item()
    if min == max:
        min, max = min - 1, max + 1
    if bins < 1 or not (math.isfinite(min) and math.isfinite(max) and min < max):
        raise RangeError(f"histc: expected bins from 1 and a finite range, got {bins} and [{min}, {max}].")
    inside = array[(array >= min) & (array <= max)].astype(np.float64)
    at = np.minimum((inside - min) / (max - min) * bins, bins - 1).astype(np.int64)
    return wrap(np.bincount(at, minlength=bins).astype(x.dtype))


isin = combined(
    "isin", lambda elements, test_elements, *, assume_unique=False, invert=False: wrap(np.asarray(np.isin(
        array_of(elements), array_of(test_elements), invert=invert))),
    "True where an entry is among the ``test_elements``; with ``invert``, where it isn't. Bool.",
    "minigrad.isin(minigrad.tensor([1, 2, 3]), minigrad.tensor([2, 5]))", "tensor([False,  True, False])",
    False)


@refuses(sorter=None)
def searchsorted(sorted_sequence: Any, values: Any, *, right: bool = False, side: str | None = None,
                 out_int32: bool = False) -> Any:
    """Where the values have to stand in a sorted sequence: i with sᵢ₋₁ < v ≤ sᵢ; ``right``: sᵢ₋₁ ≤ v < sᵢ.

    The sequence is a vector, or (…, n) for values (…, m), row by row. int64. Raises ShapeError when they
    don't fit, DTypeError when their dtypes differ.

    >>> minigrad.searchsorted(minigrad.tensor([1, 3, 5]), minigrad.tensor([3, 4]))
    tensor([1, 2])
    """
    if side not in (None, "left", "right") or side == "left" and right:
        raise ValueError(f"searchsorted: side must be 'left' or 'right' and agree with right={right}, got "
                         f"{side!r}.")
    s, v = array_of(sorted_sequence), np.asarray(array_of(values))
    if not s.ndim or s.ndim > 1 and s.shape[:-1] != v.shape[:-1]:
        raise ShapeError(f"searchsorted: the sequence {s.shape} must be a vector, or have the leading sizes "
                         f"of the values {v.shape}.")
    if isinstance(values, Tensor) and s.dtype != v.dtype:
        raise DTypeError(f"searchsorted: the sequence is {s.dtype}, but the values are {v.dtype}.")
    out = np.zeros(v.shape, np.int32 if out_int32 else np.int64)
    for k in np.ndindex(s.shape[:-1]):
        out[k] = np.searchsorted(s[k], v[k], "right" if right or side == "right" else "left")
    return wrap(out)


def bucketize(x: Any, boundaries: Any, *, right: bool = False, out_int32: bool = False) -> Any:
    """The number of the interval between ``boundaries`` that each entry falls into: ``searchsorted``.

    >>> minigrad.bucketize(minigrad.tensor([0.5, 2.5]), minigrad.tensor([1.0, 2.0]))
    tensor([0, 2])
    """
    if boundaries.ndim != 1:
        raise ShapeError(f"bucketize: the boundaries must be a vector, got shape {tuple(boundaries.shape)}.")
    return searchsorted(boundaries, x, right=right, out_int32=out_int32)


attach(quantile=quantile, mode=mode, kthvalue=kthvalue, unique=unique, unique_consecutive=unique_consecutive,
       bincount=bincount, histc=histc)
