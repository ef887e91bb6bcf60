"""Passes over large arrays in parts that stay in the cache.

When a pass is made of several operations, as "where is y positive, and there take g" is, the result of the
first should not travel to memory and back. So a large array goes in parts of a quarter of a megabyte.
(Sharing the parts among threads was tried and cost more than it brought: ``benchmarks/NOTES.md``.)
"""
from __future__ import annotations

from typing import Iterator

LARGE = 1 << 20             # bytes of an array from which it goes in parts
PART = 1 << 18              # bytes of one part: three such arrays lie in the cache of a core


def parts_of(length: int, nbytes: int) -> Iterator[slice]:
    """The first axis, of ``length``, of an array of ``nbytes``, cut into parts that fit into the cache.

    >>> [(part.start, part.stop) for part in parts_of(32, 11_000_000)][:2]
    [(0, 1), (1, 2)]
    >>> list(parts_of(32, 4096))
    [slice(0, 32, None)]
    """
    step = max(1, length if nbytes < LARGE else length * PART // nbytes)
    return (slice(start, min(start + step, length)) for start in range(0, length, step))
