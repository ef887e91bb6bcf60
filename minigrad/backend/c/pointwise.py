"""Functions of one number by ``pointwise.c``: one pass over arrays, in whatever order their entries lie."""
from __future__ import annotations

from typing import Any

from ..arrays import Array
from ..layout import flat, unflat
from ..memory import empty
from ..tuning import POINTWISE
from .kernels import has_kernels, run


def in_one_pass(name: str, *arrays: Array, results: int = 1, numbers: tuple[Any, ...] = ()) -> list[Array]:
    """The results of the kernel ``name`` with the ``numbers``, which lie in memory as the first array does.

    Empty where no kernel takes the arrays: they must be large, of one dtype that has kernels, and lie alike
    in memory without gaps.
    """
    x, *others = arrays
    if x.size < POINTWISE or not has_kernels(*arrays):
        return []
    entries = [flat(x)]
    if entries[0] is None:
        return []
    for a in others:
        if a.shape != x.shape or a.strides != x.strides:
            return []
        entries.append(flat(a))
    found = [empty(x, (x.size,)) for _ in range(results)]
    run(name, x, *entries, *found, *numbers, x.size, entries=x.size)
    return [unflat(y, x) for y in found]
