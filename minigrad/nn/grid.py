"""Looking up an image at any positions: ``grid_sample``, and the positions of a linear map, ``affine_grid``.

Source: Jaderberg et al. 2015, spatial transformer networks.
"""
from __future__ import annotations

from itertools import product
from typing import Any, Sequence

import numpy as np

from ..autograd.tensor import array_of, wrap
from ..backend.arrays import Array, array_module
from ..errors import DTypeError, ShapeError
from ..ops.gather_scatter import gather
from ..ops.linalg import matmul

CUBIC = -0.75           # Keys's a: the cubic's slope


def affine_grid(theta: Any, size: Sequence[int], align_corners: bool | None = None) -> Any:
    """Where each pixel of the output looks: theta (N, 2, 3) · (x, y, 1) with x and y from −1 to 1.

    size: (N, C, H, W) for theta (N, 2, 3), (N, C, D, H, W) for theta (N, 3, 4). Returns (N, H, W, 2) or
    (N, D, H, W, 3) for ``grid_sample``. ``align_corners``: whether ±1 are the centers of the corner pixels or
    (the default) the edges of the image. Raises ShapeError when theta does not fit, DTypeError for integers.

    >>> theta = minigrad.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    >>> minigrad.nn.functional.affine_grid(theta, (1, 1, 1, 2), align_corners=False)
    tensor([[[[-0.5,  0. ],
              [ 0.5,  0. ]]]])
    """
    dims, shape = len(size) - 2, tuple(theta.shape)
    if dims not in (2, 3) or shape != (size[0], dims, dims + 1):
        raise ShapeError(f"affine_grid: for a size (N, C, H, W) theta must be (N, 2, 3), for (N, C, D, H, W) "
                         f"(N, 3, 4), got {tuple(size)} and {shape}.")
    if theta.dtype.kind != "f":
        raise DTypeError(f"affine_grid: expected a floating theta, got {theta.dtype}. Use theta.float().")
    axes = [np.linspace(-1, 1, n) * (1 if align_corners else (n - 1) / n) if n > 1 else np.zeros(n)
            for n in size[2:]]
    positions = np.stack([*np.meshgrid(*axes, indexing="ij")[::-1], np.ones(tuple(size[2:]))], -1)
    base = array_module(array_of(theta)).asarray(positions.reshape(1, -1, dims + 1), dtype=theta.dtype)
    return matmul(wrap(base), theta.transpose(1, 2)).reshape(size[0], *size[2:], dims)


def grid_sample(input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros",
                align_corners: bool | None = None) -> Any:
    """The entries of images or volumes at the positions of a grid, between pixels by interpolation.

    Args:
        input: (N, C, H, W) or (N, C, D, H, W).
        grid: (N, OH, OW, 2) of (x, y), or (N, OD, OH, OW, 3) of (x, y, z), from −1 to 1.
        mode: "bilinear" (for volumes: trilinear), "nearest", or for images "bicubic".
        padding_mode: what lies outside: "zeros", "border" (the edge) or "reflection".
        align_corners: whether ±1 are the centers of the corner pixels or (the default) the image's edges.

    Returns (N, C, *grid's inner sizes). Raises ShapeError when the sizes do not fit, DTypeError when the
    dtypes differ, ValueError for another mode.

    >>> image = minigrad.tensor([[[[1.0, 3.0]]]])
    >>> minigrad.nn.functional.grid_sample(image, minigrad.zeros(1, 1, 1, 2), align_corners=False)
    tensor([[[[2.]]]])
    """
    shape, where = tuple(input.shape), tuple(grid.shape)
    dims = len(shape) - 2
    if dims not in (2, 3) or len(where) != len(shape) or where[0] != shape[0] or where[-1] != dims \
            or 0 in shape[2:]:
        raise ShapeError(f"grid_sample: expected an input (N, C, H, W) with a grid (N, OH, OW, 2), or "
                         f"(N, C, D, H, W) with (N, OD, OH, OW, 3), got {shape} and {where}.")
    if input.dtype != grid.dtype:
        raise DTypeError(f"grid_sample: the input is {input.dtype}, but the grid {grid.dtype}. Convert one "
                         "of them.")
    if mode not in ("bilinear", "nearest", "bicubic")[:3 if dims == 2 else 2]:
        raise ValueError("grid_sample: mode must be 'bilinear', 'nearest' or for images 'bicubic', got "
                         f"{mode!r}.")
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError("grid_sample: padding_mode must be 'zeros', 'border' or 'reflection', got "
                         f"{padding_mode!r}.")
    taps = []                                                   # for each dimension: [(position, weight), …]
    for k, n in enumerate(shape[2:]):
        g = grid[..., dims - 1 - k].reshape(shape[0], -1)                                   # (N, P)
        at = (g + 1) * ((n - 1) / 2) if align_corners else ((g + 1) * n - 1) * 0.5          # in pixels
        taps.append(_taps(at, n, mode, padding_mode, bool(align_corners)))
    pixels: Any = input.reshape(*shape[:2], -1)
    total: Any = 0
    for corner in product(*taps):
        flat: Any = 0
        inside: Any = True
        weight: Any = 1
        for (position, share), n in zip(corner, shape[2:]):
            valid = (position >= 0) & (position < n)
            flat, inside, weight = flat * n + position * valid, inside & valid, weight * share
        flat = array_module(flat).broadcast_to(flat[:, None], (*shape[:2], flat.shape[1]))
        total = total + gather(pixels, 2, flat) * (weight * inside.astype(input.dtype))[:, None]
    return total.reshape(*shape[:2], *where[1:-1])


def _taps(at: Any, n: int, mode: str, padding_mode: str, align_corners: bool) -> list[tuple[Array, Any]]:
    """The pixels that a position mixes, with their weights; positions outside stay so with "zeros"."""
    if mode == "bicubic":
        low = np.floor(array_of(at))
        t = at - low
        s = 1 - t
        weights = {-1: CUBIC * t * s * s, 0: _near(t), 1: _near(s), 2: CUBIC * s * t * t}
        return [(_inside(low + k, n, padding_mode, align_corners)[0].astype(np.int64), weight)
                for k, weight in weights.items()]
    values, slope = _inside(array_of(at), n, padding_mode, align_corners)
    at = at * slope + (values - array_of(at) * slope)           # moved inside, with the gradient of the move
    if mode == "nearest":
        return [(np.rint(values).astype(np.int64), np.ones_like(values))]
    low = np.floor(values)
    return [(low.astype(np.int64), 1 - (at - low)), (low.astype(np.int64) + 1, at - low)]


def _near(t: Any) -> Any:
    """The cubic's weight of a pixel at distance t ≤ 1."""
    return ((CUBIC + 2) * t - (CUBIC + 3)) * t * t + 1


def _inside(x: Array, n: int, padding_mode: str, align_corners: bool) -> tuple[Array, Array]:
    """Positions moved into the image as the padding mode says, and the slope of the move: 1, −1 or 0."""
    slope = np.ones_like(x)
    if padding_mode == "zeros":
        return x, slope
    if padding_mode == "reflection":
        low, span = (0.0, n - 1) if align_corners else (-0.5, n)
        if span == 0:
            return np.zeros_like(x), np.zeros_like(x)
        slope = np.where(x < low, -slope, slope)
        away = np.abs(x - low)
        flips, rest = np.floor(away / span), np.fmod(away, span)
        odd = flips % 2 == 1
        x, slope = np.where(odd, span - rest, rest) + low, np.where(odd, -slope, slope)
    slope = np.where((x <= 0) | (x >= n - 1), 0, slope)
    return np.clip(x, 0, n - 1).astype(x.dtype), slope.astype(x.dtype)
