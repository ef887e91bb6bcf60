"""What every transform is: called on a picture, an array or a Tensor, of one image or of a batch."""
from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np
from PIL import Image

from ...autograd.tensor import Tensor, as_array, wrap
from ...backend.arrays import Array, device_of, move, on_host, to_numpy
from ...backend.random import Generator
from ...data.randomness import random_stream
from ...errors import DTypeError, RangeError, ShapeError
from .kinds import array_of_picture, picture_of


class Transform:
    """A transform of images: subclasses define ``apply`` on a batch (N, C, H, W) in an array.

    A picture (PIL) comes back as a picture, an array as an array, a Tensor as a Tensor.
    ``batched = True`` tells data sets that they may pass whole batches. ``on_device = True`` says that
    ``apply`` works where the array is; otherwise images on a GPU visit the host. Calling a transform raises
    ShapeError for other shapes.

    >>> from minigrad.vision.transforms import Transform
    >>> class Darker(Transform):
    ...     def apply(self, images):
    ...         return images * 0.5
    >>> Darker()(minigrad.ones(1, 2, 2)).shape, Darker()(minigrad.ones(7, 1, 2, 2)).max()
    (minigrad.Size([1, 2, 2]), tensor(0.5000))
    """

    batched = True
    on_device = False

    def apply(self, images: Array) -> Array:
        """The transformed batch (N, C, H′, W′) of ``images`` (N, C, H, W)."""
        raise NotImplementedError

    def picture(self, image: Image.Image) -> Any:
        """The transformed picture; by way of an array, unless a subclass knows better."""
        return picture_of(self.apply(array_of_picture(image)[None])[0])

    def __call__(self, images: Any) -> Any:
        if isinstance(images, Image.Image):
            return self.picture(images)
        array = as_array(images)
        if array.ndim not in (3, 4):
            raise ShapeError(f"{type(self).__name__}: expected one image (C, H, W) or a batch "
                             f"(N, C, H, W), got shape {array.shape}. For a gray image (H, W) use "
                             "x[None], or ToTensor() first.")
        batch = array if array.ndim == 4 else array[None]
        if self.on_device or on_host(batch):
            out = self.apply(batch)
        else:
            out = move(self.apply(to_numpy(batch)), device_of(batch))
        out = out if array.ndim == 4 else out[0]
        return wrap(out) if isinstance(images, Tensor) else out

    def __repr__(self) -> str:
        shown = {k: v for k, v in vars(self).items() if not k.startswith("_") and k != "generator"}
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in shown.items())})"


class RandomTransform(Transform):
    """A transform that happens to each image by itself, with probability ``p``: subclasses define ``one``.

    Raises RangeError for p outside [0, 1].

    >>> import numpy as np
    >>> from minigrad.vision.transforms import RandomTransform
    >>> class Noisy(RandomTransform):
    ...     def one(self, image, random):
    ...         return image + random.normal(size=image.shape)
    >>> Noisy(p=1.0)(np.zeros((7, 1, 2, 2))).shape
    (7, 1, 2, 2)
    """

    def __init__(self, p: float = 0.5, generator: Generator | None = None) -> None:
        if not 0 <= p <= 1:
            raise RangeError(f"{type(self).__name__}: p must be from 0 to 1, got {p!r}.")
        self.p, self.generator = p, generator

    def one(self, image: Any, random: np.random.Generator) -> Any:
        """The transformed image: an array (C, H, W), or a picture."""
        raise NotImplementedError

    def _maybe(self, image: Any, random: np.random.Generator) -> Any:
        return self.one(image, random) if self.p >= 1 or random.random() < self.p else image

    def apply(self, images: Array) -> Array:
        random = random_stream(self.generator)
        return np.stack([self._maybe(image, random) for image in images])

    def picture(self, image: Image.Image) -> Any:
        return self._maybe(image, random_stream(self.generator))


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

    @property
    def takes_bytes(self) -> bool:
        """Whether one of the transforms makes floats of bytes."""
        return any(getattr(t, "takes_bytes", False) for t in self.transforms)

    def __call__(self, images: Any) -> Any:
        for transform in self.transforms:
            images = transform(images)
        return images

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.transforms!r})"


class Lambda:
    """A function as a transform; it gets one image at a time.

    Raises DTypeError for what cannot be called.

    >>> from minigrad.vision import transforms
    >>> transforms.Lambda(lambda x: x.flatten())(minigrad.zeros(1, 2, 2)).shape
    minigrad.Size([4])
    """

    batched = False

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        if not callable(lambd):
            raise DTypeError(f"Lambda: expected a function, got {type(lambd).__name__}.")
        self.lambd = lambd

    def __call__(self, images: Any) -> Any:
        return self.lambd(images)

    def __repr__(self) -> str:
        return "Lambda()"


class RandomApply(Compose):
    """All of the transforms, or with probability 1 − p none.

    >>> from minigrad.vision import transforms
    >>> transforms.RandomApply([transforms.CenterCrop(1)], p=1.0)(minigrad.zeros(1, 3, 3)).shape
    minigrad.Size([1, 1, 1])
    """

    batched = False         # a batch decides image by image

    def __init__(self, transforms: Sequence[Callable[[Any], Any]], p: float = 0.5) -> None:
        super().__init__(transforms)
        self.p = p

    def __call__(self, images: Any) -> Any:
        return super().__call__(images) if self.p >= 1 or random_stream().random() < self.p else images


class RandomChoice(Compose):
    """One of the transforms, drawn with the weights ``p``, or each as likely as the others.

    >>> from minigrad.vision import transforms
    >>> either = transforms.RandomChoice([transforms.CenterCrop(1), transforms.Pad(1)], p=[1, 0])
    >>> either(minigrad.zeros(1, 3, 3)).shape
    minigrad.Size([1, 1, 1])
    """

    batched = False

    def __init__(self, transforms: Sequence[Callable[[Any], Any]], p: Sequence[float] | None = None) -> None:
        super().__init__(transforms)
        self.p = p

    def __call__(self, images: Any) -> Any:
        weights = np.ones(len(self.transforms)) if self.p is None else np.asarray(self.p, float)
        ends = weights.cumsum() / weights.sum()
        return self.transforms[int(np.searchsorted(ends, random_stream().random(), side="right"))](images)


class RandomOrder(Compose):
    """All of the transforms, in random order.

    >>> from minigrad.vision import transforms
    >>> both = transforms.RandomOrder([transforms.CenterCrop(1), transforms.Pad(1)])
    >>> both(minigrad.zeros(1, 3, 3)).shape[-1] in (1, 3)
    True
    """

    batched = False

    def __call__(self, images: Any) -> Any:
        for index in random_stream().permutation(len(self.transforms)):
            images = self.transforms[index](images)
        return images
