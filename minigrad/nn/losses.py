"""Losses as modules: a number for the batch, or with reduction="none" one for each entry or sample."""
from __future__ import annotations

from inspect import signature
from typing import Any

from ..autograd import Tensor
from ..errors.arguments import require_not_negative, require_numbers, require_sizes
from ..errors.options import refuses
from ..ops import cross_entropy, losses
from .module import Module


class Loss(Module):
    """A loss with a ``reduction``, "mean", "sum" or "none", and perhaps weights, as buffers."""

    @refuses(size_average=None, reduce=None)
    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    @classmethod
    def _refuse_data(cls, args: tuple[Any, ...]) -> None:
        """TypeError for ``nn.MSELoss(output, target)``; a first tensor alone may be the weights."""
        weighted = "weight" in list(signature(cls.__init__).parameters)[:2]                 # after self
        if weighted and not isinstance((*args, None)[1], Tensor):
            return
        raise TypeError(f"{cls.__name__}: it is made first, and called with tensors then: "
                        f"loss = nn.{cls.__name__}(); loss(output, target).")


class MSELoss(Loss):
    """(1/n) Σ (input − target)²: the mean squared error. Raises ShapeError when the shapes differ.

    >>> minigrad.nn.MSELoss()(minigrad.tensor([1.0, 2.0]), minigrad.tensor([1.0, 4.0]))
    tensor(2.)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return losses.mse_loss(input, target, self.reduction)


class CrossEntropyLoss(Loss):
    """Softmax and cross-entropy from logits (N, classes) and class indices (N) or probabilities.

    Options and errors as in ``functional.cross_entropy``.

    >>> loss = minigrad.nn.CrossEntropyLoss()
    >>> loss(minigrad.zeros(1, 2), minigrad.tensor([1]))                    # −ln ½
    tensor(0.6931)
    """

    @refuses(size_average=None, reduce=None)
    def __init__(self, weight: Any = None, ignore_index: int = -100, reduction: str = "mean",
                 label_smoothing: float = 0.0) -> None:
        super().__init__(reduction)
        require_sizes("CrossEntropyLoss", None, ignore_index=ignore_index)
        require_numbers("CrossEntropyLoss", label_smoothing=label_smoothing)
        self.register_buffer("weight", weight)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return cross_entropy.cross_entropy(input, target, self.weight, self.ignore_index,
                                           self.reduction, self.label_smoothing)


class L1Loss(Loss):
    """(1/n) Σ |input − target|. Errors as in ``functional.l1_loss``.

    >>> minigrad.nn.L1Loss()(minigrad.tensor([1.0, 2.0]), minigrad.tensor([1.0, 5.0]))
    tensor(1.5000)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return losses.l1_loss(input, target, self.reduction)


class SmoothL1Loss(Loss):
    """½ d² / beta for d = |input − target| < beta, else d − ½ beta.

    Errors as in ``functional.smooth_l1_loss``.

    >>> loss = minigrad.nn.SmoothL1Loss()
    >>> loss(minigrad.tensor([1.0, 2.0]), minigrad.tensor([2.0, 5.0]))      # (½ + 2½) / 2
    tensor(1.5000)
    """

    @refuses(size_average=None, reduce=None)
    def __init__(self, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        require_not_negative("SmoothL1Loss", beta=beta)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return losses.smooth_l1_loss(input, target, self.reduction, self.beta)


class HuberLoss(Loss):
    """½ d² for d = |input − target| < delta, else delta · (d − ½ delta).

    Errors as in ``functional.huber_loss``.

    >>> minigrad.nn.HuberLoss(delta=2.0)(minigrad.tensor([2.0]), minigrad.tensor([5.0]))       # 2 · (3 − 1)
    tensor(4.)
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        require_numbers("HuberLoss", delta=delta)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return losses.huber_loss(input, target, self.reduction, self.delta)


class NLLLoss(Loss):
    """−log pₜ from log-probabilities (N, classes, …) and class indices (N, …).

    Options and errors as in ``functional.nll_loss``.

    >>> log_p = minigrad.tensor([[0.25, 0.75]]).log()
    >>> minigrad.nn.NLLLoss()(log_p, minigrad.tensor([0]))                  # −ln ¼
    tensor(1.3863)
    """

    @refuses(size_average=None, reduce=None)
    def __init__(self, weight: Any = None, ignore_index: int = -100, reduction: str = "mean") -> None:
        super().__init__(reduction)
        require_sizes("NLLLoss", None, ignore_index=ignore_index)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return cross_entropy.nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


class BCELoss(Loss):
    """−t ln p − (1 − t) ln(1 − p) for probabilities p.

    Options and errors as in ``functional.binary_cross_entropy``.

    >>> minigrad.nn.BCELoss()(minigrad.tensor([0.5]), minigrad.tensor([1.0]))      # −ln ½
    tensor(0.6931)
    """

    @refuses(size_average=None, reduce=None)
    def __init__(self, weight: Any = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return losses.binary_cross_entropy(input, target, self.weight, self.reduction)


class BCEWithLogitsLoss(Loss):
    """Binary cross-entropy of σ(input), from logits.

    Options and errors as in ``functional.binary_cross_entropy_with_logits``.

    >>> minigrad.nn.BCEWithLogitsLoss()(minigrad.tensor([0.0]), minigrad.tensor([1.0]))    # −ln ½
    tensor(0.6931)
    """

    @refuses(size_average=None, reduce=None)
    def __init__(self, weight: Any = None, reduction: str = "mean", pos_weight: Any = None) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return losses.binary_cross_entropy_with_logits(
            input, target, self.weight, self.reduction, self.pos_weight)


class KLDivLoss(Loss):
    """Σ t · (ln t − input) for log-probabilities input.

    Options and errors as in ``functional.kl_div``.

    >>> p, q = minigrad.tensor([[0.5, 0.5]]), minigrad.tensor([[1.0, 0.0]])
    >>> minigrad.nn.KLDivLoss(reduction="batchmean")(p.log(), q)            # 1 · (ln 1 − ln ½)
    tensor(0.6931)
    """

    @refuses(size_average=None, reduce=None)
    def __init__(self, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__(reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return losses.kl_div(input, target, self.reduction, self.log_target)
