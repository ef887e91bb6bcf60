"""SST-2: phrases from film reviews, and whether they praise (1) or pan (0) the film."""
from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np

from ..data.dataset import Dataset
from ..errors import RangeError
from ..files.download import RemoteFile, download
from ..backend.cache import cache_folder
from ..files.folders import check_file, damaged, is_there, not_found, readable, search_folders
from ..files.writing import atomic_write


class SST2(Dataset):
    """The Stanford Sentiment Treebank with two classes, as the GLUE benchmark has it (Socher et al. 2013).

    Args:
        root: a folder that is searched first, for ``sst2/`` or ``SST-2/`` with ``train.tsv`` …; then the
            folder in the environment variable MINIGRAD_DATA, then the user's cache.
        split: "train", 67,349 phrases and sentences; "dev", 872 sentences; "test", 1,821 sentences whose
            labels are not public (all −1).
        download: if nothing is found, fetch the archive (7 MB) into ``root`` or the cache.

    ``texts`` is a list of strings, ``labels`` an int64 array (N,). Every file is compared with its known
    SHA-256. Raises RangeError for another split, DataError when files are missing, truncated or not the right
    ones.

    >>> from minigrad.text import SST2
    >>> SST2.classes
    ['negative', 'positive']
    """

    classes = ["negative", "positive"]
    folder = "sst2"
    mirrors: tuple[str, ...] = ("https://dl.fbaipublicfiles.com/glue/data/",)
    archive = RemoteFile("SST-2.zip", 7439277,
                         "d67e16fb55739c1b32cdce9877596db1c127dc322d93c082281f64057c16deaa")
    files = {
        "train": (3806081, "48eac26399f8456935f81dd9e3a745c1430adb6c62e233ccfe22db4a0d15d1d1", 67349),
        "dev": (94931, "54a9c12c77e402fc14d6a66a506f24d999f596b0176eb777c972cccc2f9cc4b0", 872),
        "test": (197335, "69a938605609b3e6663b4487918fe1565eb293734e6e520d0366d1d412fd2a13", 1821),
    }

    def __init__(self, root: str | os.PathLike[str] | None = None, split: str = "train",
                 download: bool = True) -> None:
        if split not in self.files:
            raise RangeError(f"SST2: split must be 'train', 'dev' or 'test', got {split!r}.")
        self.root, self.split = root, split
        path = self._find(download)
        self.texts, self.labels = read_tsv(path)
        if len(self.texts) != self.files[split][2]:
            raise damaged(path, f"{self.files[split][2]} rows", str(len(self.texts)))

    def _find(self, may_download: bool) -> Path:
        """The path of the split's file, checked; unpacked from a downloaded archive if necessary."""
        size, sha256, _ = self.files[self.split]
        folders = search_folders(self.folder, self.root, ("SST-2",))
        for folder in folders:
            path = folder / f"{self.split}.tsv"
            if is_there(path):
                check_file(path, size, sha256)
                return path
        if not may_download:
            raise not_found(f"SST-2 ({self.split}.tsv)", folders, "and download=False forbids fetching it.")
        target = cache_folder() / self.folder if self.root is None else Path(self.root) / self.folder
        unpack(download(self.archive, self.mirrors, target), target, [f"{name}.tsv" for name in self.files])
        path = target / f"{self.split}.tsv"
        check_file(path, size, sha256)
        return path

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: int) -> tuple[str, int]:
        return self.texts[index], int(self.labels[index])


def unpack(archive: Path, folder: Path, names: list[str]) -> None:
    """Write the members with these names, wherever they are in the zip file, into ``folder``.

    Raises DataError when one is missing or the archive is damaged.
    """
    try:
        with readable(archive), zipfile.ZipFile(archive) as packed:
            members = {Path(name).name: name for name in packed.namelist()}
            for name in names:
                with atomic_write(folder / name) as out:
                    out.write(packed.read(members[name]))
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise damaged(archive, f"a zip file with {', '.join(names)}", f"an error: {error}") from None


def read_tsv(path: Path) -> tuple[list[str], np.ndarray]:
    """(texts, labels int64 (N,)) of a GLUE file: a header, then one row per line, columns separated by tabs.

    No quoting: a " is a ". A file without labels gives −1. Raises DataError that names the line for bytes
    that are not UTF-8, a wrong number of columns, or a label other than 0 and 1.
    """
    with readable(path):
        lines = path.read_bytes().split(b"\n")
    header = lines[0].rstrip(b"\r").split(b"\t")
    if sorted(header) not in ([b"label", b"sentence"], [b"index", b"sentence"]):
        raise damaged(path, "a header of sentence and label, or index and sentence", repr(lines[0][:60]))
    texts, labels = [], []
    for number, line in enumerate(lines[1:-1] if lines[-1] == b"" else lines[1:], 2):
        try:
            fields = line.rstrip(b"\r").decode("utf-8").split("\t")
        except UnicodeDecodeError as error:
            raise damaged(path, "UTF-8", f"byte {error.object[error.start]:#04x} in line {number}") from None
        if len(fields) != 2:
            raise damaged(path, "2 columns", f"{len(fields)} in line {number}")
        row = dict(zip(header, fields))
        label = row.get(b"label", "-1")
        if label not in ("0", "1") and b"label" in row:
            raise damaged(path, "a label 0 or 1", f"{label[:20]!r} in line {number}")
        texts.append(row[b"sentence"])
        labels.append(int(label))
    return texts, np.array(labels, np.int64)
