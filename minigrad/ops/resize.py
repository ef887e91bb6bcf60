"""Changing the size of images: adaptive pooling and interpolation.

Averaging and bilinear interpolation work on rows and columns apart, so that each is two matrix products
R x Cᵀ with small weight matrices. The matrices say all there is to say.
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd.tensor import array_of
from ..backend.arrays import array_module
from ..backend.windows import Pair
from ..errors import DTypeError, ShapeError
from .convolution import pair
from .linalg import matmul


def averaging_matrix(inputs: int, outputs: int) -> np.ndarray:
    """(outputs, inputs): row i averages the inputs from ⌊i·n/m⌋ up to ⌈(i + 1)·n/m⌉."""
    matrix = np.zeros((outputs, inputs))
    for i in range(outputs):
        start, stop = i * inputs // outputs, -(-(i + 1) * inputs // outputs)
        matrix[i, start:stop] = 1 / (stop - start)
    return matrix


def bilinear_matrix(inputs: int, outputs: int, align_corners: bool, scale: float | None) -> np.ndarray:
    """(outputs, inputs): row i mixes the two inputs that its position lies between.

    Pixels are squares: the center of output i lies at (i + ½) · n/m − ½ of the input; with
    align_corners the centers of the corner pixels coincide instead.
    """
    if align_corners:
        at = np.arange(outputs) * ((inputs - 1) / (outputs - 1) if outputs > 1 else 0.0)
    else:
        step = inputs / outputs if scale is None else 1 / scale
        at = np.maximum((np.arange(outputs) + 0.5) * step - 0.5, 0)
    low = np.minimum(at.astype(int), inputs - 1)
    high = np.minimum(low + 1, inputs - 1)
    share = at - low
    matrix = np.zeros((outputs, inputs))
    np.add.at(matrix, (np.arange(outputs), low), 1 - share)
    np.add.at(matrix, (np.arange(outputs), high), share)
    return matrix


def _two_sided(name: str, x: Any, rows: np.ndarray, columns: np.ndarray) -> Any:
    """R x Cᵀ for every image and channel."""
    if x.dtype.kind != "f":
        raise DTypeError(f"{name}: expected a floating input, got {x.dtype}. Use x.float().")
    xp = array_module(array_of(x))
    r, c = (xp.asarray(m, dtype=x.dtype) for m in (rows, columns.T))
    return matmul(matmul(r, x), c)


def adaptive_avg_pool2d(input: Any, output_size: int | tuple[int | None, int | None]) -> Any:
    """Means over as many windows as the output has entries: (N, C, H, W) → (N, C, *output_size).

    None keeps a size. (C, H, W) is taken as well; raises ShapeError for anything else.

    >>> import minigrad
    >>> x = minigrad.tensor([[[[1.0, 5.0], [7.0, 3.0]]]])
    >>> minigrad.nn.functional.adaptive_avg_pool2d(x, 1)
    tensor([[[[4.]]]])
    """
    if len(input.shape) not in (3, 4):
        raise ShapeError(f"adaptive_avg_pool2d: the input must be (N, C, H, W), but it is "
                         f"{tuple(input.shape)}.")
    both = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size, output_size)
    if len(both) != 2 or any(n is not None and (not isinstance(n, (int, np.integer)) or n < 0)
                             for n in both):
        raise ShapeError(f"adaptive_avg_pool2d: output_size must be one or two ints from 0, or None, got "
                         f"{output_size!r}.")
    h, w = (n if m is None else m for n, m in zip(input.shape[-2:], both))
    return _two_sided("adaptive_avg_pool2d", input, averaging_matrix(input.shape[-2], h),
                      averaging_matrix(input.shape[-1], w))


def interpolate(input: Any, size: int | Pair | None = None,
                scale_factor: float | tuple[float, float] | None = None, mode: str = "nearest",
                align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
                antialias: bool = False) -> Any:
    """Images (N, C, H, W) in another size, by the nearest pixel or by bilinear interpolation.

    Give either ``size`` or ``scale_factor``. ``align_corners`` is for "bilinear" only. Raises ValueError
    for both or neither, ShapeError for other shapes, NotImplementedError for other modes.

    >>> import minigrad
    >>> x = minigrad.tensor([[[[1.0, 2.0]]]])
    >>> minigrad.nn.functional.interpolate(x, scale_factor=2)
    tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]])
    """
    if mode not in ("nearest", "bilinear"):
        raise NotImplementedError(f"interpolate: mode={mode!r} is not supported, only 'nearest' and "
                                  "'bilinear'.")
    if antialias:
        raise NotImplementedError("interpolate: antialias=True is not supported.")
    if len(input.shape) != 4:
        raise ShapeError(f"interpolate: the input must be (N, C, H, W), but it is {tuple(input.shape)}.")
    if (size is None) == (scale_factor is None):
        raise ValueError("interpolate: give either size or scale_factor.")
    if mode == "nearest" and align_corners is not None:
        raise ValueError("interpolate: align_corners is for mode='bilinear' only.")
    scales: tuple[float | None, float | None] = (None, None)
    if size is not None:
        sizes = pair(size, "interpolate: size")
    else:
        both = (scale_factor, scale_factor) if isinstance(scale_factor, (int, float)) \
            else tuple(scale_factor or ())
        if len(both) != 2:
            raise ShapeError(f"interpolate: expected one or two scale factors, got {scale_factor}.")
        sizes = tuple(int(math.floor(n * f)) for n, f in zip(input.shape[2:], both))  # type: ignore
        if min(sizes) < 1:
            raise ShapeError(f"interpolate: scale_factor={scale_factor} leaves nothing of "
                             f"{tuple(input.shape)}.")
        if not recompute_scale_factor:
            scales = both
    if mode == "nearest":
        at = [np.minimum((np.arange(m) * (n / m if f is None else 1 / f)).astype(np.int64), n - 1)
              for n, m, f in zip(input.shape[2:], sizes, scales)]
        return input[:, :, at[0][:, None], at[1]]
    rows, columns = (bilinear_matrix(n, m, bool(align_corners), f)
                     for n, m, f in zip(input.shape[2:], sizes, scales))
    return _two_sided("interpolate", input, rows, columns)
