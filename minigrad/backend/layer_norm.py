"""Layer normalization of the rows of a matrix, and its derivative in blocks of rows that fit the cache.

``ops.normalization.Standardize`` states the same on whole arrays, one operation after the other. Means over
a row are products with a vector of 1/n, which the BLAS computes much faster than NumPy sums a row.
"""
from __future__ import annotations

import numpy as np

from .arrays import Array, array_module
from .memory import empty

BLOCK = 1 << 15                 # entries: 128 kB of float32 in each of four arrays


def standardize_rows(x: Array, eps: float) -> tuple[Array, Array]:
    """x̂ = (x − mean) / s for each row, and s = √(variance + eps).  x (R, n) → x̂ (R, n), s (R, 1)."""
    share = array_module(x).full((x.shape[1], 1), 1 / x.shape[1], x.dtype)
    y = x - x @ share
    s = (y * y) @ share                                     # the variance of each row
    s += x.dtype.type(eps)
    s = np.sqrt(s)
    y *= 1 / s
    return y, s


def standardize_rows_backward(g: Array, w: Array, y: Array, s: Array) -> Array:
    """∂L/∂x = (h − mean(h) − x̂ · mean(h · x̂)) / s with h = g · w.

    g (R, n) is the gradient of x̂ · w + b, w (n,), y (R, n) is x̂, s (R, 1).
    """
    rows, n = g.shape
    xp = array_module(g)
    share = (w / w.dtype.type(n))[:, None]                  # g @ share = mean(g · w)
    out = empty(xp, g.shape, g.dtype)
    step = max(1, BLOCK // n) if xp is np else rows
    for start in range(0, rows, step):
        part = slice(start, start + step)
        gp, yp, h = g[part], y[part], out[part]
        away = gp * yp
        away = yp * (away @ share)
        away += gp @ share
        xp.multiply(gp, w, out=h)
        h -= away
        h /= s[part]
    return out
