"""Padding: more entries at the edges."""
from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from ..autograd import Function
from ..backend.arrays import Array
from ..errors import ShapeError
from .indexing import Index
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

    ``mode``: "constant" (``value``, or 0), "reflect" (mirrored at the edge, which is not repeated),
    "replicate" (the edge again and again) or "circular" (from the other end). Negative sizes crop. Raises
    ShapeError unless the sizes form pairs and there is enough to mirror or to wrap around, ValueError for
    another mode or a value where none is used.

    >>> minigrad.nn.functional.pad(minigrad.tensor([[1, 2]]), (1, 0, 0, 1))
    tensor([[0, 1, 2],
            [0, 0, 0]])
    >>> minigrad.nn.functional.pad(minigrad.tensor([1, 2, 3]), (2, 1), "reflect")
    tensor([3, 2, 1, 2, 3, 2])
    """
    x = input
    ndim = len(shape_of(x))
    if len(pad) % 2 or len(pad) > 2 * ndim:
        raise ShapeError(f"pad: expected pairs of sizes for at most {ndim} dimensions, got {tuple(pad)}.")
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)][::-1]
    widths = ((0, 0),) * (ndim - len(pairs)) + tuple(pairs)
    if any(n + a + b < 0 for n, (a, b) in zip(shape_of(x), widths)):
        raise ShapeError(f"pad: {tuple(pad)} cuts off more than there is of {tuple(shape_of(x))}.")
    if mode != "constant":
        if value is not None and value != 0:
            raise ValueError(f"pad: value is for mode='constant', not {mode!r}.")
        for d, (n, (a, b)) in enumerate(zip(shape_of(x), widths)):
            if a or b:
                x = Index((slice(None),) * d + (_sources(mode, n, a, b),))(x)
        return x
    if min(pad, default=0) < 0:                                 # a negative size crops
        x = x[tuple(slice(max(0, -a), n - max(0, -b)) for n, (a, b) in zip(shape_of(x), widths))]
        widths = tuple((max(0, a), max(0, b)) for a, b in widths)
    return Pad(widths, 0.0 if value is None else value)(x)


def _sources(mode: str, n: int, a: int, b: int) -> Array:
    """Which of the n entries stands at each place of −a … n + b."""
    at, most = np.arange(-a, n + b), {"reflect": n - 1, "circular": n}.get(mode, max(a, b) if n else 0)
    if max(a, b) > most:
        raise ShapeError(f"pad: mode={mode!r} can add at most {most} entries on a side of {n}, not "
                         f"{max(a, b)}.")
    if mode == "reflect":
        return n - 1 - np.abs(n - 1 - np.abs(at))
    if mode == "replicate":
        return np.clip(at, 0, n - 1)
    if mode == "circular":                                      # cropped first, then from the other end
        left, inner = max(-a, 0), n + min(a, 0) + min(b, 0)
        return (at - left) % inner + left
    raise ValueError(f"pad: mode must be 'constant', 'reflect', 'replicate' or 'circular', got {mode!r}.")
