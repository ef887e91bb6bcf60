"""Changing the size of sequences, images and volumes: adaptive averages and interpolation.

Averaging, linear and cubic interpolation work along each dimension apart, so that each is a product with a
small matrix of weights: R x Cᵀ for an image. The matrices say all there is to say.
"""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from ..autograd.tensor import array_of
from ..backend.arrays import array_module
from ..errors import DTypeError, ShapeError
from .linalg import matmul

MODES = {"nearest": 0, "nearest-exact": 0, "area": 0, "linear": 3, "bilinear": 4, "bicubic": 4,
         "trilinear": 5}


def averaging_matrix(inputs: int, outputs: int) -> np.ndarray:
    """(outputs, inputs): row i averages the inputs from ⌊i·n/m⌋ up to ⌈(i + 1)·n/m⌉."""
    matrix = np.zeros((outputs, inputs))
    for i in range(outputs):
        start, stop = i * inputs // outputs, -(-(i + 1) * inputs // outputs)
        matrix[i, start:stop] = 1 / (stop - start)
    return matrix


def hat(t: np.ndarray) -> np.ndarray:
    """Linear interpolation's weight of a pixel at distance t: 1 − |t| up to 1, then 0."""
    return np.maximum(1 - np.abs(t), 0)


def cubic(t: np.ndarray, a: float = -0.75) -> np.ndarray:
    """Cubic interpolation's weight at distance t, 0 from 2 on (Keys 1981)."""
    t = np.abs(t)
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    return np.where(t <= 1, near, np.where(t < 2, ((a * t - 5 * a) * t + 8 * a) * t - 4 * a, 0.0))


def mixing_matrix(inputs: int, outputs: int, mode: str, align_corners: bool, scale: float | None,
                  antialias: bool = False) -> np.ndarray:
    """(outputs, inputs): row i mixes the inputs around its position; what lies outside counts as the edge.

    Pixels are squares: the center of output i lies at (i + ½) · n/m − ½ of the input; with
    align_corners the centers of the corner pixels coincide instead. With antialias a smaller image averages
    over as many pixels as one of its own covers.
    """
    cubically = "cubic" in mode
    step = inputs / outputs if scale is None else 1 / scale
    if align_corners:
        step = (inputs - 1) / (outputs - 1) if outputs > 1 else 0.0
    at = np.arange(outputs) * step if align_corners else (np.arange(outputs) + 0.5) * step - 0.5
    if antialias:
        width = max(step, 1.0)
        distance = (np.arange(inputs) - at[:, None]) / width
        weights = cubic(distance, -0.5) if cubically else hat(distance)
        return np.asarray(weights / weights.sum(1, keepdims=True))
    if not cubically:
        at = np.maximum(at, 0)
    taps = np.floor(at).astype(int)[:, None] + (np.arange(-1, 3) if cubically else np.arange(2))
    weights = (cubic if cubically else hat)(taps - at[:, None])
    matrix = np.zeros((outputs, inputs))
    np.add.at(matrix, (np.arange(outputs)[:, None], np.clip(taps, 0, inputs - 1)), weights)
    return matrix


def _along_each(name: str, x: Any, matrices: Sequence[np.ndarray]) -> Any:
    """Each matrix times x along its dimension, the last ones of x."""
    if x.dtype.kind != "f":
        raise DTypeError(f"{name}: expected a floating input, got {x.dtype}. Use x.float().")
    xp = array_module(array_of(x))
    *before, last = (xp.asarray(m, dtype=x.dtype) for m in matrices)
    for back, matrix in enumerate(reversed(before), 2):
        x = matmul(matrix, x) if back == 2 else matmul(matrix, x.transpose(-2, -back)).transpose(-2, -back)
    return matmul(x, last.T)


def adaptive_sizes(name: str, input: Any, output_size: Any, dims: int) -> list[int]:
    """The output's last sizes: one number for all, or one for each; None keeps the input's."""
    shape = tuple(input.shape)
    if len(shape) not in (dims + 1, dims + 2):
        raise ShapeError(f"{name}: the input must be (N, C, "
                         f"{', '.join('DHW'[3 - dims:]) if dims > 1 else 'L'}), "
                         f"but it is {shape}.")
    sizes = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * dims
    if len(sizes) != dims or any(n is not None and (not isinstance(n, (int, np.integer)) or n < 0)
                                 for n in sizes):
        raise ShapeError(f"{name}: output_size must be {'one int' if dims == 1 else f'one or {dims} ints'} "
                         f"from 0, or None, got {output_size!r}.")
    return [n if m is None else int(m) for n, m in zip(shape[-dims:], sizes)]


def _adaptive_average(name: str, x: Any, output_size: Any, dims: int) -> Any:
    sizes = adaptive_sizes(name, x, output_size, dims)
    return _along_each(name, x, [averaging_matrix(n, m) for n, m in zip(x.shape[-dims:], sizes)])


def adaptive_avg_pool1d(input: Any, output_size: int | tuple[int | None]) -> Any:
    """Means over as many windows as the output has entries: (N, C, L) → (N, C, output_size).

    (C, L) is taken as well; raises ShapeError for anything else.

    >>> minigrad.nn.functional.adaptive_avg_pool1d(minigrad.tensor([[1.0, 5.0, 7.0, 3.0]]), 2)
    tensor([[3., 5.]])
    """
    return _adaptive_average("adaptive_avg_pool1d", input, output_size, 1)


def adaptive_avg_pool2d(input: Any, output_size: int | tuple[int | None, int | None]) -> Any:
    """Means over as many windows as the output has entries: (N, C, H, W) → (N, C, *output_size).

    None keeps a size. (C, H, W) is taken as well; raises ShapeError for anything else.

    >>> x = minigrad.tensor([[[[1.0, 5.0], [7.0, 3.0]]]])
    >>> minigrad.nn.functional.adaptive_avg_pool2d(x, 1)
    tensor([[[[4.]]]])
    """
    return _adaptive_average("adaptive_avg_pool2d", input, output_size, 2)


def adaptive_avg_pool3d(input: Any, output_size: int | tuple[int | None, int | None, int | None]) -> Any:
    """Means over as many windows as the output has entries: (N, C, D, H, W) → (N, C, *output_size).

    None keeps a size. (C, D, H, W) is taken as well; raises ShapeError for anything else.

    >>> minigrad.nn.functional.adaptive_avg_pool3d(minigrad.ones(1, 2, 4, 4, 4), (1, None, 2)).shape
    (1, 2, 1, 4, 2)
    """
    return _adaptive_average("adaptive_avg_pool3d", input, output_size, 3)


def interpolate(input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
                align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
                antialias: bool = False) -> Any:
    """Sequences (N, C, L), images (N, C, H, W) or volumes (N, C, D, H, W) in another size.

    Give either ``size`` or ``scale_factor``, one number for all dimensions or one for each. ``mode``:
    "nearest", "nearest-exact" (from pixel centers), "area" (adaptive averages), "linear" for sequences,
    "bilinear" and "bicubic" for images, "trilinear" for volumes. ``align_corners`` is for the linear and
    cubic modes; so is ``antialias``, for images.

    Raises ValueError for both or neither of size and scale_factor, or for an option that a mode does not
    have, ShapeError for other shapes, NotImplementedError for a mode that is not for this number of
    dimensions.

    >>> x = minigrad.tensor([[[[1.0, 2.0]]]])
    >>> minigrad.nn.functional.interpolate(x, scale_factor=2)
    tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]])
    """
    shape = tuple(input.shape)
    spatial, dims = shape[2:], len(shape) - 2
    if dims not in (1, 2, 3):
        raise ShapeError("interpolate: the input must be (N, C, L), (N, C, H, W) or (N, C, D, H, W), but it "
                         f"is {shape}.")
    if MODES.get(mode, -1) not in (0, len(shape)):
        raise NotImplementedError(f"interpolate: mode={mode!r} is not supported for {len(shape)} dimensions, "
                                  "only "
                                  f"{', '.join(repr(m) for m, n in MODES.items() if n in (0, len(shape)))}.")
    if (size is None) == (scale_factor is None):
        raise ValueError("interpolate: give either size or scale_factor.")
    if not MODES[mode] and align_corners is not None:
        raise ValueError(f"interpolate: align_corners is for the linear and cubic modes, not {mode!r}.")
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ValueError("interpolate: antialias is for mode='bilinear' and 'bicubic'.")
    sizes, scales = _sizes_and_scales(spatial, size, scale_factor)
    if min(sizes) < 1:
        raise ShapeError(f"interpolate: size={size}, scale_factor={scale_factor} leaves nothing of {shape}.")
    if recompute_scale_factor:
        scales = [None] * dims
    if mode == "area":
        return _adaptive_average("interpolate", input, sizes, dims)
    if mode.startswith("nearest"):
        offset = 0.5 if mode == "nearest-exact" else 0.0
        at = [np.minimum(((np.arange(m) + offset) * (n / m if f is None else 1 / f)).astype(np.int64), n - 1)
              for n, m, f in zip(spatial, sizes, scales)]
        everywhere = (slice(None), slice(None), *np.ix_(*at))
        return input[everywhere]
    return _along_each("interpolate", input, [
        mixing_matrix(n, m, mode, bool(align_corners), f, antialias)
        for n, m, f in zip(spatial, sizes, scales)])


def _sizes_and_scales(spatial: tuple[int, ...], size: Any,
                      scale_factor: Any) -> tuple[list[int], list[float | None]]:
    """The output's sizes, and the scales as they were given."""
    given, name = (scale_factor, "scale_factor") if size is None else (size, "size")
    each = list(given) if isinstance(given, (tuple, list)) else [given] * len(spatial)
    if len(each) != len(spatial) or any(not isinstance(n, (int, float, np.integer)) for n in each):
        raise ShapeError(f"interpolate: {name} must be one number or {len(spatial)}, got {given!r}.")
    if size is not None:
        return [int(n) for n in each], [None] * len(spatial)
    return [int(math.floor(n * f)) for n, f in zip(spatial, each)], [float(f) for f in each]
