"""The base class of transforms, and running several in turn."""
from __future__ import annotations

from typing import Any, Callable, Sequence

from ..autograd.tensor import Tensor, as_array, wrap
from ..backend.arrays import Array
from ..errors import ShapeError


class Transform:
    """A transform of arrays: subclasses define ``apply`` on a batch (N, C, H, W).

    ``batched = True`` tells data sets that they may pass whole batches. Calling a transform raises ShapeError
    for other shapes.

    >>> from minigrad.vision.transforms import Transform
    >>> class Darker(Transform):
    ...     def apply(self, images):
    ...         return images * 0.5
    >>> Darker()(minigrad.ones(1, 2, 2)).shape, Darker()(minigrad.ones(7, 1, 2, 2)).max()
    (minigrad.Size([1, 2, 2]), tensor(0.5000))
    """

    batched = True

    def apply(self, images: Array) -> Array:
        """The transformed batch (N, C, H′, W′) of ``images`` (N, C, H, W)."""
        raise NotImplementedError

    def __call__(self, images: Any) -> Any:
        array = as_array(images)
        if array.ndim not in (3, 4):
            raise ShapeError(f"{type(self).__name__}: expected one image (C, H, W) or a batch "
                             f"(N, C, H, W), got shape {array.shape}. For a gray image (H, W) use "
                             "x[None], or ToTensor() first.")
        out = self.apply(array if array.ndim == 4 else array[None])
        out = out if array.ndim == 4 else out[0]
        return wrap(out) if isinstance(images, Tensor) else out

    def __repr__(self) -> str:
        shown = {k: v for k, v in vars(self).items() if not k.startswith("_") and k != "generator"}
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in shown.items())})"


class Compose:
    """Several transforms in turn. It takes whole batches if all of them do.

    >>> from minigrad.vision import transforms
    >>> both = transforms.Compose([transforms.RandomCrop(2), transforms.Normalize(0.5, 0.5)])
    >>> both(minigrad.ones(7, 1, 4, 4)).shape
    minigrad.Size([7, 1, 2, 2])
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = list(transforms)

    @property
    def batched(self) -> bool:
        """Whether all transforms take whole batches."""
        return all(getattr(t, "batched", False) for t in self.transforms)

    def __call__(self, images: Any) -> Any:
        for transform in self.transforms:
            images = transform(images)
        return images

    def __repr__(self) -> str:
        return f"Compose({self.transforms!r})"
