"""Matrix products on a GPU, all by cuBLAS, on a handle of our own.

CuPy's own products cannot be recorded in a graph, so nothing uses them: a step computes the same whether it
is recorded or not, and ``set_float32_matmul_precision`` holds for both.
"""
from __future__ import annotations

import math

import numpy as np

from ..arrays import Array, array_module
from . import cublas


def product(a: Array, b: Array) -> Array:
    """a @ b of two arrays of floats on the GPU. Raises ValueError when the shapes do not fit."""
    if a.shape[-1] != b.shape[-2]:
        raise ValueError(f"matmul: inner sizes differ: {a.shape} @ {b.shape}")
    if a.dtype != b.dtype:
        dtype = np.promote_types(a.dtype, b.dtype)
        a, b = a.astype(dtype, copy=False), b.astype(dtype, copy=False)
    if a.ndim == 2 and b.ndim == 2:
        return cublas.gemm(a[None], b[None])[0]
    if b.ndim == 2 and a.flags.c_contiguous:                # one tall matrix instead of many
        tall = a.reshape(1, math.prod(a.shape[:-1]), a.shape[-1])
        return cublas.gemm(tall, b[None]).reshape(*a.shape[:-1], b.shape[-1])
    leading = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = (_batch(x, leading) for x in (a, b))
    return cublas.gemm(a, b).reshape(*leading, a.shape[1], b.shape[2])


def _batch(x: Array, leading: tuple[int, ...]) -> Array:
    """x as (batch, rows, columns), its leading dimensions broadcast; a single matrix without a copy."""
    shape = (math.prod(leading), *x.shape[-2:])
    xp = array_module(x)
    if math.prod(x.shape[:-2]) == 1:
        return xp.broadcast_to(x.reshape(1, *x.shape[-2:]), shape)
    return xp.broadcast_to(x, leading + x.shape[-2:]).reshape(shape)
