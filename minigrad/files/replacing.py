"""Writing a file whole or not at all: first beside it under another name, then renamed.

Whoever opens the file, even in another process, finds the old one or the new one. A process that is killed
while writing leaves its partial file behind, ``.NAME.….part``; the next one to write NAME removes it. A lock,
which the system releases when a process ends, tells a dead writer from a living one.
"""
from __future__ import annotations

import os
import secrets
import stat
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Iterator

fcntl: Any
try:
    import fcntl
except ImportError:             # Windows: an open file cannot be removed, which is lock enough
    fcntl = None

_STALE = 24 * 3600              # seconds after which a writer counts as dead where files cannot be locked


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the name ``path`` only when the block ends without error.

    Raises OSError where it cannot be written, and for a ``path`` that is a device or a pipe; ValueError for a
    path with a zero byte.

    >>> import os
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with replacing(Path(folder, "note.txt")) as file:
    ...         n = file.write(b"all or nothing")
    ...     os.listdir(folder)
    ['note.txt']
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and stat.S_IFMT(path.stat().st_mode) not in (stat.S_IFREG, stat.S_IFDIR):
        raise OSError(f"{path} is a device or a pipe, not a file to replace")
    remove_partials(path)
    partial, file = _locked_partial(path)
    try:
        yield file
        file.flush()
        os.fsync(file.fileno())
        if fcntl is None:
            file.close()        # Windows renames only closed files
        os.replace(partial, path)
    finally:                    # also after Ctrl-C
        with suppress(OSError):                     # a full disk: already reported
            file.close()
        partial.unlink(missing_ok=True)


def remove_partials(path: Path) -> None:
    """Remove what killed processes left behind of ``path``."""
    with os.scandir(path.parent) as entries:
        partials = [Path(entry.path) for entry in entries
                    if entry.name.startswith(f".{path.name}.") and entry.name.endswith(".part")]
    for partial in partials:
        try:
            with open(partial, "rb") as file:
                if fcntl is None:
                    file.close()
                elif not _lock(file) and time.time() - partial.stat().st_mtime < _STALE:
                    continue
                partial.unlink()        # while the lock is held, see _locked_partial
        except OSError:
            pass                        # still being written, or removed by another process


def _lock(file: IO[bytes]) -> bool:
    """Lock an open file until it is closed. False where files cannot be locked; BlockingIOError if it is."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return False
    return True


def _locked_partial(path: Path) -> tuple[Path, IO[bytes]]:
    """A new file beside ``path``, locked for as long as it is open."""
    while True:
        partial = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
        file = open(partial, "xb")
        if fcntl is None:
            return partial, file
        try:
            _lock(file)
            if os.fstat(file.fileno()).st_nlink:
                return partial, file
        except BlockingIOError:
            pass
        file.close()                    # another process removed it as abandoned before it was locked
