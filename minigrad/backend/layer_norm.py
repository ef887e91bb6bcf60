"""Layer normalization of the rows of a matrix, and its derivative, in parts that stay in the cache.

``ops.normalization.Standardize`` states the same on whole arrays, one operation after the other.
"""
from __future__ import annotations

import numpy as np

from .arrays import Array, array_module
from .c.kernels import has_kernels, run
from .memory import empty, parts_of
from .products import mean_over
from .tuning import NORM

LAST = (1,)                 # the dimension of a matrix that a row's mean is taken over


def layer_norm_rows(x: Array, w: Array, b: Array, eps: float) -> tuple[Array, Array, Array]:
    """x̂ · w + b for each row, with x̂ = (x − mean) / s and s = √(variance + eps); then x̂ and s.

    x (R, n), w and b (n,) → two of (R, n), and s (R, 1).
    """
    xp = array_module(x)
    out, y, s = empty(x, x.shape), empty(x, x.shape), xp.empty((len(x), 1), x.dtype)
    if x.size >= NORM and has_kernels(x, w, b):
        run("layer_norm", x, *map(np.ascontiguousarray, (x, w, b)), out, y, s, *x.shape, float(eps),
            entries=x.size)
        return out, y, s
    for part in parts_of(len(x), x.nbytes if xp is np else 0):          # on a GPU all at once
        away = xp.subtract(x[part], mean_over(x[part], LAST), out=y[part])
        square = xp.multiply(away, away, out=out[part])
        deviation = xp.sqrt(mean_over(square, LAST) + x.dtype.type(eps), out=s[part])
        away /= deviation
        xp.multiply(away, w, out=out[part])
        out[part] += b
    return out, y, s


def standardize_rows_backward(g: Array, w: Array, y: Array, s: Array) -> Array:
    """∂L/∂x = (h − mean(h) − x̂ · mean(h · x̂)) / s with h = g · w.

    g (R, n) is the gradient of x̂ · w + b, w (n,), y (R, n) is x̂, s (R, 1).
    """
    xp = array_module(g)
    out = empty(g, g.shape)
    if g.size >= NORM and has_kernels(g, w, y, s):
        run("layer_norm_backward", g, *map(np.ascontiguousarray, (g, w, y, s)), out, *g.shape,
            entries=g.size)
        return out
    for part in parts_of(len(g), g.nbytes if xp is np else 0):
        h = xp.multiply(g[part], w, out=out[part])
        away = h * y[part]
        xp.multiply(y[part], mean_over(away, LAST), out=away)
        away += mean_over(h, LAST)
        h -= away
        h /= s[part]
    return out
