"""Padding: more entries at the edges."""
from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from ..autograd import Function
from ..backend.arrays import Array
from ..errors import ShapeError
from .shape import shape_of


class Pad(Function):
    """y = x with a border of one value;  ∂L/∂x = the inner part of g."""

    __slots__ = ("widths", "value", "input_shape")
    infinite_on_purpose = True

    def __init__(self, widths: tuple[tuple[int, int], ...], value: float) -> None:
        self.widths, self.value = widths, value

    def forward(self, x: Array) -> Array:
        self.input_shape = x.shape
        return np.pad(x, self.widths, constant_values=self.value)

    def backward(self, g: Any) -> Any:
        return g[tuple(slice(before, before + n)
                       for (before, _), n in zip(self.widths, self.input_shape))]


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """A border around the input. ``pad`` counts from the last dimension: (left, right, top, bottom, …).

    Negative sizes crop. Raises ShapeError unless the sizes form pairs, NotImplementedError for other modes.

    >>> minigrad.nn.functional.pad(minigrad.tensor([[1, 2]]), (1, 0, 0, 1))
    tensor([[0, 1, 2],
            [0, 0, 0]])
    """
    x = input
    if mode != "constant":
        raise NotImplementedError(f"pad: mode={mode!r} is not supported, only 'constant'.")
    ndim = len(shape_of(x))
    if len(pad) % 2 or len(pad) > 2 * ndim:
        raise ShapeError(f"pad: expected pairs of sizes for at most {ndim} dimensions, got {tuple(pad)}.")
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)][::-1]
    widths = ((0, 0),) * (ndim - len(pairs)) + tuple(pairs)
    if min(pad, default=0) < 0:                                 # a negative size crops
        if any(n + a + b < 0 for n, (a, b) in zip(shape_of(x), widths)):
            raise ShapeError(f"pad: {tuple(pad)} cuts off more than there is of {tuple(shape_of(x))}.")
        x = x[tuple(slice(max(0, -a), n - max(0, -b)) for n, (a, b) in zip(shape_of(x), widths))]
        widths = tuple((max(0, a), max(0, b)) for a, b in widths)
    return Pad(widths, 0.0 if value is None else value)(x)
