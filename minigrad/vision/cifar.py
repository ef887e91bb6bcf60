"""CIFAR-10: 32×32 color photographs of ten classes, 50,000 to train and 10,000 to test."""
from __future__ import annotations

import hashlib
import lzma
import os
import tarfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Callable

import numpy as np

from ..autograd.tensor import wrap
from ..backend.cache import cache_folder
from ..errors import DataError
from ..files.download import RemoteFile, download
from ..files.folders import damaged, is_there, not_found, read_exactly, readable, search_folders
from ..files.plain_pickle import read_plain_pickle
from .images import ImageDataset, check_labels

_PYTHON, _BINARY = "cifar-10-batches-py", "cifar-10-batches-bin"
_ARCHIVE = RemoteFile("cifar-10-python.tar.gz", 170498071,
                      "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce")

# (bytes, SHA-256) of each batch: as a pickle, and in the binary version
_PICKLES = {
    "data_batch_1": (31035704, "54636561a3ce25bd3e19253c6b0d8538147b0ae398331ac4a2d86c6d987368cd"),
    "data_batch_2": (31035320, "766b2cef9fbc745cf056b3152224f7cf77163b330ea9a15f9392beb8b89bc5a8"),
    "data_batch_3": (31035999, "0f00d98ebfb30b3ec0ad19f9756dc2630b89003e10525f5e148445e82aa6a1f9"),
    "data_batch_4": (31035696, "3f7bb240661948b8f4d53e36ec720d8306f5668bd0071dcb4e6c947f78e9682b"),
    "data_batch_5": (31035623, "d91802434d8376bbaeeadf58a737e3a1b12ac839077e931237e0dcd43adcb154"),
    "test_batch": (31035526, "f53d8d457504f7cff4ea9e021afcf0e0ad8e24a91f3fc42091b8adef61157831"),
}
_BINARIES = {
    "data_batch_1": (30730000, "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
    "data_batch_2": (30730000, "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
    "data_batch_3": (30730000, "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
    "data_batch_4": (30730000, "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
    "data_batch_5": (30730000, "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
    "test_batch": (30730000, "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
}


class CIFAR10(ImageDataset):
    """Photographs of ten kinds of things (Krizhevsky, 2009): data (N, 32, 32, 3), targets 0…9.

    Args:
        root: a folder that is searched first, with or without ``cifar10/``; then the folder in the
            environment variable MINIGRAD_DATA, then the user's cache. Accepted are the folder
            ``cifar-10-batches-py`` (batches plain or as ``.xz``), the folder ``cifar-10-batches-bin``, and
            the archive ``cifar-10-python.tar.gz``.
        train: the 50,000 training images, or the 10,000 test images.
        transform, target_transform: see ImageDataset.
        download: if nothing is found, fetch the archive (163 MiB) into ``root`` or the cache.

    Every batch is compared with its known SHA-256, then read without running anything. Raises DataError when
    files are missing, truncated, corrupt or not the right ones.
    """

    classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship",
               "truck"]
    folder = "cifar10"
    mirrors = ("https://www.cs.toronto.edu/~kriz/",)
    archive, pickles, binaries = _ARCHIVE, _PICKLES, _BINARIES

    def __init__(self, root: str | os.PathLike[str] | None = None, train: bool = True,
                 transform: Callable[[Any], Any] | None = None,
                 target_transform: Callable[[int], Any] | None = None,
                 download: bool = True) -> None:
        super().__init__(transform, target_transform)
        self.root, self.train = root, bool(train)
        names = [f"data_batch_{i}" for i in range(1, 6)] if train else ["test_batch"]
        parts = self._read(names, download)
        pixels = np.concatenate([data for data, _ in parts])           # (N, 3072)
        # An image is 1024 reds, 1024 greens, 1024 blues, and stays so in memory, for batches are channels
        # first; .data is a view with the colors last.
        self.data = wrap(pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))    # (N, 32, 32, 3)
        self.targets = wrap(np.concatenate([labels for _, labels in parts]))

    def _read(self, names: list[str], may_download: bool) -> list[tuple[np.ndarray, np.ndarray]]:
        """(pixels uint8 (M, 3072), labels int64 (M,)) of every batch."""
        folders = search_folders(self.folder, self.root, (".",))
        for folder in folders:
            with readable(folder):
                python, binary = (folder / _PYTHON).is_dir(), (folder / _BINARY).is_dir()
            if python:
                with ThreadPoolExecutor() as pool:      # decompressing does not hold Python's lock
                    return list(pool.map(partial(self._from_folder, folder / _PYTHON), names))
            if binary:
                return [self._binary(folder / _BINARY / f"{name}.bin", name) for name in names]
            if is_there(folder / self.archive.name):
                return self._archived(folder / self.archive.name, names)
        if not may_download:
            raise not_found(type(self).__name__, folders, "and download=False forbids fetching it.")
        target = cache_folder() / self.folder if self.root is None else Path(self.root)
        return self._archived(download(self.archive, self.mirrors, target), names)

    def _from_folder(self, folder: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
        return self._pickled(*_plain_or_xz(folder / name, self.pickles[name][0]), name)

    def _pickled(self, data: bytes, path: str, name: str) -> tuple[np.ndarray, np.ndarray]:
        _check_bytes(data, path, *self.pickles[name])
        batch = read_plain_pickle(data, path)
        try:
            pixels, labels = batch["data"], np.array(batch["labels"])
            pixels = pixels.reshape(len(labels), 3072)
        except (TypeError, KeyError, ValueError, AttributeError):
            raise DataError(f"{path}: expected a dict with data (M, 3072) and M labels.") from None
        return pixels, check_labels(path, labels, len(self.classes))

    def _binary(self, path: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
        """An image is its label, one byte, then its 3072 pixels."""
        data = _read_bounded(path, self.binaries[name][0])
        _check_bytes(data, str(path), *self.binaries[name])
        rows = np.frombuffer(data, np.uint8).reshape(-1, 3073)
        return rows[:, 1:], check_labels(path, rows[:, 0], len(self.classes))

    def _archived(self, path: Path, names: list[str]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Members are read by name into memory; nothing is written where the archive says."""
        wanted = {f"{_PYTHON}/{name}": name for name in names}
        found = {}
        try:
            with tarfile.open(path, "r|gz") as archive:
                for member in archive:
                    name = wanted.get(member.name)
                    if name is not None and member.isfile() and member.size == self.pickles[name][0]:
                        file = archive.extractfile(member)
                        assert file is not None
                        found[name] = self._pickled(file.read(), f"{path}:{member.name}", name)
                    if len(found) == len(names):
                        break
        except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
            raise damaged(path, "a whole tar.gz archive", f"one that is truncated or corrupt "
                          f"({error})") from None
        missing = [name for name in names if name not in found]
        if missing:
            raise damaged(path, f"an archive with the batches of CIFAR-10, {self.archive.size} "
                          "bytes", f"one without a good {', '.join(missing)}, {path.stat().st_size} "
                          "bytes")
        return [found[name] for name in names]


def _plain_or_xz(path: Path, size: int) -> tuple[bytes, str]:
    """The bytes of a batch, at most ``size`` + 1 of them, and the path of the file they are from."""
    packed = path.with_name(f"{path.name}.xz")
    if is_there(path) or not is_there(packed):
        return _read_bounded(path, size), str(path)
    try:
        with readable(packed), lzma.open(packed) as stream:
            return read_exactly(stream, size + 1).tobytes(), str(packed)
    except (EOFError, lzma.LZMAError) as error:
        raise damaged(packed, "a whole xz file", f"one that is truncated or corrupt ({error})") from None


def _read_bounded(path: Path, size: int) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(size + 1)
    except OSError as error:
        raise damaged(path, "a batch of CIFAR-10", error.strerror or str(error),
                      "Put the file there, or remove its folder.") from None


def _check_bytes(data: bytes, path: str, size: int, sha256: str) -> None:
    if len(data) != size:
        raise damaged(path, f"{size} bytes", f"{len(data)} (truncated)" if len(data) < size
                      else "more")
    digest = hashlib.sha256(data).hexdigest()
    if digest != sha256:
        raise damaged(path, f"SHA-256 {sha256}", digest)
