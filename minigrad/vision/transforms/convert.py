"""From pictures to Tensors and back; other dtypes; normalization."""
from __future__ import annotations

from typing import Any

import numpy as np

from ...autograd.tensor import Tensor
from ...backend.arrays import Array
from ...errors import RangeError
from .base import Transform
from .kinds import convert_image_dtype, normalize, pil_to_tensor, to_pil_image, to_tensor


class ToTensor:
    """An image as a Tensor, channels first, floats from 0 to 1.

    Tensors count as channels first already, arrays and pictures as (H, W), (H, W, C) or (N, H, W, C). Bytes
    are divided by 255; floats keep their values. minigrad's data sets return such Tensors anyway; this is for
    code written for torchvision. Raises ShapeError for arrays of other dimensions.

    >>> import numpy as np
    >>> from minigrad.vision import transforms
    >>> transforms.ToTensor()(np.array([[0, 255]], np.uint8))
    tensor([[[0., 1.]]])
    """

    batched = takes_bytes = True

    def __call__(self, images: Any) -> Tensor:
        return to_tensor(images)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class PILToTensor(ToTensor):
    """A picture, or an array (H, W, C), as a Tensor (C, H, W) of the same bytes; a Tensor stays.

    >>> import numpy as np
    >>> from minigrad.vision import transforms
    >>> transforms.PILToTensor()(np.array([[0, 255]], np.uint8))
    tensor([[[  0, 255]]], dtype=minigrad.uint8)
    """

    def __call__(self, images: Any) -> Tensor:
        return images if isinstance(images, Tensor) else pil_to_tensor(images)


class ToImage(PILToTensor):
    """``PILToTensor`` under its newer name.

    >>> from minigrad.vision import transforms
    >>> transforms.ToImage()(minigrad.zeros(1, 2, 2)).shape
    minigrad.Size([1, 2, 2])
    """


class ToPILImage:
    """A Tensor (C, H, W), or an array (H, W) or (H, W, C), as a picture; floats 0…1 become bytes.

    Raises ShapeError for anything but 1 to 4 channels.

    >>> from minigrad.vision import transforms
    >>> transforms.ToPILImage()(minigrad.zeros(3, 2, 4)).size
    (4, 2)
    """

    def __init__(self, mode: str | None = None) -> None:
        self.mode = mode

    def __call__(self, image: Any) -> Any:
        return to_pil_image(image, self.mode)


class ConvertImageDtype(Transform):
    """Another dtype, with the range to match: bytes 0…255, floats 0…1.

    >>> from minigrad.vision import transforms
    >>> transforms.ConvertImageDtype(minigrad.uint8)(minigrad.ones(1, 1, 2))
    tensor([[[255, 255]]], dtype=minigrad.uint8)
    """

    takes_bytes = True

    def __init__(self, dtype: Any) -> None:
        self.dtype = np.dtype(dtype)

    def apply(self, images: Array) -> Array:
        return convert_image_dtype(images, self.dtype)


class ToDtype(ConvertImageDtype):
    """Another dtype; with ``scale`` also the range to match.

    >>> from minigrad.vision import transforms
    >>> transforms.ToDtype(minigrad.float32, scale=True)(minigrad.tensor([[[255]]], dtype=minigrad.uint8))
    tensor([[[1.]]])
    """

    def __init__(self, dtype: Any, scale: bool = False) -> None:
        super().__init__(dtype)
        self.scale = scale

    def apply(self, images: Array) -> Array:
        return super().apply(images) if self.scale else images.astype(self.dtype)


class Normalize(Transform):
    """(x − mean) / std for each channel, so that the values have mean 0 and deviation 1.

    Args:
        mean, std: a number for each channel, or one for all, of the images as floats.
        inplace: change the Tensor itself.

    Raises RangeError for a std that is not above 0, DTypeError for images that are not floats,
    ShapeError when the number of channels differs.

    >>> from minigrad.vision import transforms
    >>> transforms.Normalize(0.5, 0.25)(minigrad.tensor([[[0.0, 0.5, 1.0]]]))
    tensor([[[-2.,  0.,  2.]]])
    """

    on_device = True

    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        if not (np.asarray(std, np.float64) > 0).all():
            raise RangeError(f"Normalize: every std must be above 0, got {std!r}.")
        self.mean, self.std, self.inplace = mean, std, inplace

    def __call__(self, images: Any) -> Any:
        out = super().__call__(images)
        if self.inplace and isinstance(images, Tensor):
            images._changed_in_place()
            return images
        return out

    def apply(self, images: Array) -> Array:
        return normalize(images, self.mean, self.std, self.inplace)

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean!r}, std={self.std!r})"
