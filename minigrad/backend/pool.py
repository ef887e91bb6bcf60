"""Max-pooling in batch-last memory: the largest entry of each window, and where it was.

The window's positions are compared one after the other, each as one slice of the whole image with
long runs of memory. A later position wins only if it is strictly larger, so that the first of equal
maxima is taken, as in PyTorch; of several NaN the last one.
"""
from __future__ import annotations

import numpy as np

from .arrays import Array, array_module
from .c import pool as c
from .gpu import max_pool as gpu
from .gpu.kernels import has_kernels
from .memory import empty, parts_of
from .noting import whole
from .windows import Geometry, Pair, from_chwn, padded, to_chwn, window_slices


@whole
def max_pool_forward(x: Array, geometry: Geometry, out_size: Pair) -> tuple[Array, Array]:
    """(values, winners): the maxima (N, C, OH, OW), and the position k in the window of each.

    The border is −∞, or the least integer, so that it never wins. ``winners`` is batch-last
    (C, OH, OW, N), uint8 for windows of up to 256 entries.
    """
    if type(x) is not np.ndarray and has_kernels(x):
        return gpu.max_pool_forward(x, geometry, out_size)
    if c.takes(x, geometry):
        return c.max_pool_forward(x, geometry, out_size)
    least = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    chwn = padded(to_chwn(x), geometry.padding, least)
    small = np.uint8 if geometry.kernel[0] * geometry.kernel[1] <= 256 else np.int32
    shape = (chwn.shape[0], *out_size, chwn.shape[3])
    values, winners = empty(x, shape), empty(x, shape, small)
    first: Array = 0
    if any(geometry.padding[0] + geometry.padding[1]):
        first = array_module(x).asarray(first_inside(geometry, out_size).astype(small)[:, :, None])
    slices = window_slices(geometry, out_size)
    for channels in parts_of(chwn.shape[0], chwn.nbytes):
        best, winner = values[channels], winners[channels]
        for k, at in enumerate(slices):
            candidate = chwn[channels][at]
            if k == 0:
                best[...], winner[...] = candidate, first
                continue
            # k only grows, so the largest k that was strictly larger is the winner.
            np.maximum(winner, (candidate > best) * small(k), out=winner)
            np.maximum(best, candidate, out=best)
        if type(x) is np.ndarray and best.size and np.isnan(best.max()):
            for k, at in enumerate(slices):             # NaN is larger than nothing, but wins, the last one
                winner[np.isnan(best) & np.isnan(chwn[channels][at])] = k
    return from_chwn(values), winners


def first_inside(geometry: Geometry, out_size: Pair) -> Array:
    """(OH, OW): the first position in each window that is not padding; it wins if all entries are −∞."""
    firsts = [-(-np.maximum(before - np.arange(n) * stride, 0) // dilation)
              for n, stride, (before, _), dilation
              in zip(out_size, geometry.stride, geometry.padding, geometry.dilation)]
    return firsts[0][:, None] * geometry.kernel[1] + firsts[1]


@whole
def max_pool_scatter(g: Array, winners: Array, geometry: Geometry, size: Pair) -> Array:
    """Each gradient goes to the entry that won its window: (N, C, OH, OW) → (N, C, H, W)."""
    if type(g) is not np.ndarray and has_kernels(g):
        return gpu.max_pool_scatter(g, winners, geometry, size)
    if c.takes(g, geometry) and winners.dtype == np.uint8:
        return c.max_pool_scatter(g, winners, geometry, size)
    chwn = to_chwn(g)
    (top, bottom), (left, right) = geometry.padding
    full = (chwn.shape[0], size[0] + top + bottom, size[1] + left + right, chwn.shape[3])
    out_size = chwn.shape[1], chwn.shape[2]
    (kh, kw), (oh, ow) = geometry.kernel, out_size
    tiles = geometry.kernel == geometry.stride and geometry.dilation == (1, 1) \
        and (oh * kh, ow * kw) == full[1:3]                 # every entry lies in exactly one window
    out = empty(g, full) if tiles else np.zeros_like(chwn, shape=full)
    slices = window_slices(geometry, out_size)
    for channels in parts_of(full[0], out.nbytes):
        upstream, winner, part = chwn[channels], winners[channels], out[channels]
        for k, at in enumerate(slices):
            if tiles:
                np.multiply(upstream, winner == k, out=part[at])
            else:
                part[at] += upstream * (winner == k)
    return from_chwn(out[:, top:top + size[0], left:left + size[1]])


@whole
def max_pool_gather(x: Array, winners: Array, geometry: Geometry) -> Array:
    """The entries at the winning positions: (N, C, H, W) → (N, C, OH, OW); the scatter's transpose."""
    chwn = padded(to_chwn(x), geometry.padding)
    out = array_module(x).zeros(winners.shape, x.dtype)
    for k, at in enumerate(window_slices(geometry, (winners.shape[1], winners.shape[2]))):
        out += chwn[at] * (winners == k)
    return from_chwn(out)


@whole
def winner_indices(winners: Array, geometry: Geometry, width: int) -> Array:
    """Where each maximum is, as row · width + column in the unpadded image: (N, C, OH, OW) int64."""
    k = from_chwn(winners).astype(np.int64)
    xp = array_module(winners)
    (top, _), (left, _) = geometry.padding
    oh, ow = winners.shape[1:3]
    rows = xp.arange(oh)[:, None] * geometry.stride[0] - top + k // geometry.kernel[1] * geometry.dilation[0]
    columns = xp.arange(ow) * geometry.stride[1] - left + k % geometry.kernel[1] * geometry.dilation[1]
    return rows * width + columns


@whole
def sum_pool_forward(x: Array, geometry: Geometry) -> Array:
    """The sum of each window: (N, C, H, W) → (N, C, OH, OW)."""
    if c.takes(x, geometry):
        return c.sum_pool_forward(x, geometry)
    chwn = padded(to_chwn(x), geometry.padding)
    out_size = geometry.output_size((x.shape[2], x.shape[3]))
    out: Array = None
    for at in window_slices(geometry, out_size):
        if out is None:
            out = chwn[at].copy()
        else:
            out += chwn[at]
    return from_chwn(out)


@whole
def sum_pool_spread(g: Array, geometry: Geometry, size: Pair) -> Array:
    """Each entry receives the gradients of all its windows: (N, C, OH, OW) → (N, C, H, W)."""
    if c.takes(g, geometry):
        return c.sum_pool_spread(g, geometry, size)
    chwn = to_chwn(g)
    (top, bottom), (left, right) = geometry.padding
    out = array_module(g).zeros((chwn.shape[0], size[0] + top + bottom, size[1] + left + right,
                                 chwn.shape[3]), g.dtype)
    for at in window_slices(geometry, (chwn.shape[1], chwn.shape[2])):
        out[at] += chwn
    return from_chwn(out[:, top:top + size[0], left:left + size[1]])
