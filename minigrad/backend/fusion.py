"""Convolution, ReLU and max-pooling in one go: what lies between them never leaves the cache.

Alone, each of the three writes its result to memory and the next one fetches it again; for a CNN on small
images that takes longer than the arithmetic. Here the result of the convolution exists only for one row of
windows at a time. The columns of im2col are put in the order of pooling: first the upper left entries of
all windows, then the upper right ones, and so on. The matrix product then gives a plane of candidates for
each position in the window, and the maximum over a window is a maximum of planes. That maximum starts at 0
instead of −∞: this is the ReLU.

On the CPU ``c/conv.c`` does the same in smaller pieces, where there is a compiler.

It computes what ``max_pool_forward(relu_forward(conv_forward(x, w, b)))`` does, and the tests compare the
two. The pooling windows must not overlap.
"""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from .arrays import Array, array_module
from .c import conv as c
from .memory import empty
from .noting import whole
from .products import product
from .tuning import COLUMNS
from .windows import Geometry, Pair, filter_rows, from_chwn, padded, to_chwn, window_view

NONE = c.NONE               # in ``winners``: no entry of the window is above 0


def pool_columns(x: Array, filters: int, conv: Geometry, pool: Pair) -> Iterator[tuple[Any, Array]]:
    """For each row of windows, where its results stand in (O, PH, PW, N), and columns (planes, K + 1, PW·n).

    x (N, C, H, W). There is a plane for each position in the window; K = C·KH·KW, and the last row of ones is
    for the bias. A large batch goes in parts of n samples. The next row uses the same buffer.
    """
    oh, ow = conv.output_size((x.shape[2], x.shape[3]))
    every = window_view(padded(to_chwn(x), conv.padding), conv, (oh, ow))       # (C, KH, KW, OH, OW, N)
    c, i, j, row, column, n = every.strides
    pw, k = ow // pool[1], x.shape[1] * conv.kernel[0] * conv.kernel[1]
    xp = array_module(x)
    by_plane = xp.lib.stride_tricks.as_strided(                             # (PH, 2, 2, C, KH, KW, PW, N)
        every, (oh // pool[0], *pool, x.shape[1], *conv.kernel, pw, x.shape[0]),
        (pool[0] * row, row, column, c, i, j, pool[1] * column, n))
    parts = max(1, -(-filters * pool[0] * pool[1] * pw * x.shape[0] * x.itemsize // COLUMNS))
    step = max(1, -(-x.shape[0] // parts))
    for start in range(0, x.shape[0], step):
        part = slice(start, min(start + step, x.shape[0]))
        columns = empty(x, (pool[0] * pool[1], k + 1, pw * (part.stop - start)))
        columns[:, k] = 1
        for r in range(len(by_plane)):
            block = by_plane[r][..., part]
            columns[:, :k].reshape(block.shape)[...] = block
            yield (slice(None), r, slice(None), part), columns


@whole
def conv_relu_pool_forward(x: Array, w: Array, b: Array | None, conv: Geometry,
                           pool: Pair) -> tuple[Array, Array]:
    """(values, winners): the maxima (N, O, PH, PW), and which entry of its window each one is.

    x (N, C, H, W), w (O, C, KH, KW), b (O) or None. ``winners`` is batch-last (O, PH, PW, N) as that of
    ``max_pool_forward``; where no entry is above 0 it is NONE, so that the gradient goes nowhere.
    """
    oh, ow = conv.output_size((x.shape[2], x.shape[3]))
    if c.takes(x, w, len(x) * oh * ow):
        return c.conv_relu_pool_forward(x, w, b, conv, pool)
    xp = array_module(x)
    matrix = filter_rows(w, b)                                              # (O, K + 1)
    shape = (w.shape[0], oh // pool[0], ow // pool[1], x.shape[0])
    values, winners = empty(x, shape), empty(x, shape, np.uint8)
    for at, columns in pool_columns(x, w.shape[0], conv, pool):
        planes = product(matrix, columns)                                   # (planes, O, PW·n)
        best = xp.maximum(planes[0], 0)
        winner = (planes[0] > 0).view(np.uint8)                             # 1 + its position, or 0
        for k in range(1, len(planes)):
            # k only grows, so the largest k that was strictly larger is the winner.
            xp.maximum(winner, (planes[k] > best) * np.uint8(k + 1), out=winner)
            xp.maximum(best, planes[k], out=best)
        if xp is np and best.size and np.isnan(best.max()):                 # NaN is larger than nothing,
            for k, plane in enumerate(planes):                              # but wins, the last one
                winner[np.isnan(plane)] = k + 1
        winner -= 1                                                         # 0 becomes NONE
        values[at], winners[at] = best.reshape(values[at].shape), winner.reshape(values[at].shape)
    return from_chwn(values), winners


@whole
def conv_relu_pool_weight_grad(x: Array, g: Array, winners: Array, conv: Geometry,
                               pool: Pair) -> tuple[Array, Array]:
    """∂L/∂w and ∂L/∂b from the gradient g (N, O, PH, PW) of the maxima: (O, C, KH, KW) and (O)."""
    if c.takes(x, g, x.shape[1] * conv.kernel[0] * conv.kernel[1]):
        return c.conv_relu_pool_weight_grad(x, g, winners, conv, pool)
    gradient, filters = to_chwn(g), g.shape[1]
    xp = array_module(x)
    total = xp.zeros((filters, x.shape[1] * conv.kernel[0] * conv.kernel[1] + 1), x.dtype)
    for at, columns in pool_columns(x, filters, conv, pool):
        upstream = gradient[at].reshape(filters, -1)                        # (O, PW·n)
        winner = winners[at].reshape(filters, -1)
        planes = xp.empty((len(columns), *upstream.shape), x.dtype)
        for k in range(len(planes)):
            planes[k] = winner == k                                         # 1 where k won, else 0
            planes[k] *= upstream
        total += product(planes, columns.swapaxes(1, 2)).sum(axis=0)
    return total[:, :-1].reshape(filters, x.shape[1], *conv.kernel), total[:, -1]
