"""Crops, flips, borders and sizes: transforms that move pixels."""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np
from PIL import Image

from ...backend.arrays import Array, array_module
from ...backend.random import Generator
from ...data.randomness import random_stream
from ...errors import RangeError, ShapeError
from ...errors.arguments import require_integers
from .base import RandomTransform, Transform
from .moved import (InterpolationMode, Size, center_crop, five_crop, hflip, interpolation_name, pad, pair,
                    resize, resized_crop, vflip)


class Resize(Transform):
    """Another size: (height, width), or the length of the shorter side. PIL resamples; see
    ``functional.resize``.

    >>> from minigrad.vision import transforms
    >>> transforms.Resize(14)(minigrad.zeros(7, 1, 28, 28)).shape
    minigrad.Size([7, 1, 14, 14])
    """

    def __init__(self, size: Size, interpolation: Any = InterpolationMode.BILINEAR,
                 max_size: int | None = None,
                 antialias: bool | None = True) -> None:
        self.size, self.interpolation, self.max_size = size, interpolation_name(interpolation), max_size
        self.antialias = antialias

    def apply(self, images: Array) -> Array:
        return resize(images, self.size, self.interpolation, self.max_size, self.antialias)

    def picture(self, image: Image.Image) -> Any:
        return self.apply(image)


class CenterCrop(Transform):
    """The middle of the image, with zeros around it when it is smaller.

    >>> from minigrad.vision import transforms
    >>> transforms.CenterCrop(20)(minigrad.zeros(7, 1, 28, 28)).shape
    minigrad.Size([7, 1, 20, 20])
    """

    def __init__(self, size: Size) -> None:
        self.size = pair(size)

    def apply(self, images: Array) -> Array:
        return center_crop(images, self.size)


class FiveCrop:
    """Windows at the four corners and in the middle, as a tuple; see ``functional.five_crop``.

    >>> from minigrad.vision import transforms
    >>> len(transforms.FiveCrop(20)(minigrad.zeros(1, 28, 28)))
    5
    """

    def __init__(self, size: Size) -> None:
        self.size = pair(size)

    def __call__(self, images: Any) -> tuple[Any, ...]:
        return five_crop(images, self.size)


class Pad(Transform):
    """Rows and columns around the image; see ``functional.pad``.

    >>> from minigrad.vision import transforms
    >>> transforms.Pad(2)(minigrad.zeros(7, 1, 28, 28)).shape
    minigrad.Size([7, 1, 32, 32])
    """

    def __init__(self, padding: Size, fill: Any = 0, padding_mode: str = "constant") -> None:
        self.padding, self.fill, self.padding_mode = padding, fill, padding_mode

    def apply(self, images: Array) -> Array:
        return pad(images, self.padding, self.fill, self.padding_mode)


class RandomCrop(Transform):
    """A window at a random place of each image, after padding it.

    Args:
        size: height and width of the window, or one number for both.
        padding: rows and columns around the image; see ``functional.pad``.
        pad_if_needed: pad images that are smaller than the window.
        generator: what to draw from; see the module.

    (N, C, H, W) → (N, C, *size). Raises ShapeError when the window is larger than the image.

    >>> from minigrad.vision import transforms
    >>> transforms.RandomCrop(32, padding=4)(minigrad.zeros(7, 3, 32, 32)).shape
    minigrad.Size([7, 3, 32, 32])
    """

    def __init__(self, size: Size, padding: Size | None = 0, pad_if_needed: bool = False, fill: Any = 0,
                 padding_mode: str = "constant", generator: Generator | None = None) -> None:
        try:
            self.size = pair(size)
        except RangeError as error:
            raise RangeError(f"RandomCrop: {error}") from None
        self.padding = 0 if padding is None else padding
        if isinstance(self.padding, (int, float)):
            require_integers("RandomCrop", 0, padding=self.padding)
        self.pad_if_needed, self.fill, self.padding_mode = pad_if_needed, fill, padding_mode
        self.generator = generator

    def apply(self, images: Array) -> Array:
        _, _, height, width = images.shape
        h, w = self.size
        padded = pad(images, self.padding, self.fill, self.padding_mode) if self.padding else images
        if self.pad_if_needed:
            short = (max(w - padded.shape[3], 0), max(h - padded.shape[2], 0))
            padded = pad(padded, short, self.fill, self.padding_mode)
        n, _, rows, columns = padded.shape
        if h > rows or w > columns:
            raise ShapeError(f"RandomCrop: a window of {h}×{w} does not fit into images of "
                             f"{height}×{width} with padding={self.padding}. Raise padding to at least "
                             f"{-(-max(h - height, w - width) // 2)}.")
        random = random_stream(self.generator)
        top = random.integers(0, rows - h + 1, n)
        left = random.integers(0, columns - w + 1, n)
        return windows(padded, top, left, h, w)

    def __repr__(self) -> str:
        return f"RandomCrop(size={self.size}, padding={self.padding})"


class RandomResizedCrop(RandomTransform):
    """A window of a random size and shape at a random place, brought to one size.

    Args:
        size: of the result.
        scale: the window's share of the area, lowest and highest.
        ratio: its width / height, lowest and highest.

    >>> from minigrad.vision import transforms
    >>> transforms.RandomResizedCrop(16)(minigrad.zeros(7, 3, 32, 32)).shape
    minigrad.Size([7, 3, 16, 16])
    """

    def __init__(self, size: Size, scale: Sequence[float] = (0.08, 1.0),
                 ratio: Sequence[float] = (3 / 4, 4 / 3),
                 interpolation: Any = InterpolationMode.BILINEAR, antialias: bool | None = True,
                 generator: Generator | None = None) -> None:
        super().__init__(1.0, generator)
        if not 0 < scale[0] <= scale[1] or not 0 < ratio[0] <= ratio[1]:
            raise RangeError(f"RandomResizedCrop: scale and ratio must be ranges (low, high) above 0, got "
                             f"{scale} and {ratio}.")
        self.size, self.scale, self.ratio = pair(size), tuple(scale), tuple(ratio)
        self.interpolation, self.antialias = interpolation_name(interpolation), antialias

    def one(self, image: Any, random: np.random.Generator) -> Any:
        width, height = image.size if hasattr(image, "getbands") else image.shape[:0:-1]
        window = random_window(random, height, width, self.scale, self.ratio)
        if window is None:                              # the whole image, as far as the ratio allows
            ratio = min(max(width / height, self.ratio[0]), self.ratio[1])
            h, w = (height, min(round(height * ratio), width)) if width / height > ratio else \
                (min(round(width / ratio), height), width)
            window = ((height - h) // 2, (width - w) // 2, h, w)
        return resized_crop(image, *window, self.size, self.interpolation, self.antialias)


def random_window(random: np.random.Generator, height: int, width: int, scale: Sequence[float],
                  ratio: Sequence[float]) -> tuple[int, int, int, int] | None:
    """(top, left, h, w) with a share of the area and a shape from their ranges; None if ten don't fit."""
    for _ in range(10):
        area = height * width * random.uniform(scale[0], scale[1])
        shape = math.exp(random.uniform(math.log(ratio[0]), math.log(ratio[1])))
        w, h = round(math.sqrt(area * shape)), round(math.sqrt(area / shape))
        if 0 < w <= width and 0 < h <= height:
            return int(random.integers(0, height - h + 1)), int(random.integers(0, width - w + 1)), h, w
    return None


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
        padded = pad(images, self.pixels)
        return windows(padded, top, left, height, width)


class RandomHorizontalFlip(RandomTransform):
    """Mirrors each image, left to right, with probability ``p``.

    (N, C, H, W) → the same shape. Raises RangeError for p outside [0, 1].

    >>> from minigrad.vision import transforms
    >>> transforms.RandomHorizontalFlip(p=1.0)(minigrad.tensor([[[1.0, 2.0, 3.0]]]))
    tensor([[[3., 2., 1.]]])
    """

    on_device = True

    def one(self, image: Any, random: np.random.Generator) -> Any:
        return hflip(image)

    def apply(self, images: Array) -> Array:            # the whole batch at once
        flip = random_stream(self.generator).random(len(images)) < self.p
        mirrored = array_module(images).asarray(flip)[:, None, None, None]
        return np.where(mirrored, images[..., ::-1], images)


class RandomVerticalFlip(RandomTransform):
    """Mirrors each image, top to bottom, with probability ``p``.

    >>> from minigrad.vision import transforms
    >>> transforms.RandomVerticalFlip(p=1.0)(minigrad.tensor([[[1.0], [2.0]]]))
    tensor([[[2.],
             [1.]]])
    """

    def one(self, image: Any, random: np.random.Generator) -> Any:
        return vflip(image)


def windows(images: Array, top: np.ndarray, left: np.ndarray, h: int, w: int) -> Array:
    """Image n from row top[n] and column left[n]: (N, C, H, W) → (N, C, h, w)."""
    xp = array_module(images)
    # every possible window, as a view: (N, C, rows, columns, h, w)
    views = xp.lib.stride_tricks.sliding_window_view(images, (h, w), axis=(2, 3))
    return views[xp.arange(len(images)), :, xp.asarray(top), xp.asarray(left)]
