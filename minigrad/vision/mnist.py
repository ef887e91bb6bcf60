"""MNIST and Fashion-MNIST: 28×28 gray images of ten classes, 60,000 to train and 10,000 to test."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable

from ..autograd.tensor import wrap
from ..backend.cache import cache_folder
from ..files.download import RemoteFile, download
from ..files.folders import check_file, is_there, not_found, search_folders
from .idx import read_idx
from .images import ImageDataset, check_labels


class MNIST(ImageDataset):
    """Handwritten digits (LeCun, Cortes, Burges): data (N, 28, 28), targets 0…9.

    Args:
        root: a folder that is searched first, for ``mnist/`` or torchvision's ``MNIST/raw/``; then the folder
            in the environment variable MINIGRAD_DATA, then the user's cache. The files may be compressed
            (``.gz``) or not.
        train: the 60,000 training images, or the 10,000 test images.
        transform, target_transform: see ImageDataset.
        download: if no files are found, fetch them into ``root`` or the cache.

    Raises DataError when files are missing, truncated, corrupt or not the right ones.
    """

    classes = ["0 - zero", "1 - one", "2 - two", "3 - three", "4 - four", "5 - five", "6 - six",
               "7 - seven", "8 - eight", "9 - nine"]
    folder = "mnist"
    mirrors: tuple[str, ...] = ("https://ossci-datasets.s3.amazonaws.com/mnist/",
                                "https://storage.googleapis.com/cvdf-datasets/mnist/",
                                "https://raw.githubusercontent.com/fgnt/mnist/master/")
    files = {
        "train-images-idx3-ubyte": (
            9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        "train-labels-idx1-ubyte": (
            28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        "t10k-images-idx3-ubyte": (
            1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        "t10k-labels-idx1-ubyte": (
            4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    }
    counts = {"train": 60000, "t10k": 10000}

    def __init__(self, root: str | os.PathLike[str] | None = None, train: bool = True,
                 transform: Callable[[Any], Any] | None = None,
                 target_transform: Callable[[int], Any] | None = None,
                 download: bool = True) -> None:
        super().__init__(transform, target_transform)
        self.root, self.train = root, bool(train)
        part = "train" if train else "t10k"
        count = self.counts[part]
        images = self._find(f"{part}-images-idx3-ubyte", download)
        self.data = wrap(read_idx(images, (count, 28, 28)))
        labels = self._find(f"{part}-labels-idx1-ubyte", download)
        self.targets = wrap(check_labels(labels, read_idx(labels, (count,)), len(self.classes)))

    def _find(self, name: str, may_download: bool) -> Path:
        """The path of the file ``name``, with or without ``.gz``, downloaded if necessary."""
        size, sha256 = self.files[name]
        foreign = f"{type(self).__name__}/raw"
        folders = search_folders(self.folder, self.root, (foreign,))
        for folder in folders:
            for path in (folder / f"{name}.gz", folder / name):
                if is_there(path):
                    if path == folders[-1] / f"{name}.gz":      # came from a mirror: known bytes
                        check_file(path, size, sha256)
                    return path
        if not may_download:
            raise not_found(f"{type(self).__name__} ({name}.gz)", folders,
                            "and download=False forbids fetching it.")
        target = cache_folder() / self.folder if self.root is None else Path(self.root) / foreign
        return download(RemoteFile(f"{name}.gz", size, sha256), self.mirrors, target)


class FashionMNIST(MNIST):
    """Articles of clothing (Zalando Research), in MNIST's format, and harder to tell apart.

    The files have MNIST's names, and are searched for in ``fashion-mnist/`` or ``FashionMNIST/raw/``.
    """

    classes = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
               "Bag", "Ankle boot"]
    folder = "fashion-mnist"
    mirrors = ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
               "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/")
    files = {
        "train-images-idx3-ubyte": (
            26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
        "train-labels-idx1-ubyte": (
            29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        "t10k-images-idx3-ubyte": (
            4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        "t10k-labels-idx1-ubyte": (
            5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    }
