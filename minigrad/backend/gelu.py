"""GELU in single precision, fast: a thirteenth of the time that erf to 16 digits takes.

y = x · Φ(x), with Φ the normal distribution function. By symmetry one needs Φ only below zero, where

    Φ(−z) = ½ e^(−z²/2) · (a₁ t + a₂ t² + … + a₅ t⁵),    t = 1 / (1 + p z / √2),    z ≥ 0

to 7.5e-8, about what float32 can show (Abramowitz and Stegun 1964, formula 7.1.26). The exponential is
needed anyway, for the slope y′ = Φ(x) + x φ(x), φ(x) = e^(−x²/2) / √(2π). Both are computed together, in
blocks that stay in the processor's cache, and backward is one product. With T = Φ(−|x|):

    y  = max(x, 0) − |x| · T                    u = T − |x| φ
    y′ = u for x < 0, 1 − u for x > 0           = ½ + (½ − u) with the sign of x, for u is at most ½
"""
from __future__ import annotations

import math

import numpy as np

from .arrays import Array

P = np.float32(0.3275911 / math.sqrt(2))
A1, A2, A3, A4, A5 = (np.float32(a / 2) for a in (0.254829592, -0.284496736, 1.421413741, -1.453152027,
                                                  1.061405429))
DENSITY = np.float32(1 / math.sqrt(2 * math.pi))
HALF, ONE, ZERO = np.float32(0.5), np.float32(1), np.float32(0)
FAR = np.float32(40)        # from here on Φ(−z) is 0 in float32; for ∞, too, where ∞ · 0 would be nan
SIGN = np.int32(-2**31)     # the bit that makes a float32 negative
BLOCK = 1 << 16             # entries: 256 kB each for x, y, the slope and three helpers


def gelu_and_slope(x: Array) -> tuple[Array, Array]:
    """y = x · Φ(x) and its derivative, for a float32 array of NumPy's, to 5e-7. Any shape."""
    flat = x.reshape(-1)
    y, slope = np.empty_like(flat), np.empty_like(flat)
    z, e, t = (np.empty(min(BLOCK, flat.size), np.float32) for _ in range(3))
    for start in range(0, flat.size, BLOCK):
        part = slice(start, start + BLOCK)
        n = len(flat[part])
        _block(flat[part], y[part], slope[part], z[:n], e[:n], t[:n])
    return y.reshape(x.shape), slope.reshape(x.shape)


def _block(x: Array, y: Array, slope: Array, z: Array, e: Array, t: Array) -> None:
    """y and slope of a block that fits the cache; z, e and t are room to compute in."""
    np.abs(x, out=z)
    np.minimum(z, FAR, out=z)
    np.multiply(z, z, out=e)
    e *= -HALF
    np.exp(e, out=e)                    # e^(−x²/2)
    np.multiply(z, P, out=t)
    t += ONE
    np.reciprocal(t, out=t)
    np.multiply(t, A5, out=slope)       # Horner's scheme
    for a in (A4, A3, A2, A1):
        slope += a
        slope *= t
    slope *= e                          # T = Φ(−|x|)
    np.multiply(z, slope, out=t)
    np.maximum(x, ZERO, out=y)
    y -= t                              # max(x, 0) − |x| T
    e *= DENSITY
    e *= z
    slope -= e                          # u = T − |x| φ
    np.subtract(HALF, slope, out=slope)
    np.bitwise_and(x.view(np.int32), SIGN, out=t.view(np.int32))
    np.bitwise_or(slope.view(np.int32), t.view(np.int32), out=slope.view(np.int32))
    slope += HALF
