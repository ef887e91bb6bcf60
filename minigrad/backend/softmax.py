"""Softmax of large arrays: one maximum for all rows, where that is safe.

eˣ / Σ eˣ stays the same when a number is subtracted from a whole row. Usually that is the row's maximum,
so that no exponential overflows; but finding the maxima of many short rows takes longer than all the rest.
The maximum of the whole array is found in a tenth of that time, and does just as well unless a row lies far
below it: where a row's sum falls under e⁻¹⁰, digits would be lost, and the rows' own maxima are used.
"""
from __future__ import annotations

import math

import numpy as np

from .arrays import Array, array_module
from .c.kernels import has_kernels, run
from .memory import empty
from .tuning import COMMON_MAXIMUM, NORM

SAFE = math.exp(-10)        # the least sum of a row: its maximum is at most 10 + ln n below the common one


def has_rows(dim: int, *arrays: Array) -> bool:
    """Whether the kernels take these: large enough, and ``dim`` is the last one of row-major arrays."""
    x = arrays[0]
    return (x.size >= NORM and dim == x.ndim - 1 and has_kernels(*arrays)
            and all([a.flags.c_contiguous for a in arrays]))


def softmax_rows(x: Array, dim: int) -> Array:
    """The definition: eˣ⁻ᵐ / Σ eˣ⁻ᵐ along ``dim``, m the largest entry of each row."""
    y = np.exp(x - (x.max(axis=dim, keepdims=True) if x.size else x))
    y /= y.sum(axis=dim, keepdims=True)
    return y


def softmax(x: Array, dim: int) -> Array:
    """The same, with one m for all rows of a large array; or by ``c/softmax.c``."""
    if has_rows(dim, x):
        y = empty(x, x.shape)
        run("softmax", x, x, y, None, None, x.size // x.shape[-1], x.shape[-1], entries=x.size)
        return y
    if type(x) is not np.ndarray or x.size < COMMON_MAXIMUM:
        return softmax_rows(x, dim)
    top = x.max()
    if not np.isfinite(top):                        # ∞ or NaN must not spread from row to row
        return softmax_rows(x, dim)
    y = x - top
    np.exp(y, out=y)
    total = y.sum(axis=dim, keepdims=True)
    if total.min() < SAFE:
        return softmax_rows(x, dim)
    y /= total
    return y


def softmax_backward(g: Array, y: Array, dim: int) -> Array:
    """y · (g − Σ g · y), from the result y of ``softmax``."""
    if has_rows(dim, y, g):
        gx = empty(y, y.shape)
        run("softmax_backward", y, g, y, gx, y.size // y.shape[-1], y.shape[-1], entries=y.size)
        return gx
    return y * (g - (g * y).sum(axis=dim, keepdims=True))


def log_softmax_at(x: Array, target: Array) -> tuple[Array, Array]:
    """−ln softmax(x) at the target of each row, and softmax(x): x (N, classes), target (N)."""
    xp = array_module(x)
    rows = xp.arange(len(x))
    if has_rows(1, x):
        p, (top, logarithm) = empty(x, x.shape), np.empty((2, len(x)), x.dtype)
        run("softmax", x, x, p, top, logarithm, *x.shape, entries=x.size)
        return logarithm - (x[rows, target] - top), p
    shifted = x - x.max(axis=1, keepdims=True)
    p = xp.exp(shifted)
    total = p.sum(axis=1)
    p /= total[:, None]
    return xp.log(total) - shifted[rows, target], p
