"""Pictures, arrays and Tensors: from one kind to another, and functions of arrays for all three."""
from __future__ import annotations

from functools import wraps
from typing import Any, Callable

import numpy as np
from PIL import Image

from ...autograd.tensor import Tensor, as_array, wrap
from ...backend.arrays import device_of, move, on_host, to_numpy
from ...errors import DTypeError, RangeError, ShapeError


def array_of_picture(image: Any) -> np.ndarray:
    """A picture (PIL) or an array (H, W) or (…, H, W, C) with the channels first: (C, H, W), (…, C, H, W)."""
    if isinstance(image, Image.Image) and image.mode in ("1", "P"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    array = as_array(np.asarray(image))
    if array.ndim not in (2, 3, 4):
        raise ShapeError(f"ToTensor: expected an array (H, W), (H, W, C) or (N, H, W, C), got shape "
                         f"{array.shape}.")
    return array[None] if array.ndim == 2 else np.ascontiguousarray(np.moveaxis(array, -1, -3))


def picture_of(image: np.ndarray) -> Image.Image:
    """An array (C, H, W) of bytes or of floats as a picture: gray, gray with opacity, RGB or RGBA."""
    if image.ndim != 3 or image.shape[0] not in (1, 2, 3, 4):
        raise ShapeError(f"ToPILImage: expected an image (C, H, W) of 1 to 4 channels, got {image.shape}.")
    last = np.ascontiguousarray(np.moveaxis(image, 0, -1))
    return Image.fromarray(last[..., 0] if image.shape[0] == 1 else last)


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
