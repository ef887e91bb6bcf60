"""Functions that move pixels: other sizes, windows, borders, mirrors, turns."""
from __future__ import annotations

import enum
from typing import Any, Callable, Sequence

import numpy as np
from PIL import Image

from ...autograd.tensor import as_array
from ...backend.arrays import to_numpy
from ...errors import RangeError, ShapeError
from .affine import inverse_maps, resampled
from .kinds import get_dimensions, on_arrays

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


def pair(size: Any) -> tuple[int, int]:
    """(height, width) of one number or two; RangeError for anything else."""
    both = tuple(size) if isinstance(size, (tuple, list)) else (size, size)
    both = both * 2 if len(both) == 1 else both
    if len(both) != 2 or not all(isinstance(s, (int, np.integer)) and not isinstance(s, bool) and s > 0
                                 for s in both):
        raise RangeError(f"size must be one or two integers from 1, got {size!r}.")
    return int(both[0]), int(both[1])


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
