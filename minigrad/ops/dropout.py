"""Dropout: entries set to 0 at random, so that a network does not rely on any one of them."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function
from ..backend.arrays import Array
from ..backend.dropout import keep_mask
from ..backend.random import Generator, generator_of
from ..errors import RangeError


class Dropout(Function):
    """y = x · m / (1 − p) with m = 0 for a share p of the entries, else 1;  ∂L/∂x = g · m / (1 − p).

    Dividing during training keeps the expected value, so that evaluation needs no change
    (inverted dropout).
    """

    __slots__ = ("p", "generator", "mask")

    def __init__(self, p: float, generator: np.random.Generator) -> None:
        self.p, self.generator = p, generator

    def forward(self, x: Array) -> Array:
        self.mask = keep_mask(x, self.p, self.generator)
        return self.masked(x)

    def backward(self, g: Any) -> Any:
        return self.masked(g)

    def replay(self, arrays: list[Any]) -> Any:
        return self.masked(arrays[0])

    def masked(self, x: Any) -> Any:
        """x · m / (1 − p) with the mask that was drawn."""
        if self.mask.dtype != bool:         # drawn on a GPU: 1 / (1 − p) instead of 1
            return x * self.mask
        scale = 1 / (1 - self.p) if self.p < 1 else 1.0
        if type(x) is not np.ndarray:
            return x * self.mask * scale
        y = np.empty_like(x)
        y[...] = self.mask                  # faster than multiplying by a mask of another type
        y *= x
        y *= x.dtype.type(scale)
        return y


def dropout(input: Any, p: float = 0.5, training: bool = True, *,
            generator: Generator | None = None) -> Any:
    """A share p of the entries set to 0 and the rest divided by 1 − p; the input when not training.

    The shape and dtype of x. Raises RangeError for p outside of [0, 1]. Source: Srivastava et al. 2014.

    >>> x = minigrad.ones(1000)
    >>> sorted(set(minigrad.dropout(x, 0.5).tolist())), minigrad.dropout(x, 0.5, training=False) is x
    ([0.0, 2.0], True)
    """
    if not 0 <= p <= 1:
        raise RangeError(f"dropout: p must be in [0, 1], got {p}.")
    return Dropout(p, generator_of(generator))(input) if training and p > 0 else input
