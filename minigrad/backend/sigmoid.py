"""The logistic function, and SiLU, which is made of it."""
from __future__ import annotations

import numpy as np

from .arrays import Array
from .c.kernels import has_kernels, run
from .memory import empty
from .tuning import POINTWISE


def takes(x: Array) -> bool:
    """Whether the kernel takes x: large, and one entry after the other in memory."""
    return x.size >= POINTWISE and has_kernels(x) and x.flags.c_contiguous


def sigmoid(x: Array) -> Array:
    """1 / (1 + e⁻ˣ). Small values keep all their digits, which ½ (1 + tanh(x/2)) would round away."""
    if takes(x):
        y = empty(x, x.shape)
        run("sigmoid_all", x, x, y, x.size, entries=x.size)
        return y
    with np.errstate(over="ignore"):                    # e⁻ˣ may be ∞, and 1 / ∞ = 0 is right
        y = np.exp(-x)
        y += 1
        return np.reciprocal(y, out=y) if isinstance(y, type(x)) else np.asarray(1 / y)


def silu_and_slope(x: Array) -> tuple[Array, Array]:
    """y = x · σ(x) and its derivative σ · (1 + x · (1 − σ))."""
    if takes(x):
        y, slope = empty(x, x.shape), empty(x, x.shape)
        run("silu", x, x, y, slope, x.size, entries=x.size)
        return y, slope
    s = sigmoid(x)
    y = x * s
    return y, s + y * (1 - s)
