"""Optimizer steps for many parameters in one launch (``adam.cu``, ``sgd.cu``).

The formulas in NumPy are ``optim.Adam.update`` and ``optim.SGD.update``.
"""
from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np

from ...errors import DeviceError
from ..arrays import Array, array_module, row_major
from .kernels import launch
from .mirror import Mirror
from .recording import current

PIECES = 32                             # in one launch, as the kernels' structs say
#: The kernels' structs ``Settings``: the options of a group by name, float64 each, in this order.
ADAM = ("lr", "beta1", "beta2", "eps", "weight_decay", "decoupled", "maximize")
SGD = ("lr", "momentum", "weight_decay", "dampening", "nesterov", "maximize")

Piece = dict[str, Array]                # the arrays of one parameter, by name: p, g, …


def pieces(names: Sequence[str], group: Sequence[Piece], address: Callable[[Array], int]) -> np.ndarray:
    """The kernels' struct ``Pieces``: for each name 32 addresses (0 for none), and the sizes."""
    fields: list[Any] = [*((name, np.uintp, PIECES) for name in names), ("size", np.int64, PIECES)]
    table = np.zeros(1, np.dtype(fields))
    for i, piece in enumerate(group):
        for name, array in piece.items():
            table[name][0, i] = address(array)
        table["size"][0, i] = piece["p"].size
    return table


def piece(p: Array, g: Array, **state: Array | None) -> Piece:
    """The arrays of one parameter: the gradient brought into row-major order, the others lie so already."""
    return {"p": p, "g": row_major(g), **{name: a for name, a in state.items() if a is not None}}


def batches(items: list[Any], keys: list[Any]) -> list[list[Any]]:
    """Items of one key and of one dtype, in lots of at most 32, in order.

    Each item is a tuple that begins with a parameter.
    """
    lots: dict[Any, list[Any]] = {}
    for item, key in zip(items, keys):
        lots.setdefault((key, item[0]._array.dtype), []).append(item)
    return [lot[i:i + PIECES] for lot in lots.values() for i in range(0, len(lot), PIECES)]


def _launch(file: str, names: Sequence[str], group: Sequence[Piece], *arguments: Any) -> None:
    """One row of blocks for each piece; a thread takes up to 16 entries of the largest, then more."""
    graph = current()
    for a in (a for piece in group for a in piece.values()):
        if not a.flags.c_contiguous:
            raise DeviceError(f"{file}: an array of the shape {a.shape} has the strides {a.strides}; the "
                              "kernel, which sees an address only, needs row-major ones.")
        if graph is not None:
            graph.uses(a)
    largest = max(piece["p"].size for piece in group)
    threads = min(largest, max(1 << 16, min(largest // 16, 1 << 18)))
    table = pieces(names, group, lambda array: int(array.data.ptr))
    launch(file, file, group[0]["p"], threads, table, *arguments, rows=len(group), entries=largest)


def adam(group: Sequence[Piece], settings: Array, corrections: Array) -> None:
    """One step of Adam for up to 32 parameters: p, g, m, v, and top with amsgrad.

    ``settings`` are the numbers that ``ADAM`` names, on the device, and ``corrections`` what ``adam_begin``
    returned.
    """
    _launch("adam", ("p", "g", "m", "v", "top"), group, settings, corrections)


def adam_begin(like: Array, step: Mirror, settings: Array) -> Array:
    """Count the step t on the device; [1 − β₁ᵗ, √(1 − β₂ᵗ)] there, float64."""
    corrections = array_module(like).empty(2, np.float64)
    launch("adam", "adam_begin", like, 1, step.array, corrections, settings, block=1)
    step.advanced()
    return corrections


def sgd(group: Sequence[Piece], settings: Array, first: bool) -> None:
    """One step of gradient descent for up to 32 parameters: p, g, and v with momentum.

    ``settings`` are the numbers that ``SGD`` names, on the device; ``first``: the velocity starts.
    """
    _launch("sgd", ("p", "g", "v"), group, settings, np.int32(first))
