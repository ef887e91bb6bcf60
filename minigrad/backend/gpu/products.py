"""Matrix products on a GPU: always cuBLAS; CuPy's way to it, except while a graph is being recorded."""
from __future__ import annotations

import math

import numpy as np

from ..arrays import Array, array_module
from . import cublas
from .recording import current


def product(a: Array, b: Array) -> Array:
    """a @ b for arrays of two dimensions or more, leading ones broadcast; on the CPU NumPy's matmul.

    CuPy's matmul refuses to be captured in a graph, because its cuBLAS handle could set a workspace up
    in the middle. A handle of our own, with its workspace, does not (see ``cublas``).
    """
    if type(a) is np.ndarray or current() is None:
        return np.matmul(a, b)
    if a.ndim == 2 and b.ndim == 2:
        return cublas.gemm(a[None], b[None])[0]
    leading = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    xp, count = array_module(a), math.prod(leading)
    a, b = (xp.broadcast_to(x, leading + x.shape[-2:]).reshape(count, *x.shape[-2:]) for x in (a, b))
    return cublas.gemm(a, b).reshape(*leading, a.shape[1], b.shape[2])
