"""Choosing between two arrays; where one is a number, as in attention's masks, by ``c/pointwise.c``."""
from __future__ import annotations

import numpy as np

from .arrays import Array
from .c.kernels import has_kernels, run
from .memory import empty
from .tuning import POINTWISE


def where(condition: Array, x: Array, y: Array) -> Array:
    """x where the condition holds, else y; all three broadcast."""
    number, array = (x, y) if np.ndim(x) == 0 else (y, x)
    if np.ndim(number) or not takes(condition, array) or number.dtype is not array.dtype:
        return np.where(condition, x, y)
    out = empty(array, array.shape)
    run("where", array, array, condition, out, float(number), int(array is x), condition.size,
        array.size // condition.size, entries=array.size)
    return out


def takes(condition: Array, x: Array) -> bool:
    """Whether the kernel chooses from x: large, row-major, the condition like its last dimensions."""
    return (x.size >= POINTWISE and has_kernels(x) and type(condition) is np.ndarray
            and x.flags.c_contiguous and condition.flags.c_contiguous
            and x.shape[x.ndim - condition.ndim:] == condition.shape)
