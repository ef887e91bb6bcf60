"""Transforms as functions, by torchvision's names: of a picture (PIL), an array or a Tensor.

Arrays and Tensors are one image (C, H, W) or a batch (N, C, H, W), bytes 0…255 or floats 0…1; pictures are
what PIL opens. The result is of the same kind. PIL resamples, also the planes of arrays.

>>> from minigrad.vision.transforms import functional as F
>>> F.resize(minigrad.zeros(1, 28, 28), 14).shape
minigrad.Size([1, 14, 14])
"""
from __future__ import annotations

import enum
from functools import wraps
from typing import Any, Callable, Sequence

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from ...autograd.tensor import Tensor, as_array, wrap
from ...backend.arrays import device_of, move, on_host, to_numpy
from ...errors import DTypeError, RangeError, ShapeError
from .affine import inverse_maps, resampled
from .base import array_of_picture, picture_of

__all__ = ["InterpolationMode", "adjust_brightness", "adjust_contrast", "adjust_hue", "adjust_saturation",
           "affine", "center_crop", "convert_image_dtype", "crop", "erase", "five_crop", "gaussian_blur",
           "get_dimensions", "get_image_size", "hflip", "invert", "normalize", "pad", "pil_to_tensor",
           "resize", "resized_crop", "rgb_to_grayscale", "rotate", "to_grayscale", "to_pil_image",
           "to_tensor", "vflip"]

Size = int | Sequence[int]


class InterpolationMode(enum.Enum):
    """How a pixel between pixels is made; PIL's names in lower case are accepted, too.

    >>> from minigrad.vision.transforms import InterpolationMode
    >>> InterpolationMode("bilinear")
    <InterpolationMode.BILINEAR: 'bilinear'>
    """

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


_FILTERS = {"nearest": Image.Resampling.NEAREST, "nearest-exact": Image.Resampling.NEAREST,
            "bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC,
            "box": Image.Resampling.BOX, "hamming": Image.Resampling.HAMMING,
            "lanczos": Image.Resampling.LANCZOS}


def interpolation_name(mode: Any) -> str:
    """"bilinear" for InterpolationMode.BILINEAR, PIL's constant, or the name; else ValueError."""
    name = mode.value if isinstance(mode, InterpolationMode) else mode
    if isinstance(name, (int, Image.Resampling)):
        name = Image.Resampling(name).name.lower()
    if name not in _FILTERS:
        raise ValueError(f"interpolation must be one of {sorted(_FILTERS)}, got {mode!r}.")
    return str(name)


def on_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of arrays (…, H, W) that takes pictures and Tensors, too, and returns the same kind."""
    @wraps(function)
    def transformed(img: Any, *args: Any, **options: Any) -> Any:
        if isinstance(img, Image.Image):
            return picture_of(function(array_of_picture(img), *args, **options))
        array = as_array(img)
        if array.ndim < 2:
            raise ShapeError(f"{function.__name__}: expected an image (…, H, W), got shape {array.shape}.")
        if on_host(array):
            out = function(array, *args, **options)
        else:
            out = move(function(to_numpy(array), *args, **options), device_of(array))
        return wrap(out) if isinstance(img, Tensor) else out
    return transformed


def pair(size: Any) -> tuple[int, int]:
    """(height, width) of one number or two; RangeError for anything else."""
    both = tuple(size) if isinstance(size, (tuple, list)) else (size, size)
    both = both * 2 if len(both) == 1 else both
    if len(both) != 2 or not all(isinstance(s, (int, np.integer)) and not isinstance(s, bool) and s > 0
                                 for s in both):
        raise RangeError(f"size must be one or two integers from 1, got {size!r}.")
    return int(both[0]), int(both[1])


def get_dimensions(img: Any) -> list[int]:
    """[channels, height, width] of an image.

    >>> from minigrad.vision.transforms import functional as F
    >>> F.get_dimensions(minigrad.zeros(3, 8, 9))
    [3, 8, 9]
    """
    if isinstance(img, Image.Image):
        return [len(img.getbands()), img.height, img.width]
    shape = tuple(img.shape)
    return [1, *shape] if len(shape) == 2 else list(shape[-3:])


def get_image_size(img: Any) -> list[int]:
    """[width, height] of an image, in PIL's order."""
    return get_dimensions(img)[:0:-1]


# ── kinds of images ───────────────────────────────────────────────────────────────────────────────

def to_tensor(pic: Any) -> Tensor:
    """See ToTensor.

    >>> import numpy as np
    >>> from minigrad.vision.transforms import functional as F
    >>> F.to_tensor(np.array([[0, 255]], np.uint8))
    tensor([[[0., 1.]]])
    """
    array = as_array(pic) if isinstance(pic, Tensor) else array_of_picture(pic)
    if array.dtype == np.uint8:
        array = np.divide(array, np.float32(255), dtype=np.float32)
    return wrap(array)


def pil_to_tensor(pic: Any) -> Tensor:
    """A picture as a Tensor (C, H, W) of the same bytes."""
    return wrap(array_of_picture(pic).copy())


def to_pil_image(pic: Any, mode: str | None = None) -> Image.Image:
    """A Tensor (C, H, W), or an array (H, W) or (H, W, C), as a picture; floats 0…1 become bytes.

    >>> from minigrad.vision.transforms import functional as F
    >>> F.to_pil_image(minigrad.ones(3, 2, 4)).size
    (4, 2)
    """
    array = to_numpy(as_array(pic)) if isinstance(pic, Tensor) else array_of_picture(pic)
    array = array[None] if array.ndim == 2 else array
    if array.dtype.kind == "f" and mode != "F":
        array = (array * 255).astype(np.uint8)
    made = picture_of(array)
    return made if mode is None or made.mode == mode else made.convert(mode)


@on_arrays
def convert_image_dtype(img: Any, dtype: Any = np.float32) -> Any:
    """Another dtype with the range to match: bytes 0…255, floats 0…1."""
    target = np.dtype(dtype)
    if img.dtype == target:
        return img
    if img.dtype.kind == "f":
        if target.kind == "f":
            return img.astype(target)
        return (img * (np.iinfo(target).max + 1 - 1e-3)).astype(target)
    if target.kind == "f":
        return img.astype(target) / target.type(np.iinfo(img.dtype).max)
    raise DTypeError(f"convert_image_dtype: expected floats or bytes, got {img.dtype} and {target}.")


def normalize(tensor: Any, mean: Any, std: Any, inplace: bool = False) -> Any:
    """(x − mean) / std for each channel; with ``inplace`` in the Tensor itself.

    Raises RangeError for a std that is not above 0, DTypeError for images that are not floats,
    ShapeError when the number of channels differs.

    >>> from minigrad.vision.transforms import functional as F
    >>> F.normalize(minigrad.tensor([[[0.0, 0.5, 1.0]]]), 0.5, 0.25)
    tensor([[[-2.,  0.,  2.]]])
    """
    array = as_array(tensor)
    if array.dtype.kind != "f":
        raise DTypeError(f"Normalize: expected floats, got {array.dtype}. Put ToTensor() before it.")
    out = array if inplace else array.copy()
    for name, values, change in (("mean", mean, np.subtract), ("std", std, np.divide)):
        values = np.atleast_1d(np.asarray(values, np.float64))[:, None, None]           # (C, 1, 1)
        if name == "std" and not (values > 0).all():
            raise RangeError(f"Normalize: every std must be above 0, got {std!r}.")
        if len(values) not in (1, array.shape[-3]):
            raise ShapeError(f"Normalize: {name} is for {len(values)} channels, the images "
                             f"{array.shape} have {array.shape[-3]}.")
        change(out, move(values.astype(array.dtype), device_of(array)), out=out)
    if inplace and isinstance(tensor, Tensor):
        tensor._changed_in_place()
        return tensor
    return wrap(out) if isinstance(tensor, Tensor) else out


# ── places and sizes ──────────────────────────────────────────────────────────────────────────────

def resize(img: Any, size: Size, interpolation: Any = InterpolationMode.BILINEAR, max_size: int | None = None,
           antialias: bool | None = True) -> Any:
    """Another size: (height, width), or the length of the shorter side, with at most ``max_size`` for the
    other.

    Shrinking averages over what falls together, as PIL does.

    >>> from minigrad.vision.transforms import functional as F
    >>> F.resize(minigrad.zeros(3, 20, 40), 10).shape
    minigrad.Size([3, 10, 20])
    """
    height, width = _resized(get_dimensions(img)[1:], size, max_size)
    method = _FILTERS[interpolation_name(interpolation)]
    if isinstance(img, Image.Image):
        return img.resize((width, height), method)
    if antialias is False:
        raise NotImplementedError("resize: antialias=False is not supported for arrays. Leave it out, or use "
                                  "nn.functional.interpolate.")
    return _planes(img, lambda plane: plane.resize((width, height), method))


def _resized(now: list[int], size: Size, longest: int | None) -> tuple[int, int]:
    if not isinstance(size, int) and len(size) == 2:
        return pair(size)
    short = pair(size)[0]
    height, width = now
    long = int(short * max(now) / min(now))
    if longest is not None and long > longest:
        short, long = int(longest * short / long), longest
    return (short, long) if height <= width else (long, short)


@on_arrays
def _planes(array: Any, change: Callable[[Image.Image], Image.Image]) -> Any:
    """``change`` for every plane (H, W) of the array, as a gray picture."""
    planes = array.reshape(-1, *array.shape[-2:])
    if array.dtype != np.uint8:
        planes = planes.astype(np.float32)
    out = np.stack([np.asarray(change(Image.fromarray(plane))) for plane in planes])
    return out.reshape(*array.shape[:-2], *out.shape[1:]).astype(array.dtype, copy=False)


@on_arrays
def pad(img: Any, padding: Size, fill: Any = 0, padding_mode: str = "constant") -> Any:
    """Rows and columns around the image: one number, (left and right, top and bottom), or (left, top, right,
    bottom); filled with ``fill``, or by ``padding_mode`` "edge", "reflect" or "symmetric".

    >>> from minigrad.vision.transforms import functional as F
    >>> F.pad(minigrad.zeros(3, 4, 4), (1, 0, 2, 0)).shape
    minigrad.Size([3, 4, 7])
    """
    sides = [padding] if isinstance(padding, (int, np.integer)) else list(padding)
    if len(sides) not in (1, 2, 4) or any(s < 0 for s in sides):
        raise RangeError(f"pad: expected one, two or four numbers from 0, got {padding!r}.")
    left, top, right, bottom = sides * 4 if len(sides) == 1 else sides * 2 if len(sides) == 2 else sides
    widths = [(0, 0)] * (img.ndim - 2) + [(top, bottom), (left, right)]
    if padding_mode != "constant":
        if padding_mode not in ("edge", "reflect", "symmetric"):
            raise ValueError(f"pad: padding_mode must be 'constant', 'edge', 'reflect' or 'symmetric', got "
                             f"{padding_mode!r}.")
        return np.pad(img, widths, mode=padding_mode)  # type: ignore[call-overload]
    values = np.atleast_1d(np.asarray(fill))[:, None, None]
    out = np.empty((*img.shape[:-2], img.shape[-2] + top + bottom, img.shape[-1] + left + right), img.dtype)
    out[...] = values
    out[..., top:top + img.shape[-2], left:left + img.shape[-1]] = img
    return out


@on_arrays
def crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """The window of that size from row ``top`` and column ``left``; zeros where it lies outside.

    >>> from minigrad.vision.transforms import functional as F
    >>> F.crop(minigrad.tensor([[[1, 2], [3, 4]]]), 1, 0, 1, 2)
    tensor([[[3, 4]]])
    """
    h, w = img.shape[-2:]
    out = np.zeros((*img.shape[:-2], height, width), img.dtype)
    rows, columns = slice(max(top, 0), min(top + height, h)), slice(max(left, 0), min(left + width, w))
    part = img[..., rows, columns]
    out[..., max(-top, 0):max(-top, 0) + part.shape[-2], max(-left, 0):max(-left, 0) + part.shape[-1]] = part
    return out


def center_crop(img: Any, output_size: Size) -> Any:
    """The middle of the image, with zeros around it when it is smaller.

    >>> from minigrad.vision.transforms import functional as F
    >>> F.center_crop(minigrad.zeros(1, 28, 28), 20).shape
    minigrad.Size([1, 20, 20])
    """
    (height, width), (_, h, w) = pair(output_size), get_dimensions(img)
    if height > h or width > w:
        x, y = max(width - w, 0), max(height - h, 0)
        img = pad(img, (x // 2, y // 2, (x + 1) // 2, (y + 1) // 2))
        _, h, w = get_dimensions(img)
    return crop(img, round((h - height) / 2), round((w - width) / 2), height, width)


def five_crop(img: Any, size: Size) -> tuple[Any, ...]:
    """Windows at the four corners and in the middle: (top left, top right, bottom left, bottom right,
    center).

    Raises ShapeError when the window is larger than the image.
    """
    (height, width), (_, h, w) = pair(size), get_dimensions(img)
    if height > h or width > w:
        raise ShapeError(f"five_crop: a window of {height}×{width} does not fit into an image of {h}×{w}.")
    corners = [(0, 0), (0, w - width), (h - height, 0), (h - height, w - width)]
    return (*(crop(img, top, left, height, width) for top, left in corners),
            center_crop(img, (height, width)))


def resized_crop(img: Any, top: int, left: int, height: int, width: int, size: Size,
                 interpolation: Any = InterpolationMode.BILINEAR, antialias: bool | None = True) -> Any:
    """A window of the image, in another size."""
    return resize(crop(img, top, left, height, width), pair(size), interpolation, antialias=antialias)


@on_arrays
def hflip(img: Any) -> Any:
    """Mirrored, left to right.

    >>> from minigrad.vision.transforms import functional as F
    >>> F.hflip(minigrad.tensor([[[1, 2, 3]]]))
    tensor([[[3, 2, 1]]])
    """
    return img[..., ::-1].copy()


@on_arrays
def vflip(img: Any) -> Any:
    """Mirrored, top to bottom."""
    return img[..., ::-1, :].copy()


@on_arrays
def affine(img: Any, angle: float, translate: Sequence[float], scale: float, shear: Any,
           interpolation: Any = InterpolationMode.NEAREST, fill: float = 0.0, center: None = None) -> Any:
    """Turned by ``angle`` degrees clockwise, shifted right and down, scaled and sheared; see RandomAffine."""
    if center is not None:
        raise NotImplementedError("affine: center is not supported; images turn around their middle.")
    shear = np.atleast_1d(np.asarray(shear, float))
    maps = inverse_maps(np.array([float(angle)]), np.array([translate], float), np.array([float(scale)]),
                        np.array([[shear[0], shear[1] if len(shear) > 1 else 0.0]]))
    batch = img.reshape(-1, *img.shape[-3:])
    mode, floats = interpolation_name(interpolation), img.dtype.kind == "f"
    work = batch if floats or mode == "nearest" else batch.astype(np.float32)
    out = resampled(work, np.repeat(maps, len(batch), 0), mode, fill).reshape(img.shape)
    return out if floats or mode == "nearest" else np.round(out).astype(img.dtype)


def rotate(img: Any, angle: float, interpolation: Any = InterpolationMode.NEAREST, expand: bool = False,
           center: None = None, fill: float = 0.0) -> Any:
    """Turned by ``angle`` degrees counter-clockwise around the middle.

    >>> from minigrad.vision.transforms import functional as F
    >>> F.rotate(minigrad.tensor([[[1.0, 2.0], [3.0, 4.0]]]), 90)
    tensor([[[2., 4.],
             [1., 3.]]])
    """
    if expand:
        raise NotImplementedError("rotate: expand=True is not supported; the image keeps its size.")
    return affine(img, -angle, (0, 0), 1.0, 0.0, interpolation, fill, center)


@on_arrays
def erase(img: Any, i: int, j: int, h: int, w: int, v: Any, inplace: bool = False) -> Any:
    """``v`` in the window of h rows and w columns from (i, j)."""
    out = img if inplace else img.copy()
    out[..., i:i + h, j:j + w] = to_numpy(as_array(v))
    return out


# ── colors ────────────────────────────────────────────────────────────────────────────────────────

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
    """0 takes the colors away, 1 leaves them, 2 makes them twice as strong."""
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
