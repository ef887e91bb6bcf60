"""More activations as modules."""
from __future__ import annotations

from ..arguments import require_numbers
from ..autograd import Tensor
from ..ops import activation, rectifiers
from ..ops.create import ones
from ..unsupported import refuses
from .module import Module


class LeakyReLU(Module):
    """x for x > 0, else negative_slope · x. Any shape.

    >>> import minigrad
    >>> minigrad.nn.LeakyReLU(0.1)(minigrad.tensor([-1.0, 2.0]))
    tensor([-0.1,  2. ])
    """

    @refuses(inplace=False)
    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return rectifiers.leaky_relu(input, self.negative_slope)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}"


class ELU(Module):
    """x for x > 0, else alpha · (eˣ − 1). Any shape.

    >>> import minigrad
    >>> minigrad.nn.ELU()(minigrad.tensor([-1.0, 2.0]))                     # e⁻¹ − 1
    tensor([-0.6321,  2.    ])
    """

    @refuses(inplace=False)
    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return rectifiers.elu(input, self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"


class GELU(Module):
    """x · Φ(x), Φ the normal distribution function; approximate="tanh" for GPT-2's formula. Any shape.

    >>> import minigrad
    >>> minigrad.nn.GELU()(minigrad.tensor([0.0, 1.0]))                     # Φ(1)
    tensor([0.    , 0.8413])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return rectifiers.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    """x · σ(x), also called swish. Any shape.

    >>> import minigrad
    >>> minigrad.nn.SiLU()(minigrad.tensor([0.0, 1.0]))
    tensor([0.    , 0.7311])
    """

    @refuses(inplace=False)
    def __init__(self) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return rectifiers.silu(input)


class Softplus(Module):
    """ln(1 + e^(beta·x)) / beta; x itself where beta·x > threshold. Any shape.

    >>> import minigrad
    >>> minigrad.nn.Softplus()(minigrad.tensor([0.0, 30.0]))                # ln 2
    tensor([ 0.6931, 30.    ])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return rectifiers.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Hardtanh(Module):
    """x held between min_val and max_val. Any shape. Raises ValueError when min_val is above max_val.

    >>> import minigrad
    >>> minigrad.nn.Hardtanh()(minigrad.tensor([-3.0, 0.5, 3.0]))
    tensor([-1. ,  0.5,  1. ])
    """

    @refuses(inplace=False)
    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        super().__init__()
        self.min_val, self.max_val = min_val, max_val

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return rectifiers.hardtanh(input, self.min_val, self.max_val)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}"


class ReLU6(Hardtanh):
    """x held between 0 and 6. Any shape.

    >>> import minigrad
    >>> minigrad.nn.ReLU6()(minigrad.tensor([-1.0, 3.0, 8.0]))
    tensor([0., 3., 6.])
    """

    @refuses(inplace=False)
    def __init__(self) -> None:
        super().__init__(0.0, 6.0)


class LogSigmoid(Module):
    """ln σ(x), without overflow. Any shape.

    >>> import minigrad
    >>> minigrad.nn.LogSigmoid()(minigrad.tensor([0.0, -100.0]))            # −ln 2
    tensor([  -0.6931, -100.    ])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; the same shape."""
        return rectifiers.logsigmoid(input)


class Dropout2d(Module):
    """In training sets whole channels to 0 with probability p and divides the rest by 1 − p.

    Neighboring pixels are so alike that dropping single ones would change little. (N, C, H, W). Raises
    ValueError for p outside of [0, 1]. Source: Tompson et al. 2015.

    >>> import minigrad
    >>> y = minigrad.nn.Dropout2d(0.5)(minigrad.ones(1, 100, 2, 2))
    >>> sorted(set(y.sum(dim=(2, 3)).flatten().tolist()))                   # all four or none
    [0.0, 8.0]
    """

    @refuses(inplace=False)
    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        require_numbers("Dropout2d", p=p)
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout2d: p must be in [0, 1], got {p}.")
        self.p = p

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) or (C, H, W); the same shape."""
        if not self.training or self.p == 0:
            return input
        mask = ones(*input.shape[:-2], 1, 1, dtype=input.dtype, device=input.device)
        return input * activation.dropout(mask, self.p)

    def extra_repr(self) -> str:
        return f"p={self.p}"
