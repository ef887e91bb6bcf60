"""Keep freed memory in the process, so that large arrays are not paid for twice.

glibc gives every large freed block back to the kernel and pays a page fault for each 4 KiB when it
asks for it again; for arrays of some megabytes that costs more than the arithmetic. Two settings of
``mallopt(3)`` stop it: take blocks up to 1 GiB from the heap instead of ``mmap``, and do not trim
the heap. Freed memory is then reused by the next array of the step.

glibc on Linux only; elsewhere nothing happens. ``MINIGRAD_MALLOC=0`` switches it off.
"""
from __future__ import annotations

import ctypes
import os
import sys

M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
GIB = 1 << 30


def tune_allocator() -> bool:
    """Set both thresholds; True when they were set. Called once, when minigrad is imported."""
    if os.environ.get("MINIGRAD_MALLOC", "1") == "0" or not sys.platform.startswith("linux"):
        return False
    try:
        libc = ctypes.CDLL("libc.so.6")   # glibc's name: musl and others do not have it
        mallopt = libc.mallopt
    except (OSError, AttributeError):
        return False
    mallopt.argtypes, mallopt.restype = (ctypes.c_int, ctypes.c_int), ctypes.c_int
    return bool(mallopt(M_MMAP_THRESHOLD, GIB)) and bool(mallopt(M_TRIM_THRESHOLD, 2 * GIB - 1))


TUNED = tune_allocator()
