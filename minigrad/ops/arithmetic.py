"""Arithmetic, entry by entry. Inputs broadcast; the engine undoes that for the gradients.

In every formula g is the upstream gradient ∂L/∂z, of the result's shape.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.promotion import promoted
from ..autograd.tensor import array_of
from ..backend.arrays import Array
from ..backend.dtypes import float16, float64, result_type
from ..errors import DTypeError
from .attach import attach, in_single, written
from .exponential import log
from .pointwise import pairwise, pointwise
from .rounding import floor_divide, fmod, trunc
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
            if c in ROOTS and x.dtype.kind == "f":      # faster, and as in PyTorch at −∞ and −0
                return np.sqrt(x) if c > 0 else 1 / np.sqrt(x)
            if x.dtype == float16:                      # else c itself would be rounded to float16
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
    """xʸ of integers; negative powers lose their fraction, as in PyTorch: ±1 for x = ±1, else 0."""
    if x.dtype.kind == "b":
        raise DTypeError("pow: two booleans have no power. Use x & y, or x.int() ** y.")
    return np.where((y < 0) & (np.abs(x) != 1), x.dtype.type(0), x) ** np.abs(y)


def add(input: Any, other: Any, *, alpha: float = 1, out: Any = None) -> Any:
    """x + alpha · y, with broadcasting.

    >>> minigrad.tensor([1.0, 2.0]) + 1
    tensor([2., 3.])
    """
    z = Add()(input, other if alpha == 1 else _scaled(input, other, alpha))
    return z if out is None else written("add", out, z)


def _scaled(x: Any, y: Any, alpha: float) -> Any:
    """alpha · y in the dtype of x + y: y may be int8 and the product too large for it."""
    dtype = result_type(*(array_of(v) for v in (x, y)))
    return mul(y.to(dtype) if isinstance(y, Tensor) else np.asarray(y, dtype), alpha)


def sub(input: Any, other: Any, *, alpha: float = 1, out: Any = None) -> Any:
    """x − alpha · y, with broadcasting (else ShapeError).

    >>> minigrad.tensor([3, 5]) - 1
    tensor([2, 4])
    """
    z = Sub()(input, other if alpha == 1 else _scaled(input, other, alpha))
    return z if out is None else written("sub", out, z)


def mul(input: Any, other: Any, *, out: Any = None) -> Any:
    """x · y entry by entry, with broadcasting (else ShapeError).

    >>> minigrad.tensor([[1], [2]]) * minigrad.tensor([3, 4])               # (2, 1) · (2) → (2, 2)
    tensor([[3, 4],
            [6, 8]])
    """
    return Mul()(input, other) if out is None else written("mul", out, Mul()(input, other))


def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: Any = None) -> Any:
    """x / y entry by entry, with broadcasting (else ShapeError); integers give floats; x / 0 is ±∞ or nan.

    ``rounding_mode``: "floor" rounds down, as ``//`` does, "trunc" toward 0; integers then stay integers, and
    raise DivisionError for 0. Raises ValueError for another.

    >>> minigrad.tensor([1, 3]) / 2
    tensor([0.5000, 1.5000])
    """
    if out is not None:
        return written("div", out, div(input, other, rounding_mode=rounding_mode))
    if rounding_mode is None:
        return Div()(input, other)
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode != "trunc":
        raise ValueError(f"div: rounding_mode must be None, 'floor' or 'trunc', got {rounding_mode!r}.")
    if result_type(array_of(input), array_of(other)).kind == "f":
        return trunc(Div()(input, other))
    return floor_divide(sub(input, fmod(input, other)), other)


def neg(x: Any) -> Any:
    """−x. Any shape, same dtype.

    >>> -minigrad.tensor([1.0, -2.0])
    tensor([-1.,  2.])
    """
    return Neg()(x)


def pow(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """x to a power: a number, or a tensor that broadcasts against x (else ShapeError).

    Integers to a negative integer raise DTypeError; in a tensor of exponents they give 0, or ±1 for ±1.

    >>> minigrad.tensor([1.0, 2.0, 3.0]) ** 2
    tensor([1., 4., 9.])
    """
    if out is not None:
        return written("pow", out, pow(input, exponent))
    if isinstance(exponent, (int, float)) and not isinstance(input, (int, float)):
        return PowScalar(exponent)(input)
    return Pow()(input, exponent)


def square(x: Any) -> Any:
    """x². Same dtype.

    >>> minigrad.tensor([3, -4]).square()
    tensor([ 9, 16])
    """
    return PowScalar(2)(x)


def positive(x: Any) -> Any:
    """x itself. Raises DTypeError for booleans.

    >>> +minigrad.tensor([1, -2])
    tensor([ 1, -2])
    """
    if x.dtype.kind == "b":
        raise DTypeError("positive: a boolean tensor has no sign. Use x.int().")
    return x


def float_power(x: Any, exponent: Any) -> Any:
    """x to a power, computed in float64 whatever the dtypes are. x and exponent broadcast (else ShapeError).

    >>> minigrad.float_power(minigrad.tensor([2, 3]), -1)
    tensor([0.5000, 0.3333], dtype=minigrad.float64)
    """
    x, exponent = (v.to(float64) if isinstance(v, Tensor) else v for v in (x, exponent))
    return pow(x, exponent)


def _sign(x: Array) -> Array:
    if x.dtype.kind == "f":                     # np.sign gives NaN for NaN; PyTorch gives 0
        return np.subtract(x > 0, x < 0, dtype=x.dtype)
    return np.sign(x) if x.dtype.kind != "b" else x.copy()


sign = pointwise("sign", "sign(x)", _sign, "0", no_slope,
                 "−1, 0 or 1, and 0 for NaN; the gradient is 0. Same dtype.",
                 "[-3.0, 0.0, 2.0]", "[-1.,  0.,  1.]", keeps_dtype=True)
abs = pointwise("abs", "|x|", np.abs, "sign(x)", lambda g, x: g * sign(x),
                "|x|; the gradient at 0 is 0. Same dtype.", "[-3, 2]", "[3, 2]", keeps_dtype=True)
reciprocal = pointwise("reciprocal", "1/x", lambda x: 1 / x, "−z²", lambda g, z: -g * (z * z),
                       "1/x; ±∞ at 0.", "[4, 2]", "[0.2500, 0.5000]")
copysign = pairwise(
    "copysign", "|x|·sign(y)", np.copysign, ("sign(x)·sign(y)", "0"),
    (lambda g, x, y, z: where(x == 0, 0.0, g * (z / where(x == 0, 1.0, x))), lambda g, x, y, z: no_slope(g)),
    "|x| with the sign of y, where −0.0 counts as negative.", ("[1.0, 2.0]", "[-3.0, 3.0]"), "[-1.,  2.]")


@in_single
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight · (end − input): from input (weight 0) to end (weight 1), both exact.

    From weight ½ on it is counted from the end: end − (1 − weight) · (end − input). All broadcast (else
    ShapeError).

    >>> minigrad.lerp(minigrad.tensor([0.0]), minigrad.tensor([10.0]), 0.25)
    tensor([2.5000])
    """
    way = sub(end, input)
    if isinstance(weight, (int, float)):
        return input + mul(way, weight) if -0.5 < weight < 0.5 else end - mul(way, 1 - weight)
    return where(abs(weight) < 0.5, input + mul(way, weight), end - mul(way, 1 - weight))


true_divide, sgn, negative, multiply, subtract = div, sign, neg, mul, sub       # PyTorch's second names

attach(add=add, sub=sub, mul=mul, div=div, neg=neg, pow=pow, square=square, lerp=lerp, positive=positive,
       float_power=float_power, true_divide=div, sgn=sign, negative=neg, multiply=mul, subtract=sub,
       __add__=add, __radd__=lambda x, y: add(y, x), __sub__=sub, __rsub__=lambda x, y: sub(y, x),
       __mul__=mul, __rmul__=lambda x, y: mul(y, x), __truediv__=div, __rtruediv__=lambda x, y: div(y, x),
       __pow__=pow, __rpow__=lambda x, y: pow(y, x), __neg__=neg, __pos__=lambda x: x, __abs__=abs)
