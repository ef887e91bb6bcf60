"""Rounding, and division with a remainder, entry by entry."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function
from ..backend.arrays import Array, on_host
from ..errors import DivisionError
from .attach import attach
from .select import no_slope


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


def require_divisor(name: str, x: Array, y: Array) -> None:
    """DivisionError for integers over 0, of which NumPy makes 0. On a GPU looking would wait: 0 it is."""
    if y.dtype.kind in "iub" and on_host(y) and x.size and not y.all():
        raise DivisionError(f"{name}: an integer was divided by 0. Mask such entries, or divide floats, "
                            "which gives ±inf or nan.")


attach(floor=floor, ceil=ceil, trunc=trunc, round=round, remainder=remainder, floor_divide=floor_divide,
       __mod__=remainder, __rmod__=lambda x, y: remainder(y, x), __floordiv__=floor_divide,
       __rfloordiv__=lambda x, y: floor_divide(y, x), __round__=lambda x, n=0: round(x, decimals=n or 0))
