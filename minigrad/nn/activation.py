"""Smooth activations, and ReLU, as modules. Each takes any shape and returns the same shape."""
from __future__ import annotations

from typing import Any

from ..autograd import Tensor
from ..ops import activation as ops
from ..ops.create import full
from . import in_place
from .in_place import InPlace
from .module import Module
from .parameter import Parameter


class ReLU(InPlace):
    """max(0, x).

    >>> minigrad.nn.ReLU()(minigrad.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return in_place.relu_(input) if self.inplace else ops.relu(input)


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


class ELU(InPlace):
    """x for x > 0, else alpha · (eˣ − 1).

    >>> minigrad.nn.ELU()(minigrad.tensor([-1.0, 2.0]))                     # e⁻¹ − 1
    tensor([-0.6321,  2.0000])
    """

    _shown = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        return in_place.elu(input, self.alpha, self.inplace)


class CELU(ELU):
    """x for x > 0, else alpha · (e^(x/alpha) − 1). Source: Barron 2017.

    >>> minigrad.nn.CELU(alpha=2.0)(minigrad.tensor([-2.0, 2.0]))           # 2 (e⁻¹ − 1)
    tensor([-1.2642,  2.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return in_place.celu(input, self.alpha, self.inplace)


class SELU(InPlace):
    """1.0507 · elu(x, 1.6733): keeps mean 0 and variance 1 from layer to layer.

    Source: Klambauer et al. 2017.

    >>> minigrad.nn.SELU()(minigrad.tensor([-1.0, 1.0]))
    tensor([-1.1113,  1.0507])
    """

    def forward(self, input: Tensor) -> Tensor:
        return in_place.selu(input, self.inplace)


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


class SiLU(InPlace):
    """x · σ(x), also called swish.

    >>> minigrad.nn.SiLU()(minigrad.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7311])
    """

    def forward(self, input: Tensor) -> Tensor:
        return in_place.silu(input, self.inplace)


class Mish(InPlace):
    """x · tanh(softplus(x)). Source: Misra 2019.

    >>> minigrad.nn.Mish()(minigrad.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8651])
    """

    def forward(self, input: Tensor) -> Tensor:
        return in_place.mish(input, self.inplace)


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


class Softsign(Module):
    """x / (1 + |x|), between −1 and 1.

    >>> minigrad.nn.Softsign()(minigrad.tensor([-1.0, 3.0]))
    tensor([-0.5000,  0.7500])
    """

    def forward(self, input: Tensor) -> Tensor:
        return ops.softsign(input)


class Tanhshrink(Module):
    """x − tanh x.

    >>> minigrad.nn.Tanhshrink()(minigrad.tensor([0.0, 1.0]))
    tensor([0.0000, 0.2384])
    """

    def forward(self, input: Tensor) -> Tensor:
        return ops.tanhshrink(input)


class LogSigmoid(Module):
    """ln σ(x), without overflow.

    >>> minigrad.nn.LogSigmoid()(minigrad.tensor([0.0, -100.0]))            # −ln 2
    tensor([  -0.6931, -100.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return ops.logsigmoid(input)


class GLU(Module):
    """a · σ(b) for the two halves a and b of x along ``dim``: a gate learns what passes.

    (…, 2n, …) → (…, n, …). Errors as in ``functional.glu``. Source: Dauphin et al. 2017.

    >>> minigrad.nn.GLU()(minigrad.tensor([3.0, 0.0]))                      # 3 · σ(0)
    tensor([1.5000])
    """

    _shown = ("dim",)

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return ops.glu(input, self.dim)


class PReLU(Module):
    """x for x > 0, else weight · x: a leaky ReLU whose slope is learned, one or one for each channel.

    weight (num_parameters) starts at ``init``. Errors as in ``functional.prelu``. Source: He et al. 2015.

    >>> minigrad.nn.PReLU()(minigrad.tensor([-2.0, 2.0])).detach()
    tensor([-0.5000,  2.0000])
    """

    _shown = ("num_parameters",)

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(full((num_parameters,), float(init), device=device, dtype=dtype))

    def forward(self, input: Tensor) -> Tensor:
        return ops.prelu(input, self.weight)
