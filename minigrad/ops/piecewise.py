"""Activations made of straight lines: cheap, and with a slope that is easily told."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function
from ..backend.arrays import Array
from ..errors import RangeError
from .pointwise import pointwise
from .select import clamp, masked_fill, where


class Hardtanh(Function):
    """y = x limited to [low, high];  ∂L/∂x = g strictly inside, 0 outside and on the limits."""

    __slots__ = ("low", "high")

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def forward(self, x: Array) -> Array:
        self.save(x)
        number = x.dtype.type
        return np.minimum(np.maximum(x, number(self.low)), number(self.high))

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        return where((x > self.low) & (x < self.high), g, 0.0)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """x limited to [min_val, max_val]. Any shape. Raises ValueError when min_val is above max_val.

    >>> minigrad.nn.functional.hardtanh(minigrad.tensor([-3.0, 0.5, 3.0]))
    tensor([-1. ,  0.5,  1. ])
    """
    if min_val > max_val:
        raise ValueError(f"hardtanh: min_val {min_val} is above max_val {max_val}.")
    return Hardtanh(min_val, max_val)(input)


def relu6(input: Any) -> Any:
    """x limited to [0, 6]. Any shape.

    >>> minigrad.nn.functional.relu6(minigrad.tensor([-1.0, 3.0, 8.0]))
    tensor([0., 3., 6.])
    """
    return Hardtanh(0.0, 6.0)(input)


hardsigmoid = pointwise(
    "hardsigmoid", "min(max(x + 3, 0), 6)/6", lambda x: np.minimum(np.maximum(x + 3, 0), 6) / 6,
    "1/6 for −3 < x < 3, else 0", lambda g, x: where((x > -3) & (x < 3), g / 6, 0.0),
    "A sigmoid of straight lines: 0 below −3, 1 above 3, x/6 + ½ between. Source: Howard et al. 2019.",
    "[-4.0, 0.0, 4.0]", "[0. , 0.5, 1. ]", functional=True)
hardswish = pointwise(
    "hardswish", "x·min(max(x + 3, 0), 6)/6", lambda x: x * (np.minimum(np.maximum(x + 3, 0), 6) / 6),
    "0 for x ≤ −3, else x/3 + ½ for x < 3, else 1",
    lambda g, x: where(x < 3, where(x > -3, g * (x / 3 + 0.5), 0.0), g),
    "x · hardsigmoid(x): 0 below −3, x above 3. Source: Howard et al. 2019.",
    "[-4.0, 1.0, 4.0]", "[-0.    ,  0.6667,  4.    ]", functional=True)


def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """x where |x| > lambd, else 0. Any shape.

    >>> minigrad.nn.functional.hardshrink(minigrad.tensor([-1.0, 0.2, 2.0]))
    tensor([-1.,  0.,  2.])
    """
    return where((input >= -lambd) & (input <= lambd), 0.0, input)


def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """x moved toward 0 by lambd, and 0 where |x| ≤ lambd. Any shape. Raises RangeError for lambd below 0.

    >>> minigrad.nn.functional.softshrink(minigrad.tensor([-1.0, 0.2, 2.0]))
    tensor([-0.5,  0. ,  1.5])
    """
    if lambd < 0:
        raise RangeError(f"softshrink: lambd must be 0 or more, got {lambd}.")
    return input - clamp(input, -lambd, lambd)


def threshold(input: Any, threshold: float, value: float) -> Any:
    """x where x > threshold, else ``value``. Any shape, same dtype.

    >>> minigrad.nn.functional.threshold(minigrad.tensor([0.5, 2.0]), 1.0, -7.0)
    tensor([-7.,  2.])
    """
    return masked_fill(input, input <= threshold, value)
