"""Losses as modules."""
from __future__ import annotations

from typing import Any

from ..arguments import require_numbers, require_sizes
from ..autograd import Tensor
from ..ops import likelihood, loss as ops
from ..unsupported import refuses
from .module import Module


class MSELoss(Module):
    """(1/n) Σ (input − target)²: the mean squared error. Raises ShapeError when the shapes differ.

    >>> import minigrad
    >>> minigrad.nn.MSELoss()(minigrad.tensor([1.0, 2.0]), minigrad.tensor([1.0, 4.0]))
    tensor(2.)
    """

    @refuses(size_average=None, reduce=None)
    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Both of one shape; a 0-d loss, or one for each entry with reduction='none'."""
        return ops.mse_loss(input, target, self.reduction)


class CrossEntropyLoss(Module):
    """Softmax and cross-entropy from logits (N, classes) and class indices (N) or probabilities.

    Options and errors as in ``functional.cross_entropy``.

    >>> import minigrad
    >>> loss = minigrad.nn.CrossEntropyLoss()
    >>> loss(minigrad.zeros(1, 2), minigrad.tensor([1]))                    # −ln ½
    tensor(0.6931)
    """

    @refuses(size_average=None, reduce=None)
    def __init__(self, weight: Any = None, ignore_index: int = -100, reduction: str = "mean",
                 label_smoothing: float = 0.0) -> None:
        super().__init__()
        require_sizes("CrossEntropyLoss", None, ignore_index=ignore_index)
        require_numbers("CrossEntropyLoss", label_smoothing=label_smoothing)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index
        self.reduction, self.label_smoothing = reduction, label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """A 0-d loss, or one for each sample with reduction='none'."""
        return likelihood.cross_entropy(input, target, self.weight, self.ignore_index,
                                        self.reduction, self.label_smoothing)
