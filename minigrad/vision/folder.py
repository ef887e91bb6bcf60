"""Pictures of one's own: a folder for each class; and made-up pictures, to try a program with."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable, Sequence

import numpy as np
from PIL import Image

from ..autograd import Tensor
from ..data.dataset import Dataset
from ..errors import DataError, RangeError
from .transforms.functional import to_pil_image

IMG_EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


def default_loader(path: str | os.PathLike[str]) -> Image.Image:
    """The picture in a file, as RGB. Raises DataError for a file that PIL cannot read."""
    try:
        with open(path, "rb") as file:
            return Image.open(file).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: expected a picture; PIL cannot read it ({error}). Remove it or convert "
                        "it.") from None


class DatasetFolder(Dataset):
    """Files under ``root/CLASS/``: sample i is (what ``loader`` makes of the file, the number of its class).

    Args:
        loader: called with the path.
        extensions: the endings of files that count; or ``is_valid_file``, a function of the path, decides.
        transform, target_transform: called with what the loader made, and with the number of the class.
        allow_empty: whether a class may have no files.

    Classes are numbered in the order of their names. Raises DataError for a folder without classes, and for a
    class without files.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from minigrad.vision.datasets import DatasetFolder
    >>> with TemporaryDirectory() as root:
    ...     for name in ("cat", "dog"):
    ...         Path(root, name).mkdir()
    ...         size = Path(root, name, "1.txt").write_text(name)
    ...     data = DatasetFolder(root, lambda path: Path(path).read_text(), extensions=(".txt",))
    ...     data.classes, data[1]
    (['cat', 'dog'], ('dog', 1))
    """

    def __init__(self, root: str | os.PathLike[str], loader: Callable[[str], Any],
                 extensions: Sequence[str] | None = None, transform: Callable[[Any], Any] | None = None,
                 target_transform: Callable[[int], Any] | None = None,
                 is_valid_file: Callable[[str], bool] | None = None, allow_empty: bool = False) -> None:
        self.root, self.loader = root, loader
        self.transform, self.target_transform = transform, target_transform
        counts = is_valid_file or (lambda path: path.lower().endswith(tuple(extensions or ("",))))
        try:
            self.classes = sorted(entry.name for entry in os.scandir(root) if entry.is_dir())
        except OSError as error:
            raise DataError(f"{root}: expected a folder for each class ({error.strerror}).") from None
        if not self.classes:
            raise DataError(f"{root}: expected a folder for each class, found none. Put the pictures of a "
                            "class into a folder with its name.")
        self.class_to_idx = {name: i for i, name in enumerate(self.classes)}
        self.samples: list[tuple[str, int]] = []
        for name, number in self.class_to_idx.items():
            found = sorted(str(path) for path in Path(root, name).rglob("*")
                           if path.is_file() and counts(str(path)))
            if not found and not allow_empty:
                raise DataError(f"{Path(root, name)}: found no file that counts. Supported endings: "
                                f"{', '.join(extensions or ('is_valid_file decides',))}.")
            self.samples += [(path, number) for path in found]
        self.targets = [number for _, number in self.samples]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: Any) -> tuple[Any, Any]:
        path, target = self.samples[int(index)]
        sample = self.loader(path)
        return (sample if self.transform is None else self.transform(sample),
                target if self.target_transform is None else self.target_transform(target))


class ImageFolder(DatasetFolder):
    """Pictures under ``root/CLASS/``, as RGB; see DatasetFolder for the arguments and errors.

    Without a transform, a sample is a picture (PIL); ``transforms.ToTensor()`` makes a Tensor of it.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from minigrad.vision import datasets, transforms, utils
    >>> with TemporaryDirectory() as root:
    ...     utils.save_image(minigrad.ones(3, 8, 8), Path(root, "white", "1.png"))
    ...     data = datasets.ImageFolder(root, transforms.ToTensor())
    ...     data[0][0].shape, data.classes
    (minigrad.Size([3, 8, 8]), ['white'])
    """

    def __init__(self, root: str | os.PathLike[str], transform: Callable[[Any], Any] | None = None,
                 target_transform: Callable[[int], Any] | None = None,
                 loader: Callable[[str], Any] = default_loader,
                 is_valid_file: Callable[[str], bool] | None = None, allow_empty: bool = False) -> None:
        super().__init__(root, loader, IMG_EXTENSIONS, transform, target_transform, is_valid_file,
                         allow_empty)
        self.imgs = self.samples


class FakeData(Dataset):
    """Made-up pictures of noise with made-up classes, always the same ones, to try a program with.

    Args:
        size: how many.
        image_size: (C, H, W).
        num_classes: labels are from 0 to this, exclusive.
        transform, target_transform: called with the picture (PIL), and with the label.

    Raises RangeError for a number past the end.

    >>> from minigrad.vision import datasets, transforms
    >>> data = datasets.FakeData(10, (1, 28, 28), transform=transforms.ToTensor())
    >>> len(data), data[0][0].shape
    (10, minigrad.Size([1, 28, 28]))
    """

    def __init__(self, size: int = 1000, image_size: tuple[int, int, int] = (3, 224, 224),
                 num_classes: int = 10,
                 transform: Callable[[Any], Any] | None = None,
                 target_transform: Callable[[int], Any] | None = None, random_offset: int = 0) -> None:
        self.size, self.image_size, self.num_classes = size, tuple(image_size), num_classes
        self.transform, self.target_transform, self.random_offset = transform, target_transform, random_offset

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: Any) -> tuple[Any, Any]:
        number = int(index.item() if isinstance(index, Tensor) else index)
        if not 0 <= number < self.size:
            raise RangeError(f"FakeData: there is no picture {number} of {self.size}.")
        random = np.random.default_rng([number, self.random_offset])
        pixels = random.normal(size=self.image_size)
        image: Any = to_pil_image(np.moveaxis((np.clip(pixels, 0, 1) * 255).astype(np.uint8), 0, -1))
        target: Any = int(random.integers(0, self.num_classes))
        return (image if self.transform is None else self.transform(image),
                target if self.target_transform is None else self.target_transform(target))
