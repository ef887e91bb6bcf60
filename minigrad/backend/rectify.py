"""ReLU on large arrays: one pass each way, in parts that stay in the cache.

The formulas are ``np.maximum(x, 0)`` and ``g * (y > 0)``; small arrays are computed so. A large one goes
in parts, and the mask of a part never leaves the cache.
"""
from __future__ import annotations

import numpy as np

from .arrays import Array
from .layout import flat, unflat
from .memory import empty
from .parts import LARGE, parts_of


def relu_forward(x: Array) -> Array:
    """max(0, x), in the memory order of x."""
    zero = x.dtype.type(0)
    source = flat(x) if type(x) is np.ndarray and x.nbytes >= LARGE else None
    if source is None:
        return np.maximum(x, zero)
    out = empty(np, source.shape, x.dtype)
    np.maximum(source, zero, out=out)
    return unflat(out, x)


def relu_backward(g: Array, y: Array) -> Array:
    """g where y > 0, else 0. Fast when g lies in memory as y does."""
    if type(g) is not np.ndarray or g.nbytes < LARGE or g.shape != y.shape \
            or g.strides != y.strides or g.dtype != y.dtype:
        return g * (y > 0)
    upstream, result = flat(g), flat(y)
    if upstream is None or result is None:
        return g * (y > 0)
    out = empty(np, result.shape, g.dtype)
    for part in parts_of(out.size, out.nbytes):
        np.multiply(upstream[part], result[part] > 0, out=out[part])
    return unflat(out, y)
