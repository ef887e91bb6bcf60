"""The data that lessons train on: what was asked for, or what can always be had."""
from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from minigrad.errors import DataError
from minigrad.vision.datasets import (CIFAR10, MNIST, FashionMNIST, ImageDataset, RenderedDigits,
                                      RenderedGlyphs)

from .options import Options


class Data:
    """Training and test images, and where they are from.

    ``train`` and ``test`` yield images float32 from 0 to 1, and labels. With ``kind`` "mnist" the images
    are (1, 28, 28), dark paper and light ink, in 10 classes; with "cifar10" (3, 32, 32), in color, in
    10 classes. ``notice`` says, if they are not what was asked for, why, and what to do about it.

    "rendered" are always characters drawn here, (3, 32, 32), in color: 1000 classes with 15 images
    each to train on and 5 to test with. ``--images`` takes fewer classes, not fewer images of each.
    """

    def __init__(self, options: Options, kind: str = "mnist") -> None:
        read = _READERS[kind]
        counts = (None, None) if options.images is None \
            else (min(options.images, 60000), min(-(-options.images // 3), 10000))
        self.notice = ""
        try:
            found = read(options.data, counts)
        except DataError as error:
            if options.data != kind:
                raise
            found = read("rendered", counts)
            self.notice = _NOTICES[kind].format(reason=str(error).splitlines()[0])
        self.name, self.train, self.test = found
        for part, count in ((self.train, counts[0]), (self.test, counts[1])):
            part.data = part.data[:count].to(options.device)
            part.targets = part.targets[:count].to(options.device)

    def __str__(self) -> str:
        return f"{self.name}: {len(self.train):,} images to train on, {len(self.test):,} to test with"


_NOTICES = {"mnist": """\
MNIST is not here ({reason})
This run uses RenderedDigits instead, digits of type drawn on this machine.
They are easier than handwriting: the accuracies below say nothing about MNIST
and cannot be compared with the document. For real MNIST, 11 MB: run this again
with a network connection, or put the four files
    train-images-idx3-ubyte.gz    train-labels-idx1-ubyte.gz
    t10k-images-idx3-ubyte.gz     t10k-labels-idx1-ubyte.gz
into a folder and give --data FOLDER.""",
            "cifar10": """\
CIFAR-10 is not here ({reason})
This run uses RenderedGlyphs instead, ten characters drawn in color on this
machine. They are easier than photographs: the accuracies below say nothing
about CIFAR-10 and cannot be compared with the document. For real CIFAR-10,
163 MB: run this again with a network connection, or put the archive
cifar-10-python.tar.gz, or the folder cifar-10-batches-py that is in it, into
a folder and give --data FOLDER."""}


class _Found(NamedTuple):
    name: str
    train: ImageDataset
    test: ImageDataset


def _mnist_or_like(choice: str, counts: tuple[int | None, int | None]) -> _Found:
    if choice == "rendered":
        return _Found("RenderedDigits", RenderedDigits(train=True, count=counts[0]),
                      RenderedDigits(train=False, count=counts[1]))
    if choice == "fashion":
        return _Found("Fashion-MNIST", FashionMNIST(train=True), FashionMNIST(train=False))
    if choice == "mnist":
        return _Found("MNIST", MNIST(train=True), MNIST(train=False))
    folder = Path(choice).expanduser()
    if not folder.is_dir():
        raise DataError(f"--data {choice}: there is no such folder. Give mnist, fashion, rendered, or "
                        "a folder with MNIST's four files.")
    root = folder.parent if any(folder.glob("train-images-idx3-ubyte*")) else folder
    if root != folder and folder.name != "mnist":
        raise DataError(f"--data {choice}: call the folder with the four files 'mnist'.")
    return _Found("MNIST", MNIST(root, train=True, download=False),
                  MNIST(root, train=False, download=False))


def _cifar10_or_like(choice: str, counts: tuple[int | None, int | None]) -> _Found:
    if choice == "cifar10":
        return _Found("CIFAR-10", CIFAR10(train=True), CIFAR10(train=False))
    if choice == "rendered":
        return _Found("RenderedGlyphs", _ten_glyphs(True, counts[0]), _ten_glyphs(False, counts[1]))
    folder = Path(choice).expanduser()
    if not folder.is_dir():
        raise DataError(f"--data {choice}: there is no such folder. Give cifar10, rendered, or a folder "
                        "with CIFAR-10's archive or batches.")
    root = folder.parent if any(folder.glob("data_batch_1*")) else folder
    return _Found("CIFAR-10", CIFAR10(root, train=True, download=False),
                  CIFAR10(root, train=False, download=False))


def _glyphs(choice: str, counts: tuple[int | None, int | None]) -> _Found:
    if choice != "rendered":
        raise DataError(f"--data {choice}: this lesson draws its images itself. Leave --data out.")
    classes = 1000 if counts[0] is None else max(2, min(1000, counts[0] // 15))
    return _Found("RenderedGlyphs", RenderedGlyphs(num_classes=classes, per_class=15),
                  RenderedGlyphs(train=False, num_classes=classes, per_class=5))


_READERS = {"mnist": _mnist_or_like, "cifar10": _cifar10_or_like, "rendered": _glyphs}


def _ten_glyphs(train: bool, count: int | None) -> RenderedGlyphs:
    """A fifth of CIFAR-10: 10,000 images to train on, 2,000 to test with, or the first ``count``."""
    each = 1000 if train else 200
    return RenderedGlyphs(train=train, num_classes=10, per_class=each,
                          count=None if count is None else min(count, 10 * each))
