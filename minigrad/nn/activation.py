"""Activations and dropout as modules."""
from __future__ import annotations

from ..arguments import require_numbers
from ..autograd import Tensor
from ..errors import RangeError
from ..ops import activation as ops
from .module import Module


class ReLU(Module):
    """max(0, x). Any shape. Raises NotImplementedError for inplace=True.

    >>> import minigrad
    >>> minigrad.nn.ReLU()(minigrad.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        if inplace:
            raise NotImplementedError("ReLU: inplace=True is not supported.")

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return ops.relu(input)


class Sigmoid(Module):
    """1 / (1 + e⁻ˣ). Any shape.

    >>> import minigrad
    >>> minigrad.nn.Sigmoid()(minigrad.tensor([0.0]))
    tensor([0.5])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return ops.sigmoid(input)


class Tanh(Module):
    """tanh x = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ). Any shape.

    >>> import minigrad
    >>> minigrad.nn.Tanh()(minigrad.tensor([0.0, 100.0]))
    tensor([0., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return ops.tanh(input)


class Softmax(Module):
    """Probabilities along ``dim``: eˣ / Σ eˣ.

    Any shape. Calling it raises RangeError for a ``dim`` that the input lacks.

    >>> import minigrad
    >>> minigrad.nn.Softmax(dim=1)(minigrad.zeros(1, 4))
    tensor([[0.25, 0.25, 0.25, 0.25]])
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return ops.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """ln softmax along ``dim``. Any shape.

    >>> import minigrad
    >>> minigrad.nn.LogSoftmax(dim=0)(minigrad.tensor([0.0, 0.0]))           # ln ½ twice
    tensor([-0.6931, -0.6931])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return ops.log_softmax(input, self.dim)


class Dropout(Module):
    """In training sets a share p of the entries to 0 and divides the rest by 1 − p; else the input.

    Any shape. Raises RangeError for p outside of [0, 1]. Source: Srivastava et al. 2014.

    >>> import minigrad
    >>> layer, x = minigrad.nn.Dropout(0.5), minigrad.ones(1000)
    >>> sorted(set(layer(x).tolist())), layer.eval()(x) is x
    ([0.0, 2.0], True)
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        require_numbers("Dropout", p=p)
        if not 0 <= p <= 1:
            raise RangeError(f"Dropout: p must be in [0, 1], got {p}.")
        if inplace:
            raise NotImplementedError("Dropout: inplace=True is not supported.")
        self.p = p

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return ops.dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p}"
