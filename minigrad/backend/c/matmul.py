"""Matrix products by ``matmul.c``, on OpenMP's threads like all kernels.

NumPy's BLAS has threads of its own, and two pools that wait for each other's processors take many times as
long as one (``benchmarks/NOTES.md``, "Two pools of threads"). So NumPy gets only products so small that its
BLAS uses one thread.
"""
from __future__ import annotations

import math

import numpy as np

from ..arrays import Array
from ..memory import empty
from ..tuning import MATMUL
from .kernels import has_kernels, run

COLUMNS = 64                # about the width of a tile: of a narrower result the transpose is computed


def takes(a: Array, b: Array) -> bool:
    """Whether the kernel computes a @ b: matrices, or batches of them, that fit and are large."""
    return (a.ndim > 1 and b.ndim > 1 and a.size * b.shape[-1] >= MATMUL and a.shape[-1] == b.shape[-2]
            and has_kernels(a, b))


def matmul(a: Array, b: Array, out: Array | None = None) -> Array:
    """a (…, m, k) @ b (…, k, n), leading dimensions broadcast; into ``out`` if it is given."""
    m, n = a.shape[-2], b.shape[-1]
    batch = () if a.ndim == b.ndim == 2 else np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    if out is None:
        out = empty(a, (*batch, m, n))
    if n < COLUMNS and n < m:
        product(b.swapaxes(-1, -2), a.swapaxes(-1, -2), out.swapaxes(-1, -2), batch)
    else:
        product(a, b, out, batch)
    return out


def product(a: Array, b: Array, c: Array, batch: tuple[int, ...]) -> None:
    """c = a @ b, wherever the three lie in memory."""
    size = c.itemsize
    (m, k), n = a.shape[-2:], b.shape[-1]
    steps = tuple([stride // size for x in (a, b, c) for stride in x.strides[-2:]])
    offsets = np.zeros((math.prod(batch), 3), np.int64)
    if batch:
        for column, x in enumerate((a, b, c)):
            whole = np.broadcast_to(x, batch + x.shape[-2:])
            begin = np.zeros(1, np.int64)
            for length, stride in zip(batch, whole.strides):
                begin = (begin[:, None] + np.arange(length) * (stride // size)).reshape(-1)
            offsets[:, column] = begin
    run("matmul", c, a, b, c, (m, n, k, *steps, 0, 0), offsets, len(offsets),
        products=len(offsets) * m * n * k)
