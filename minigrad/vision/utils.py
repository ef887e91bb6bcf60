"""Many images in one: a grid, to look at a batch."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd.tensor import Tensor, as_array, wrap
from ..backend.arrays import to_numpy
from ..errors import ShapeError


def make_grid(tensor: Any, nrow: int = 8, padding: int = 2, normalize: bool = False,
              value_range: tuple[float, float] | None = None, scale_each: bool = False,
              pad_value: float = 0.0) -> Tensor:
    """A batch of images side by side, ``nrow`` in each row, as torchvision lays them out.

    Args:
        tensor: (N, C, H, W), a single (C, H, W) or (H, W), or a list of images (C, H, W).
        padding: pixels between and around the images, of value ``pad_value``.
        normalize: map ``value_range``, or the smallest and largest value, to 0 and 1; with ``scale_each``, in
            each image by itself.

    Returns (3 or C, height, width); gray images become three equal channels. Raises ShapeError for
    anything else.

    >>> from minigrad.vision.utils import make_grid
    >>> make_grid(minigrad.zeros(6, 1, 28, 28), nrow=3).shape         # 2 rows of 3
    minigrad.Size([3, 62, 92])
    """
    images = np.stack([to_numpy(as_array(t)) for t in tensor]) if isinstance(tensor, (list, tuple)) \
        else to_numpy(as_array(tensor))
    if images.ndim == 2:
        images = images[None]
    if images.ndim == 3:
        images = images[None]
    if images.ndim != 4 or not len(images):
        raise ShapeError(f"make_grid: expected images (N, C, H, W) with N from 1, got {images.shape}.")
    if images.shape[1] == 1:
        images = np.repeat(images, 3, axis=1)
    if normalize:
        images = _normalized(images, value_range, scale_each)
    n, c, h, w = images.shape
    if n == 1:
        return wrap(images[0].copy())
    columns = min(nrow, n)
    rows = -(-n // columns)
    grid = np.full((c, rows * (h + padding) + padding, columns * (w + padding) + padding), pad_value,
                   dtype=images.dtype)
    for k, image in enumerate(images):
        top, left = (k // columns * (h + padding) + padding, k % columns * (w + padding) + padding)
        grid[:, top:top + h, left:left + w] = image
    return wrap(grid)


def _normalized(images: np.ndarray, value_range: tuple[float, float] | None, each: bool) -> np.ndarray:
    """The images mapped to [0, 1]."""
    if images.dtype.kind != "f":
        images = images.astype(np.float32)
    axes = (1, 2, 3) if each else None
    low, high = ((np.min(images, axes, keepdims=True), np.max(images, axes, keepdims=True))
                 if value_range is None else value_range)
    held = np.clip(images, low, high)
    return ((held - low) / np.maximum(np.asarray(high) - low, 1e-5)).astype(images.dtype)
