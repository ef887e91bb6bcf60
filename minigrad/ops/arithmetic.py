"""Operations entry by entry. Inputs broadcast; the engine undoes it for the gradients.

In every formula g is the upstream gradient ∂L/∂z, of the result's shape.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.promotion import promoted
from ..backend.arrays import Array
from ..backend.dtypes import float16, result_type
from ..errors import DTypeError
from .attach import attach, in_single
from .exponential import log
from .select import no_slope, where


class Add(Function):
    """z = x + y;  ∂L/∂x = g,  ∂L/∂y = g."""

    __slots__ = ()
    promote = True

    def forward(self, x: Array, y: Array) -> Array:
        return x + y

    def backward_x(self, g: Any) -> Any:
        return g

    def backward_y(self, g: Any) -> Any:
        return g


class Sub(Function):
    """z = x − y;  ∂L/∂x = g,  ∂L/∂y = −g."""

    __slots__ = ()
    promote = True

    def forward(self, x: Array, y: Array) -> Array:
        return x - y

    def backward_x(self, g: Any) -> Any:
        return g

    def backward_y(self, g: Any) -> Any:
        return -g


class Mul(Function):
    """z = x · y;  ∂L/∂x = g · y,  ∂L/∂y = g · x."""

    __slots__ = ()
    promote = True

    def forward(self, x: Array, y: Array) -> Array:
        self.save(x if self.needs(1) else None, y if self.needs(0) else None)
        return x * y

    def backward_x(self, g: Any) -> Any:
        _, y = self.saved
        return g * y

    def backward_y(self, g: Any) -> Any:
        x, _ = self.saved
        return g * x


class Div(Function):
    """z = x / y;  ∂L/∂x = g / y,  ∂L/∂y = −g · x / y². Integers are divided as floats."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array, y: Array) -> Array:
        self.save(x if self.needs(1) else None, y)
        with np.errstate(all="ignore"):         # x / 0 is ±inf or nan, as in PyTorch
            return x / y

    def backward_x(self, g: Any) -> Any:
        _, y = self.saved
        return g / y

    def backward_y(self, g: Any) -> Any:
        x, y = self.saved
        return -g * ((x / y) / y)


class Neg(Function):
    """z = −x;  ∂L/∂x = −g."""

    __slots__ = ()

    def forward(self, x: Array) -> Array:
        return -x

    def backward(self, g: Any) -> Any:
        return -g

    def explain(self, error: Exception, arrays: list[Any]) -> Exception:
        return DTypeError("neg: a boolean tensor has no negative. Use ~x for not.")


ROOTS = (0.5, -0.5)         # √x and 1/√x


class PowScalar(Function):
    """z = xᶜ for a number c;  ∂L/∂x = g · c · xᶜ⁻¹, and 0 for c = 0."""

    __slots__ = ("exponent",)

    def __init__(self, exponent: float) -> None:
        self.exponent = exponent

    def forward(self, x: Array) -> Array:
        self.save(x)
        c = self.exponent
        if x.dtype.kind != "f":
            x = promoted([x, c])[0]
            if x.dtype.kind != "f" and c < 0:
                raise DTypeError(f"pow: integers to the negative power {c} would be fractions. Use "
                                 f"x.float() ** {c}, or x ** {float(c)}.")
        if c == 2:
            return x * x
        with np.errstate(all="ignore"):
            if c in ROOTS and x.dtype.kind == "f":      # faster, and at −∞ and −0 what PyTorch's are
                return np.sqrt(x) if c > 0 else 1 / np.sqrt(x)
            if x.dtype == float16:                      # c itself would be rounded to float16
                return (x.astype(np.float32) ** c).astype(float16)
            return x ** x.dtype.type(c)

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        c = self.exponent
        if c == 0:
            return no_slope(g)
        return g * (x * c if c == 2 else pow(x, c - 1) * c)


class Pow(Function):
    """z = xʸ;  ∂L/∂x = g · y · xʸ⁻¹ (0 where y = 0),  ∂L/∂y = g · z · ln x (0 where x = 0 ≤ y)."""

    __slots__ = ()
    promote = True

    def forward(self, x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            z = x ** y if x.dtype.kind == "f" else _integer_power(x, y)
        self.save(x, y, z)
        return z

    def backward_x(self, g: Any) -> Any:
        x, y, _ = self.saved
        return where(y == 0, 0.0, g * (y * pow(x, y - 1)))

    def backward_y(self, g: Any) -> Any:
        x, y, z = self.saved
        zero = (x == 0) & (y >= 0)
        return where(zero, 0.0, g * (z * log(where(zero, x + 1, x))))


def _integer_power(x: Array, y: Array) -> Array:
    """xʸ of integers; below 0 what is left of a fraction: ±1 of ±1, 0 of all others, as in PyTorch."""
    if x.dtype.kind == "b":
        raise DTypeError("pow: two booleans have no power. Use x & y, or x.int() ** y.")
    return np.where((y < 0) & (np.abs(x) != 1), x.dtype.type(0), x) ** np.abs(y)


class Abs(Function):
    """y = |x|;  ∂L/∂x = g · sign(x), which is 0 at x = 0."""

    __slots__ = ()

    def forward(self, x: Array) -> Array:
        self.save(x)
        return np.abs(x)

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        return g * sign(x)


class Sign(Function):
    """y = −1, 0 or 1, and 0 for NaN;  ∂L/∂x = 0: the function is flat wherever it has a slope."""

    __slots__ = ()

    def forward(self, x: Array) -> Array:
        if x.dtype.kind == "f":                 # np.sign gives NaN for NaN; PyTorch gives 0
            return np.subtract(x > 0, x < 0, dtype=x.dtype)
        return np.sign(x) if x.dtype.kind != "b" else x.copy()

    def backward(self, g: Any) -> Any:
        return no_slope(g)


def add(x: Any, y: Any, *, alpha: float = 1) -> Any:
    """x + alpha · y, with broadcasting.

    >>> import minigrad
    >>> minigrad.tensor([1.0, 2.0]) + 1
    tensor([2., 3.])
    """
    return Add()(x, y if alpha == 1 else _scaled(x, y, alpha))


def _scaled(x: Any, y: Any, alpha: float) -> Any:
    """alpha · y in the dtype of x + y: an int8 times alpha may not fit int8, but int64."""
    dtype = result_type(*(v._array if isinstance(v, Tensor) else v for v in (x, y)))
    return mul(y.to(dtype) if isinstance(y, Tensor) else np.asarray(y, dtype), alpha)


def sub(x: Any, y: Any, *, alpha: float = 1) -> Any:
    """x − alpha · y, with broadcasting (else ShapeError).

    >>> import minigrad
    >>> minigrad.tensor([3, 5]) - 1
    tensor([2, 4])
    """
    return Sub()(x, y if alpha == 1 else _scaled(x, y, alpha))


def mul(x: Any, y: Any) -> Any:
    """x · y entry by entry, with broadcasting (else ShapeError).

    >>> import minigrad
    >>> minigrad.tensor([[1], [2]]) * minigrad.tensor([3, 4])               # (2, 1) · (2) → (2, 2)
    tensor([[3, 4],
            [6, 8]])
    """
    return Mul()(x, y)


def div(x: Any, y: Any) -> Any:
    """x / y entry by entry, with broadcasting (else ShapeError); integers give floats; x / 0 is ±∞ or nan.

    >>> import minigrad
    >>> minigrad.tensor([1, 3]) / 2
    tensor([0.5, 1.5])
    """
    return Div()(x, y)


def neg(x: Any) -> Any:
    """−x. Any shape, same dtype.

    >>> import minigrad
    >>> -minigrad.tensor([1.0, -2.0])
    tensor([-1.,  2.])
    """
    return Neg()(x)


def pow(x: Any, exponent: Any) -> Any:
    """x to a power: a number, or a tensor that broadcasts against x (else ShapeError).

    Integers to a negative integer raise DTypeError; in a tensor of exponents they give 0, or ±1 for ±1.

    >>> import minigrad
    >>> minigrad.tensor([1.0, 2.0, 3.0]) ** 2
    tensor([1., 4., 9.])
    """
    if isinstance(exponent, (int, float)) and not isinstance(x, (int, float)):
        return PowScalar(exponent)(x)
    return Pow()(x, exponent)


def abs(x: Any) -> Any:
    """|x|; the gradient at 0 is 0. Same dtype.

    >>> import minigrad
    >>> minigrad.tensor([-3, 2]).abs()
    tensor([3, 2])
    """
    return Abs()(x)


def sign(x: Any) -> Any:
    """−1, 0 or 1, and 0 for NaN; the gradient is 0. Same dtype.

    >>> import minigrad
    >>> minigrad.tensor([-3.0, 0.0, 2.0]).sign()
    tensor([-1.,  0.,  1.])
    """
    return Sign()(x)


def square(x: Any) -> Any:
    """x². Same dtype.

    >>> import minigrad
    >>> minigrad.tensor([3, -4]).square()
    tensor([ 9, 16])
    """
    return PowScalar(2)(x)


class Reciprocal(Function):
    """y = 1/x;  ∂L/∂x = −g · y²."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        with np.errstate(all="ignore"):
            y = 1 / x
        self.save(y)
        return y

    def backward(self, g: Any) -> Any:
        (y,) = self.saved
        return -g * (y * y)


def reciprocal(x: Any) -> Any:
    """1/x. Integers give floats; ±∞ at 0.

    >>> import minigrad
    >>> minigrad.tensor([4, 2]).reciprocal()
    tensor([0.25, 0.5 ])
    """
    return Reciprocal()(x)


@in_single
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight · (end − input): from input (weight 0) to end (weight 1), both met exactly.

    From weight ½ on it is counted from the end: end − (1 − weight) · (end − input). All broadcast (else
    ShapeError).

    >>> import minigrad
    >>> minigrad.lerp(minigrad.tensor([0.0]), minigrad.tensor([10.0]), 0.25)
    tensor([2.5])
    """
    way = sub(end, input)
    if isinstance(weight, (int, float)):
        return input + mul(way, weight) if -0.5 < weight < 0.5 else end - mul(way, 1 - weight)
    return where(abs(weight) < 0.5, input + mul(way, weight), end - mul(way, 1 - weight))


attach(add=add, sub=sub, mul=mul, div=div, neg=neg, pow=pow, abs=abs, sign=sign, square=square, __add__=add,
       __radd__=lambda x, y: add(y, x), __sub__=sub, __rsub__=lambda x, y: sub(y, x), __mul__=mul,
       __rmul__=lambda x, y: mul(y, x), __truediv__=div, __rtruediv__=lambda x, y: div(y, x), __pow__=pow,
       __rpow__=lambda x, y: pow(y, x), __neg__=neg, __abs__=abs, __pos__=lambda x: x, reciprocal=reciprocal,
       lerp=lerp)
