"""ReLU on large arrays: one pass each way, in parts that stay in the cache, shared among threads.

The formulas are ``np.maximum(x, 0)`` and ``g * (y > 0)``; small arrays are computed so. A large one goes
in parts: the mask of a part never leaves the cache, and the parts are independent.
"""
from __future__ import annotations

import numpy as np

from .arrays import Array
from .layout import flat, unflat
from .memory import empty
from .parallel import WORTH_SHARING, each, parts_of


def relu_forward(x: Array) -> Array:
    """max(0, x), in the memory order of x."""
    zero = x.dtype.type(0)
    source = flat(x) if type(x) is np.ndarray and x.nbytes >= WORTH_SHARING else None
    if source is None:
        return np.maximum(x, zero)
    out = empty(np, source.shape, x.dtype)
    each(lambda part: np.maximum(source[part], zero, out=out[part]), parts_of(out.size, out.nbytes))
    return unflat(out, x)


def relu_backward(g: Array, y: Array) -> Array:
    """g where y > 0, else 0. Fast when g lies in memory as y does."""
    if type(g) is not np.ndarray or g.nbytes < WORTH_SHARING or g.shape != y.shape \
            or g.strides != y.strides or g.dtype != y.dtype:
        return g * (y > 0)
    upstream, result = flat(g), flat(y)
    if upstream is None or result is None:
        return g * (y > 0)
    out = empty(np, result.shape, g.dtype)
    each(lambda part: np.multiply(upstream[part], result[part] > 0, out=out[part]),
         parts_of(out.size, out.nbytes))
    return unflat(out, y)
