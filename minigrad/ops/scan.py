"""Running sums."""
from __future__ import annotations

from typing import Any

from ..autograd import Function
from ..backend.arrays import Array
from ..backend.dtypes import native
from .attach import attach, normal_dim, numpy_names
from .reduce import WIDER
from .shape import flip


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


attach(cumsum=cumsum)
