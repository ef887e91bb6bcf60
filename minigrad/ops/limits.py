"""The larger, the smaller, and holding values between limits."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.function import promoted
from ..backend.arrays import Array
from .attach import attach
from .compare import where


class Maximum(Function):
    """z = max(x, y);  g goes to the larger one, half to each where they are equal."""

    __slots__ = ()
    promote = True

    def forward(self, x: Array, y: Array) -> Array:
        self.save(x, y)
        return np.maximum(x, y)

    def backward_x(self, g: Any) -> Any:
        x, y = self.saved
        return where(x == y, g / 2, g * (x > y))

    def backward_y(self, g: Any) -> Any:
        x, y = self.saved
        return where(x == y, g / 2, g * (y > x))


class Minimum(Function):
    """z = min(x, y);  g goes to the smaller one, half to each where they are equal."""

    __slots__ = ()
    promote = True

    def forward(self, x: Array, y: Array) -> Array:
        self.save(x, y)
        return np.minimum(x, y)

    def backward_x(self, g: Any) -> Any:
        x, y = self.saved
        return where(x == y, g / 2, g * (x < y))

    def backward_y(self, g: Any) -> Any:
        x, y = self.saved
        return where(x == y, g / 2, g * (y < x))


class Clamp(Function):
    """y = x held between low and high;  ∂L/∂x = g inside and on the limits, 0 outside."""

    __slots__ = ("low", "high")

    def __init__(self, low: float | None, high: float | None) -> None:
        self.low, self.high = low, high

    def forward(self, x: Array) -> Array:
        if x.dtype.kind != "f":         # a floating limit makes a floating result
            x = promoted([x, *(limit for limit in (self.low, self.high) if limit is not None)])[0]
        self.save(x)
        y = x if self.low is None else np.maximum(x, x.dtype.type(self.low))
        return y if self.high is None else np.minimum(y, x.dtype.type(self.high))

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        if self.low is not None:
            g = g * (x >= self.low)
        return g if self.high is None else g * (x <= self.high)


def maximum(x: Any, y: Any) -> Any:
    """The larger of x and y entry by entry, with broadcasting; equal entries share the gradient.

    >>> import minigrad
    >>> minigrad.maximum(minigrad.tensor([1, 5]), minigrad.tensor([3, 2]))
    tensor([3, 5])
    """
    return Maximum()(x, y)


def minimum(x: Any, y: Any) -> Any:
    """The smaller of x and y entry by entry, with broadcasting; equal entries share the gradient.

    >>> import minigrad
    >>> minigrad.minimum(minigrad.tensor([1, 5]), minigrad.tensor([3, 2]))
    tensor([1, 2])
    """
    return Minimum()(x, y)


def clamp(x: Any, min: Any = None, max: Any = None) -> Any:
    """x with entries below ``min`` raised to it and above ``max`` lowered to it.

    The limits are numbers, or tensors that broadcast against x; where min is above max, max is taken.
    Raises ValueError without any limit.

    >>> import minigrad
    >>> minigrad.tensor([-1.0, 0.5, 3.0]).clamp(min=0, max=1)
    tensor([0. , 0.5, 1. ])
    """
    if min is None and max is None:
        raise ValueError("clamp: at least one of min and max must be given.")
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        return _clamp_tensors(x, min, max)
    return Clamp(min, max)(x)


def _clamp_tensors(x: Any, low: Any, high: Any) -> Any:
    """Held between tensors: an entry equal to a limit gives its gradient to x, as in PyTorch."""
    if low is not None:
        x = where(x < low, low, x)
    return x if high is None else where(x > high, high, x)


attach(maximum=maximum, minimum=minimum, clamp=clamp)
