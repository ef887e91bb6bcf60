"""RenderedDigits: digits drawn on this machine, for when there is neither network nor file."""
from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any, Callable

import numpy as np

from ..autograd.tensor import wrap
from ..backend.cache import cache_folder
from ..errors.arguments import require_integers
from .drawn import Pictures, draw_all, kept_or_drawn
from .images import ImageDataset

_VERSION = 1        # counts changes of the drawing; a file drawn otherwise is not used


class RenderedDigits(ImageDataset):
    """Ten digits in the fonts that come with matplotlib, bent, slanted, in many pens.

    Used like MNIST, with its size and shape: data (N, 28, 28), targets 0…9, equally many of each. The
    pictures are the same on every run. They are drawn once, which takes some seconds, and kept in the cache.
    Printed digits are easier than handwriting: a small convolutional network gets more of them right.

    Args:
        root: the folder to keep the pictures in; the user's cache folder when None.
        train: the 60,000 training images, or the 10,000 test images.
        transform, target_transform: see ImageDataset.
        count: only the first ``count`` images, the same as in the whole set.
        download: nothing is downloaded; accepted so that the class can stand in for MNIST.

    If the folder cannot be written to, a warning says so and the pictures stay in memory.
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
        require_integers("RenderedDigits", most=whole, count=wanted)
        path = (cache_folder() if root is None else Path(root)) / "rendered-digits" / \
            f"{'train' if train else 'test'}-{whole}-v{_VERSION}.npz"
        images, labels = kept_or_drawn("RenderedDigits", path, lambda: draw(wanted, self.train), wanted,
                                       (whole, 28, 28), np.uint8, 10)
        self.data, self.targets = wrap(images), wrap(labels.astype(np.int64))


def draw(count: int, train: bool) -> Pictures:
    """The first ``count`` pictures, uint8 (count, 28, 28), and their digits, uint8 (count,)."""
    drawing = importlib.import_module(".drawing", __package__)       # matplotlib, only when drawing
    return draw_all(np.empty((count, 28, 28), np.uint8), np.empty(count, np.uint8), train, "digits",
                    drawing.draw_chunk)
