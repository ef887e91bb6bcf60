"""Recurrent layers: RNN, LSTM and GRU, with several layers and both directions.

A cell takes one step; the layer runs it along the sequence. Parameter names and the order of gates are
PyTorch's: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, … with ``_reverse`` for the way back.
"""
from __future__ import annotations

import math
from typing import Any, Callable

from ..autograd import Tensor
from ..backend.dtypes import float16
from ..errors import ShapeError
from ..errors.arguments import require_flags, require_numbers, require_sizes
from ..ops.activation import relu, tanh
from ..ops.create import empty, zeros
from ..ops.dropout import dropout
from ..ops.join import cat, stack
from ..ops.linalg import require_one_dtype
from ..ops.recurrent import GRUSequence, LSTMSequence, gru_cell, lstm_cell, step_by_step
from . import init
from .module import Module
from .packed import PackedSequence, run_packed
from .parameter import Parameter

#: (x, state, suffix) → (all h, the last state): one layer in one direction.
Along = Callable[[Tensor, tuple[Tensor, ...], str], tuple[Tensor, tuple[Tensor, ...]]]


class Recurrent(Module):
    """What RNN, LSTM and GRU share: parameters, directions, layers and the walk along the sequence."""

    gates = 1                   # how many blocks of hidden_size rows the weights have
    parts = 1                   # how many tensors the state has
    proj_size = 0               # an LSTM may project h to fewer features
    cell: Any                   # one step: both products (N, gates·hidden) and the old state → the new state
    sequence: Any = None        # the operation that takes all steps at once, on a CPU

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
                 batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False,
                 device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        name = type(self).__name__
        require_sizes(name, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        require_flags(name, bias=bias, batch_first=batch_first, bidirectional=bidirectional)
        require_numbers(name, dropout=dropout)
        if isinstance(dropout, bool) or not 0 <= dropout <= 1:
            raise ValueError(f"{name}: dropout must be a share in [0, 1], got {dropout}.")
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, dropout
        self.bidirectional = bidirectional
        self.directions = 2 if bidirectional else 1
        rows, out = self.gates * hidden_size, self.proj_size or hidden_size
        bound = 1 / math.sqrt(hidden_size)
        for layer in range(num_layers):
            width = input_size if layer == 0 else out * self.directions
            for suffix in self.suffixes(layer):
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, width),
                                                      "weight_hh": (rows, out)}
                if bias:
                    shapes.update(bias_ih=(rows,), bias_hh=(rows,))
                if self.proj_size:
                    shapes.update(weight_hr=(out, hidden_size))
                for name, shape in shapes.items():
                    parameter = Parameter(empty(shape, device=device, dtype=dtype))
                    init.uniform_(parameter, -bound, bound)
                    self.register_parameter(name + suffix, parameter)

    def suffixes(self, layer: int) -> list[str]:
        """The ends of the names of a layer's parameters, for each direction."""
        return [f"_l{layer}", f"_l{layer}_reverse"][:self.directions]

    def weights(self, suffix: str) -> tuple[Tensor | None, ...]:
        """weight_ih, weight_hh, bias_ih, bias_hh and weight_hr of one layer and direction, or None."""
        return tuple(self._parameters.get(name + suffix)
                     for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"))

    def flatten_parameters(self) -> None:
        """Does nothing: PyTorch brings the weights together for a GPU library that isn't used here."""

    def forward(self, input: Tensor, hx: Any = None) -> tuple[Tensor, Any]:
        """(outputs, h_n)."""
        outputs, (h,) = self._run(input, None if hx is None else (hx,))
        return outputs, h

    def _along(self, x: Tensor, state: tuple[Tensor, ...],
               suffix: str) -> tuple[Tensor, tuple[Tensor, ...]]:
        """One layer in one direction: x (T, N, width) to all h (T, N, hidden) and the last state."""
        *weights, project = self.weights(suffix)
        backwards = suffix.endswith("_reverse")
        if self.sequence is None or project is not None or x.device.type != "cpu" or x.dtype == float16:
            return step_by_step(self.cell, backwards, x, state, *self.weights(suffix))
        whole = self.sequence(backwards)(x, *state, *weights)
        outputs = whole[:len(x)] if len(state) == 2 else whole
        last = outputs[0 if backwards else -1]
        return outputs, ((last, whole[-1]) if len(state) == 2 else (last,))

    def _run(self, input: Any, start: tuple[Tensor, ...] | None) -> tuple[Any, tuple[Tensor, ...]]:
        """The outputs and the last states of a batch, packed or not."""
        if isinstance(input, PackedSequence):
            return run_packed(self, input, start)
        x, single = self._checked(input)
        if single and start is not None:
            start = tuple(s.unsqueeze(1) for s in start)
        x, states = self.through_layers(x, x.shape[1], start, self._along)
        if single:
            return x.squeeze(1), tuple(s.squeeze(1) for s in states)
        return (x.transpose(0, 1) if self.batch_first else x), states

    def through_layers(self, x: Tensor, n: int, start: tuple[Tensor, ...] | None,
                       along: Along) -> tuple[Tensor, tuple[Tensor, ...]]:
        """All layers on a batch of n: the outputs, and the last states, each (layers·directions, n, hidden).

        ``start``: the first states, or None for zeros; ``along`` takes x through one layer in one direction.
        """
        name, count = type(self).__name__, self.num_layers * self.directions
        require_one_dtype(name, x, self.weight_ih_l0)
        sizes = [self.proj_size or self.hidden_size, self.hidden_size][:self.parts]        # of h, and of c
        if start is None:
            start = tuple(zeros(count, n, size, dtype=x.dtype, device=x.device) for size in sizes)
        for s, size in zip(start, sizes):
            if tuple(s.shape) != (count, n, size):
                raise ShapeError(f"{name}: the initial state must be {(count, n, size)}, but it is "
                                 f"{tuple(s.shape)}.")
        last: list[tuple[Tensor, ...]] = []
        for layer in range(self.num_layers):
            outputs = []
            for suffix in self.suffixes(layer):
                out, state = along(x, tuple(s[len(last)] for s in start), suffix)
                outputs.append(out)
                last.append(state)
            x = outputs[0] if len(outputs) == 1 else cat(outputs, -1)
            if layer < self.num_layers - 1:
                x = dropout(x, self.dropout, self.training)
        return x, tuple(stack([state[k] for state in last], 0) for k in range(self.parts))

    def _checked(self, x: Tensor) -> tuple[Tensor, bool]:
        """The input as (T, N, input_size), and whether it had no batch dimension."""
        single = x.ndim == 2
        if x.ndim not in (2, 3) or x.shape[-1] != self.input_size or 0 in x.shape:
            order = "(N, T, input)" if self.batch_first else "(T, N, input)"
            raise ShapeError(f"{type(self).__name__}: the input must be {order} with {self.input_size} "
                             f"features and at least one step, but it is {tuple(x.shape)}.")
        if single:
            return x.unsqueeze(1), True
        return (x.transpose(0, 1) if self.batch_first else x), False

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        for name, default in (("proj_size", 0), ("num_layers", 1), ("bias", True), ("batch_first", False),
                              ("dropout", 0.0), ("bidirectional", False)):
            value = getattr(self, name)
            text += f", {name}={value}" if value != default else ""
        return text


class RNN(Recurrent):
    """h ← tanh(W_ih x + b_ih + W_hh h + b_hh), or relu  (Elman 1990).

    Input (T, N, input_size), or (N, T, …) with batch_first; h0 (layers·directions, N, hidden) or None for
    zeros. Returns the outputs (T, N, directions·hidden) and the last h. Raises ShapeError when sizes do
    not fit, TypeError for a size that isn't an int or a flag that isn't a bool, ValueError for another
    nonlinearity.

    >>> outputs, h = minigrad.nn.RNN(3, 5)(minigrad.zeros(7, 2, 3))
    >>> outputs.shape, h.shape
    (minigrad.Size([7, 2, 5]), minigrad.Size([1, 2, 5]))
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh",
                 bias: bool = True, batch_first: bool = False, dropout: float = 0.0,
                 bidirectional: bool = False, device: Any = None, dtype: Any = None) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
                         device, dtype)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"RNN: nonlinearity must be 'tanh' or 'relu', got {nonlinearity!r}.")
        self.nonlinearity = nonlinearity

    def cell(self, from_input: Tensor, from_hidden: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        total = from_input + from_hidden
        return (tanh(total) if self.nonlinearity == "tanh" else relu(total),)


class LSTM(Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber 1997), gates in the order i, f, g, o.

        i, f, o = σ(…), g = tanh(…)   of  W_ih x + b_ih + W_hh h + b_hh
        c ← f · c + i · g,   h ← o · tanh(c)

    Input (T, N, input_size), or (N, T, …) with batch_first; (h0, c0) or None for zeros.
    Returns the outputs (T, N, directions·hidden) and the last (h, c). With ``proj_size`` h ← W_hr h has so
    many features (Sak et al. 2014). Raises ShapeError when sizes do not fit; other errors as in ``RNN``.

    >>> outputs, (h, c) = minigrad.nn.LSTM(3, 5)(minigrad.zeros(7, 2, 3))
    >>> outputs.shape, h.shape, c.shape
    (minigrad.Size([7, 2, 5]), minigrad.Size([1, 2, 5]), minigrad.Size([1, 2, 5]))
    """

    gates, parts = 4, 2
    sequence, cell = LSTMSequence, staticmethod(lstm_cell)

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
                 batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False,
                 proj_size: int = 0, device: Any = None, dtype: Any = None) -> None:
        require_sizes("LSTM", 0, proj_size=proj_size)
        if proj_size and isinstance(hidden_size, int) and proj_size >= hidden_size:
            raise ShapeError(f"LSTM: proj_size must be smaller than hidden_size {hidden_size}, got "
                             f"{proj_size}.")
        object.__setattr__(self, "proj_size", proj_size)
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
                         device, dtype)

    def forward(self, input: Tensor, hx: Any = None) -> tuple[Tensor, Any]:
        """(outputs, (h_n, c_n))."""
        return self._run(input, hx)


class GRU(Recurrent):
    """Gated recurrent unit (Cho et al. 2014), gates in the order r, z, n.

        r, z = σ(W_ih x + b_ih + W_hh h + b_hh),   n = tanh(W_in x + b_in + r · (W_hn h + b_hn))
        h ← (1 − z) · n + z · h

    Input (T, N, input_size), or (N, T, …) with batch_first; h0 or None for zeros. Returns the outputs (T, N,
    directions·hidden) and the last h. Raises ShapeError when sizes do not fit; other errors as in ``RNN``.

    >>> outputs, h = minigrad.nn.GRU(3, 5, bidirectional=True)(minigrad.zeros(7, 2, 3))
    >>> outputs.shape, h.shape
    (minigrad.Size([7, 2, 10]), minigrad.Size([2, 2, 5]))
    """

    gates = 3
    sequence, cell = GRUSequence, staticmethod(gru_cell)
