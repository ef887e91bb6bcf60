"""Pooling by ``pool.c``. The reference is ``backend/pool.py``."""
from __future__ import annotations

import numpy as np

from ..arrays import Array
from ..memory import empty
from ..tuning import POOLING
from ..windows import Geometry, Pair, from_chwn, to_chwn
from .kernels import has_kernels, run


def takes(x: Array, geometry: Geometry) -> bool:
    """Whether a kernel pools this batch: large, with windows whose positions fit into uint8."""
    return x.size >= POOLING and geometry.kernel[0] * geometry.kernel[1] <= 256 and has_kernels(x)


def window(channels: int, size: Pair, samples: int, out_size: Pair, geometry: Geometry) -> tuple[int, ...]:
    """``Window`` in ``pool.c``."""
    (top, _), (left, _) = geometry.padding
    return (channels, *size, samples, *out_size, *geometry.kernel, *geometry.stride, top, left,
            *geometry.dilation)


def max_pool_forward(x: Array, geometry: Geometry, out_size: Pair) -> tuple[Array, Array]:
    """The maxima (N, C, OH, OW), and the position in the window of each, batch-last."""
    n, c, h, w = x.shape
    values, winners = empty(x, (c, *out_size, n)), empty(x, (c, *out_size, n), np.uint8)
    run("max_pool", x, to_chwn(x), values, winners, window(c, (h, w), n, out_size, geometry),
        entries=x.size)
    return from_chwn(values), winners


def max_pool_scatter(g: Array, winners: Array, geometry: Geometry, size: Pair) -> Array:
    """Each gradient goes to the entry that won its window."""
    n, c, oh, ow = g.shape
    out = empty(g, (c, *size, n))
    out.fill(0)
    run("max_pool_scatter", g, to_chwn(g), winners, out, window(c, size, n, (oh, ow), geometry),
        entries=out.size)
    return from_chwn(out)


def sum_pool_forward(x: Array, geometry: Geometry) -> Array:
    """The sum of each window."""
    n, c, h, w = x.shape
    out_size = geometry.output_size((h, w))
    out = empty(x, (c, *out_size, n))
    run("sum_pool", x, to_chwn(x), out, window(c, (h, w), n, out_size, geometry),
        entries=x.size)
    return from_chwn(out)


def sum_pool_spread(g: Array, geometry: Geometry, size: Pair) -> Array:
    """Each entry receives the gradients of all its windows."""
    n, c, oh, ow = g.shape
    out = empty(g, (c, *size, n))
    out.fill(0)
    run("sum_pool_spread", g, to_chwn(g), out, window(c, size, n, (oh, ow), geometry),
        entries=out.size)
    return from_chwn(out)
