"""Bounds on time and memory for the process that runs a student's code, where the system has them."""
from __future__ import annotations

import signal
import sys

if sys.platform != "win32":
    import resource

MEGABYTES = 1024                    # beside what Python and NumPy take
FILES = 64                          # megabytes of one file


def limit(seconds: float) -> None:
    """Limit memory; and, should nobody be left to watch, let the process end by itself later."""
    if sys.platform == "win32":
        return
    signal.alarm(int(seconds) + 30)
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_FSIZE, FILES * 2 ** 20)
    lower(resource.RLIMIT_CPU, int(seconds) + 30)
    used = memory_used()
    if used is not None:
        lower(resource.RLIMIT_AS, used + MEGABYTES * 2 ** 20)


def lower(what: int, value: int) -> None:
    """Lower a limit; one that is lower already stays, and one that the system refuses is left out."""
    soft, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    try:
        resource.setrlimit(what, (value, value))
    except (ValueError, OSError):
        pass


def memory_used() -> int | None:
    """The bytes of address space in use; None where /proc does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        return None
