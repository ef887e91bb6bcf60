"""Optimizer steps for many parameters in one launch (``adam.cu``, ``sgd.cu``).

The formulas in NumPy are ``backend.optimize.adam_update`` and ``sgd_update``.
"""
from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np

from ...errors import GraphError
from ..arrays import Array, array_module, device_of, row_major
from .kernels import launch
from .mirror import Mirror

PIECES = 32                             # in one launch, as the kernels' structs say
ADAM = np.dtype([("beta1", np.float64), ("beta2", np.float64), ("eps", np.float64),
                 ("weight_decay", np.float64), ("decoupled", np.int32), ("maximize", np.int32)], align=True)
SGD = np.dtype([("momentum", np.float64), ("weight_decay", np.float64), ("dampening", np.float64),
                ("nesterov", np.int32), ("maximize", np.int32), ("first", np.int32)], align=True)

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


def piece(p: Array, g: Array, **others: Array | None) -> Piece:
    """The arrays of one parameter; a kernel sees an address, so that all must lie as p does: row-major."""
    found = {"p": p, "g": g, **{name: a for name, a in others.items() if a is not None}}
    if not p.flags.c_contiguous:
        raise GraphError("optimizer: a parameter on a GPU must be row-major in memory; replace it by "
                         "p.data = p.data.contiguous() before training.")
    return {name: row_major(a) for name, a in found.items()}


def batches(items: list[Any], keys: list[Any]) -> list[list[Any]]:
    """Items of one key, and of one dtype and device, in lots of at most 32, in order.

    Each item is a tuple that begins with a parameter.
    """
    lots: dict[Any, list[Any]] = {}
    for item, key in zip(items, keys):
        array = item[0]._array
        lots.setdefault((key, str(array.dtype), str(device_of(array))), []).append(item)
    return [lot[i:i + PIECES] for lot in lots.values() for i in range(0, len(lot), PIECES)]


def _launch(file: str, names: Sequence[str], group: Sequence[Piece], *arguments: Any) -> None:
    """One row of blocks for each piece; a thread takes up to 16 entries of the largest, then more."""
    largest = max(piece["p"].size for piece in group)
    threads = min(largest, max(1 << 16, min(largest // 16, 1 << 18)))
    table = pieces(names, group, lambda array: int(array.data.ptr))
    launch(file, file, group[0]["p"], threads, table, *arguments, rows=len(group))


def adam(group: Sequence[Piece], lr: Mirror, step: Mirror, betas: tuple[float, float], eps: float,
         weight_decay: float, decoupled: bool, maximize: bool) -> None:
    """One step of Adam for up to 32 parameters: p, g, m, v, and top with amsgrad."""
    settings = np.array([(*betas, eps, weight_decay, decoupled, maximize)], ADAM)
    _launch("adam", ("p", "g", "m", "v", "top"), group, settings, lr.array, step.array)


def sgd(group: Sequence[Piece], lr: Mirror, momentum: float, weight_decay: float, dampening: float,
        nesterov: bool, maximize: bool, first: bool) -> None:
    """One step of gradient descent for up to 32 parameters: p, g, and v with momentum."""
    settings = np.array([(momentum, weight_decay, dampening, nesterov, maximize, first)], SGD)
    _launch("sgd", ("p", "g", "v"), group, settings, lr.array)


def number(like: Array, dtype: Any, value: float) -> Mirror:
    """A number on the device of ``like``."""
    return Mirror(array_module(like), dtype, value)
