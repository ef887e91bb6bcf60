"""What all image data sets share: bytes in memory, floats in batches."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..autograd.tensor import Tensor, as_array, wrap
from ..backend.arrays import Array
from ..data.collate import default_collate
from ..data.dataset import Dataset, take_rows
from ..errors import DataError


class ImageDataset(Dataset):
    """Images as bytes, with a class label each.

    Attributes:
        data: uint8 Tensor, (N, H, W) for gray images, (N, H, W, 3) for color.
        targets: int64 Tensor (N,), from 0 to ``len(classes) − 1``.
        classes: the names of the classes.

    Sample i is ``(image, label)``: a float32 Tensor (C, H, W) from 0 to 1, and an int. (torchvision returns a
    PIL image; this is what its ``ToTensor`` makes of it.) ``transform`` is applied to the image; one with
    ``batched = True``, such as all in ``minigrad.vision.transforms``, gets the whole batch (N, C, H, W) at
    once. One with ``takes_bytes = True``, such as a Compose with a ``ToTensor`` in it, gets the bytes, so
    that a Resize before the ToTensor rounds as it does in torchvision. ``target_transform`` is applied to
    each label.
    """

    classes: list[str] = []
    data: Tensor
    targets: Tensor

    def __init__(self, transform: Callable[[Any], Any] | None = None,
                 target_transform: Callable[[int], Any] | None = None) -> None:
        self.transform, self.target_transform = transform, target_transform

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The label of each class name."""
        return {name: i for i, name in enumerate(self.classes)}

    @property
    def train_data(self) -> Tensor:
        """``data`` under its old name; so are ``test_data``, and ``train_labels`` and ``test_labels``."""
        return self.data

    @property
    def train_labels(self) -> Tensor:
        """``targets`` under its old name."""
        return self.targets

    test_data, test_labels = train_data, train_labels

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: Any) -> tuple[Any, Any]:
        image = wrap(self._values(channels_first(as_array(self.data))[index]))
        target = int(as_array(self.targets)[index])
        return (image if self.transform is None else self.transform(image),
                target if self.target_transform is None else self.target_transform(target))

    def _values(self, images: Array) -> Array:
        """The images as floats, or as bytes for a transform that makes floats of them itself."""
        return images.copy() if getattr(self.transform, "takes_bytes", False) else unit_floats(images)

    def get_batch(self, indices: np.ndarray) -> tuple[Any, Any]:
        """Images and labels of the samples ``indices``: float32 (N, C, H, W), int64 (N,)."""
        images: Any = wrap(self._values(take_rows(channels_first(as_array(self.data)), indices)))
        targets: Any = wrap(take_rows(as_array(self.targets), indices))
        if self.transform is not None:
            images = apply_to_batch(self.transform, images)
        if self.target_transform is not None:
            targets = default_collate([self.target_transform(int(t)) for t in targets.numpy()])
        return images, targets

    def tensors(self) -> tuple[Tensor, Tensor]:
        """The whole set at once, without transforms: float32 (N, C, H, W) in 0…1, int64 (N,)."""
        return wrap(unit_floats(channels_first(as_array(self.data)))), wrap(as_array(self.targets).copy())

    def __repr__(self) -> str:
        return (f"{type(self).__name__}: {len(self)} images of shape {tuple(self.data.shape[1:])}, "
                f"{len(self.classes)} classes")


def channels_first(images: Array) -> Array:
    """A view with the channels before the pixels: (N, H, W) → (N, 1, H, W), (N, H, W, C) → (N, C, H, W)."""
    return images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)


def unit_floats(images: Array) -> Array:
    """Bytes 0…255 as new float32 0…1, of the same shape."""
    out = images.astype(np.float32, order="C")
    out /= np.float32(255)
    return out


def apply_to_batch(transform: Callable[[Any], Any], images: Tensor) -> Any:
    """``transform`` of a batch (N, C, H, W): at once if it is ``batched``, else image by image."""
    if getattr(transform, "batched", False):
        return transform(images)
    return default_collate([transform(wrap(image)) for image in as_array(images)])


def check_labels(path: Any, labels: np.ndarray, classes: int) -> np.ndarray:
    """``labels`` as int64; DataError naming ``path`` when one is not a class."""
    wrong = np.flatnonzero(labels >= classes)
    if len(wrong):
        raise DataError(f"{path}: label {wrong[0]} is {labels[wrong[0]]}, expected 0 to "
                        f"{classes - 1}. The file is corrupt or from another data set; delete it.")
    return labels.astype(np.int64)
