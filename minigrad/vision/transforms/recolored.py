"""Functions that change what pixels show: brightness, contrast, colors, blur."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from ...errors import RangeError, ShapeError
from .kinds import on_arrays
from .moved import Size


def _blended(a: Any, b: Any, factor: float) -> Any:
    """factor · a + (1 − factor) · b, within the range of the dtype."""
    out = np.clip(factor * a.astype(np.float32) + (1 - factor) * b, 0, 1 if a.dtype.kind == "f" else 255)
    return out.astype(a.dtype)


def _gray(img: Any) -> Any:
    """(…, 3, H, W) → (…, 1, H, W): 0.2989 R + 0.587 G + 0.114 B."""
    if img.shape[-3] not in (1, 3):
        raise ShapeError(f"grayscale: expected 1 or 3 channels, got an image of shape {img.shape}.")
    if img.shape[-3] == 1:
        return img
    red, green, blue = (img[..., c:c + 1, :, :].astype(np.float32) for c in range(3))
    return (0.2989 * red + 0.587 * green + 0.114 * blue).astype(img.dtype)


@on_arrays
def rgb_to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """The brightness of each pixel, in one channel or in three equal ones.

    >>> from minigrad.vision.transforms import functional as F
    >>> F.rgb_to_grayscale(minigrad.zeros(3, 4, 4)).shape
    minigrad.Size([1, 4, 4])
    """
    return np.repeat(_gray(img), num_output_channels, axis=-3)


def to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """``rgb_to_grayscale``; a picture is converted by PIL."""
    if not isinstance(img, Image.Image):
        return rgb_to_grayscale(img, num_output_channels)
    gray = img.convert("L")
    return gray if num_output_channels == 1 else Image.merge("RGB", [gray] * 3)


def adjust_brightness(img: Any, brightness_factor: float) -> Any:
    """0 makes the image black, 1 leaves it, 2 makes it twice as bright.

    >>> from minigrad.vision.transforms import functional as F
    >>> F.adjust_brightness(minigrad.tensor([[[0.2, 0.8]]]), 2.0)
    tensor([[[0.4000, 1.0000]]])
    """
    if isinstance(img, Image.Image):
        return ImageEnhance.Brightness(img).enhance(brightness_factor)
    return _adjusted(img, lambda x: 0.0, brightness_factor)


def adjust_contrast(img: Any, contrast_factor: float) -> Any:
    """0 makes the image gray all over, of its mean brightness; 1 leaves it."""
    if isinstance(img, Image.Image):
        return ImageEnhance.Contrast(img).enhance(contrast_factor)
    return _adjusted(img, lambda x: _gray(x).astype(np.float32).mean((-3, -2, -1), keepdims=True),
                     contrast_factor)


def adjust_saturation(img: Any, saturation_factor: float) -> Any:
    """0 removes the colors, 1 leaves them, 2 makes them twice as strong."""
    if isinstance(img, Image.Image):
        return ImageEnhance.Color(img).enhance(saturation_factor)
    return _adjusted(img, _gray, saturation_factor)


@on_arrays
def _adjusted(img: Any, towards: Callable[[Any], Any], factor: float) -> Any:
    if factor < 0:
        raise RangeError(f"expected a factor from 0, got {factor}.")
    return _blended(img, towards(img), factor)


def adjust_hue(img: Any, hue_factor: float) -> Any:
    """The colors turned around the circle by ``hue_factor`` of it, from −0.5 to 0.5.

    Raises RangeError for another factor.
    """
    if not -0.5 <= hue_factor <= 0.5:
        raise RangeError(f"adjust_hue: expected a factor from -0.5 to 0.5, got {hue_factor}.")
    if isinstance(img, Image.Image):
        if img.mode in ("1", "L", "I", "F"):
            return img
        hue, saturation, value = img.convert("HSV").split()
        turned = np.asarray(hue) + np.array(hue_factor * 255).astype(np.int32).astype(np.uint8)
        return Image.merge("HSV", (Image.fromarray(turned), saturation, value)).convert(img.mode)
    return _hue(img, hue_factor)


@on_arrays
def _hue(img: Any, turn: float) -> Any:
    """By way of hue, saturation and value (HSV)."""
    if img.shape[-3] == 1:
        return img
    x = img.astype(np.float32) / (1 if img.dtype.kind == "f" else 255)
    r, g, b = x[..., 0, :, :], x[..., 1, :, :], x[..., 2, :, :]
    high, low = x.max(-3), x.min(-3)
    spread = high - low
    safe = np.where(spread == 0, 1, spread)
    sector = np.where(high == r, (g - b) / safe, np.where(high == g, 2 + (b - r) / safe, 4 + (r - g) / safe))
    hue = np.where(spread == 0, 0, sector / 6 + turn) % 1
    saturation = spread / np.where(high == 0, 1, high)
    # each channel: v − v·s·max(0, min(k, 4 − k, 1)), with k the distance on the circle of six
    out = np.stack([high * (1 - saturation * np.clip(np.minimum(k, 4 - k), 0, 1))
                    for k in ((n + hue * 6) % 6 for n in (5, 3, 1))], axis=-3)
    return out.astype(img.dtype) if img.dtype.kind == "f" else (out * (255 + 1 - 1e-3)).astype(img.dtype)


def invert(img: Any) -> Any:
    """The negative."""
    return ImageOps.invert(img) if isinstance(img, Image.Image) else _inverted(img)


@on_arrays
def _inverted(img: Any) -> Any:
    return (1 if img.dtype.kind == "f" else 255) - img


@on_arrays
def gaussian_blur(img: Any, kernel_size: Size, sigma: Any = None) -> Any:
    """Each pixel the mean of its neighbors, weighted by a bell curve of width ``sigma`` (in pixels).

    kernel_size: odd, one number or (width, height). Raises RangeError for another.

    >>> from minigrad.vision.transforms import functional as F
    >>> F.gaussian_blur(minigrad.ones(1, 5, 5), 3).sum()
    tensor(25.)
    """
    sizes = (kernel_size,) * 2 if isinstance(kernel_size, int) else tuple(kernel_size)
    widths = [0.3 * ((k - 1) * 0.5 - 1) + 0.8 for k in sizes] if sigma is None else \
        [float(s) for s in (sigma if np.iterable(sigma) else (sigma,))]
    widths = widths * 2 if len(widths) == 1 else widths
    if len(sizes) != 2 or any(k < 1 or k % 2 == 0 for k in sizes) or min(widths) <= 0:
        raise RangeError(f"gaussian_blur: expected odd kernel sizes and sigma above 0, got {kernel_size!r}, "
                         f"{sigma!r}.")
    out = img if img.dtype.kind == "f" else img.astype(np.float32)
    for axis, size, width in ((-1, sizes[0], widths[0]), (-2, sizes[1], widths[1])):
        at = np.arange(size) - (size - 1) / 2
        bell = np.exp(-0.5 * (at / width) ** 2)
        around = [(0, 0)] * out.ndim
        around[axis] = (size // 2, size // 2)
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(out, around, mode="reflect"), size, axis)
        out = windows @ (bell / bell.sum()).astype(out.dtype)
    return out if img.dtype.kind == "f" else np.round(out).clip(0, 255).astype(img.dtype)
