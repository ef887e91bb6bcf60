"""Colors, blur and erased windows: transforms that change what pixels show."""
from __future__ import annotations

from typing import Any, Sequence

import numpy as np
from PIL import Image

from ...backend.arrays import Array
from ...backend.random import Generator
from ...errors import RangeError
from .base import RandomTransform, Transform
from .moved import Size, erase
from .places import random_window
from .recolored import (adjust_brightness, adjust_contrast, adjust_hue, adjust_saturation, gaussian_blur,
                        invert, rgb_to_grayscale, to_grayscale)

Amount = float | Sequence[float]


class ColorJitter(RandomTransform):
    """Brightness, contrast, saturation and hue changed at random, in random order.

    Args:
        brightness, contrast, saturation: d for a factor from max(0, 1 − d) to 1 + d, or a range (low, high).
        hue: d for a turn from −d to d, at most 0.5, or a range (low, high).

    Raises RangeError for others.

    >>> from minigrad.vision import transforms
    >>> transforms.ColorJitter(0.2, 0.2, 0.2, 0.1)(minigrad.rand(7, 3, 8, 8)).shape
    minigrad.Size([7, 3, 8, 8])
    """

    def __init__(self, brightness: Amount = 0, contrast: Amount = 0, saturation: Amount = 0, hue: Amount = 0,
                 generator: Generator | None = None) -> None:
        super().__init__(1.0, generator)
        self.brightness, self.contrast, self.saturation, self.hue = brightness, contrast, saturation, hue
        self._changes = [(change, _range(name, value, middle)) for change, name, value, middle in (
            (adjust_brightness, "brightness", brightness, 1.0), (adjust_contrast, "contrast", contrast, 1.0),
            (adjust_saturation, "saturation", saturation, 1.0), (adjust_hue, "hue", hue, 0.0))]

    def one(self, image: Any, random: np.random.Generator) -> Any:
        for index in random.permutation(4):
            change, (low, high) = self._changes[index]
            if low != high or low != (0.0 if change is adjust_hue else 1.0):
                image = change(image, float(random.uniform(low, high)))
        return image


def _range(name: str, value: Amount, middle: float) -> tuple[float, float]:
    low, high = (middle - value, middle + value) if isinstance(value, (int, float)) else tuple(value)
    if middle and isinstance(value, (int, float)):
        low = max(low, 0.0)
    limits = (0.0, np.inf) if middle else (-0.5, 0.5)
    if not limits[0] <= low <= high <= limits[1]:
        raise RangeError(f"ColorJitter: {name} must be a number from 0 or a range (low, high)"
                         f"{'' if middle else ' within ±0.5'}, got {value!r}.")
    return low, high


class Grayscale(Transform):
    """The brightness of each pixel, in one channel or in three equal ones.

    >>> from minigrad.vision import transforms
    >>> transforms.Grayscale()(minigrad.zeros(7, 3, 8, 8)).shape
    minigrad.Size([7, 1, 8, 8])
    """

    def __init__(self, num_output_channels: int = 1) -> None:
        self.num_output_channels = num_output_channels

    def apply(self, images: Array) -> Array:
        return rgb_to_grayscale(images, self.num_output_channels)

    def picture(self, image: Image.Image) -> Any:
        return to_grayscale(image, self.num_output_channels)


class RandomGrayscale(RandomTransform):
    """Removes the colors of each image with probability ``p``; the number of channels stays.

    >>> from minigrad.vision import transforms
    >>> transforms.RandomGrayscale(p=1.0)(minigrad.zeros(7, 3, 8, 8)).shape
    minigrad.Size([7, 3, 8, 8])
    """

    def __init__(self, p: float = 0.1, generator: Generator | None = None) -> None:
        super().__init__(p, generator)

    def one(self, image: Any, random: np.random.Generator) -> Any:
        channels = len(image.getbands()) if isinstance(image, Image.Image) else image.shape[0]
        return to_grayscale(image, channels)


class RandomInvert(RandomTransform):
    """The negative of each image with probability ``p``.

    >>> from minigrad.vision import transforms
    >>> transforms.RandomInvert(p=1.0)(minigrad.zeros(1, 1, 2))
    tensor([[[1., 1.]]])
    """

    def one(self, image: Any, random: np.random.Generator) -> Any:
        return invert(image)


class GaussianBlur(RandomTransform):
    """Blurs each image with a bell curve whose width is drawn from ``sigma``; see
    ``functional.gaussian_blur``.

    >>> from minigrad.vision import transforms
    >>> transforms.GaussianBlur(3)(minigrad.zeros(7, 3, 8, 8)).shape
    minigrad.Size([7, 3, 8, 8])
    """

    def __init__(self, kernel_size: Size, sigma: Amount = (0.1, 2.0),
                 generator: Generator | None = None) -> None:
        super().__init__(1.0, generator)
        low, high = (sigma, sigma) if isinstance(sigma, (int, float)) else tuple(sigma)
        if not 0 < low <= high:
            raise RangeError(f"GaussianBlur: sigma must be above 0, or a range of such, got {sigma!r}.")
        self.kernel_size, self.sigma = kernel_size, (low, high)

    def one(self, image: Any, random: np.random.Generator) -> Any:
        return gaussian_blur(image, self.kernel_size, float(random.uniform(*self.sigma)))


class RandomErasing(RandomTransform):
    """Fills a random window of each image (Zhong et al. 2020); for Tensors and arrays, after ToTensor.

    Args:
        scale, ratio: ranges of the window's share of the area, and of its height / width.
        value: what it is filled with: a number, one for each channel, or "random" for normal noise.

    >>> from minigrad.vision import transforms
    >>> x = transforms.RandomErasing(p=1.0, scale=(0.25, 0.25), ratio=(1, 1))(minigrad.ones(1, 8, 8))
    >>> x.sum()
    tensor(48.)
    """

    def __init__(self, p: float = 0.5, scale: Sequence[float] = (0.02, 0.33),
                 ratio: Sequence[float] = (0.3, 3.3),
                 value: Any = 0, inplace: bool = False, generator: Generator | None = None) -> None:
        super().__init__(p, generator)
        self.scale, self.ratio, self.value, self.inplace = tuple(scale), tuple(ratio), value, inplace

    def one(self, image: Any, random: np.random.Generator) -> Any:
        window = random_window(random, image.shape[1], image.shape[2], self.scale,
                               (1 / self.ratio[1], 1 / self.ratio[0]))
        if window is None:
            return image
        top, left, h, w = window
        value = random.normal(size=(image.shape[0], h, w)) if self.value == "random" else \
            np.reshape(np.asarray(self.value, float), (-1, 1, 1))
        return erase(image, top, left, h, w, value, self.inplace)
