"""Writing a data file so that an error or a full disk never leaves half of it."""
from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Iterator

from ..errors import DataError
from .replacing import replacing


@contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the name ``path`` only when the block ends without error.

    Like ``files.replacing``, but errors of the file become UnwritableError, which says what to do; errors in
    the block pass through.
    """
    writing = replacing(path)
    try:
        file = writing.__enter__()
    except (OSError, ValueError) as error:
        raise _unwritable(path.parent, error) from None
    try:
        yield _Guarded(file, path.parent)  # type: ignore[misc]
    except BaseException:
        writing.__exit__(*sys.exc_info())
        raise
    try:
        writing.__exit__(None, None, None)
    except OSError as error:
        raise _unwritable(path.parent, error) from None


class _Guarded:
    """A file whose write errors name the folder and say what to do."""

    def __init__(self, file: IO[bytes], folder: Path) -> None:
        self.file, self.folder = file, folder

    def write(self, data: Any) -> int:
        try:
            return self.file.write(data)
        except OSError as error:
            raise _unwritable(self.folder, error) from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


class UnwritableError(DataError):
    """A folder cannot be written to."""


def _unwritable(folder: Path, error: OSError | ValueError) -> UnwritableError:
    return UnwritableError(f"{folder}: cannot write there ({reason(error)}). Make the folder "
                           "writable, or choose another: root=…, or the environment variable "
                           "XDG_CACHE_HOME for the cache, or MINIGRAD_DATA for files you have.")


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Write to a temporary file beside ``path``, then rename: readers see the old file or the new one.

    Raises DataError when the file cannot be written.

    >>> import os
    >>> from tempfile import TemporaryDirectory
    >>> from minigrad.files.writing import write_atomically
    >>> with TemporaryDirectory() as folder:
    ...     write_atomically(folder + "/note.txt", b"all or nothing")
    ...     os.listdir(folder)
    ['note.txt']
    """
    path = Path(path)
    try:
        with replacing(path) as file:
            file.write(content)
    except (OSError, ValueError) as error:
        raise DataError(f"save: {path} could not be written: {reason(error)}. "
                        "An older file of that name is unchanged.") from error


def reason(error: OSError | ValueError) -> str:
    """Why a file could not be opened, as the system says it.

    >>> from minigrad.files.writing import reason
    >>> try:
    ...     open("/no/such/file")
    ... except OSError as error:
    ...     print(reason(error))
    No such file or directory
    """
    return getattr(error, "strerror", None) or str(error)
