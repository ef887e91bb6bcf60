"""Functions of one number by ``pointwise.c``: one pass over arrays, in whatever order their entries lie."""
from __future__ import annotations

from typing import Any

from ..arrays import Array
from ..layout import memory_order
from ..memory import empty
from ..tuning import POINTWISE
from .dense import row_major_copy
from .kernels import has_kernels, run


def in_one_pass(name: str, x: Array, *others: Array, results: int = 1,
                numbers: tuple[Any, ...] = ()) -> list[Array]:
    """The results of the kernel ``name`` of x, the others and the ``numbers``; they lie in memory as x does.

    Empty where no kernel takes the arrays: they must be large, of one shape and one dtype that has kernels,
    and x must lie in memory without gaps. The others are copied if they lie otherwise.
    """
    if x.size < POINTWISE or not has_kernels(x, *others):
        return []
    order = None if x.flags.c_contiguous else memory_order(x)
    entries = []
    for a in (x, *others):
        turned = a if order is None else a.transpose(order)
        if a.shape != x.shape or a is x and not turned.flags.c_contiguous:
            return []
        entries.append(turned if turned.flags.c_contiguous else row_major_copy(turned))
    found = [empty(x, entries[0].shape) for _ in range(results)]
    run(name, x, *entries, *found, *numbers, x.size, entries=x.size)
    if order is None:
        return found
    return [y.transpose(sorted(range(x.ndim), key=order.__getitem__)) for y in found]
