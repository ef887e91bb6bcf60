"""A row-major copy of an array that lies otherwise, by ``dense.c``."""
from __future__ import annotations

from ..arrays import Array
from ..memory import empty
from ..tuning import DENSE
from .kernels import has_kernels, run


def row_major_copy(x: Array) -> Array:
    """x in row-major order."""
    if x.size < DENSE or x.ndim > 4 or not has_kernels(x):
        return x.copy(order="C")
    out, more = empty(x, x.shape), (1,) * (4 - x.ndim)
    run("dense", x, x, out, more + x.shape, more + tuple([step // x.itemsize for step in x.strides]),
        entries=x.size)
    return out
