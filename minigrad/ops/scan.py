"""Running sums, products and extremes; and what undoes a running sum, differences."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.tensor import array_of, wrap
from ..backend.arrays import Array, array_module, on_host
from ..backend.dtypes import int64, native
from ..errors import RangeError
from .attach import attach, normal_dim, numpy_names, own_dim
from .convert import clone
from .create import zeros_like
from .exponential import exp
from .gather_scatter import gather
from .join import cat
from .reduce import WIDER, ValuesIndices
from .select import where
from .shape import flip, movedim, unsqueeze


class CumSum(Function):
    """yᵢ = x₀ + … + xᵢ along ``dim``;  ∂L/∂xᵢ = gᵢ + gᵢ₊₁ + …, the running sum from the end."""

    __slots__ = ("dim", "dtype")
    promote = True

    def __init__(self, dim: int, dtype: Any = None) -> None:
        self.dim, self.dtype = dim, dtype

    def forward(self, x: Array) -> Array:
        y = x.cumsum(axis=self.dim if x.ndim else None, dtype=self.dtype or WIDER.get(x.dtype.char))
        return y.reshape(x.shape)                               # 0-d: NumPy answers with one dimension

    def backward(self, g: Any) -> Any:
        return flip(cumsum(flip(g, self.dim), self.dim), self.dim) if g.ndim else g


@numpy_names
def cumsum(x: Any, dim: int, *, dtype: Any = None) -> Any:
    """The running sum along ``dim``; booleans and integers are summed as int64 unless ``dtype`` is given.

    Raises RangeError for a ``dim`` that x lacks.

    >>> minigrad.tensor([1, 2, 3]).cumsum(0)
    tensor([1, 3, 6])
    """
    dim = normal_dim(dim, x.ndim, "cumsum")
    return CumSum(dim)(x) if dtype is None else CumSum(dim, native(dtype))(x.to(dtype))


class CumProd(Function):
    """yᵢ = x₀ · … · xᵢ along ``dim``;  ∂L/∂xₖ = Σᵢ≥ₖ gᵢ · the product of x₀ … xᵢ without xₖ.

    Where no entry is 0 that is (Σᵢ≥ₖ gᵢ yᵢ) / xₖ. Behind the first 0 all products are 0, and only at that 0
    itself the others still count: with it replaced by 1, the products go on from there.
    """

    __slots__ = ("dim",)
    promote = True

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def forward(self, x: Array) -> Array:
        self.save(x)
        return x.cumprod(axis=self.dim, dtype=WIDER.get(x.dtype.char)).astype(
            int64 if x.dtype.kind != "f" else x.dtype, copy=False)

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        dim, zero = self.dim, array_of(x) == 0
        if isinstance(x, Tensor) and zero.any():            # the zeros count in a second derivative
            rows, g = movedim(x, dim, -1), movedim(g, dim, -1)                          # (…, n)
            own = array_module(zero).eye(rows.shape[-1], dtype=bool)
            without = cumprod(where(own, 1.0, rows.unsqueeze(-2)), -1)                  # (…, n, n)
            return (g.unsqueeze(-2) * without).triu().sum(-1).movedim(-1, dim)
        first = zero & (zero.cumsum(dim) == 1)              # the first 0 of each row
        behind = zero.cumsum(dim) > 0                       # it, and all that follow
        filled = where(first, 1.0, x)
        products = cumprod(filled, dim)                     # as if the first 0 were a 1
        tail = flip(cumsum(flip(g * products, dim), dim), dim)
        before = flip(cumsum(flip(where(behind, 0.0, g * products), dim), dim), dim)
        return where(first, tail, where(behind, 0.0, before / where(zero, 1.0, x)))


@numpy_names
def cumprod(x: Any, dim: int, *, dtype: Any = None) -> Any:
    """The running product along ``dim``; booleans and integers are multiplied as int64.

    Raises RangeError for a ``dim`` that x lacks.

    >>> minigrad.tensor([1, 2, 3]).cumprod(0)
    tensor([1, 2, 6])
    """
    dim = normal_dim(dim, x.ndim, "cumprod")
    x = x if dtype is None else x.to(dtype)
    z = CumProd(dim)(x) if x.ndim else clone(x) if x.dtype.kind == "f" else x.long()
    return z if dtype is None else z.to(dtype)


def _accumulate(ufunc: Any, x: Array, d: int) -> Array:
    """The running result of an associative ``ufunc`` along d; CuPy has it for sums and products only.

    On a GPU by doubling: after k rounds each entry holds the last 2ᵏ, so log₂ n rounds do.
    """
    if on_host(x):
        return ufunc.accumulate(x, axis=d)
    front, step = (slice(None),) * d, 1
    while step < x.shape[d]:
        later = ufunc(x[front + (slice(None, -step),)], x[front + (slice(step, None),)])
        x = np.concatenate([x[front + (slice(None, step),)], later], d)
        step *= 2
    return x


def _running_extreme(name: str, ufunc: Any, x: Any, dim: int) -> ValuesIndices:
    """(values, indices); of equal entries the last, and NaN stays, as in PyTorch."""
    d, array = normal_dim(dim, x.ndim, name), array_of(x)
    if not array.size or not array.ndim:
        return ValuesIndices(clone(x), zeros_like(x, dtype=int64))
    best = _accumulate(ufunc, array, d)
    at = array_module(array).arange(array.shape[d]).reshape([-1 if k == d else 1 for k in range(array.ndim)])
    reached = (array == best) | (array != array)
    index = wrap(_accumulate(np.maximum, np.where(reached, at, 0), d))
    return ValuesIndices(gather(x, d, index), index)


@numpy_names
def cummax(x: Any, dim: int) -> ValuesIndices:
    """(values, indices) of the largest entry so far along ``dim``. Raises RangeError for a dim that x lacks.

    >>> minigrad.cummax(minigrad.tensor([1.0, 3.0, 2.0]), 0).values
    tensor([1., 3., 3.])
    """
    return _running_extreme("cummax", np.maximum, x, dim)


@numpy_names
def cummin(x: Any, dim: int) -> ValuesIndices:
    """(values, indices) of the smallest entry so far along ``dim``. Raises RangeError for a dim x lacks.

    >>> minigrad.cummin(minigrad.tensor([3.0, 1.0, 2.0]), 0).indices
    tensor([0, 1, 1])
    """
    return _running_extreme("cummin", np.minimum, x, dim)


class LogCumSumExp(Function):
    """yᵢ = ln Σₖ≤ᵢ eˣᵏ along ``dim``, without overflow;  ∂L/∂xₖ = Σᵢ≥ₖ gᵢ eˣᵏ⁻ʸᵢ."""

    __slots__ = ("dim",)
    promote = "float"

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def forward(self, x: Array) -> Array:
        with np.errstate(all="ignore"):
            y = _accumulate(np.logaddexp, x, self.dim)
        self.save(x, y)
        return y

    def backward(self, g: Any) -> Any:
        x, y = (movedim(t, self.dim, -1) for t in self.saved)
        y = where(array_of(y) == -np.inf, 0.0, y)           # a sum of nothing but e⁻∞
        later = np.triu(array_module(array_of(y)).ones((y.shape[-1],) * 2, bool))
        slopes = exp(where(later, unsqueeze(x, -1) - unsqueeze(y, -2), -np.inf))        # (…, k, i)
        return movedim((slopes * unsqueeze(movedim(g, self.dim, -1), -2)).sum(-1), -1, self.dim)


@numpy_names
def logcumsumexp(x: Any, dim: int) -> Any:
    """ln of the running sum of eˣ along ``dim``, without overflow. Raises RangeError for a dim that x lacks.

    >>> minigrad.logcumsumexp(minigrad.tensor([1000.0, 1000.0]), 0)        # 1000 + ln 2
    tensor([1000.0000, 1000.6932])
    """
    dim = normal_dim(dim, x.ndim, "logcumsumexp")
    return LogCumSumExp(dim)(x) if x.ndim and x.shape[dim] else clone(x)


@numpy_names
def diff(x: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """xᵢ₊₁ − xᵢ along ``dim``, n times over; ``prepend`` and ``append`` are joined to x first.

    Booleans differ where they are not equal. Raises RangeError for n < 0 or a dim that x lacks.

    >>> minigrad.tensor([1, 4, 9]).diff()
    tensor([3, 5])
    """
    d = own_dim(dim, x.ndim, "diff")
    if n < 0:
        raise RangeError(f"diff: n must be 0 or more, got {n}.")
    if n and (prepend is not None or append is not None):
        x = cat([t for t in (prepend, x, append) if t is not None], d)
    for _ in range(min(n, x.shape[d])):
        size, front = x.shape[d], (slice(None),) * d
        after, before = x[front + (slice(1, None),)], x[front + (slice(0, max(size - 1, 0)),)]
        x = after ^ before if x.dtype.kind == "b" else after - before
    return x


attach(cumsum=cumsum, cumprod=cumprod, cummax=cummax, cummin=cummin, logcumsumexp=logcumsumexp, diff=diff)
