"""Dropout as modules."""
from __future__ import annotations

from ..autograd import Tensor
from ..errors import RangeError
from ..errors.arguments import require_numbers
from ..errors.options import refuses
from ..ops import dropout as ops
from ..ops.create import ones
from .module import Module


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
        return input * ops.dropout(mask, self.p)

    def extra_repr(self) -> str:
        return f"p={self.p}"
