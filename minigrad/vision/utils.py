"""Many images in one: a grid, to look at a batch, and as a file."""
from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..autograd.tensor import Tensor, as_array, wrap
from ..backend.arrays import to_numpy
from ..errors import ShapeError
from ..files.writing import atomic_write


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


def save_image(tensor: Any, fp: Any, format: str | None = None, **options: Any) -> None:
    """Write images 0…1 as a picture file: several as a grid (``options`` are those of ``make_grid``).

    fp: a path, whose ending decides the format, or a file object with ``format``. Raises ValueError for
    another ending, UnwritableError where the file cannot be written.

    >>> import io
    >>> from minigrad.vision.utils import save_image
    >>> file = io.BytesIO(); save_image(minigrad.zeros(6, 1, 28, 28), file, format="png", nrow=3)
    >>> file.getvalue()[1:4]
    b'PNG'
    """
    grid = np.clip(make_grid(tensor, **options).numpy() * 255 + 0.5, 0, 255).astype(np.uint8)
    picture = Image.fromarray(np.ascontiguousarray(grid.transpose(1, 2, 0)))
    if hasattr(fp, "write"):
        picture.save(fp, format=format)
        return
    named = format or Image.registered_extensions().get(Path(fp).suffix.lower())
    if named is None:
        raise ValueError(f"save_image: the name {str(fp)!r} does not end as a picture's; use .png.")
    encoded = io.BytesIO()
    picture.save(encoded, format=named)
    with atomic_write(Path(fp)) as file:
        file.write(encoded.getvalue())


def _normalized(images: np.ndarray, value_range: tuple[float, float] | None, each: bool) -> np.ndarray:
    """The images mapped to [0, 1]."""
    if images.dtype.kind != "f":
        images = images.astype(np.float32)
    axes = (1, 2, 3) if each else None
    low, high = ((np.min(images, axes, keepdims=True), np.max(images, axes, keepdims=True))
                 if value_range is None else value_range)
    held = np.clip(images, low, high)
    return ((held - low) / np.maximum(np.asarray(high) - low, 1e-5)).astype(images.dtype)
