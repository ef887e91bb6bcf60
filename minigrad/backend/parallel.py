"""Several threads for a pass over large arrays.

BLAS uses all cores by itself; everything else in NumPy runs on one. But NumPy lets other threads run
while it computes on a large array, so a pass that falls into independent parts can be shared. Handing a
part to a thread takes some ten microseconds: that is for parts which take much longer.

As many threads are used as BLAS uses: OMP_NUM_THREADS or OPENBLAS_NUM_THREADS if set, else all cores.
"""
from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Callable, Iterable, Iterator, TypeVar

import numpy as np

Part = TypeVar("Part")

WORTH_SHARING = 1 << 20         # bytes of an array from which threads are used
PART = 1 << 18                  # bytes of one part: three such arrays lie in the cache of a core


def _thread_count() -> int:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        if os.environ.get(name, "").isdigit():
            return max(1, int(os.environ[name]))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


THREADS = _thread_count()


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="minigrad")


def each(function: Callable[[Part], None], parts: Iterable[Part]) -> None:
    """``function(part)`` for every part, several at a time. Raises what one of them raised."""
    listed = list(parts)
    if THREADS == 1 or len(listed) == 1:
        for part in listed:
            function(part)
        return
    settings = np.geterr()                          # each thread has its own

    def run(part: Part) -> None:
        with np.errstate(**settings):
            function(part)

    for _ in _pool().map(run, listed):
        pass


def parts_of(length: int, nbytes: int) -> Iterator[slice]:
    """The first axis, of ``length``, of an array of ``nbytes``, cut into parts that fit into the cache.

    >>> [(part.start, part.stop) for part in parts_of(32, 11_000_000)][:2]
    [(0, 1), (1, 2)]
    >>> list(parts_of(32, 4096))
    [slice(0, 32, None)]
    """
    step = length if nbytes < WORTH_SHARING else max(1, length * PART // nbytes)
    return (slice(start, min(start + step, length)) for start in range(0, length, step))
