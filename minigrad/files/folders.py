"""Where data files are: the folders that are searched, the cache, and checks of what is found."""
from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Iterator

import numpy as np

from ..backend.cache import cache_folder
from ..errors import DataError
from .writing import reason

_CHUNK = 1 << 20


def search_folders(name: str, root: str | os.PathLike[str] | None = None,
                   layouts: tuple[str, ...] = ()) -> list[Path]:
    """The folders where files of the data set ``name`` may be, in the order of the search.

    First ``root``, then the folder named by the environment variable MINIGRAD_DATA: in each the sub-folder
    ``name``, the sub-folders ``layouts`` (as other libraries lay them out), or the folder itself if that is
    its name; then the cache.
    """
    folders: list[Path] = []
    env = os.environ.get("MINIGRAD_DATA")
    for base in [root, env]:
        if base:
            here = Path(base).expanduser()
            folders += [here / part for part in (name, *layouts)]
            folders += [here] if here.name == name else []
    return folders + [cache_folder() / name]


def not_found(what: str, folders: list[Path], reason: str) -> DataError:
    """The error for a data set that was not found, with what to do about it."""
    looked = "\n".join(f"  {folder}" for folder in folders)
    return DataError(f"{what}: not found. Looked in\n{looked}\n{reason}\n"
                     "What to do: put the files in one of these folders, or set the environment "
                     "variable MINIGRAD_DATA to the folder that holds "
                     f"{folders[-1].name}/.")


# ── checking ──────────────────────────────────────────────────────────────────────────────────────

def damaged(path: Path | str, expected: str, came: str, cure: str = "") -> DataError:
    """The error for a file that is not what it should be."""
    return DataError(f"{path}: expected {expected}, got {came}. "
                     + (cure or "Delete the file, so that it is downloaded again, or put a good "
                                "copy in its place."))


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Within this block, whatever keeps ``path`` from being read raises DataError that names it."""
    try:
        yield
    except (OSError, ValueError) as error:                  # ValueError: a zero byte in the path
        raise DataError(f"{path}: cannot be read ({reason(error)}). Make it readable, or put a good copy in "
                        "its place.") from None


def is_there(path: Path) -> bool:
    """Whether ``path`` is a file; DataError where its folder cannot be searched."""
    with readable(path):
        return path.is_file()


def whole_file(path: Path, who: str) -> bytes:
    """The bytes of a file; DataError, which names ``who`` reads it, when it cannot be read."""
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:                  # ValueError: a zero byte in the path
        raise DataError(f"{who}: {path}: {reason(error)}.") from None


def check_file(path: Path, size: int, sha256: str) -> None:
    """Raise DataError unless the file can be read and has this size (bytes) and this SHA-256 (hex)."""
    digest = hashlib.sha256()
    with readable(path):
        actual = path.stat().st_size
        if actual != size:
            kind = "truncated" if actual < size else "too long"
            raise damaged(path, f"{size} bytes", f"{actual} ({kind})")
        with open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    if digest.hexdigest() != sha256:
        raise damaged(path, f"SHA-256 {sha256}", digest.hexdigest())


def read_exactly(stream: IO[bytes], size: int) -> np.ndarray:
    """The next ``size`` bytes as a uint8 array (size,); fewer if the stream ends first.

    Never reads more from the stream, however much a compressed file may claim to hold.
    """
    out = np.empty(size, np.uint8)
    filled = 0
    while filled < size:
        chunk = stream.read(min(_CHUNK, size - filled))
        if not chunk:
            break
        out[filled:filled + len(chunk)] = np.frombuffer(chunk, np.uint8)
        filled += len(chunk)
    return out[:filled]
