"""Layer normalization of the rows of a matrix, and its derivative in blocks of rows that fit the cache.

``ops.normalization.Standardize`` states the same on whole arrays, one operation after the other.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import Array, array_module
from .memory import empty

BLOCK = 1 << 15                 # entries: 128 kB of float32 in each of four arrays
LAST = (1,)                     # the dimension of a matrix that a row's mean is taken over


def mean_over(x: Any, dims: tuple[int, ...]) -> Any:
    """The mean over ``dims``, kept with size 1. Over the last one it is a product with 1/n, much faster."""
    if dims == (len(x.shape) - 1,) and type(x) is np.ndarray and x.itemsize >= 4 and x.shape[-1]:
        return np.matmul(x, np.full((x.shape[-1], 1), 1 / x.shape[-1], x.dtype))
    return x.mean(axis=dims, keepdims=True)


def standardize_rows(x: Array, eps: float) -> tuple[Array, Array]:
    """x̂ = (x − mean) / s for each row, and s = √(variance + eps).  x (R, n) → x̂ (R, n), s (R, 1)."""
    y = x - mean_over(x, LAST)
    s = np.sqrt(mean_over(y * y, LAST) + x.dtype.type(eps))
    y /= s
    return y, s


def standardize_rows_backward(g: Array, w: Array, y: Array, s: Array) -> Array:
    """∂L/∂x = (h − mean(h) − x̂ · mean(h · x̂)) / s with h = g · w.

    g (R, n) is the gradient of x̂ · w + b, w (n,), y (R, n) is x̂, s (R, 1).
    """
    rows, n = g.shape
    xp = array_module(g)
    out = empty(xp, g.shape, g.dtype)
    step = max(1, BLOCK // n) if xp is np else rows
    for start in range(0, rows, step):
        part = slice(start, start + step)
        h = xp.multiply(g[part], w, out=out[part])
        away = h * y[part]
        xp.multiply(y[part], mean_over(away, LAST), out=away)
        away += mean_over(h, LAST)
        h -= away
        h /= s[part]
    return out
