"""Large arrays: where they lie in memory, and passes over them in parts that stay in the cache.

**Memory.** glibc gives every large freed block back to the kernel, and pays a page fault for each 4 KiB when
it asks for it again; for arrays of some megabytes that costs more than the arithmetic. Two settings of
``mallopt(3)`` stop it: take blocks up to 1 GiB from the heap instead of ``mmap``, and do not trim the heap.
The next array of the step then reuses freed memory. This is for glibc on Linux; elsewhere nothing happens.
``MINIGRAD_MALLOC=0`` switches it off.

**Parts.** When a pass is made of several operations, as "where is y positive, and there take g" is, the
result of the first should not travel to memory and back. So large arrays go in parts. (Sharing the parts
among threads was tried, and cost more than it gained: ``benchmarks/NOTES.md``.)
"""
from __future__ import annotations

import ctypes
import math
import os
import sys
from typing import Any, Iterable

import numpy as np

from .arrays import Array, array_module
from .tuning import ALIGNED, IN_PARTS, LINE, PART, STEP

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


def empty(like: Array, shape: tuple[int, ...], dtype: Any = None) -> Array:
    """An array for a large result, not initialized, on the device of ``like`` and by default in its dtype.

    It begins at a multiple of 64 bytes, NumPy's own at a multiple of 16. There each vector of 64 bytes lies
    across two cache lines, and a pass over several such arrays takes up to twice as long
    (``benchmarks/NOTES.md``).
    """
    dtype = like.dtype if dtype is None else np.dtype(dtype)
    if type(like) is not np.ndarray:
        return array_module(like).empty(shape, dtype)
    nbytes = math.prod(shape) * dtype.itemsize
    if nbytes < ALIGNED:
        return np.empty(shape, dtype)
    raw = np.empty(nbytes + LINE, np.uint8)
    start = -raw.__array_interface__["data"][0] % LINE
    return raw[start:start + nbytes].view(dtype).reshape(shape)


def parts_of(length: int, nbytes: int) -> list[slice]:
    """The first axis, of ``length``, of an array of ``nbytes``, cut into parts that fit into the cache.

    >>> [(part.start, part.stop) for part in parts_of(32, 11_000_000)][:2]
    [(0, 1), (1, 2)]
    >>> parts_of(32, 4096)
    [slice(0, 32, None)]
    """
    if nbytes < IN_PARTS:
        return [slice(0, length)]
    step = max(1, length * PART // nbytes)
    return [slice(start, min(start + step, length)) for start in range(0, length, step)]


def blocks(*arrays: Array | None) -> Iterable[tuple[Any, ...]]:
    """The same stretch of each array, stretch after stretch, as flat views to compute on in place.

    None stays None. Small arrays, those that are not row-major in memory and those on a GPU come whole.
    """
    p: Any = arrays[0]
    if 0 < p.ndim and p.size <= STEP or type(p) is not np.ndarray \
            or not all([a is None or a.flags.c_contiguous for a in arrays]):
        return [arrays]
    flat = [a if a is None else a.reshape(-1) for a in arrays]
    return (tuple([a if a is None else a[start:start + STEP] for a in flat])
            for start in range(0, p.size, STEP))
