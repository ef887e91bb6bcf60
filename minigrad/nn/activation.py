"""Activations and dropout as modules."""
from __future__ import annotations

from ..autograd import Tensor
from ..errors import RangeError
from ..ops import activation as ops
from .module import Module


class ReLU(Module):
    """max(0, x)."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        if inplace:
            raise NotImplementedError("ReLU: inplace=True is not supported.")

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return ops.relu(input)


class Sigmoid(Module):
    """1 / (1 + e⁻ˣ)."""

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return ops.sigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return ops.tanh(input)


class Softmax(Module):
    """Probabilities along ``dim``: eˣ / Σ eˣ."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return ops.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """ln softmax along ``dim``."""

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return ops.log_softmax(input, self.dim)


class Dropout(Module):
    """In training sets a share p of the entries to 0 and divides the rest by 1 − p; else the input."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
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
