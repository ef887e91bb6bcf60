"""Images in memory, and the windows that slide over them: what convolution and pooling share.

The shape that everyone sees is (N, C, H, W). In memory the activations of a convolution lie batch-last, as
C, H, W, N; strides, not copies, make the difference. Every slice that im2col or pooling takes is then a run
of at least N neighboring numbers, one matrix product writes its result in place, element-wise operations
keep the layout by themselves, and flattening to (N, C·H·W) is a view.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .arrays import Array, array_module
from .c.dense import row_major_copy

Pair = tuple[int, int]


class Geometry(NamedTuple):
    """How a window slides: kernel (KH, KW), stride, padding (before, after) for each axis, dilation.

    ``groups``: channels and filters are cut into this many parts that see only each other.
    """

    kernel: Pair
    stride: Pair = (1, 1)
    padding: tuple[Pair, Pair] = ((0, 0), (0, 0))
    dilation: Pair = (1, 1)
    groups: int = 1

    def output_size(self, size: Pair) -> Pair:
        """(OH, OW) for an input of (H, W); 0 or negative when the window does not fit."""
        (kh, kw), (sh, sw), ((top, bottom), (left, right)), (dh, dw), _ = self
        return ((size[0] + top + bottom - dh * (kh - 1) - 1) // sh + 1,
                (size[1] + left + right - dw * (kw - 1) - 1) // sw + 1)


def to_chwn(x: Array) -> Array:
    """(N, C, H, W) as a row-major (C, H, W, N); no copy if it lies batch-last already."""
    turned = x.transpose(1, 2, 3, 0)
    return turned if turned.flags.c_contiguous else row_major_copy(turned)


def from_chwn(x: Array) -> Array:
    """A (C, H, W, N) array as (N, C, H, W), batch-last in memory."""
    return x.transpose(3, 0, 1, 2)


def is_batch_last(x: Array) -> bool:
    """Whether a matrix (N, K) has the samples next to each other in memory."""
    return bool(x.ndim == 2 and x.flags.f_contiguous and not x.flags.c_contiguous)


def padded(x: Array, padding: tuple[Pair, Pair], value: float = 0.0) -> Array:
    """(C, H, W, N) with a border of ``value``; x itself when there is none."""
    (top, bottom), (left, right) = padding
    if not (top or bottom or left or right):
        return x
    c, h, w, n = x.shape
    out = array_module(x).full((c, h + top + bottom, w + left + right, n), value, dtype=x.dtype)
    out[:, top:top + h, left:left + w] = x
    return out


def window_view(x: Array, geometry: Geometry, out_size: Pair) -> Array:
    """All windows of a padded (C, H, W, N) as a view (C, KH, KW, OH, OW, N): strides, no copy."""
    c, h, w, n = x.strides
    (sh, sw), (dh, dw) = geometry.stride, geometry.dilation
    xp = np if type(x) is np.ndarray else array_module(x)
    return xp.lib.stride_tricks.as_strided(
        x, (x.shape[0], *geometry.kernel, *out_size, x.shape[3]),
        (c, dh * h, dw * w, sh * h, sw * w, n))


def window_slices(geometry: Geometry, out_size: Pair) -> list[tuple[slice, slice, slice]]:
    """For each position in the window, row by row: the slice of a padded (C, H, W, N) that it visits."""
    (kh, kw), (sh, sw), _, (dh, dw), _ = geometry
    (oh, ow), slices = out_size, []
    for i in range(0, kh * dh, dh):
        for j in range(0, kw * dw, dw):
            slices.append((slice(None), slice(i, i + (oh - 1) * sh + 1, sh),
                           slice(j, j + (ow - 1) * sw + 1, sw)))
    return slices


def filter_rows(w: Array, b: Array | None) -> Array:
    """Filters (O, C, KH, KW) as rows of a matrix (O, K + 1), their biases, or 0, in its last column."""
    matrix = np.empty_like(w, shape=(w.shape[0], w[0].size + 1))
    matrix[:, :-1] = w.reshape(w.shape[0], -1)
    matrix[:, -1] = 0 if b is None else b
    return matrix
