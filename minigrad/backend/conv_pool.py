"""Convolution, ReLU and max-pooling in one go: what lies between them never leaves the cache.

Alone, each of the three writes its result to memory and the next one fetches it again; for a CNN on small
images that takes longer than the arithmetic. Here the result of the convolution exists only for a few rows
at a time. The columns of im2col are put in the order of pooling: first all windows' upper left entries,
then all upper right ones, and so on. One matrix product then gives the candidates of all windows as KH·KW
planes, and the maximum over a window is a maximum of planes. That maximum starts at 0 in place of −∞: this
is the ReLU.

It computes what ``max_pool_forward(relu_forward(conv_forward(x, w, b)))`` does, and the tests compare the
two. The pooling windows must not overlap.
"""
from __future__ import annotations

from typing import Iterator

import numpy as np

from .arrays import Array, array_module
from .conv import Geometry, Pair, padded, windows
from .layout import from_chwn, to_chwn
from .memory import empty

BLOCK_BYTES = 1 << 21       # of the convolution's result; measured in benchmarks/NOTES.md


def pool_columns(x: Array, conv: Geometry, pool: Pair, channels: int) -> Iterator[tuple[slice, Array, Array]]:
    """Blocks of pooled rows: (rows, columns, product), the last a buffer for ``channels`` output channels.

    x (N, C, H, W); columns (C·KH·KW + 1, planes · rows·PW·N) with a last row of ones for the bias;
    product (O, planes, rows, PW, N). Both buffers are used again for the next block.
    """
    oh, ow = conv.output_size((x.shape[2], x.shape[3]))
    ph, pw, samples = oh // pool[0], ow // pool[1], x.shape[0]
    every = windows(padded(to_chwn(x), conv.padding), conv, (oh, ow))   # (C, KH, KW, OH, OW, N)
    c, i, j, row, column, n = every.strides
    by_plane = array_module(x).lib.stride_tricks.as_strided(            # (C, KH, KW, 2, 2, PH, PW, N)
        every, (*every.shape[:3], *pool, ph, pw, samples),
        (c, i, j, row, column, pool[0] * row, pool[1] * column, n))
    k, planes, across = x.shape[1] * conv.kernel[0] * conv.kernel[1], pool[0] * pool[1], pw * samples
    step = max(1, min(ph, BLOCK_BYTES // max(1, channels * planes * across * x.itemsize)))
    buffer = empty(np, ((k + 1) * planes * step * across,), x.dtype)
    products = empty(np, (channels * planes * step * across,), x.dtype)
    for start in range(0, ph, step):
        rows = slice(start, min(start + step, ph))
        size = planes * (rows.stop - start) * across
        columns = buffer[:(k + 1) * size].reshape(k + 1, size)
        block = by_plane[:, :, :, :, :, rows]
        columns[:k].reshape(block.shape)[...] = block
        columns[k] = 1
        yield rows, columns, products[:channels * size].reshape(channels, planes, -1, pw, samples)


def conv_relu_pool_forward(x: Array, w: Array, b: Array | None, conv: Geometry,
                           pool: Pair) -> tuple[Array, Array]:
    """(values, winners): the maxima (N, O, PH, PW), and which entry of its window each one is.

    x (N, C, H, W), w (O, C, KH, KW), b (O) or None. ``winners`` is batch-last (O, PH, PW, N) as that of
    ``max_pool_forward``; 255 where no entry is above 0, so that the gradient goes nowhere.
    """
    oh, ow = conv.output_size((x.shape[2], x.shape[3]))
    bias = np.zeros((w.shape[0], 1), x.dtype) if b is None else b[:, None]
    matrix = np.concatenate([w.reshape(w.shape[0], -1), bias], axis=1)           # (O, K + 1)
    shape = (w.shape[0], oh // pool[0], ow // pool[1], x.shape[0])
    values, winners = empty(np, shape, x.dtype), empty(np, shape, np.uint8)
    for rows, columns, product in pool_columns(x, conv, pool, w.shape[0]):
        np.matmul(matrix, columns, out=product.reshape(w.shape[0], -1))
        best, winner = values[:, rows], winners[:, rows]
        best[...], winner[...] = 0, 0
        for k in range(product.shape[1]):
            candidate = product[:, k]
            # k only grows, so the largest k that was strictly larger is the winner.
            np.maximum(winner, (candidate > best) * np.uint8(k + 1), out=winner)
            np.maximum(best, candidate, out=best)
        winner -= 1                                                     # from 0, and 255 for none
    return from_chwn(values), winners


def conv_relu_pool_weight_grad(x: Array, g: Array, winners: Array, conv: Geometry,
                               pool: Pair) -> tuple[Array, Array]:
    """∂L/∂w and ∂L/∂b from the gradient g (N, O, PH, PW) of the maxima: (O, C, KH, KW) and (O)."""
    gradient = to_chwn(g)
    total: Array = 0
    for rows, columns, product in pool_columns(x, conv, pool, g.shape[1]):
        for k in range(product.shape[1]):                               # g where k won, else 0
            np.multiply(gradient[:, rows], winners[:, rows] == k, out=product[:, k])
        total = total + np.matmul(product.reshape(g.shape[1], -1), columns.T)    # (O, K + 1)
    return total[:, :-1].reshape(g.shape[1], x.shape[1], *conv.kernel), total[:, -1]
