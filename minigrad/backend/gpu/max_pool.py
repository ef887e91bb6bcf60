"""Max-pooling on a GPU: one kernel forward, one backward."""
from __future__ import annotations

import numpy as np

from ..arrays import Array, array_module, row_major
from ..windows import Geometry, Pair, from_chwn, to_chwn
from .kernels import launch
from .windows import described


def max_pool_reference(x: Array, geometry: Geometry, out_size: Pair) -> tuple[Array, Array]:
    """(values, winners), both (C, OH, OW, N), of x (C, H, W, N), in plain loops over the windows."""
    (top, _), (left, _) = geometry.padding
    values = np.empty((x.shape[0], *out_size, x.shape[3]), x.dtype)
    winners = np.empty(values.shape, np.int32)
    for c, oh, ow, n in np.ndindex(values.shape):
        best, winner = 0.0, -1
        for kh, kw in np.ndindex(*geometry.kernel):
            row = oh * geometry.stride[0] + kh * geometry.dilation[0] - top
            column = ow * geometry.stride[1] + kw * geometry.dilation[1] - left
            if 0 <= row < x.shape[1] and 0 <= column < x.shape[2]:
                entry = x[c, row, column, n]
                if winner < 0 or entry > best or np.isnan(entry):           # a NaN wins, and stays
                    best, winner = entry, kh * geometry.kernel[1] + kw
        values[c, oh, ow, n], winners[c, oh, ow, n] = best, winner
    return values, winners


def max_pool_backward_reference(g: Array, winners: Array, geometry: Geometry, size: Pair) -> Array:
    """Each gradient added to the entry that won its window: (C, OH, OW, N) → (C, H, W, N)."""
    x = np.zeros((g.shape[0], *size, g.shape[3]), g.dtype)
    for c, oh, ow, n in np.ndindex(g.shape):
        kh, kw = divmod(int(winners[c, oh, ow, n]), geometry.kernel[1])
        row = oh * geometry.stride[0] + kh * geometry.dilation[0] - geometry.padding[0][0]
        column = ow * geometry.stride[1] + kw * geometry.dilation[1] - geometry.padding[1][0]
        x[c, row, column, n] += g[c, oh, ow, n]
    return x


def max_pool_forward(x: Array, geometry: Geometry, out_size: Pair) -> tuple[Array, Array]:
    """(values (N, C, OH, OW), winners (C, OH, OW, N) int32) of x (N, C, H, W)."""
    xp, chwn = array_module(x), to_chwn(x)
    shape = (chwn.shape[0], *out_size, chwn.shape[3])
    values, winners = xp.empty(shape, x.dtype), xp.empty(shape, np.int32)
    launch("max_pool", "max_pool", x, values.size, chwn, values, winners,
           described(geometry, chwn.shape, out_size), np.int64(values.size))
    return from_chwn(values), winners


def max_pool_scatter(g: Array, winners: Array, geometry: Geometry, size: Pair) -> Array:
    """Each gradient to the entry that won its window: (N, C, OH, OW) → (N, C, H, W)."""
    chwn, winners = to_chwn(g), row_major(winners.astype(np.int32, copy=False))
    out = array_module(g).empty((chwn.shape[0], *size, chwn.shape[3]), g.dtype)
    launch("max_pool", "max_pool_backward", g, out.size, chwn, winners, out,
           described(geometry, out.shape, (chwn.shape[1], chwn.shape[2])), np.int64(out.size))
    return from_chwn(out)
