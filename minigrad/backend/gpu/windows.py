"""Convolution on a GPU: im2col in one kernel, one large product, col2im in one kernel.

The CPU's version (``backend.conv``) works through blocks of rows that stay in its cache. A GPU wants
few large launches instead, and has the memory for all columns at once. Arrays are batch-last, as there.
"""
from __future__ import annotations

import numpy as np

from ..arrays import Array, array_module, row_major
from ..windows import Geometry, Pair, from_chwn, to_chwn
from .kernels import launch
from .products import product

GEOMETRY = np.dtype([(name, np.int32) for name in (
    "channels", "height", "width", "batch", "kernel_h", "kernel_w", "out_h", "out_w",
    "stride_h", "stride_w", "top", "left", "dilation_h", "dilation_w")])


def described(geometry: Geometry, shape: tuple[int, ...], out_size: Pair) -> np.ndarray:
    """The struct that the kernels take, for images (C, H, W, N): one element, passed by value."""
    (top, _), (left, _) = geometry.padding
    values = (*shape, *geometry.kernel, *out_size, *geometry.stride, top, left, *geometry.dilation)
    return np.array([values], GEOMETRY)


def im2col_reference(x: Array, geometry: Geometry, out_size: Pair, ones: bool) -> Array:
    """Each window as a column: (C, H, W, N) → (C·KH·KW, OH·OW·N), and a row of ones below it."""
    (top, bottom), (left, right) = geometry.padding
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    (sh, sw), (dh, dw), (oh, ow) = geometry.stride, geometry.dilation, out_size
    rows = [x[c, i * dh:i * dh + (oh - 1) * sh + 1:sh, j * dw:j * dw + (ow - 1) * sw + 1:sw].reshape(-1)
            for c in range(x.shape[0]) for i in range(geometry.kernel[0]) for j in range(geometry.kernel[1])]
    return np.stack([*rows, np.ones_like(rows[0])] if ones else rows)


def col2im_reference(columns: Array, geometry: Geometry, shape: tuple[int, ...], out_size: Pair) -> Array:
    """Columns added where their windows lie: the transpose of im2col. ``shape``: (C, H, W, N)."""
    (top, bottom), (left, right) = geometry.padding
    c, h, w, n = shape
    x = np.zeros((c, h + top + bottom, w + left + right, n), columns.dtype)
    (sh, sw), (dh, dw), (oh, ow) = geometry.stride, geometry.dilation, out_size
    windows = columns.reshape(c, *geometry.kernel, oh, ow, n)
    for i, j in np.ndindex(*geometry.kernel):
        x[:, i * dh:i * dh + (oh - 1) * sh + 1:sh, j * dw:j * dw + (ow - 1) * sw + 1:sw] += windows[:, i, j]
    return x[:, top:top + h, left:left + w]


def im2col(x: Array, geometry: Geometry, out_size: Pair, ones: bool) -> Array:
    """Each window of x (C, H, W, N), row-major, as a column; with ``ones`` one row more."""
    count = x.shape[0] * geometry.kernel[0] * geometry.kernel[1] + ones
    columns = array_module(x).empty((count, out_size[0] * out_size[1] * x.shape[3]), x.dtype)
    launch("windows", "im2col", x, columns.size, x, columns, described(geometry, x.shape, out_size),
           np.int64(columns.size), np.int32(ones))
    return columns


def col2im(columns: Array, geometry: Geometry, shape: tuple[int, ...], out_size: Pair) -> Array:
    """The image (C, H, W, N) = ``shape`` to which the columns add up."""
    x = array_module(columns).empty(shape, columns.dtype)
    launch("windows", "col2im", x, x.size, columns, x, described(geometry, shape, out_size),
           np.int64(x.size))
    return x


def conv_forward(x: Array, w: Array, b: Array | None, geometry: Geometry) -> Array:
    """y = W · columns (+ b): x (N, C, H, W), w (O, C, KH, KW) → (N, O, OH, OW), batch-last."""
    out_size = geometry.output_size((x.shape[2], x.shape[3]))
    columns = im2col(to_chwn(x), geometry, out_size, ones=b is not None)
    matrix = w.reshape(w.shape[0], -1)                                       # (O, K)
    if b is not None:                                                        # (O, K + 1): b meets the ones
        with_bias = array_module(x).empty((w.shape[0], matrix.shape[1] + 1), w.dtype)
        with_bias[:, :-1], with_bias[:, -1] = matrix, b
        matrix = with_bias
    return from_chwn(product(matrix, columns).reshape(w.shape[0], *out_size, x.shape[0]))


def conv_weight_grad(x: Array, g: Array, geometry: Geometry) -> tuple[Array, Array]:
    """∂L/∂w = g · columnsᵀ (O, C, KH, KW), and ∂L/∂b from the row of ones (O)."""
    columns = im2col(to_chwn(x), geometry, (g.shape[2], g.shape[3]), ones=True)
    total = product(to_chwn(g).reshape(g.shape[1], -1), columns.T)           # (O, K + 1)
    return total[:, :-1].reshape(g.shape[1], x.shape[1], *geometry.kernel), total[:, -1]


def conv_input_grad(g: Array, w: Array, geometry: Geometry, size: Pair) -> Array:
    """∂L/∂x = col2im(Wᵀ · g): (N, C, H, W), batch-last."""
    n, out_channels, oh, ow = g.shape
    columns = product(w.reshape(out_channels, -1).T, to_chwn(g).reshape(out_channels, -1))
    return from_chwn(col2im(columns, geometry, (w.shape[1], *size, n), (oh, ow)))


def unfold_columns(x: Array, geometry: Geometry) -> Array:
    """(N, C, H, W) → (N, C·KH·KW, OH·OW)."""
    out_size = geometry.output_size((x.shape[2], x.shape[3]))
    columns = im2col(to_chwn(x), geometry, out_size, ones=False)
    return columns.reshape(columns.shape[0], out_size[0] * out_size[1], x.shape[0]).transpose(2, 0, 1)


def fold_columns(y: Array, geometry: Geometry, size: Pair) -> Array:
    """(N, C·KH·KW, OH·OW) → (N, C, H, W)."""
    channels = y.shape[1] // (geometry.kernel[0] * geometry.kernel[1])
    columns = row_major(y.transpose(1, 2, 0))
    out_size = geometry.output_size(size)
    return from_chwn(col2im(columns, geometry, (channels, *size, y.shape[0]), out_size))
