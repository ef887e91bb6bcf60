"""Random rotations, shifts, scalings and shears of whole batches.

Every pixel of the result looks back to where it came from: the inverse map gives a position in the input, and
the value is that of the nearest pixel, or a mixture of the four around it.
"""
from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from ...backend.arrays import Array, array_module
from ...backend.random import Generator
from ...data.randomness import random_stream
from ...errors import RangeError
from .base import Transform

Range = float | Sequence[float]


def inverse_maps(angle: Array, shift: Array, scale: Array, shear: Array) -> Array:
    """(N, 2, 3) matrices from positions in the result back to positions in the input, around the center.

    The map turns by ``angle`` degrees clockwise, shears by ``shear`` (N, 2) degrees, scales, and then
    shifts by ``shift`` (N, 2) pixels to the right and down. x points right, y down.
    """
    turn, (sx, sy) = np.deg2rad(angle), np.deg2rad(shear).T
    # turn · shear, as a 2×2 matrix (a b; c d); its determinant is 1.
    a = np.cos(turn - sy) / np.cos(sy)
    b = -np.cos(turn - sy) * np.tan(sx) / np.cos(sy) - np.sin(turn)
    c = np.sin(turn - sy) / np.cos(sy)
    d = -np.sin(turn - sy) * np.tan(sx) / np.cos(sy) + np.cos(turn)
    linear = np.stack([np.stack([d, -b], -1), np.stack([-c, a], -1)], 1) / scale[:, None, None]
    return np.concatenate([linear, -linear @ shift[:, :, None]], axis=2)


def resampled(images: Array, maps: Array, interpolation: str, fill: float) -> Array:
    """The batch (N, C, H, W) seen through ``maps`` (N, 2, 3); ``fill`` where a position lies outside."""
    xp = array_module(images)
    n, _, h, w = images.shape
    y, x = np.meshgrid(np.arange(h) - (h - 1) / 2, np.arange(w) - (w - 1) / 2, indexing="ij")
    grid = np.stack([x.ravel(), y.ravel(), np.ones(h * w)])                     # (3, H·W)
    back = maps @ grid                                                          # (N, 2, H·W)
    column, row = back[:, 0] + (w - 1) / 2, back[:, 1] + (h - 1) / 2
    border = xp.full((n, images.shape[1], h + 2, w + 2), fill, dtype=images.dtype)
    border[:, :, 1:-1, 1:-1] = images
    if interpolation == "nearest":
        return _pixels(border, np.floor(row + 0.5), np.floor(column + 0.5), images.shape)
    top, left = np.floor(row), np.floor(column)
    down, right = (v.reshape(n, 1, h, w).astype(images.dtype) for v in (row - top, column - left))
    upper = (_pixels(border, top, left, images.shape) * (1 - right)
             + _pixels(border, top, left + 1, images.shape) * right)
    lower = (_pixels(border, top + 1, left, images.shape) * (1 - right)
             + _pixels(border, top + 1, left + 1, images.shape) * right)
    return upper * (1 - down) + lower * down


def _pixels(border: Array, row: Array, column: Array, shape: tuple[int, ...]) -> Array:
    """The pixels at integer positions; all positions outside fall on the border of one pixel."""
    n, _, h, w = shape
    r = np.clip(row, -1, h).astype(np.int64) + 1                                # (N, H·W)
    c = np.clip(column, -1, w).astype(np.int64) + 1
    picked = border[np.arange(n)[:, None], :, r, c]                             # (N, H·W, C)
    return picked.transpose(0, 2, 1).reshape(shape)


def _range(value: Range, name: str) -> tuple[float, float]:
    """A number d as (−d, d), or a pair (low, high)."""
    low, high = (-value, value) if isinstance(value, (int, float)) else tuple(value)
    if low > high or isinstance(value, (int, float)) and value < 0:
        raise RangeError(f"{name}: expected a number from 0 or a pair (low, high), got {value!r}.")
    return low, high


class RandomAffine(Transform):
    """Each image turned, shifted, scaled and sheared at random; the keywords are torchvision's.

    Args:
        degrees: the angle lies in ±degrees, or in a range (low, high); 0 for none.
        translate: (a, b): shifts by up to a · width and b · height, in whole pixels.
        scale: a range of factors.
        shear: degrees along x, or (low, high) along x, or (low, high, low, high) along x and y.
        interpolation: "nearest" or "bilinear" (images of floats).
        fill: the value of pixels from outside the image.

    (N, C, H, W) → the same shape and dtype. Raises RangeError for a range that makes no sense, DTypeError
    for bilinear bytes.

    >>> from minigrad.vision import transforms
    >>> transforms.RandomAffine(10, translate=(0.1, 0.1))(minigrad.zeros(7, 1, 28, 28)).shape
    minigrad.Size([7, 1, 28, 28])
    """

    def __init__(self, degrees: Range, translate: tuple[float, float] | None = None,
                 scale: tuple[float, float] | None = None, shear: Range | None = None,
                 interpolation: str = "nearest", fill: float = 0.0, center: Any = None,
                 generator: Generator | None = None) -> None:
        name = type(self).__name__
        if center is not None:
            raise NotImplementedError(f"{name}: center is not supported; images turn around their middle.")
        if interpolation not in ("nearest", "bilinear"):
            raise ValueError(f"{name}: interpolation must be 'nearest' or 'bilinear', got {interpolation!r}.")
        if translate is not None and not all(0 <= t <= 1 for t in translate):
            raise RangeError(f"{name}: translate must be shares from 0 to 1, got {translate}.")
        if scale is not None and not 0 < scale[0] <= scale[1]:
            raise RangeError(f"{name}: scale must be a range (low, high) above 0, got {scale}.")
        self.degrees, self.translate, self.scale, self.shear = degrees, translate, scale, shear
        self.interpolation, self.fill, self.generator = interpolation, fill, generator
        self._angles = _range(degrees, f"{name}: degrees")
        wide = isinstance(shear, Sequence) and len(shear) == 4
        self._shear_x = (0.0, 0.0) if shear is None else _range(shear[:2] if wide else shear,  # type: ignore
                                                                f"{name}: shear")
        self._shear_y = _range(shear[2:], f"{name}: shear") if wide else (0.0, 0.0)  # type: ignore

    def apply(self, images: Array) -> Array:
        if self.interpolation == "bilinear" and images.dtype.kind != "f":       # bytes stay bytes
            return np.round(self.apply(images.astype(np.float32))).astype(images.dtype)
        random = random_stream(self.generator)
        n, size = len(images), np.array([images.shape[3], images.shape[2]])
        angle = random.uniform(*self._angles, n)
        reach = np.zeros(2) if self.translate is None else np.array(self.translate) * size
        shift = np.round(random.uniform(-reach, reach, (n, 2)))
        scale = random.uniform(*(self.scale or (1.0, 1.0)), n)
        shear = np.stack([random.uniform(*self._shear_x, n), random.uniform(*self._shear_y, n)], 1)
        return resampled(images, inverse_maps(angle, shift, scale, shear), self.interpolation, self.fill)


class RandomRotation(RandomAffine):
    """Each image turned at random by an angle within ±degrees, or in a range (low, high).

    Counter-clockwise. Errors as for RandomAffine.

    >>> from minigrad.vision import transforms
    >>> turn = transforms.RandomRotation((90, 90))
    >>> turn(minigrad.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[2., 4.],
             [1., 3.]]])
    """

    def __init__(self, degrees: Range, interpolation: str = "nearest", expand: bool = False,
                 center: Any = None, fill: float = 0.0, generator: Generator | None = None) -> None:
        if expand:
            raise NotImplementedError("RandomRotation: expand=True is not supported; all images of a batch "
                                      "have the same size.")
        super().__init__(degrees, interpolation=interpolation, fill=fill, center=center,
                         generator=generator)
        low, high = self._angles
        self._angles = (-high, -low)            # torchvision turns counter-clockwise here
