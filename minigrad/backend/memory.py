"""Memory for large arrays: freed memory is kept in the process, and results begin at a cache line.

glibc gives every large freed block back to the kernel and pays a page fault for each 4 KiB when it
asks for it again; for arrays of some megabytes that costs more than the arithmetic. Two settings of
``mallopt(3)`` stop it: take blocks up to 1 GiB from the heap instead of ``mmap``, and do not trim
the heap. Freed memory is then reused by the next array of the step.

glibc on Linux only; elsewhere nothing happens. ``MINIGRAD_MALLOC=0`` switches it off.
"""
from __future__ import annotations

import ctypes
import math
import os
import sys
from typing import Any

import numpy as np

from .arrays import Array

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

LINE = 64                   # bytes of a cache line, and of the longest vector registers


def empty(module: Any, shape: tuple[int, ...], dtype: Any) -> Array:
    """An array for a large result, not initialized, that begins at a multiple of 64 bytes.

    NumPy's arrays begin at a multiple of 16. Then each vector of 64 bytes lies across two cache lines,
    and a pass over several such arrays takes up to twice as long (``benchmarks/NOTES.md``).
    """
    dtype = np.dtype(dtype)
    nbytes = math.prod(shape) * dtype.itemsize
    if module is not np or nbytes < 1 << 16:
        return module.empty(shape, dtype)
    raw = np.empty(nbytes + LINE, np.uint8)
    start = -raw.__array_interface__["data"][0] % LINE
    return raw[start:start + nbytes].view(dtype).reshape(shape)
