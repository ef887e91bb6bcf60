"""GELU in single precision: by tanh, which takes a fraction of the time of erf.

y = x · Φ(x), with Φ the normal distribution function, which is nearly an S-curve of tanh:

    Φ(x) = ½ (1 + tanh(x · p(x²))),    p(x²) = c₀ + c₁ x² + … + c₆ x¹²

With the right p it would be exact; this polynomial, found by ``benchmarks/fit_gelu.py``, is off by 7e-8 at
most, the distance of two float32 just below 1. (GPT-2's approximation has two terms and is off by 2e-4.)
The slope is y′ = Φ(x) + x φ(x) with φ(x) = e^(−x²/2) / √(2π). Both are computed together, in blocks that stay
in the processor's cache, and backward is one product.
"""
from __future__ import annotations

import math

import numpy as np

from .arrays import Array
from .c.pointwise import in_one_pass
from .memory import empty
from .tuning import GELU

HIGHEST, *LOWER = (np.float32(c) for c in (1.80936305e-09, -1.33646858e-07, 3.97311305e-06, -5.52779407e-05,
                                           -3.29547620e-05, 0.0363339113, 0.797884493))
COEFFICIENTS = np.array([HIGHEST, *LOWER])
DENSITY = np.float32(1 / math.sqrt(2 * math.pi))
HALF = np.float32(0.5)
FAR = np.float32(16)        # from 7 on tanh, and so Φ, is 1 in float32; here x φ is 0, too
BELOW = np.float32(-FAR)    # below, both are 0; x Φ is computed with this x, for −∞ · 0 would be nan


def gelu_and_slope(x: Array) -> tuple[Array, Array]:
    """y = x · Φ(x) and its derivative, to 6e-7, for a float32 array of any shape on the CPU."""
    found = in_one_pass("gelu", x, results=2, numbers=(COEFFICIENTS, float(DENSITY), float(FAR)))
    if found:
        return found[0], found[1]
    flat = x.reshape(-1)
    y, slope = (empty(flat, flat.shape) for _ in range(2))
    step = min(GELU, flat.size) if type(flat) is np.ndarray else flat.size      # a compiler cuts by itself
    near, square = (empty(flat, (step,)) for _ in range(2))
    for start in range(0, flat.size, max(1, step)):
        block = slice(start, start + step)
        n = len(flat[block])
        _block(flat[block], y[block], slope[block], near[:n], square[:n])
    return y.reshape(x.shape), slope.reshape(x.shape)


def _block(x: Array, y: Array, slope: Array, near: Array, square: Array) -> None:
    """y and slope of a block that fits the cache; near and square are room to compute in."""
    np.clip(x, BELOW, FAR, out=near)
    np.multiply(near, near, out=square)
    np.multiply(square, HIGHEST, out=slope)     # Horner's scheme
    for c in LOWER[:-1]:
        slope += c
        slope *= square
    slope += LOWER[-1]
    slope *= near
    np.tanh(slope, out=slope)
    slope *= HALF
    slope += HALF                               # Φ
    np.maximum(x, BELOW, out=y)
    y *= slope                                  # x Φ
    square *= -HALF
    np.exp(square, out=square)
    square *= near
    square *= DENSITY                           # x φ
    slope += square
