"""Convolution as matrix products over blocks of unrolled windows (im2col).

A window of the image, written as a column of K = C·KH·KW numbers, turns convolution into one
matrix product: W (O × K) @ columns (K × P), with P = OH·OW·N positions. Unrolling everything at
once would need KH·KW times the image's memory, so it is done for a few rows of the output at a
time, in one small buffer that stays in the cache.

On the CPU ``c/conv.c`` does the same, on smaller pieces and several threads, where there is a compiler.

All arrays here are batch-last: images (C, H, W, N), results (O, OH, OW, N). The three maps below are
linear in each argument and each other's derivatives; ``loops`` states the first in plain loops.
"""
from __future__ import annotations

from typing import Iterator

import numpy as np

from .arrays import Array, array_module
from .c import conv as c
from .gpu import windows as gpu
from .gpu.kernels import has_kernels
from .memory import empty
from .noting import whole
from .products import product
from .tuning import COLUMNS
from .windows import Geometry, Pair, filter_rows, from_chwn, padded, to_chwn, window_slices, window_view


def column_blocks(x: Array, geometry: Geometry, out_size: Pair) -> Iterator[tuple[slice, slice, Array]]:
    """Blocks of output rows: (rows, positions, columns).

    columns (K + 1, positions) ends with a row of ones, which multiplies the bias: adding it then takes no
    pass over memory of its own. The next block uses the same buffer.
    """
    view = window_view(x, geometry, out_size)
    k = x.shape[0] * geometry.kernel[0] * geometry.kernel[1]
    row = out_size[1] * x.shape[3]                                   # positions in a row
    step = max(1, min(out_size[0], COLUMNS // max(1, k * row * x.itemsize)))
    buffer = np.empty_like(x, shape=((k + 1) * step * row,))
    for start in range(0, out_size[0], step):
        stop = min(start + step, out_size[0])
        columns = buffer[:(k + 1) * (stop - start) * row].reshape(k + 1, -1)
        columns[:k].reshape(view.shape[:3] + (stop - start,) + view.shape[4:])[...] = \
            view[:, :, :, start:stop]
        columns[k] = 1
        yield slice(start, stop), slice(start * row, stop * row), columns


@whole
def conv_forward(x: Array, w: Array, b: Array | None, geometry: Geometry) -> Array:
    """y[n, o] = Σ w[o, c, i, j] · x[n, c, window] + b[o].

    x (N, C, H, W), w (O, C, KH, KW), b (O) or None; the result (N, O, OH, OW), batch-last.
    """
    out_size = geometry.output_size((x.shape[2], x.shape[3]))
    if c.takes(x, w, len(x) * out_size[0] * out_size[1]):
        return c.conv_forward(x, w, b, geometry)
    if geometry.groups > 1:
        biases = [None] * geometry.groups if b is None else np.split(b, geometry.groups)
        return _joined([conv_forward(*parts, geometry._replace(groups=1)) for parts in
                        zip(_split(x, 1, geometry), _split(w, 0, geometry), biases)], 1)
    if type(x) is not np.ndarray and has_kernels(x, w):
        return gpu.conv_forward(x, w, b, geometry)
    chwn = padded(to_chwn(x), geometry.padding)
    matrix = filter_rows(w, b)                                                 # (O, K + 1)
    out = empty(x, (w.shape[0], *out_size, x.shape[0]))
    flat = out.reshape(w.shape[0], -1)                                       # (O, OH·OW·N)
    for _, positions, columns in column_blocks(chwn, geometry, out_size):
        product(matrix, columns, out=flat[:, positions])
    return from_chwn(out)


@whole
def conv_weight_grad(x: Array, g: Array, geometry: Geometry) -> tuple[Array, Array]:
    """∂L/∂w = Σ g · (the window it belongs to), and ∂L/∂b = Σ g from the row of ones.

    x (N, C, H, W), g (N, O, OH, OW); the results (O, C, KH, KW) and (O).
    """
    if c.takes(x, g, x.shape[1] // geometry.groups * geometry.kernel[0] * geometry.kernel[1]):
        return c.conv_weight_grad(x, g, geometry)
    if geometry.groups > 1:
        grads = [conv_weight_grad(*parts, geometry._replace(groups=1)) for parts in
                 zip(_split(x, 1, geometry), _split(g, 1, geometry))]
        return _joined([gw for gw, _ in grads], 0), _joined([gb for _, gb in grads], 0)
    if type(x) is not np.ndarray and has_kernels(x, g):
        return gpu.conv_weight_grad(x, g, geometry)
    chwn = padded(to_chwn(x), geometry.padding)
    flat = to_chwn(g).reshape(g.shape[1], -1)                                # (O, OH·OW·N)
    total: Array = 0
    for _, positions, columns in column_blocks(chwn, geometry, (g.shape[2], g.shape[3])):
        total = total + product(flat[:, positions], columns.T)               # (O, K + 1)
    return total[:, :-1].reshape(g.shape[1], x.shape[1], *geometry.kernel), total[:, -1]


@whole
def conv_input_grad(g: Array, w: Array, geometry: Geometry, size: Pair) -> Array:
    """∂L/∂x: every window receives wᵀ g, added up where windows overlap (col2im).

    g (N, O, OH, OW), w (O, C, KH, KW), ``size`` the input's (H, W); the result (N, C, H, W), batch-last.
    """
    if c.takes(g, w, len(g) * g.shape[2] * g.shape[3]):
        return c.conv_input_grad(g, w, geometry, size)
    if geometry.groups > 1:
        return _joined([conv_input_grad(*parts, geometry._replace(groups=1), size) for parts in
                        zip(_split(g, 1, geometry), _split(w, 0, geometry))], 1)
    if type(g) is not np.ndarray and has_kernels(g, w):
        return gpu.conv_input_grad(g, w, geometry, size)
    xp = array_module(g)
    (top, bottom), (left, right) = geometry.padding
    n, out_channels, oh, ow = g.shape
    channels = w.shape[1]
    flat = to_chwn(g).reshape(out_channels, -1)
    matrix = xp.ascontiguousarray(w.reshape(out_channels, -1).T)             # (K, O)
    out = xp.zeros((channels, size[0] + top + bottom, size[1] + left + right, n), dtype=g.dtype)
    step = max(1, min(oh, COLUMNS // max(1, matrix.shape[0] * ow * n * g.itemsize)))
    for start in range(0, oh, step):
        stop = min(start + step, oh)
        columns = product(matrix, flat[:, start * ow * n:stop * ow * n])
        add_windows(out, columns.reshape(channels, *geometry.kernel, stop - start, ow, n), geometry, start)
    return from_chwn(out[:, top:top + size[0], left:left + size[1]])


def _split(x: Array, axis: int, geometry: Geometry) -> list[Array]:
    """The parts of x that belong to each group."""
    return array_module(x).split(x, geometry.groups, axis)


def _joined(parts: list[Array], axis: int) -> Array:
    """The results of all groups; images batch-last in memory."""
    xp = array_module(parts[0])
    if axis != 1:
        return xp.concatenate(parts, axis)
    return from_chwn(xp.concatenate([to_chwn(p) for p in parts]))


def add_windows(out: Array, columns: Array, geometry: Geometry, start: int = 0) -> None:
    """Add columns (C, KH, KW, rows, OW, N) to the padded image where their windows lie, from row ``start``.

    For each position in the window one shifted addition, over long runs of memory (col2im).
    """
    kernel, sh = geometry.kernel, geometry.stride[0]
    out = out[:, start * sh:]
    for k, at in enumerate(window_slices(geometry, (columns.shape[3], columns.shape[4]))):
        out[at] += columns[:, k // kernel[1], k % kernel[1]]


@whole
def unfold_columns(x: Array, geometry: Geometry) -> Array:
    """im2col in one piece: (N, C, H, W) → (N, C·KH·KW, OH·OW)."""
    if type(x) is not np.ndarray and has_kernels(x):
        return gpu.unfold_columns(x, geometry)
    out_size = geometry.output_size((x.shape[2], x.shape[3]))
    view = window_view(padded(to_chwn(x), geometry.padding), geometry, out_size)
    rows = x.shape[1] * geometry.kernel[0] * geometry.kernel[1]
    return view.transpose(5, 0, 1, 2, 3, 4).reshape(x.shape[0], rows, out_size[0] * out_size[1])


@whole
def fold_columns(y: Array, geometry: Geometry, size: Pair) -> Array:
    """col2im in one piece: (N, C·KH·KW, OH·OW) → (N, C, H, W), the transpose of ``unfold_columns``."""
    if type(y) is not np.ndarray and has_kernels(y):
        return gpu.fold_columns(y, geometry, size)
    (top, bottom), (left, right) = geometry.padding
    channels = y.shape[1] // (geometry.kernel[0] * geometry.kernel[1])
    columns = y.reshape(y.shape[0], channels, *geometry.kernel, *geometry.output_size(size))
    columns = columns.transpose(1, 2, 3, 4, 5, 0)
    out = array_module(y).zeros((columns.shape[0], size[0] + top + bottom, size[1] + left + right,
                                 y.shape[0]), dtype=y.dtype)
    add_windows(out, columns, geometry)
    return from_chwn(out[:, top:top + size[0], left:left + size[1]])


def loops(x: Array, w: Array, b: Array | None, geometry: Geometry) -> Array:
    """The definition of ``conv_forward`` in loops, slow and plain; the tests compare the two."""
    n, _, h, wd = x.shape
    oh, ow = geometry.output_size((h, wd))
    (top, _), (left, _) = geometry.padding
    out = np.zeros((n, w.shape[0], oh, ow), x.dtype)
    for sample, o, r, s in np.ndindex(out.shape):
        total = 0.0 if b is None else b[o]
        first = o // (len(w) // geometry.groups) * w.shape[1]        # channel of the filter's group
        for channel, i, j in np.ndindex(w.shape[1], *geometry.kernel):
            row = r * geometry.stride[0] + i * geometry.dilation[0] - top
            column = s * geometry.stride[1] + j * geometry.dilation[1] - left
            if 0 <= row < h and 0 <= column < wd:                # outside, the padding is 0
                total += w[o, channel, i, j] * x[sample, first + channel, row, column]
        out[sample, o, r, s] = total
    return out
