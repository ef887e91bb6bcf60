"""Functions of one number by ``pointwise.c``: one pass over arrays, in whatever order their entries lie."""
from __future__ import annotations

from typing import Any

from ..arrays import Array
from ..layout import flat, memory_order, unflat
from ..memory import empty
from ..tuning import POINTWISE
from .dense import row_major_copy
from .kernels import has_kernels, run


def in_one_pass(name: str, *arrays: Array, results: int = 1, numbers: tuple[Any, ...] = ()) -> list[Array]:
    """The results of the kernel ``name`` with the ``numbers``, which lie in memory as the first array does.

    Empty where no kernel takes the arrays: they must be large, of one shape and one dtype that has kernels,
    and the first must lie in memory without gaps. The others are copied if they lie otherwise.
    """
    x, *others = arrays
    if x.size < POINTWISE or not has_kernels(*arrays):
        return []
    entries = [flat(x)]
    if entries[0] is None:
        return []
    for a in others:
        if a.shape != x.shape:
            return []
        entries.append(flat(a) if a.strides == x.strides else _in_order_of(x, a))
    found = [empty(x, (x.size,)) for _ in range(results)]
    run(name, x, *entries, *found, *numbers, x.size, entries=x.size)
    return [unflat(y, x) for y in found]


def _in_order_of(x: Array, a: Array) -> Array:
    """The entries of a in the order in which those of x lie."""
    turned = a.transpose(memory_order(x))
    return (turned if turned.flags.c_contiguous else row_major_copy(turned)).reshape(-1)
