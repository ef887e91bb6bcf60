"""Generated images instead of torchvision's data sets, the same for both libraries."""
from __future__ import annotations

import importlib
import os
from typing import Any

import numpy as np

SHAPES = {"MNIST": (28, 28), "FashionMNIST": (28, 28), "KMNIST": (28, 28), "QMNIST": (28, 28),
          "USPS": (16, 16),
          "CIFAR10": (32, 32, 3), "CIFAR100": (32, 32, 3), "SVHN": (32, 32, 3), "STL10": (96, 96, 3)}


def replace_data_sets(datasets: Any, base: Any, library: Any, pictures: bool) -> None:
    """Generated images by the names of torchvision's data sets: as pictures there, as tensors in minigrad."""
    for name, shape in SHAPES.items():
        setattr(datasets, name, data_set(name, shape, base, library, pictures))
    made_up: Any = importlib.import_module("minigrad.vision.folder").FakeData      # the same noise for both
    datasets.FakeData = type("FakeData", (base,), {name: made_up.__dict__[name] for name in (
        "__init__", "__getitem__", "__len__")})


def data_set(name: str, shape: tuple[int, ...], base: Any, library: Any, pictures: bool) -> Any:
    from PIL import Image

    def init(self: Any, root: Any = None, train: Any = True, transform: Any = None,
             target_transform: Any = None, download: bool = False, split: Any = None,
             **_: Any) -> None:
        train = train if split is None else split == "train"
        source, n = np.random.default_rng([3, bool(train)]), int(os.environ["PROGRAM_TRAIN"
                                                                            if train else "PROGRAM_TEST"])
        labels = source.integers(0, 100 if name == "CIFAR100" else 10, n)
        coarse = source.integers(0, 256, (n, *(-(-s // 4) for s in shape[:2]), *shape[2:]))
        pixels = coarse.repeat(4, 1).repeat(4, 2)[:, :shape[0], :shape[1]].astype(np.uint8)
        pixels[:, :2] = (labels * 2).reshape(n, *[1] * (pixels.ndim - 1))
        self.root, self.train = root, train
        self.transform, self.target_transform = transform, target_transform
        color = len(shape) == 3
        self.data = library.from_numpy(pixels) if not (pictures and color) else pixels
        self.targets = library.from_numpy(labels) if not (pictures and color) else labels.tolist()
        if pictures:
            self.labels, self.train_labels, self.train_data = self.targets, self.targets, self.data
            self.test_data, self.test_labels = self.data, self.targets
        self.pixels, self.numbers = pixels, labels

    def item(self: Any, index: int) -> Any:
        image: Any = Image.fromarray(self.pixels[index])
        label: Any = int(self.numbers[index])
        return (self.transform(image) if self.transform else image,
                self.target_transform(label) if self.target_transform else label)

    body: dict[str, Any] = {"__init__": init, "classes": [str(i) for i in range(10)]}
    if pictures:
        body.update(__getitem__=item, __len__=lambda self: len(self.pixels))
    return type(name, (base,), body)
