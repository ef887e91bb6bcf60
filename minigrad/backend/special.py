"""The error function, which NumPy lacks.

erf(x) = 2/√π ∫₀ˣ e^(−t²) dt. Near 0 its Taylor series; beyond, erf(x) = 1 − e^(−x²) · q(t) with
t = 1 / (1 + x/2), where q is smooth and is interpolated once at Chebyshev nodes. Both are exact to a few
units in the last place of float64.
"""
from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from .arrays import Array, array_module
from .tuning import ERF

SERIES = 1.0                # |x| up to which the series is used
FLAT = 6.0                  # beyond, erf is ±1 in float64
TERMS = 19                  # of the series: the next one is below 1e-18 at x = 1
NODES = 24


@lru_cache(maxsize=1)
def _series() -> list[float]:
    """The coefficients c of erf(x) = x · Σ cₖ x²ᵏ:  2/√π · (−1)ᵏ / (k! (2k + 1))."""
    return [2 / math.sqrt(math.pi) * (-1) ** k / (math.factorial(k) * (2 * k + 1))
            for k in range(TERMS)]


@lru_cache(maxsize=1)
def _tail() -> list[float]:
    """The coefficients of q(t) = e^(x²) · (1 − erf(x)) as a polynomial in u = (t − middle) / half."""
    low, high = 1 / (1 + FLAT / 2), 1 / (1 + SERIES / 2)
    nodes = np.cos(np.pi * (np.arange(NODES) + 0.5) / NODES)
    x = 2 * (1 / ((high + low) / 2 + nodes * (high - low) / 2) - 1)
    values = [math.exp(v * v) * math.erfc(v) for v in x]
    return [float(c) for c in np.polynomial.chebyshev.chebfit(nodes, values, NODES - 1)]


def erf(x: Array) -> Array:
    """The error function of every entry, in the dtype of x; nan stays nan."""
    xp = array_module(x)
    shape, dtype = x.shape, x.dtype
    x = x.reshape(-1).astype(np.float64)
    out = xp.empty_like(x)
    for start in range(0, x.size, ERF):                      # blocks that stay in the cache
        part = x[start:start + ERF]
        out[start:start + ERF] = _erf(part)
    return out.astype(dtype, copy=False).reshape(shape)


def _erf(x: Array) -> Array:
    size = np.minimum(np.abs(x), FLAT)
    inner = np.minimum(size, SERIES)
    square = inner * inner
    near = np.full_like(x, _series()[-1])
    for c in reversed(_series()[:-1]):                       # Horner's scheme
        near = near * square + c
    low, high = 1 / (1 + FLAT / 2), 1 / (1 + SERIES / 2)
    outer = np.maximum(size, SERIES)
    u = (1 / (1 + outer / 2) - (high + low) / 2) / ((high - low) / 2)
    b1, b2 = np.zeros_like(x), np.zeros_like(x)
    for c in reversed(_tail()[1:]):                          # Clenshaw's scheme
        b1, b2 = 2 * u * b1 - b2 + c, b1
    far = 1 - np.exp(-outer * outer) * (u * b1 - b2 + _tail()[0])
    return np.sign(x) * np.where(size < SERIES, near * inner, far)
