"""The error function and the logarithm of Γ with their kin, which NumPy lacks.

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


@lru_cache(maxsize=2)
def _tail(end: float, nodes: int) -> list[float]:
    """The coefficients of q(t) = e^(x²) · (1 − erf(x)) as a polynomial in u, for x from SERIES to ``end``."""
    low, high = 1 / (1 + end / 2), 1 / (1 + SERIES / 2)
    u = np.cos(np.pi * (np.arange(nodes) + 0.5) / nodes)
    x = 2 * (1 / ((high + low) / 2 + u * (high - low) / 2) - 1)
    values = [math.exp(v * v) * math.erfc(v) for v in x]
    return [float(c) for c in np.polynomial.chebyshev.chebfit(u, values, nodes - 1)]


def _far(x: Array, end: float, nodes: int) -> Array:
    """1 − erf(x) = e^(−x²) · q(t) for x from SERIES to ``end``."""
    low, high = 1 / (1 + end / 2), 1 / (1 + SERIES / 2)
    u = (1 / (1 + x / 2) - (high + low) / 2) / ((high - low) / 2)           # t, moved to −1 … 1
    first, *others = _tail(end, nodes)
    b1, b2 = np.zeros_like(x), np.zeros_like(x)
    for c in reversed(others):                               # Clenshaw's scheme
        b1, b2 = 2 * u * b1 - b2 + c, b1
    return np.exp(-x * x) * (u * b1 - b2 + first)


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
    far = 1 - _far(np.maximum(size, SERIES), FLAT, NODES)
    return np.sign(x) * np.where(size < SERIES, near * inner, far)


# ── 1 − erf, and the inverse of erf ───────────────────────────────────────────────────────────────

FARTHEST = 26.5             # beyond, 1 − erf is 0 in float64
MORE_NODES = 32             # for x up to FARTHEST


def erfc(x: Array) -> Array:
    """1 − erf(x) of every entry, exact also where erf rounds to 1; in the dtype of x."""
    wide = x.astype(np.float64)
    size = np.minimum(np.maximum(np.abs(wide), SERIES), FARTHEST)
    far = _far(size, FARTHEST, MORE_NODES)
    far = np.where(np.abs(wide) > FARTHEST, 0.0, far)
    out = np.where(wide > SERIES, far, np.where(wide < -SERIES, 2 - far, 1 - erf(wide)))
    return out.astype(x.dtype, copy=False)


def erfinv(x: Array) -> Array:
    """The number whose error function is x; ±∞ at ±1, nan outside. By Newton's method on ln(1 − erf)."""
    size = np.abs(x.astype(np.float64))
    rest = 1 - size                                          # exact near 1, where it matters
    log = np.log(rest * (1 + size))
    b = 2 / (math.pi * 0.147) + log / 2                      # Winitzki's formula, right to 2e-3
    y = np.sqrt(np.maximum(np.sqrt(b * b - log / 0.147) - b, 0))
    slope = 2 / math.sqrt(math.pi)
    for _ in range(4):
        near = (erf(y) - size) / (slope * np.exp(-y * y))
        far = -np.log(erfc(y) / rest) * erfc(y) / (slope * np.exp(-y * y))
        step = np.where(size < 0.5, near, far)
        y = np.where(np.isfinite(step), y - step, y)
    y = np.where(size == 1, np.inf, np.where(size > 1, np.nan, y))
    return (np.sign(x) * y).astype(x.dtype, copy=False)


# ── ln Γ and its derivatives ──────────────────────────────────────────────────────────────────────

#: Bernoulli numbers B₂, B₄, …: the coefficients of Stirling's series and of its derivatives.
BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510]
SHIFT = 10                  # the series is used from x + SHIFT on


def lgamma(x: Array) -> Array:
    """ln |Γ(x)| of every entry; ∞ at 0, −1, −2 …  For x < ½ by Γ(x) Γ(1 − x) = π / sin(πx)."""
    wide = x.astype(np.float64)
    up = np.where(wide < 0.5, 1 - wide, wide)
    z = up + SHIFT
    out = (z - 0.5) * np.log(z) - z + 0.5 * math.log(2 * math.pi)
    for k, b in enumerate(BERNOULLI, 1):
        out = out + b / (2 * k * (2 * k - 1) * z ** (2 * k - 1))
    factor = np.ones_like(up)
    for k in range(SHIFT):                                   # Γ(x + n) = Γ(x) · x · (x + 1) · …
        factor = factor * np.where(up < 1e15, up + k, 1.0)
    out = np.where(up < 1e15, out - np.log(factor), up * (np.log(up) - 1))
    mirrored = math.log(math.pi) - np.log(np.abs(_sine(wide))) - out
    out = np.where(wide < 0.5, mirrored, out)
    return np.where(np.isinf(wide), np.inf, out).astype(x.dtype, copy=False)


def _sine(x: Array) -> Array:
    """sin(πx), exactly 0 at whole numbers."""
    return np.sin(math.pi * (x - np.round(x))) * np.where(np.round(x) % 2 == 0, 1, -1)


def digamma(x: Array) -> Array:
    """ψ(x) = Γ′(x) / Γ(x) of every entry; nan at −1, −2 …, −∞ at 0."""
    wide = x.astype(np.float64)
    up = np.where(wide < 0.5, 1 - wide, wide)
    z = up + SHIFT
    out = np.log(z) - 0.5 / z
    for k, b in enumerate(BERNOULLI, 1):
        out = out - b / (2 * k * z ** (2 * k))
    for k in range(SHIFT):
        out = out - 1 / (up + k)
    angle = math.pi * (wide - np.round(wide))
    out = np.where(wide < 0.5, out - math.pi * np.cos(angle) / np.sin(angle), out)
    out = np.where((wide < 0) & (wide == np.round(wide)), np.nan, out)
    return np.where(wide == 0, np.copysign(np.inf, -wide), out).astype(x.dtype, copy=False)


def polygamma(n: int, x: Array) -> Array:
    """The n-th derivative of ψ, n from 1: (−1)ⁿ⁺¹ n! Σ (x + k)⁻⁽ⁿ⁺¹⁾, by Euler and Maclaurin's formula.

    For x < ½ by ψ⁽ⁿ⁾(x) = (−1)ⁿ ψ⁽ⁿ⁾(1 − x) − π dⁿ/dxⁿ cot(πx); (−1)ⁿ⁺¹ ∞ at 0, −1, −2 …
    """
    wide = x.astype(np.float64)
    up = np.where(wide < 0.5, 1 - wide, wide)
    s, total = n + 1, np.zeros_like(wide)
    for k in range(SHIFT):
        total = total + (up + k) ** -s
    z = up + SHIFT
    total = total + z ** (1 - s) / (s - 1) + z ** -s / 2
    factor = s / 2.0
    for k, b in enumerate(BERNOULLI, 1):
        total = total + b * factor * z ** (1 - s - 2 * k)
        factor *= (s + 2 * k - 1) * (s + 2 * k) / ((2 * k + 1) * (2 * k + 2))
    total = (-1) ** (n + 1) * math.factorial(n) * total
    rest, mirrored = wide - np.round(wide), np.zeros_like(wide)
    cot = np.sin(math.pi * (0.5 - np.abs(rest))) / np.sin(math.pi * rest)   # exact also where it is near 0
    for c in reversed(_cotangent(n)):                        # Horner's scheme
        mirrored = mirrored * cot + c
    total = np.where(wide < 0.5, (-1) ** n * total - math.pi ** (n + 1) * mirrored, total)
    pole = (wide <= 0) & (wide == np.round(wide))
    return np.where(pole, (-1) ** (n + 1) * math.inf, total).astype(x.dtype, copy=False)


def _cotangent(n: int) -> list[int]:
    """The coefficients of P with dⁿ/dyⁿ cot(y) = P(cot(y)), for cot′ = −(1 + cot²)."""
    p = [0, 1]
    for _ in range(n):
        slope = [k * c for k, c in enumerate(p)][1:]
        p = [-(a + b) for a, b in zip([*slope, 0, 0], [0, 0, *slope])]
    return p
