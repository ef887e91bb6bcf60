"""Softmax as modules: scores become shares that add up to 1."""
from __future__ import annotations

from ..autograd import Tensor
from ..errors import ShapeError
from ..ops import softmax
from .module import Module


class Softmax(Module):
    """Probabilities along ``dim``: eˣ / Σ eˣ.

    Without ``dim``, calling it warns and takes PyTorch's old default: 0 for 0, 1 or 3 dimensions, else 1. It
    raises RangeError for a ``dim`` that the input lacks.

    >>> minigrad.nn.Softmax(dim=1)(minigrad.zeros(1, 4))
    tensor([[0.25, 0.25, 0.25, 0.25]])
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
    tensor([0.25, 0.25, 0.25, 0.25])
    """

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise ShapeError(f"Softmax2d: the input must be (N, C, H, W) or (C, H, W), but it is "
                             f"{tuple(input.shape)}.")
        return softmax.softmax(input, -3)
