"""Transforms of images, on whole batches (N, C, H, W) and on single images (C, H, W).

Each takes a Tensor or an array and returns the same type. A random transform decides separately for every
image of a batch, yet computes the batch in one step. It draws from its ``generator`` if it has one, else from
the stream of the batch that a loader is making, else from minigrad's default generator; see
``minigrad.data.randomness``.
"""
from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from ..autograd.tensor import Tensor, as_array, wrap
from ..backend.arrays import Array, array_module
from ..backend.random import Generator
from ..data.randomness import random_stream
from ..errors import DTypeError, RangeError, ShapeError
from ..errors.arguments import require_integers
from .affine import RandomAffine, RandomRotation
from .transform import Compose, Transform

__all__ = ["Compose", "Normalize", "RandomAffine", "RandomCrop", "RandomHorizontalFlip", "RandomRotation",
           "RandomShift", "ToTensor", "Transform"]


class ToTensor:
    """An image as a Tensor, channels first, floats from 0 to 1.

    Tensors count as channels first already, arrays and PIL images as (H, W), (H, W, C) or (N, H, W, C). Bytes
    are divided by 255; floats keep their values. minigrad's data sets return such Tensors anyway; this is for
    code written for torchvision. Raises ShapeError for arrays of other dimensions.

    >>> import numpy as np
    >>> from minigrad.vision import transforms
    >>> transforms.ToTensor()(np.array([[0, 255]], np.uint8))
    tensor([[[0., 1.]]])
    """

    batched = True

    def __call__(self, images: Any) -> Tensor:
        array = as_array(images) if isinstance(images, Tensor) else _channels_first(images)
        if array.dtype == np.uint8:
            array = np.divide(array, np.float32(255), dtype=np.float32)
        return wrap(array)

    def __repr__(self) -> str:
        return "ToTensor()"


class Normalize(Transform):
    """(x − mean) / std for each channel, so that the values have mean 0 and deviation 1.

    Args:
        mean, std: a number for each channel, or one for all, of the images as floats.

    Raises RangeError for a std that is not above 0, DTypeError for images that are not floats,
    ShapeError when the number of channels differs.

    >>> from minigrad.vision import transforms
    >>> transforms.Normalize(0.5, 0.25)(minigrad.tensor([[[0.0, 0.5, 1.0]]]))
    tensor([[[-2.,  0.,  2.]]])
    """

    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        if inplace:
            raise NotImplementedError("Normalize: inplace=True is not supported. Leave it out; the "
                                      "result is a new batch.")
        self.mean, self.std = mean, std
        self._mean = np.atleast_1d(np.asarray(mean, np.float64))[:, None, None]      # (C, 1, 1)
        self._std = np.atleast_1d(np.asarray(std, np.float64))[:, None, None]
        if not (self._std > 0).all():
            raise RangeError(f"Normalize: every std must be above 0, got {std!r}.")

    def apply(self, images: Array) -> Array:
        if images.dtype.kind != "f":
            raise DTypeError(f"Normalize: expected floats, got {images.dtype}. Put ToTensor() before it.")
        for name, values in (("mean", self._mean), ("std", self._std)):
            if len(values) not in (1, images.shape[1]):
                raise ShapeError(f"Normalize: {name} is for {len(values)} channels, the images "
                                 f"{images.shape} have {images.shape[1]}.")
        xp = array_module(images)
        out = images - xp.asarray(self._mean, images.dtype)
        out /= xp.asarray(self._std, images.dtype)
        return out


class RandomCrop(Transform):
    """A window at a random place of each image, after padding it with zeros.

    Args:
        size: height and width of the window, or one number for both.
        padding: rows and columns of zeros on every side.
        generator: what to draw from; see the module.

    (N, C, H, W) → (N, C, *size). Raises ShapeError when the window is larger than the image.

    >>> from minigrad.vision import transforms
    >>> transforms.RandomCrop(32, padding=4)(minigrad.zeros(7, 3, 32, 32)).shape
    minigrad.Size([7, 3, 32, 32])
    """

    def __init__(self, size: int | Sequence[int], padding: int = 0,
                 generator: Generator | None = None) -> None:
        pair = tuple(size) if isinstance(size, (tuple, list)) else (size, size)
        if len(pair) != 2 or not all(isinstance(s, (int, np.integer)) and s > 0 for s in pair):
            raise RangeError(f"RandomCrop: size must be one or two integers from 1, got {size!r}.")
        self.size = (int(pair[0]), int(pair[1]))
        require_integers("RandomCrop", 0, padding=padding)
        self.padding, self.generator = int(padding), generator

    def apply(self, images: Array) -> Array:
        n, _, height, width = images.shape
        p, (h, w) = self.padding, self.size
        if h > height + 2 * p or w > width + 2 * p:
            raise ShapeError(f"RandomCrop: a window of {h}×{w} does not fit into images of "
                             f"{height}×{width} with padding={p}. Raise padding to at least "
                             f"{-(-max(h - height, w - width) // 2)}.")
        random = random_stream(self.generator)
        top = random.integers(0, height + 2 * p - h + 1, n)
        left = random.integers(0, width + 2 * p - w + 1, n)
        return _windows(images, p, top, left, h, w)


class RandomShift(Transform):
    """Moves each image by −pixels … +pixels in both directions; zeros move in at the border.

    (N, C, H, W) → the same shape. Raises RangeError for pixels below 0.

    >>> from minigrad.vision import transforms
    >>> transforms.RandomShift(2)(minigrad.zeros(7, 1, 28, 28)).shape
    minigrad.Size([7, 1, 28, 28])
    """

    def __init__(self, pixels: int, generator: Generator | None = None) -> None:
        require_integers("RandomShift", 0, pixels=pixels)
        self.pixels, self.generator = int(pixels), generator

    def apply(self, images: Array) -> Array:
        n, _, height, width = images.shape
        top, left = random_stream(self.generator).integers(0, 2 * self.pixels + 1, (2, n))
        return _windows(images, self.pixels, top, left, height, width)


class RandomHorizontalFlip(Transform):
    """Mirrors each image, left to right, with probability ``p``.

    (N, C, H, W) → the same shape. Raises RangeError for p outside [0, 1].

    >>> from minigrad.vision import transforms
    >>> transforms.RandomHorizontalFlip(p=1.0)(minigrad.tensor([[[1.0, 2.0, 3.0]]]))
    tensor([[[3., 2., 1.]]])
    """

    def __init__(self, p: float = 0.5, generator: Generator | None = None) -> None:
        if not 0 <= p <= 1:
            raise RangeError(f"RandomHorizontalFlip: p must be from 0 to 1, got {p!r}.")
        self.p, self.generator = p, generator

    def apply(self, images: Array) -> Array:
        flip = random_stream(self.generator).random(len(images)) < self.p
        mirrored = array_module(images).asarray(flip)[:, None, None, None]
        return np.where(mirrored, images[..., ::-1], images)


def _channels_first(image: Any) -> np.ndarray:
    """(H, W) → (1, H, W), (…, H, W, C) → (…, C, H, W)."""
    array = as_array(np.asarray(image))
    if array.ndim not in (2, 3, 4):
        raise ShapeError(f"ToTensor: expected an array (H, W), (H, W, C) or (N, H, W, C), got shape "
                         f"{array.shape}.")
    return array[None] if array.ndim == 2 else np.ascontiguousarray(np.moveaxis(array, -1, -3))


def _windows(images: Array, padding: int, top: np.ndarray, left: np.ndarray,
             h: int, w: int) -> Array:
    """Image n from row top[n] and column left[n] of its padded self: (N, C, H, W) → (N, C, h, w)."""
    xp = array_module(images)
    n, c, height, width = images.shape
    padded = xp.zeros((n, c, height + 2 * padding, width + 2 * padding), images.dtype)
    padded[:, :, padding:padding + height, padding:padding + width] = images
    # every possible window, as a view: (N, C, rows, columns, h, w)
    views = xp.lib.stride_tricks.sliding_window_view(padded, (h, w), axis=(2, 3))
    return views[xp.arange(n), :, xp.asarray(top), xp.asarray(left)]
