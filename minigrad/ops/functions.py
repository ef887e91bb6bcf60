"""More functions entry by entry: logarithms and exponentials near 0, roots, rounding, remainders."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import Function
from ..backend.arrays import Array, on_host
from ..backend.special import erf as erf_array
from ..errors import DivisionError
from .attach import attach, in_single
from .compare import no_slope, where
from .elementwise import exp, mul, sub


class Log1p(Function):
    """y = ln(1 + x), exact also for tiny x;  ∂L/∂x = g / (1 + x)."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        self.save(x)
        with np.errstate(all="ignore"):
            return np.log1p(x)

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        return g / (x + 1)


class Expm1(Function):
    """y = eˣ − 1, exact also for tiny x;  ∂L/∂x = g · (y + 1)."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        with np.errstate(all="ignore"):
            y = np.expm1(x)
        self.save(y)
        return y

    def backward(self, g: Any) -> Any:
        (y,) = self.saved
        return g * (y + 1)


class Rsqrt(Function):
    """y = 1/√x;  ∂L/∂x = −½ g · y³."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        with np.errstate(all="ignore"):
            y = 1 / np.sqrt(x)
        self.save(y)
        return y

    def backward(self, g: Any) -> Any:
        (y,) = self.saved
        return g * (y * y * y) * -0.5


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


class Erf(Function):
    """y = erf x = 2/√π ∫₀ˣ e^(−t²) dt;  ∂L/∂x = g · 2/√π · e^(−x²)."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        self.save(x)
        return erf_array(x)

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        return g * (exp(-(x * x)) * (2 / math.sqrt(math.pi)))


class Step(Function):
    """y = x rounded in some way: flat between its jumps, so ∂L/∂x = 0."""

    __slots__ = ("decimals",)
    ufunc: Any = None

    def __init__(self, decimals: int = 0) -> None:
        self.decimals = decimals

    def forward(self, x: Array) -> Array:
        return type(self).ufunc(x) if x.dtype.kind == "f" else x.copy()

    def backward(self, g: Any) -> Any:
        return no_slope(g)


class Floor(Step):
    """y = the largest integer not above x;  ∂L/∂x = 0."""

    __slots__ = ()
    ufunc = staticmethod(np.floor)


class Ceil(Step):
    """y = the smallest integer not below x;  ∂L/∂x = 0."""

    __slots__ = ()
    ufunc = staticmethod(np.ceil)


class Trunc(Step):
    """y = x without its fraction;  ∂L/∂x = 0."""

    __slots__ = ()
    ufunc = staticmethod(np.trunc)


class Round(Step):
    """y = the nearest integer, halves to the even one, or so at some decimal;  ∂L/∂x = 0."""

    __slots__ = ()

    def forward(self, x: Array) -> Array:
        return np.round(x, self.decimals)


def require_divisor(name: str, x: Array, y: Array) -> None:
    """DivisionError for integers over 0, of which NumPy makes 0. On a GPU looking would wait: 0 it is."""
    if y.dtype.kind in "iub" and on_host(y) and x.size and not y.all():
        raise DivisionError(f"{name}: an integer was divided by 0. Mask such entries, or divide floats, "
                            "which gives ±inf or nan.")


class Remainder(Function):
    """z = x − y · ⌊x / y⌋, with the sign of y;  ∂L/∂x = g,  ∂L/∂y = −g · ⌊x / y⌋."""

    __slots__ = ("quotient",)
    promote = True

    def forward(self, x: Array, y: Array) -> Array:
        require_divisor("remainder", x, y)
        with np.errstate(all="ignore"):
            self.quotient = np.floor_divide(x, y) if self.needs(1) else None
            return np.remainder(x, y)

    def backward_x(self, g: Any) -> Any:
        return g

    def backward_y(self, g: Any) -> Any:
        return -g * self.quotient


class FloorDivide(Function):
    """z = ⌊x / y⌋;  the gradients are 0."""

    __slots__ = ()
    promote = True

    def forward(self, x: Array, y: Array) -> Array:
        require_divisor("floor_divide", x, y)
        with np.errstate(all="ignore"):
            return np.floor_divide(x, y)

    def backward_x(self, g: Any) -> Any:
        return no_slope(g)

    def backward_y(self, g: Any) -> Any:
        return no_slope(g)


def log1p(x: Any) -> Any:
    """ln(1 + x), exact also where x is so small that 1 + x rounds to 1.

    Integers give floats; −∞ at −1, nan below.

    >>> import minigrad
    >>> minigrad.tensor([0.0, 1.0]).log1p()
    tensor([0.    , 0.6931])
    """
    return Log1p()(x)


def expm1(x: Any) -> Any:
    """eˣ − 1, exact also where eˣ rounds to 1. Integers give floats.

    >>> import minigrad
    >>> minigrad.tensor([0.0, 1.0]).expm1()
    tensor([0.    , 1.7183])
    """
    return Expm1()(x)


def rsqrt(x: Any) -> Any:
    """1/√x. ∞ at 0, nan below.

    >>> import minigrad
    >>> minigrad.tensor([4.0, 0.25]).rsqrt()
    tensor([0.5, 2. ])
    """
    return Rsqrt()(x)


def reciprocal(x: Any) -> Any:
    """1/x. Integers give floats; ±∞ at 0.

    >>> import minigrad
    >>> minigrad.tensor([4, 2]).reciprocal()
    tensor([0.25, 0.5 ])
    """
    return Reciprocal()(x)


def erf(x: Any) -> Any:
    """The error function 2/√π ∫₀ˣ e^(−t²) dt, between −1 and 1. Integers give floats.

    >>> import minigrad
    >>> minigrad.tensor([0.0, 1.0]).erf()
    tensor([0.    , 0.8427])
    """
    return Erf()(x)


def floor(x: Any) -> Any:
    """The largest integer not above x; the gradient is 0. The dtype of x.

    >>> import minigrad
    >>> minigrad.tensor([1.7, -1.2]).floor()
    tensor([ 1., -2.])
    """
    return Floor()(x)


def ceil(x: Any) -> Any:
    """The smallest integer not below x; the gradient is 0. The dtype of x.

    >>> import minigrad
    >>> minigrad.tensor([1.2, -1.7]).ceil()
    tensor([ 2., -1.])
    """
    return Ceil()(x)


def trunc(x: Any) -> Any:
    """x without its fraction; the gradient is 0. The dtype of x.

    >>> import minigrad
    >>> minigrad.tensor([1.7, -1.7]).trunc()
    tensor([ 1., -1.])
    """
    return Trunc()(x)


def round(x: Any, *, decimals: int = 0) -> Any:
    """The nearest integer, halves to the even one; ``decimals`` keeps that many; the gradient is 0.

    >>> import minigrad
    >>> minigrad.tensor([0.5, 1.5, 2.6]).round()
    tensor([0., 2., 3.])
    """
    return Round(decimals)(x)


def remainder(x: Any, y: Any) -> Any:
    """x % y with the sign of y, as in Python. x and y broadcast (else ShapeError).

    Raises DivisionError for integers and 0.

    >>> import minigrad
    >>> minigrad.tensor([5, -5]) % 3
    tensor([2, 1])
    """
    return Remainder()(x, y)


def floor_divide(x: Any, y: Any) -> Any:
    """x // y, rounded down, as in Python. x and y broadcast (else ShapeError).

    Raises DivisionError for integers and 0.

    >>> import minigrad
    >>> minigrad.tensor([5, -5]) // 3
    tensor([ 1, -2])
    """
    return FloorDivide()(x, y)


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
        return input + mul(way, weight) if abs(weight) < 0.5 else end - mul(way, 1 - weight)
    return where(abs(weight) < 0.5, input + mul(way, weight), end - mul(way, 1 - weight))


attach(log1p=log1p, expm1=expm1, rsqrt=rsqrt, reciprocal=reciprocal, erf=erf, floor=floor, ceil=ceil,
       trunc=trunc, round=round, remainder=remainder, floor_divide=floor_divide, lerp=lerp,
       __mod__=remainder, __rmod__=lambda x, y: remainder(y, x), __floordiv__=floor_divide,
       __rfloordiv__=lambda x, y: floor_divide(y, x), __round__=lambda x, n=0: round(x, decimals=n or 0))
