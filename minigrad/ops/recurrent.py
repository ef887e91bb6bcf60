"""A layer of LSTM or GRU over a whole sequence, as one operation.

``nn.recurrent`` states the same step by step; that is what runs on a GPU, and what a second derivative goes
through.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.engine import grad
from ..backend.arrays import Array
from ..backend.recurrent import Weights, gru_backward, gru_forward, lstm_backward, lstm_forward


class Sequence(Function):
    """What both share: the inputs, and gradients that are computed together.

    x (T, N, I), h and c (N, H), w_ih (G·H, I), w_hh (G·H, H), biases (G·H) or None.
    ``plain`` computes the same from Tensors, step by step.
    """

    __slots__ = ("reverse", "plain", "kept", "parts")

    def __init__(self, reverse: bool, plain: Callable[..., Any]) -> None:
        self.reverse, self.plain = reverse, plain

    def together(self, g: Any, i: int) -> Any:
        """∂L/∂(input i): the first that is asked for computes all of them."""
        wanted = [k for k in range(len(self.edges)) if self.needs(k)]
        if i == wanted[0]:
            self.parts = self.recorded(g, wanted) if isinstance(g, Tensor) else self.gradients(g)
        part = self.parts[i]
        if i == wanted[-1]:
            self.parts = None
        return part

    def gradients(self, g: Array) -> Any:
        """Those of all inputs, in their order."""
        raise NotImplementedError

    def recorded(self, g: Tensor, wanted: list[int]) -> dict[int, Any]:
        """The same, recorded, through the steps one by one."""
        inputs = [self.saved[k] for k in wanted]
        found = grad(self.plain(*self.saved), inputs, g, create_graph=True, allow_unused=True)
        return {k: x * 0 if part is None else part for k, x, part in zip(wanted, inputs, found)}


class LSTMSequence(Sequence):
    """h₁ … h_T and the last c, below each other: (T + 1, N, H). The formulas are those of ``nn.LSTM``."""

    __slots__ = ()

    def forward(self, x: Array, h: Array, c: Array, w_ih: Array, w_hh: Array, b_ih: Array | None,
                b_hh: Array | None) -> Array:
        self.save(x, h, c, w_ih, w_hh, b_ih, b_hh)
        self.kept: Any = lstm_forward(x, h, c, Weights(w_ih, w_hh, b_ih, b_hh), self.reverse)
        outputs, cells, _ = self.kept
        return np.concatenate([outputs, cells[:1] if self.reverse else cells[-1:]])

    def gradients(self, g: Array) -> Any:
        x, h, c, *weights = self.saved
        return lstm_backward(g[:-1], g[-1], x, h, c, Weights(*weights), self.reverse, *self.kept)

    def backward_x(self, g: Any) -> Any:
        return self.together(g, 0)

    def backward_h(self, g: Any) -> Any:
        return self.together(g, 1)

    def backward_c(self, g: Any) -> Any:
        return self.together(g, 2)

    def backward_w_ih(self, g: Any) -> Any:
        return self.together(g, 3)

    def backward_w_hh(self, g: Any) -> Any:
        return self.together(g, 4)

    def backward_b_ih(self, g: Any) -> Any:
        return self.together(g, 5)

    def backward_b_hh(self, g: Any) -> Any:
        return self.together(g, 6)


class GRUSequence(Sequence):
    """h₁ … h_T: (T, N, H). The formulas are those of ``nn.GRU``."""

    __slots__ = ()

    def forward(self, x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array | None,
                b_hh: Array | None) -> Array:
        self.save(x, h, w_ih, w_hh, b_ih, b_hh)
        self.kept: Any = gru_forward(x, h, Weights(w_ih, w_hh, b_ih, b_hh), self.reverse)
        return self.kept[0]

    def gradients(self, g: Array) -> Any:
        x, h, *weights = self.saved
        found = gru_backward(g, x, h, Weights(*weights), self.reverse, *self.kept)
        return [part for name, part in found._asdict().items() if name != "c"]

    def backward_x(self, g: Any) -> Any:
        return self.together(g, 0)

    def backward_h(self, g: Any) -> Any:
        return self.together(g, 1)

    def backward_w_ih(self, g: Any) -> Any:
        return self.together(g, 2)

    def backward_w_hh(self, g: Any) -> Any:
        return self.together(g, 3)

    def backward_b_ih(self, g: Any) -> Any:
        return self.together(g, 4)

    def backward_b_hh(self, g: Any) -> Any:
        return self.together(g, 5)
