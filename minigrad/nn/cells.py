"""One step of a recurrent layer as a module: RNNCell, LSTMCell and GRUCell.

The formulas are those of the layers, whose ``cell`` they call; a loop of your own walks along the sequence.
"""
from __future__ import annotations

import math
from typing import Any

from ..autograd import Tensor
from ..errors import ShapeError
from ..errors.arguments import require_flags, require_sizes
from ..ops.create import empty, zeros
from ..ops.linalg import linear, require_one_dtype
from . import init
from .module import Module
from .parameter import Parameter
from .recurrent import GRU, LSTM, RNN


class RNNCellBase(Module):
    """What the cells share: parameters, and states of zeros where none is given."""

    layer: Any = RNN
    parts = 1                   # how many tensors the state has

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__()
        name = type(self).__name__
        require_sizes(name, input_size=input_size, hidden_size=hidden_size)
        require_flags(name, bias=bias)
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows, bound = self.layer.gates * hidden_size, 1 / math.sqrt(hidden_size)
        shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, input_size), "weight_hh": (rows,
                                                                                             hidden_size),
                                              "bias_ih": (rows,), "bias_hh": (rows,)}
        for key, shape in shapes.items():
            made = Parameter(empty(shape, device=device, dtype=dtype)) if bias or len(shape) > 1 else None
            if made is not None:
                init.uniform_(made, -bound, bound)
            self.register_parameter(key, made)

    def _step(self, input: Tensor, state: tuple[Tensor, ...] | None) -> tuple[Tensor, ...]:
        """The new state, h first: input (N, input_size) or (input_size), each state (N, hidden_size)."""
        name, single = type(self).__name__, input.ndim == 1
        if input.ndim not in (1, 2) or input.shape[-1] != self.input_size:
            raise ShapeError(f"{name}: the input must be (N, {self.input_size}) or ({self.input_size},), but "
                             f"it is {tuple(input.shape)}.")
        x = input.unsqueeze(0) if single else input
        require_one_dtype(name, x, self.weight_ih)
        wanted = (x.shape[0], self.hidden_size)
        if state is None:
            state = (zeros(wanted, dtype=x.dtype, device=x.device),) * self.parts
        elif single:
            state = tuple(s.unsqueeze(0) for s in state)
        for s in state:
            if tuple(s.shape) != wanted:
                raise ShapeError(f"{name}: the state must be {wanted[single:]}, but it is "
                                 f"{tuple(s.shape)[single:]}.")
        state = self.layer.cell(self, linear(x, self.weight_ih, self.bias_ih),
                                linear(state[0], self.weight_hh, self.bias_hh), state)
        return tuple(s.squeeze(0) for s in state) if single else state

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(RNNCellBase):
    """h ← tanh(W_ih x + b_ih + W_hh h + b_hh), or relu: input (N, input_size), h (N, hidden_size) or None.

    Returns the new h. Without N it takes a single sample. Raises ShapeError when sizes do not fit, ValueError
    for another nonlinearity.

    >>> minigrad.nn.RNNCell(3, 5)(minigrad.zeros(2, 3)).shape
    (2, 5)
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh",
                 device: Any = None, dtype: Any = None) -> None:
        super().__init__(input_size, hidden_size, bias, device, dtype)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"RNNCell: nonlinearity must be 'tanh' or 'relu', got {nonlinearity!r}.")
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return self._step(input, None if hx is None else (hx,))[0]

    def extra_repr(self) -> str:
        nonlinearity = "" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity}"
        return super().extra_repr() + nonlinearity


class LSTMCell(RNNCellBase):
    """One step of an LSTM: input (N, input_size) and (h, c), each (N, hidden_size), or None; the new (h, c).

    Formulas as in ``LSTM``. Raises ShapeError when sizes do not fit.

    >>> h, c = minigrad.nn.LSTMCell(3, 5)(minigrad.zeros(2, 3))
    >>> h.shape, c.shape
    ((2, 5), (2, 5))
    """

    layer = LSTM
    parts = 2

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, ...]:
        return self._step(input, None if hx is None else tuple(hx))


class GRUCell(RNNCellBase):
    """One step of a GRU: input (N, input_size) and h (N, hidden_size) or None; the new h.

    Formulas as in ``GRU``. Raises ShapeError when sizes do not fit.

    >>> minigrad.nn.GRUCell(3, 5)(minigrad.zeros(2, 3)).shape
    (2, 5)
    """

    layer = GRU

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return self._step(input, None if hx is None else (hx,))[0]
