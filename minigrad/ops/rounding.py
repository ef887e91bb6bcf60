"""Rounding, and division with a remainder, entry by entry."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function
from ..backend.arrays import Array, on_host
from ..errors import DivisionError
from .attach import attach
from .pointwise import pairwise, pointwise
from .select import no_slope


class Round(Function):
    """z = the nearest integer, halves to the even one, or so at some decimal;  ∂L/∂x = 0."""

    __slots__ = ("decimals",)

    def __init__(self, decimals: int = 0) -> None:
        self.decimals = decimals

    def forward(self, x: Array) -> Array:
        return np.round(x, self.decimals)

    def backward(self, g: Any) -> Any:
        return no_slope(g)


def _step(name: str, formula: str, ufunc: Any, about: str, given: str, printed: str) -> Any:
    """A line for a function that rounds: flat between its jumps. Integers are whole already."""
    return pointwise(name, formula, lambda x: ufunc(x) if x.dtype.kind == "f" else x.copy(), "0", no_slope,
                     f"{about}; the gradient is 0. The dtype of x.", given, printed, keeps_dtype=True)


floor = _step("floor", "⌊x⌋", np.floor, "The largest integer not above x", "[1.7, -1.2]", "[ 1., -2.]")
ceil = _step("ceil", "⌈x⌉", np.ceil, "The smallest integer not below x", "[1.2, -1.7]", "[ 2., -1.]")
trunc = _step("trunc", "trunc(x)", np.trunc, "x without its fraction", "[1.7, -1.7]", "[ 1., -1.]")
frac = pointwise("frac", "x − trunc(x)", lambda x: x - np.trunc(x), "1", lambda g: g,
                 "The fraction of x, with its sign.", "[1.5, -1.5]", "[ 0.5000, -0.5000]")


def round(x: Any, *, decimals: int = 0) -> Any:
    """The nearest integer, halves to the even one; ``decimals`` keeps that many; the gradient is 0.

    >>> minigrad.tensor([0.5, 1.5, 2.6]).round()
    tensor([0., 2., 3.])
    """
    return Round(decimals)(x)


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


def remainder(x: Any, y: Any) -> Any:
    """x % y with the sign of y, as in Python. x and y broadcast (else ShapeError).

    Raises DivisionError for integers and 0.

    >>> minigrad.tensor([5, -5]) % 3
    tensor([2, 1])
    """
    return Remainder()(x, y)


def floor_divide(x: Any, y: Any) -> Any:
    """x // y, rounded down, as in Python. x and y broadcast (else ShapeError).

    Raises DivisionError for integers and 0.

    >>> minigrad.tensor([5, -5]) // 3
    tensor([ 1, -2])
    """
    return FloorDivide()(x, y)


def require_divisor(name: str, x: Array, y: Array) -> None:
    """DivisionError for integers over 0, where NumPy gives 0. Not on a GPU, where checking would wait."""
    if y.dtype.kind in "iub" and on_host(y) and x.size and not y.all():
        raise DivisionError(f"{name}: an integer was divided by 0. Mask such entries, or divide floats, "
                            "which gives ±inf or nan.")


def _fmod(x: Array, y: Array) -> Array:
    require_divisor("fmod", x, y)
    with np.errstate(all="ignore"):
        return np.fmod(x, y)


fmod = pairwise("fmod", "x − y·trunc(x/y)", _fmod, ("1", "−trunc(x/y)"),
                (lambda g, x, y: g, lambda g, x, y: -g * trunc(x / y)),
                "The remainder of x / y with the sign of x. Raises DivisionError for integers and 0.",
                ("[5, -5]", "[3, 3]"), "[ 2, -2]", keeps_dtype=True)


attach(round=round, remainder=remainder, floor_divide=floor_divide,
       __mod__=remainder, __rmod__=lambda x, y: remainder(y, x), __floordiv__=floor_divide,
       __rfloordiv__=lambda x, y: floor_divide(y, x), __round__=lambda x, n=0: round(x, decimals=n or 0))
