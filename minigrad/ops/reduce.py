"""Reductions: sums, products, means and extremes of everything or along dimensions.

``dim`` may be None (everything), an int or a tuple; ``keepdim`` keeps the reduced dimensions with
size 1. NumPy's ``axis`` and ``keepdims`` work too.
"""
from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.tensor import array_of, wrap
from ..backend.arrays import Array, array_module, is_array
from ..backend.dtypes import default_dtype, float32, int64, native
from ..errors import ShapeError
from .attach import attach, in_single, normal_dim, normal_dims, numpy_names
from .convert import clone
from .exponential import exp, log
from .gather_scatter import gather
from .select import maximum, minimum, where
from .shape import broadcast_to

SMALL = 4096                # entries up to which a gradient is copied rather than repeated as a view
#: The dtype in which sums and products accumulate: small integers would wrap around, float16 would stall.
WIDER = {**dict.fromkeys("?bBhHiIlLqQ", int64), "e": float32}
Dims = int | tuple[int, ...] | None


class ValuesIndices(NamedTuple):
    """What ``max`` and ``min`` along a dimension return."""

    values: Any
    indices: Any


def kept(shape: tuple[int, ...], dims: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a reduction that keeps its dimensions: size 1 for those in ``dims``."""
    return tuple([1 if k in dims else n for k, n in enumerate(shape)])


class Sum(Function):
    """y = Σ x over ``dim``;  ∂L/∂x = g, repeated along the dimensions that were summed."""

    __slots__ = ("dim", "keepdim", "dtype", "input_shape", "kept_shape")

    def __init__(self, dim: Dims, keepdim: bool, dtype: Any = None) -> None:
        self.dim, self.keepdim, self.dtype = dim, keepdim, dtype

    def forward(self, x: Array) -> Array:
        dims = normal_dims(self.dim, x.ndim, "sum", True)
        self.input_shape = x.shape
        self.kept_shape = kept(x.shape, dims)
        kind = x.dtype.char
        y = x.sum(axis=dims, keepdims=self.keepdim, dtype=self.dtype or WIDER.get(kind))
        return y if kind != "e" else _half(y)

    def backward(self, g: Any) -> Any:
        return spread(g, self.kept_shape, self.input_shape)


class Mean(Function):
    """y = Σ x / n over ``dim``;  ∂L/∂x = g / n, repeated along the dimensions that were averaged."""

    __slots__ = ("dim", "keepdim", "input_shape", "kept_shape", "share")

    def __init__(self, dim: Dims, keepdim: bool) -> None:
        self.dim, self.keepdim = dim, keepdim

    def forward(self, x: Array) -> Array:
        dims = normal_dims(self.dim, x.ndim, "mean", True)
        self.input_shape = x.shape
        self.kept_shape = kept(x.shape, dims)
        count = math.prod([x.shape[k] for k in dims])
        self.share = x.dtype.type(1 / count if count else math.nan)      # 1 / n
        if x.dtype.char == "e":                 # the sum may overflow where the mean does not
            return _half(x.sum(axis=dims, keepdims=self.keepdim, dtype=float32) * float32.type(self.share))
        return x.sum(axis=dims, keepdims=self.keepdim) * self.share

    def backward(self, g: Any) -> Any:
        return spread(g * (self.share if is_array(g) else float(self.share)), self.kept_shape,
                      self.input_shape)


def _half(y: Any) -> Array:
    """A float32 result rounded to float16; what is too large becomes ±∞, as in PyTorch."""
    with np.errstate(over="ignore"):
        return np.asarray(y).astype(np.float16) if isinstance(y, np.generic) else y.astype(np.float16)


def spread(g: Any, kept_shape: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """g repeated along the dimensions that were reduced: the same number for each of their entries."""
    if type(g) in (np.ndarray, g.dtype.type) and g.size == 1 and math.prod(shape) <= SMALL:
        return np.full(shape, g)                        # faster than NumPy's broadcast_to
    return broadcast_to(g.reshape(kept_shape), shape)


class Prod(Function):
    """y = Π x over ``dim``;  ∂L/∂xᵢ = g · Π of the others, correct even where entries are 0."""

    __slots__ = ("dim", "keepdim", "dtype", "kept_shape")

    def __init__(self, dim: int | None, keepdim: bool, dtype: Any = None) -> None:
        self.dim, self.keepdim, self.dtype = dim, keepdim, dtype

    def forward(self, x: Array) -> Array:
        dims = normal_dims(self.dim, x.ndim, "prod")
        self.kept_shape = kept(x.shape, dims)
        self.save(x)
        y = x.prod(axis=dims, keepdims=self.keepdim, dtype=self.dtype or WIDER.get(x.dtype.char))
        return y if x.dtype.char != "e" else _half(y)

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        dim = self.dim if x.ndim else None
        if isinstance(x, Tensor):
            return g.reshape(self.kept_shape) * _products_of_others(x, dim)
        if x.dtype.char == "e":
            x = x.astype(float32)
        flat = x.reshape(1, -1) if dim is None else np.moveaxis(x, dim, -1)
        ones = np.ones_like(flat[..., :1])
        # The product of all entries before, times the product of all entries after.
        before = np.concatenate([ones, np.cumprod(flat[..., :-1], -1)], -1)
        after = np.concatenate([ones, np.cumprod(flat[..., :0:-1], -1)], -1)[..., ::-1]
        others = before * after
        others = others.reshape(x.shape) if dim is None else np.moveaxis(others, -1, dim)
        return g.reshape(self.kept_shape) * others


def _products_of_others(x: Tensor, dim: int | None) -> Tensor:
    """For each entry the product of all others along ``dim``, in operations that are recorded.

    That is y / x; or, if an entry is 0, the products of the rows of a square whose row i lacks xᵢ.
    """
    if bool((x._array != 0).all()):
        return prod(x, dim, True) / x
    rows = x.reshape(1, -1) if dim is None else x.movedim(dim, -1)              # (…, n)
    own = array_module(x._array).eye(rows.shape[-1], dtype=bool)
    others = prod(where(own, 1.0, rows.unsqueeze(-2)), -1)                      # (…, n, n) → (…, n)
    return others.reshape(x.shape) if dim is None else others.movedim(-1, dim)


class Amax(Function):
    """y = max x over ``dim``;  ∂L/∂x = g, split evenly among the entries that equal y.

    If y is NaN, no entry equals it, and the gradient is NaN; with ``to_nan`` it goes to the NaN entries of x.
    """

    __slots__ = ("dim", "keepdim", "to_nan", "kept_shape")
    ufunc: Any = staticmethod(np.max)

    def __init__(self, dim: Dims, keepdim: bool, to_nan: bool = False) -> None:
        self.dim, self.keepdim, self.to_nan = dim, keepdim, to_nan

    def forward(self, x: Array) -> Array:
        dims = normal_dims(self.dim, x.ndim, self.name.lower(), True)
        _require_entries(x, dims, self.name.lower())
        self.kept_shape = kept(x.shape, dims)
        y = self.ufunc(x, axis=dims, keepdims=self.keepdim)
        y = y if is_array(y) else np.asarray(y)
        self.save(x, y)
        return y

    def backward(self, g: Any) -> Any:
        x, y = self.saved
        x, y = array_of(x), array_of(y).reshape(self.kept_shape)
        mask = (x == y) | ((x != x) & (y != y)) if self.to_nan else x == y
        dims = tuple(k for k, n in enumerate(self.kept_shape) if n == 1)
        share = mask / mask.sum(axis=dims, keepdims=True)
        gx = g.reshape(self.kept_shape) * share.astype(x.dtype)
        return where(mask, gx, 0.0) if self.to_nan else gx


class Amin(Amax):
    """y = min x over ``dim``;  ∂L/∂x = g, split evenly among the entries that equal y."""

    __slots__ = ()
    ufunc = staticmethod(np.min)


def _require_entries(x: Array, dims: tuple[int, ...], name: str) -> None:
    for d in dims:
        if x.shape[d] == 0:
            raise ShapeError(f"{name}: dimension {d} of shape {tuple(x.shape)} is empty, and an empty "
                             "set has no extreme value.")


def _plain(x: Any, out: Any) -> Any:
    """A result without gradient: a Tensor if x was one."""
    return wrap(out if is_array(out) else np.asarray(out)) if isinstance(x, Tensor) else out


@numpy_names
def sum(x: Any, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum over ``dim``. Booleans and integers are summed as int64.

    >>> minigrad.tensor([[1.0, 2.0], [3.0, 4.0]]).sum(dim=0)
    tensor([4., 6.])
    """
    return Sum(dim, keepdim)(x) if dtype is None else Sum(dim, keepdim, native(dtype))(x.to(dtype))


@numpy_names
def mean(x: Any, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean over ``dim``: the sum divided by the number n of entries, so ∂L/∂x = g / n.

    Raises TypeError for integers, RangeError for a ``dim`` that x lacks.

    >>> minigrad.tensor([[1.0, 2.0], [3.0, 4.0]]).mean(dim=1)
    tensor([1.5000, 3.5000])
    """
    x = x if dtype is None else x.to(dtype)
    if array_of(x).dtype.kind != "f":
        from_dtype = array_of(x).dtype
        raise TypeError(f"mean: expected a floating tensor, got {from_dtype}. Use x.float().mean().")
    return Mean(dim, keepdim)(x)


@numpy_names
def prod(x: Any, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The product over ``dim``. Booleans and integers are multiplied as int64 unless ``dtype`` is given.

    Raises RangeError for a ``dim`` that x lacks.

    >>> minigrad.tensor([[1.0, 2.0], [3.0, 4.0]]).prod(dim=0)
    tensor([3., 8.])
    """
    return Prod(dim, keepdim)(x) if dtype is None else Prod(dim, keepdim, native(dtype))(x.to(dtype))


@numpy_names
def amax(x: Any, dim: Dims = None, keepdim: bool = False) -> Any:
    """The maximum over ``dim``; equal maxima share the gradient.

    Raises ShapeError for an empty dimension, RangeError for a ``dim`` that x lacks.

    >>> minigrad.tensor([[1.0, 5.0], [7.0, 2.0]]).amax(dim=(0, 1))
    tensor(7.)
    """
    return Amax(dim, keepdim)(x)


@numpy_names
def amin(x: Any, dim: Dims = None, keepdim: bool = False) -> Any:
    """The minimum over ``dim``; equal minima share the gradient.

    Raises ShapeError for an empty dimension, RangeError for a ``dim`` that x lacks.

    >>> minigrad.tensor([[1.0, 5.0], [7.0, 2.0]]).amin(dim=0)
    tensor([1., 2.])
    """
    return Amin(dim, keepdim)(x)


def _extreme(x: Any, dim: int, keepdim: bool, arg: Any) -> ValuesIndices:
    """Values and indices along one dimension; the gradient goes to the first extreme entry."""
    array = array_of(x)
    if not is_array(array):
        raise TypeError(f"{arg.__name__[3:]}: expected a tensor, got {x!r}.")
    dim = normal_dim(dim, array.ndim, arg.__name__)
    if array.ndim:
        _require_entries(array, (dim,), arg.__name__)
    at = np.expand_dims(arg(array, axis=dim), dim) if array.ndim else \
        array_module(array).zeros((), np.int64)
    values = gather(x, dim, _plain(x, at)) if array.ndim else clone(x)
    if not keepdim and array.ndim:
        values, at = values.squeeze(dim), at.squeeze(dim)
    return ValuesIndices(values, _plain(x, at))


@numpy_names
def max(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The maximum of everything; or with ``dim`` (values, indices); or of two tensors.

    >>> minigrad.max(minigrad.tensor([[1.0, 5.0], [7.0, 2.0]]), 1).indices
    tensor([1, 0])
    """
    if isinstance(dim, Tensor):
        return maximum(x, dim)
    return Amax(None, False, True)(x) if dim is None else _extreme(x, dim, keepdim, np.argmax)


@numpy_names
def min(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The minimum of everything; or with ``dim`` (values, indices); or of two tensors.

    As ``max``; raises ShapeError for an empty dimension.

    >>> minigrad.tensor([[1.0, 5.0], [7.0, 2.0]]).min(dim=1)
    ValuesIndices(values=tensor([1., 2.]), indices=tensor([0, 1]))
    """
    if isinstance(dim, Tensor):
        return minimum(x, dim)
    return Amin(None, False, True)(x) if dim is None else _extreme(x, dim, keepdim, np.argmin)


def _position(arg: Any, x: Array, dim: int | None, keepdim: bool) -> Any:
    """Where the extreme entry is, after the checks that name the operation."""
    dims = normal_dims(dim, x.ndim, arg.__name__)
    _require_entries(x, dims, arg.__name__)
    return arg(x, axis=None if dim is None or not x.ndim else dims[0], keepdims=keepdim)


@numpy_names
def argmax(x: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The index of the first maximum: into the flattened tensor, or along ``dim``. An int64 tensor.

    >>> minigrad.tensor([[1.0, 5.0], [7.0, 2.0]]).argmax(), minigrad.tensor([3.0, 3.0]).argmax(0)
    (tensor(2), tensor(0))
    """
    return _plain(x, _position(np.argmax, array_of(x), dim, keepdim))


@numpy_names
def argmin(x: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The index of the first minimum: into the flattened tensor, or along ``dim``. An int64 tensor.

    >>> minigrad.tensor([[1.0, 5.0], [7.0, 2.0]]).argmin(dim=1)
    tensor([0, 1])
    """
    return _plain(x, _position(np.argmin, array_of(x), dim, keepdim))


@numpy_names
def any(x: Any, dim: Dims = None, keepdim: bool = False) -> Any:
    """Whether any entry is non-zero. A boolean tensor; False if there are no entries.

    >>> minigrad.tensor([[0, 1], [0, 0]]).any(dim=1)
    tensor([ True, False])
    """
    dims = normal_dims(dim, array_of(x).ndim, "any", True)
    return _plain(x, np.any(array_of(x), axis=dims, keepdims=keepdim))


@numpy_names
def all(x: Any, dim: Dims = None, keepdim: bool = False) -> Any:
    """Whether all entries are non-zero. A boolean tensor; True if there are no entries.

    >>> minigrad.tensor([[0, 1], [1, 1]]).all(dim=1)
    tensor([False,  True])
    """
    dims = normal_dims(dim, array_of(x).ndim, "all", True)
    return _plain(x, np.all(array_of(x), axis=dims, keepdims=keepdim))


@numpy_names
@in_single
def logsumexp(x: Any, dim: Dims, keepdim: bool = False) -> Any:
    """ln Σ eˣ over ``dim``, with the maximum m taken out first so that nothing overflows.

    ln Σ eˣ = m + ln Σ eˣ⁻ᵐ; m may count as a constant: it cancels in the derivative, which is softmax(x).
    Raises RangeError for a ``dim`` that x lacks.

    >>> minigrad.tensor([1000.0, 1000.0]).logsumexp(0)         # 1000 + ln 2
    tensor(1000.6932)
    """
    array = array_of(x)
    if array.dtype.kind != "f":
        x = x.to(default_dtype()) if isinstance(x, Tensor) else x.astype(default_dtype())
        array = array_of(x)
    highest = array.max if array.size else array.sum            # no entries: ln 0 = −∞
    top = highest(axis=normal_dims(dim, array.ndim, "logsumexp", True), keepdims=True)
    top = np.where(np.isfinite(top), top, np.zeros_like(top))
    total = Sum(dim, True)(exp(x - _plain(x, top)))
    out = log(total) + _plain(x, top)
    if keepdim:
        return out
    dims = normal_dims(dim, array_of(x).ndim, "logsumexp", True)
    return out.reshape(tuple([n for k, n in enumerate(array_of(out).shape) if k not in dims]))


attach(sum=sum, mean=mean, prod=prod, amax=amax, amin=amin, max=max, min=min,
       argmax=argmax, argmin=argmin, any=any, all=all, logsumexp=logsumexp)
