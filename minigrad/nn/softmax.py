"""Softmax as modules, where scores become shares that add up to 1; and drawing by these shares."""
from __future__ import annotations

from typing import Any

from ..autograd import Tensor
from ..errors import ShapeError
from ..ops import softmax
from ..ops.create import zeros_like
from ..ops.exponential import log
from ..ops.gather_scatter import scatter
from ..ops.reduce import max
from ..ops.sampling import rand_like
from ..ops.select import clamp
from .module import Module


class Softmax(Module):
    """Probabilities along ``dim``: eˣ / Σ eˣ.

    Without ``dim``, calling it warns and takes PyTorch's old default: 0 for 0, 1 or 3 dimensions, else 1. It
    raises RangeError for a ``dim`` that the input lacks.

    >>> minigrad.nn.Softmax(dim=1)(minigrad.zeros(1, 4))
    tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """

    _shown = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
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


class Softmin(Softmax):
    """softmax(−x): the smallest entries along ``dim`` get the largest shares.

    >>> minigrad.nn.Softmin(dim=0)(minigrad.tensor([0.0, 1.0]))
    tensor([0.7311, 0.2689])
    """

    def forward(self, input: Tensor) -> Tensor:
        return softmax.softmin(input, self.dim)


class Softmax2d(Module):
    """Softmax over the channels, at every pixel: (N, C, H, W) or (C, H, W); the same shape, else ShapeError.

    >>> minigrad.nn.Softmax2d()(minigrad.zeros(1, 4, 1, 1)).flatten()
    tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise ShapeError(f"Softmax2d: the input must be (N, C, H, W) or (C, H, W), but it is "
                             f"{tuple(input.shape)}.")
        return softmax.softmax(input, -3)


def gumbel_softmax(logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Any:
    """softmax((logits + G) / tau) with Gumbel noise G: a draw from softmax(logits) that has a gradient.

    The smaller tau, the closer to a single 1. ``hard``: exactly one 1, with the gradient of the soft draw.
    Any shape. Source: Jang et al. 2017; Maddison et al. 2017.

    >>> minigrad.nn.functional.gumbel_softmax(minigrad.tensor([100.0, 0.0]), hard=True)
    tensor([1., 0.])
    """
    uniform = clamp(rand_like(logits), min=1e-20)
    soft = softmax.softmax((logits - log(clamp(-log(uniform), min=1e-20))) / tau, dim)
    if not hard:
        return soft
    one = scatter(zeros_like(soft), dim, max(soft.detach(), dim, True)[1], 1.0)
    return one - soft.detach() + soft
