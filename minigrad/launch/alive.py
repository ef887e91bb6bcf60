"""What launcher and ranks agree on: a mark before each line, and a lock that tells whether the launcher runs.

The lock is on a file. However the launcher ends, it is free afterwards.
"""
from __future__ import annotations

from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:                 # Windows: there mpiexec's own care must do
    fcntl = None                    # type: ignore[assignment]

MARK = "\x1f"               # before and after a rank's number, at the start of each line that it prints


def hold(folder: Path) -> IO[bytes]:
    """The launcher's lock: keep the file open."""
    file = open(folder / "launcher", "wb")
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX)
    return file


def launcher_is_gone(folder: Path) -> bool:
    """Whether nobody holds the lock, or there is no file: the launcher has put everything away."""
    try:
        with open(folder / "launcher", "rb") as file:
            if fcntl is None:
                return False
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return True
    except FileNotFoundError:
        return True
    except OSError:                 # somebody does
        return False
