"""The order in which the entries of an array lie in memory, whatever its shape says."""
from __future__ import annotations

from typing import Sequence

import numpy as np

from .arrays import Array, array_module, row_major


def memory_order(x: Array) -> list[int]:
    """The dimensions from the slowest to the fastest in memory: [1, 2, 3, 0] for batch-last."""
    return sorted(range(x.ndim), key=[-abs(step) for step in x.strides].__getitem__)


def flat(x: Array) -> Array | None:
    """The entries of x in the order of memory, as a view; None when they do not lie dense."""
    if x.flags.c_contiguous:
        return x.reshape(-1)
    turned = x.transpose(memory_order(x))
    return turned.reshape(-1) if turned.flags.c_contiguous else None


def flat_row_major(x: Array) -> Array:
    """The entries of x in row-major order, dense: what a kernel takes. A copy only where they do not lie so.

    A plain ``x.reshape(-1)`` may be a view with a stride: that of ``x[..., 0]``.
    """
    return row_major(x).reshape(-1)


def unflat(entries: Array, x: Array) -> Array:
    """Entries in the order in which ``flat(x)`` gives them, in the shape and memory order of x."""
    if x.flags.c_contiguous:
        return entries.reshape(x.shape)
    order = memory_order(x)
    inverse = [order.index(d) for d in range(x.ndim)]
    return entries.reshape([x.shape[d] for d in order]).transpose(inverse)


def joined(xs: Sequence[Array], dim: int) -> Array:
    """The arrays one after the other along ``dim``, as ``np.concatenate``.

    On a GPU many are copied one by one: CuPy would send a table of their addresses to the device, which a
    step that is being recorded cannot.
    """
    xp = array_module(xs[0])
    if xp is np or len(xs) <= 8 or not all(type(x) is type(xs[0]) for x in xs):
        return xp.concatenate(xs, axis=dim)
    pieces = [xp.concatenate(xs[k:k + 8], axis=dim) for k in range(0, len(xs), 8)]
    return joined(pieces, dim)
