"""Downloading a file from the first of several mirrors that delivers it, whole and verified."""
from __future__ import annotations

import hashlib
import http.client
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Sequence

from tqdm import tqdm

from ..errors import DataError
from .files import atomic_write, check_file

_SLOWEST = 16 * 1024        # bytes per second below which a mirror is given up


@dataclass(frozen=True)
class RemoteFile:
    """A file as it must arrive: its name, its size in bytes, its SHA-256 in hex."""

    name: str
    size: int
    sha256: str


class _BadMirror(Exception):
    """A mirror answered, but not with the file."""


def download(file: RemoteFile, mirrors: Sequence[str], folder: Path, timeout: float = 20) -> Path:
    """Fetch ``file`` into ``folder`` and return its path; a good file already there is kept.

    Args:
        mirrors: addresses to which the file's name is added, tried in turn.
        timeout: seconds without any data after which a mirror is given up. One that is slower than
            16 kB/s over the whole file is given up too.

    The file appears under its name only after its SHA-256 was found right. Shows a progress bar on
    a terminal. Raises DataError with the reason of each mirror when all fail, and when ``folder``
    cannot be written to.
    """
    path = folder / file.name
    if path.exists():
        check_file(path, file.size, file.sha256)
        return path
    reasons = []
    for mirror in mirrors:
        url = mirror + file.name
        try:
            with atomic_write(path) as out:
                _receive(url, file, out, timeout)
            return path
        except (OSError, http.client.HTTPException, _BadMirror) as error:
            reasons.append(f"  {url}: {_reason(error)}")
    raise DataError(f"{file.name}: no mirror delivered it.\n" + "\n".join(reasons) + "\n"
                    f"What to do: check the network and try again; or put the file into {folder} "
                    "yourself; or set the environment variable MINIGRAD_DATA to a folder that holds "
                    f"{folder.name}/{file.name}.")


def _receive(url: str, file: RemoteFile, out: IO[bytes], timeout: float) -> None:
    """Copy ``url`` to ``out``; raise unless it is exactly ``file``."""
    request = urllib.request.Request(url, headers={"User-Agent": "minigrad"})
    deadline = time.monotonic() + timeout + file.size / _SLOWEST
    digest, received = hashlib.sha256(), 0
    with urllib.request.urlopen(request, timeout=timeout) as response, \
            tqdm(total=file.size, unit="B", unit_scale=True, unit_divisor=1024, desc=file.name,
                 leave=False, disable=None) as bar:
        # read1 returns what has come, so that a trickle cannot hold us beyond the deadline
        while chunk := response.read1(1 << 16):
            received += len(chunk)
            if received > file.size:
                raise _BadMirror(f"more than the expected {file.size} bytes came")
            if time.monotonic() > deadline:
                raise _BadMirror(f"too slow: {received} of {file.size} bytes before the time limit")
            digest.update(chunk)
            out.write(chunk)
            bar.update(len(chunk))
    if received < file.size:
        raise _BadMirror(f"the transfer ended after {received} of {file.size} bytes")
    if digest.hexdigest() != file.sha256:
        raise _BadMirror(f"SHA-256 is {digest.hexdigest()}, expected {file.sha256}")


def _reason(error: Any) -> str:
    text = str(error)
    return text if isinstance(error, _BadMirror) or not text else f"{type(error).__name__}: {text}"
