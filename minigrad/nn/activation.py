"""Activations as modules. Each takes any shape and returns the same shape."""
from __future__ import annotations

from ..autograd import Tensor
from ..errors.options import refuses
from ..ops import activation as ops, piecewise, softmax
from .module import Module


class ReLU(Module):
    """max(0, x).

    >>> minigrad.nn.ReLU()(minigrad.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    __init__ = refuses(inplace=False)(Module.__init__)

    def forward(self, input: Tensor) -> Tensor:
        return ops.relu(input)


class Sigmoid(Module):
    """1 / (1 + e⁻ˣ).

    >>> minigrad.nn.Sigmoid()(minigrad.tensor([0.0]))
    tensor([0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return ops.sigmoid(input)


class Tanh(Module):
    """tanh x = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ).

    >>> minigrad.nn.Tanh()(minigrad.tensor([0.0, 100.0]))
    tensor([0., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return ops.tanh(input)


class Softmax(Module):
    """Probabilities along ``dim``: eˣ / Σ eˣ.

    Calling it raises RangeError for a ``dim`` that the input lacks.

    >>> minigrad.nn.Softmax(dim=1)(minigrad.zeros(1, 4))
    tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """

    _shown = ("dim",)

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return softmax.softmax(input, self.dim)


class LogSoftmax(Softmax):
    """ln softmax along ``dim``.

    >>> minigrad.nn.LogSoftmax(dim=0)(minigrad.tensor([0.0, 0.0]))           # ln ½ twice
    tensor([-0.6931, -0.6931])
    """

    def forward(self, input: Tensor) -> Tensor:
        return softmax.log_softmax(input, self.dim)


class LeakyReLU(Module):
    """x for x > 0, else negative_slope · x.

    >>> minigrad.nn.LeakyReLU(0.1)(minigrad.tensor([-1.0, 2.0]))
    tensor([-0.1000,  2.0000])
    """

    _shown = ("negative_slope",)

    @refuses(inplace=False)
    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        return ops.leaky_relu(input, self.negative_slope)


class ELU(Module):
    """x for x > 0, else alpha · (eˣ − 1).

    >>> minigrad.nn.ELU()(minigrad.tensor([-1.0, 2.0]))                     # e⁻¹ − 1
    tensor([-0.6321,  2.0000])
    """

    _shown = ("alpha",)

    @refuses(inplace=False)
    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        return ops.elu(input, self.alpha)


class GELU(Module):
    """x · Φ(x), Φ the normal distribution function; approximate="tanh" for GPT-2's formula.

    >>> minigrad.nn.GELU()(minigrad.tensor([0.0, 1.0]))                     # Φ(1)
    tensor([0.0000, 0.8413])
    """

    _shown = ("approximate",)

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return ops.gelu(input, self.approximate)


class SiLU(Module):
    """x · σ(x), also called swish.

    >>> minigrad.nn.SiLU()(minigrad.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7311])
    """

    __init__ = refuses(inplace=False)(Module.__init__)

    def forward(self, input: Tensor) -> Tensor:
        return ops.silu(input)


class Softplus(Module):
    """ln(1 + e^(beta·x)) / beta; x itself where beta·x > threshold.

    >>> minigrad.nn.Softplus()(minigrad.tensor([0.0, 30.0]))                # ln 2
    tensor([ 0.6931, 30.0000])
    """

    _shown = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Tensor) -> Tensor:
        return ops.softplus(input, self.beta, self.threshold)


class Hardtanh(Module):
    """x limited to min_val … max_val. Raises ValueError when min_val is above max_val.

    >>> minigrad.nn.Hardtanh()(minigrad.tensor([-3.0, 0.5, 3.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    """

    _shown = ("min_val", "max_val")

    @refuses(inplace=False)
    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        super().__init__()
        self.min_val, self.max_val = min_val, max_val

    def forward(self, input: Tensor) -> Tensor:
        return piecewise.hardtanh(input, self.min_val, self.max_val)


class ReLU6(Hardtanh):
    """x limited to 0 … 6.

    >>> minigrad.nn.ReLU6()(minigrad.tensor([-1.0, 3.0, 8.0]))
    tensor([0., 3., 6.])
    """

    @refuses(inplace=False)
    def __init__(self) -> None:
        super().__init__(0.0, 6.0)


class LogSigmoid(Module):
    """ln σ(x), without overflow.

    >>> minigrad.nn.LogSigmoid()(minigrad.tensor([0.0, -100.0]))            # −ln 2
    tensor([  -0.6931, -100.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return ops.logsigmoid(input)
