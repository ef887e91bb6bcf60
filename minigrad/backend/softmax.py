"""Softmax of large arrays: one maximum for all rows, where that is safe.

eˣ / Σ eˣ stays the same when a number is subtracted from a whole row. The row's maximum is the usual
one, so that no exponential overflows; but finding the maximum of many short rows takes longer than all
the rest. The maximum of the whole array is found in a tenth of that time, and does as well as long as no
row lies far below it: where a row's sum falls under e⁻¹⁰, digits would get lost, and the rows' own maxima
are taken.
"""
from __future__ import annotations

import math

import numpy as np

from .arrays import Array
from .tuning import COMMON_MAXIMUM

SAFE = math.exp(-10)        # the least sum of a row: its maximum is at most 10 + ln n below the common one


def softmax_rows(x: Array, dim: int) -> Array:
    """The definition: eˣ⁻ᵐ / Σ eˣ⁻ᵐ along ``dim``, m the largest entry of each row."""
    y = np.exp(x - (x.max(axis=dim, keepdims=True) if x.size else x))
    y /= y.sum(axis=dim, keepdims=True)
    return y


def softmax(x: Array, dim: int) -> Array:
    """The same, with one m for all rows of a large array."""
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
