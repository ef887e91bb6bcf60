"""LSTM and GRU: one step as a few operations, and a whole sequence as one operation.

The cells state the formulas. A step costs some twenty operations, so on a CPU a layer takes all its steps in
one (``backend/recurrent.py``). The steps one by one are what runs on a GPU, and what a second derivative goes
through.
"""
from __future__ import annotations

from typing import Any, Callable, ClassVar

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.gradient import grad
from ..backend.arrays import Array
from ..backend.recurrent import Weights, gru_backward, gru_forward, lstm_backward, lstm_forward
from .activation import sigmoid, tanh
from .join import cat, stack
from .linalg import linear

State = tuple[Any, ...]                     # h (N, H) first, and an LSTM's c
Cell = Callable[[Any, Any, State], State]   # from both products (N, G·H) and the old state to the new one


def lstm_cell(from_input: Any, from_hidden: Any, state: State) -> State:
    """i, f, o = σ(…), g = tanh(…) of the sum;  c ← f · c + i · g,  h ← o · tanh(c)."""
    i, f, g, o = (from_input + from_hidden).chunk(4, 1)
    c = sigmoid(f) * state[1] + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c


def gru_cell(from_input: Any, from_hidden: Any, state: State) -> State:
    """r, z = σ(…),  n = tanh(xₙ + r · hₙ),  h ← (1 − z) · n + z · h."""
    (xr, xz, xn), (hr, hz, hn) = from_input.chunk(3, 1), from_hidden.chunk(3, 1)
    r, z = sigmoid(xr + hr), sigmoid(xz + hz)
    n = tanh(xn + r * hn)
    return (n + z * (state[0] - n),)


def step_by_step(cell: Cell, reverse: bool, x: Any, state: State, w_ih: Any, w_hh: Any, b_ih: Any,
                 b_hh: Any, project: Any = None) -> tuple[Any, State]:
    """x (T, N, I) through a cell, in ``reverse`` from its end: all h (T, N, H), and the last state.

    ``project`` (P, H), if it is given, maps each h to fewer features.
    """
    products = linear(x, w_ih, b_ih)                        # (T, N, G·H), all steps at once
    outputs = []
    for t in range(len(x) - 1, -1, -1) if reverse else range(len(x)):
        state = cell(products[t], linear(state[0], w_hh, b_hh), state)
        if project is not None:
            state = (linear(state[0], project), *state[1:])
        outputs.append(state[0])
    return stack(outputs[::-1] if reverse else outputs, 0), state


class Sequence(Function):
    """What both share: the inputs, and gradients that are computed together.

    x (T, N, I), h and c (N, H), w_ih (G·H, I), w_hh (G·H, H), biases (G·H) or None.
    """

    __slots__ = ("reverse", "kept", "parts")
    cell: ClassVar[Any]

    def __init__(self, reverse: bool) -> None:
        self.reverse = reverse

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
        x, *state, w_ih, w_hh, b_ih, b_hh = self.saved
        outputs, last = step_by_step(type(self).cell, self.reverse, x, tuple(state), w_ih, w_hh, b_ih, b_hh)
        result = outputs if len(state) == 1 else cat([outputs, last[1].unsqueeze(0)], 0)
        found = grad(result, inputs, g, create_graph=True, allow_unused=True)
        return {k: x * 0 if part is None else part for k, x, part in zip(wanted, inputs, found)}


class LSTMSequence(Sequence):
    """h₁ … h_T and the last c, below each other: (T + 1, N, H). See ``lstm_cell``."""

    __slots__ = ()
    cell = staticmethod(lstm_cell)

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
    """h₁ … h_T: (T, N, H). See ``gru_cell``."""

    __slots__ = ()
    cell = staticmethod(gru_cell)

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
