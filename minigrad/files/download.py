"""Downloading a file from the first of several mirrors that delivers it whole and verified."""
from __future__ import annotations

import hashlib
import http.client
import io
import time
import urllib.request
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Callable, Sequence

from tqdm import tqdm

from ..errors import DataError
from .folders import check_file
from .writing import atomic_write

_SLOWEST = 16 * 1024        # bytes per second; a slower mirror is given up


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
        timeout: seconds without any data after which to give up on a mirror, and the limit for its whole
            answer up to the file's first byte, redirects included. A mirror slower than 16 kB/s over the
            whole file is given up as well.

    The file appears under its name only after its SHA-256 has been verified. Shows a progress bar on a
    terminal. Raises DataError with each mirror's reason when all fail, and when ``folder`` cannot be written
    to.
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
        except (OSError, ValueError, http.client.HTTPException, _BadMirror) as error:
            reasons.append(f"  {url}: {_reason(error)}")
    raise DataError(f"{file.name}: no mirror delivered it.\n" + "\n".join(reasons) + "\n"
                    f"What to do: check the network and try again; or put the file into {folder} "
                    "yourself; or set the environment variable MINIGRAD_DATA to a folder that holds "
                    f"{folder.name}/{file.name}.")


def _receive(url: str, file: RemoteFile, out: IO[bytes], timeout: float) -> None:
    """Copy ``url`` to ``out``; raise unless it is exactly ``file``."""
    request = urllib.request.Request(url, headers={"User-Agent": "minigrad"})
    limit = _Limit(timeout)
    digest, received = hashlib.sha256(), 0
    with _opener(limit).open(request, timeout=timeout) as response, \
            tqdm(total=file.size, unit="B", unit_scale=True, unit_divisor=1024, desc=file.name,
                 leave=False, disable=None) as bar:
        limit.deadline += file.size / _SLOWEST
        while chunk := response.read1(1 << 16):
            received += len(chunk)
            if received > file.size:
                raise _BadMirror(f"more than the expected {file.size} bytes came")
            digest.update(chunk)
            out.write(chunk)
            bar.update(len(chunk))
    if received < file.size:
        raise _BadMirror(f"the transfer ended after {received} of {file.size} bytes")
    if digest.hexdigest() != file.sha256:
        raise _BadMirror(f"SHA-256 is {digest.hexdigest()}, expected {file.sha256}")


# ── a time limit on the whole answer ──────────────────────────────────────────────────────────────

class _Limit:
    """When everything must have arrived. A socket's own timeout restarts with each byte: trickles pass."""

    def __init__(self, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds


class _Timed(io.RawIOBase):
    """What a socket receives, headers and body, until the deadline."""

    def __init__(self, received: Any, limit: _Limit) -> None:
        self.received, self.limit = received, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if time.monotonic() > self.limit.deadline:
            raise _BadMirror("too slow: the time limit passed before all of it arrived")
        count: int = self.received.readinto(buffer)
        return count

    def close(self) -> None:
        self.received.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """An answer that is read through ``_Timed``."""

    def __init__(self, sock: Any, *args: Any, limit: _Limit, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_Timed(sock.makefile("rb", buffering=0), limit))


class _Web(urllib.request.AbstractHTTPHandler):
    """Opens http and https addresses with a time limit."""

    def __init__(self, limit: _Limit) -> None:
        super().__init__()
        self.limit = limit

    def _connected(self, kind: type[http.client.HTTPConnection]) -> Callable[..., Any]:
        def connect(host: str, **options: Any) -> http.client.HTTPConnection:
            connection = kind(host, **options)
            connection.response_class = partial(_TimedResponse, limit=self.limit)  # type: ignore[assignment]
            return connection
        return connect

    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(self._connected(http.client.HTTPConnection), request)

    def https_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(self._connected(http.client.HTTPSConnection), request)

    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_


def _opener(limit: _Limit) -> urllib.request.OpenerDirector:
    """Opens web addresses, and files named as file:///…; follows redirects, but only to web addresses."""
    opener = urllib.request.OpenerDirector()
    for handler in (urllib.request.ProxyHandler(), _Web(limit), urllib.request.HTTPRedirectHandler(),
                    urllib.request.HTTPDefaultErrorHandler(), urllib.request.HTTPErrorProcessor(),
                    urllib.request.FileHandler(), urllib.request.UnknownHandler()):
        opener.add_handler(handler)
    return opener


def _reason(error: Any) -> str:
    text = str(error)
    return text if isinstance(error, _BadMirror) or not text else f"{type(error).__name__}: {text}"
