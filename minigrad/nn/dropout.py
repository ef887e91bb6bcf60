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

    Any shape; the same shape. Raises RangeError for p outside [0, 1]. Source: Srivastava et al. 2014.

    >>> layer, x = minigrad.nn.Dropout(0.5), minigrad.ones(1000)
    >>> sorted(set(layer(x).tolist())), layer.eval()(x) is x
    ([0.0, 2.0], True)
    """

    _shown = ("p",)

    @refuses(inplace=False)
    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        name = type(self).__name__
        require_numbers(name, p=p)
        if not 0 <= p <= 1:
            raise RangeError(f"{name}: p must be in [0, 1], got {p}.")
        self.p = p

    def forward(self, input: Tensor) -> Tensor:
        return ops.dropout(input, self.p, self.training)


class Dropout2d(Dropout):
    """In training sets whole channels to 0 with probability p and divides the rest by 1 − p.

    Neighboring pixels are so alike that dropping single ones would change little. (N, C, H, W) or (C, H, W);
    the same shape. Raises RangeError for p outside [0, 1]. Source: Tompson et al. 2015.

    >>> y = minigrad.nn.Dropout2d(0.5)(minigrad.ones(1, 100, 2, 2))
    >>> sorted(set(y.sum(dim=(2, 3)).flatten().tolist()))                   # all four or none
    [0.0, 8.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return input
        mask = ones(*input.shape[:-2], 1, 1, dtype=input.dtype, device=input.device)
        return input * ops.dropout(mask, self.p)
