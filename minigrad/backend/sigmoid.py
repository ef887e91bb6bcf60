"""The logistic function, SiLU, which is made of it, and tanh, which is a stretched one."""
from __future__ import annotations

import numpy as np

from .arrays import Array
from .c.pointwise import in_one_pass


def sigmoid(x: Array) -> Array:
    """1 / (1 + e⁻ˣ). Small values keep all their digits, which ½ (1 + tanh(x/2)) would round away."""
    found = in_one_pass("sigmoid_all", x)
    if found:
        return found[0]
    with np.errstate(over="ignore"):                    # e⁻ˣ may be ∞, and 1 / ∞ = 0 is right
        y = np.exp(-x)
        y += 1
        return np.reciprocal(y, out=y) if isinstance(y, type(x)) else np.asarray(1 / y)


def silu_and_slope(x: Array) -> tuple[Array, Array]:
    """y = x · σ(x) and its derivative σ · (1 + x · (1 − σ))."""
    found = in_one_pass("silu", x, results=2)
    if found:
        return found[0], found[1]
    s = sigmoid(x)
    y = x * s
    return y, s + y * (1 - s)


def sigmoid_backward(g: Array, y: Array) -> Array:
    """g · y · (1 − y), from the result y of ``sigmoid``."""
    found = in_one_pass("sigmoid_backward", y, g)
    return found[0] if found else g * (y * (1 - y))


def times(g: Array, slope: Array) -> Array:
    """g · slope, the derivative of a function whose slope is known already."""
    found = in_one_pass("times", slope, g)
    return found[0] if found else g * slope


def tanh(x: Array) -> Array:
    """(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)."""
    found = in_one_pass("tanh_all", x)
    return found[0] if found else np.tanh(x)


def tanh_backward(g: Array, y: Array) -> Array:
    """g · (1 − y²), from the result y of ``tanh``."""
    found = in_one_pass("tanh_backward", y, g)
    return found[0] if found else g * (1 - y * y)
