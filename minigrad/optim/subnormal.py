"""Decaying means that would become subnormal, where a processor computes several times as slowly."""
from __future__ import annotations

import numpy as np

from ..backend.arrays import Array

SETTLE_EVERY = 64           # steps


def settle(a: Array, squares: bool = False) -> None:
    """Stop a decaying mean, in place, before it becomes subnormal: called every ``SETTLE_EVERY`` steps.

    A weight that no longer gets a gradient, because its ReLU is dead, has a mean that shrinks by β each step.
    After some 800 steps it is below the smallest normal float32, 1.2e-38, where Adam's step takes four times
    as long (``benchmarks/NOTES.md``), and there it stays: 0.9 of four smallest subnormals rounds to four
    again. So what would get there before the next call becomes 0; in a mean of ``squares``, by which others
    are divided, it becomes the least number that would not.
    """
    if type(a) is not np.ndarray or a.dtype not in (np.float32, np.float64):
        return                                          # a GPU computes subnormals as fast as others
    least = a.dtype.type(np.finfo(a.dtype).tiny * 1024)         # 0.9⁶⁴ = 1/850
    if squares:
        np.copyto(a, least, where=(a > 0) & (a < least))
    else:
        np.copyto(a, 0, where=abs(a) < least)
