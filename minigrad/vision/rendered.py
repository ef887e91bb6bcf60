"""RenderedDigits: digits drawn on this machine, for when there is no network and no file."""
from __future__ import annotations

import importlib
import os
import warnings
import zipfile
from pathlib import Path
from typing import Any, Callable

import numpy as np
from tqdm import tqdm

from ..autograd.tensor import wrap
from ..errors import RangeError
from ..files.folders import cache_folder
from ..files.writing import UnwritableError, atomic_write
from .images import ImageDataset

_VERSION = 1        # counts changes of the drawing; a file drawn otherwise is not used


class RenderedDigits(ImageDataset):
    """Ten digits in the fonts that matplotlib brings along, bent, slanted, in many pens.

    Used like MNIST, and of its size and shape: data (N, 28, 28), targets 0…9, as many of each. The
    pictures are the same on every run. They are drawn once, which takes some seconds, and kept in
    the cache. Digits of type are easier than handwriting: a small convolutional network gets more
    of them right than of MNIST.

    Args:
        root: the folder to keep the pictures in; the user's cache folder when None.
        train: the 60,000 training images, or the 10,000 test images.
        transform, target_transform: see ImageDataset.
        count: the first ``count`` images only, which are the same as in the whole set.
        download: nothing is downloaded; accepted so that the class can stand in for MNIST.

    When the folder cannot be written to, a warning says so and the pictures stay in memory.
    """

    classes = [str(digit) for digit in range(10)]
    counts = {True: 60000, False: 10000}

    def __init__(self, root: str | os.PathLike[str] | None = None, train: bool = True,
                 transform: Callable[[Any], Any] | None = None,
                 target_transform: Callable[[int], Any] | None = None, download: bool = True, *,
                 count: int | None = None) -> None:
        super().__init__(transform, target_transform)
        self.root, self.train = root, bool(train)
        whole = self.counts[self.train]
        wanted = whole if count is None else count
        if isinstance(wanted, bool) or not isinstance(wanted, (int, np.integer)) \
                or not 1 <= wanted <= whole:
            raise RangeError(f"RenderedDigits: count must be an integer from 1 to {whole}, got "
                             f"{count!r}.")
        folder = cache_folder() if root is None else Path(root)
        path = folder / "rendered-digits" / \
            f"{'train' if train else 'test'}-{whole}-v{_VERSION}.npz"
        images, labels = self._load_or_draw(path, int(wanted), whole)
        self.data = wrap(images)
        self.targets = wrap(labels.astype(np.int64))

    def _load_or_draw(self, path: Path, wanted: int, whole: int) -> tuple[np.ndarray, np.ndarray]:
        kept = _load(path, whole)
        if kept is not None:
            return kept[0][:wanted], kept[1][:wanted]
        images, labels = draw(wanted, self.train)
        if wanted == whole:
            try:
                with atomic_write(path) as file:
                    np.savez(file, images=images, labels=labels)
            except UnwritableError as error:
                warnings.warn(f"RenderedDigits: the pictures are not kept. {error}", stacklevel=4)
        return images, labels


def draw(count: int, train: bool) -> tuple[np.ndarray, np.ndarray]:
    """The first ``count`` pictures, uint8 (count, 28, 28), and their digits, uint8 (count,)."""
    drawing = importlib.import_module(".drawing", __package__)       # matplotlib, only when drawing
    chunks = []
    with tqdm(total=count, desc="drawing digits", unit="digit", leave=False, disable=None) as bar:
        for number in range(-(-count // drawing.CHUNK)):
            random = np.random.Generator(np.random.PCG64([number, int(train)]))
            chunks.append(drawing.draw_chunk(random))
            bar.update(drawing.CHUNK)
    images, labels = (np.concatenate(part)[:count] for part in zip(*chunks))
    return images, labels


def _load(path: Path, count: int) -> tuple[np.ndarray, np.ndarray] | None:
    """The pictures kept in ``path`` if the file is there and whole; None says draw them anew."""
    if not path.is_file():
        return None
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as kept:
            images, labels = kept["images"], kept["labels"]      # compares each one's checksum
        if images.shape == (count, 28, 28) and labels.shape == (count,) \
                and images.dtype == labels.dtype == np.uint8 and labels.max() < 10:
            return images, labels
        reason = "it holds other arrays"
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        reason = str(error)
    warnings.warn(f"RenderedDigits: {path} is damaged ({reason}); the pictures are drawn anew.",
                  stacklevel=5)
    return None
