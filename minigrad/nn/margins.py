"""Losses with a margin: what is right must score higher than what is wrong, by some distance.

Each is a function, which ``nn.functional`` offers, and a module.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import array_of
from ..backend.arrays import array_module
from ..errors import DTypeError, RangeError, ShapeError
from ..errors.options import refuses
from ..ops.activation import logsigmoid
from ..ops.exponential import sqrt
from ..ops.gather_scatter import gather
from ..ops.losses import reduced
from ..ops.norm import norm
from ..ops.select import clamp, minimum, where
from .losses import Loss
from .module import Module


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """‖x1 − x2 + eps‖ₚ over the last dimension: (…, D) → (…), or (…, 1) with keepdim.

    >>> x, y = minigrad.tensor([[0.0, 0.0]]), minigrad.tensor([[3.0, 4.0]])
    >>> minigrad.nn.functional.pairwise_distance(x, y)
    tensor([5.])
    """
    return norm(x1 - x2 + eps, p, -1, keepdim)


@refuses(size_average=None, reduce=None)
def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, reduction: str = "mean") -> Any:
    """x for a target of 1, max(0, margin − x) for −1: like pairs close, unlike ones apart.

    Input and target broadcast. Raises ValueError for another ``reduction``.

    >>> x, t = minigrad.tensor([0.25, 0.25]), minigrad.tensor([1, -1])
    >>> minigrad.nn.functional.hinge_embedding_loss(x, t, reduction="none")
    tensor([0.25, 0.75])
    """
    alike, unlike = where(target != -1, input, 0.0), where(target != 1, clamp(margin - input, min=0), 0.0)
    return reduced(alike + unlike, reduction, "hinge_embedding_loss")


@refuses(size_average=None, reduce=None)
def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0,
                        reduction: str = "mean") -> Any:
    """max(0, margin − t · (x1 − x2)): x1 ranks above x2 for t = 1, below it for t = −1. One shape for all.

    Raises ShapeError when the numbers of dimensions differ, ValueError for another ``reduction``.

    >>> x, y, t = minigrad.tensor([3.0]), minigrad.tensor([1.0]), minigrad.tensor([-1.0])
    >>> minigrad.nn.functional.margin_ranking_loss(x, y, t)
    tensor(2.)
    """
    if not input1.ndim == input2.ndim == target.ndim:
        raise ShapeError(f"margin_ranking_loss: the two inputs and the target must have one shape, got "
                         f"{tuple(input1.shape)}, {tuple(input2.shape)} and {tuple(target.shape)}.")
    return reduced(clamp(margin - target * (input1 - input2), min=0), reduction, "margin_ranking_loss")


@refuses(size_average=None, reduce=None)
def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0,
                          reduction: str = "mean") -> Any:
    """1 − cos(x1, x2) for a target of 1, max(0, cos(x1, x2) − margin) for −1.

    x1 and x2 (N, D), target (N); or (D) and a single number. Raises ShapeError for other shapes.

    >>> x, y = minigrad.tensor([[1.0, 0.0]]), minigrad.tensor([[3.0, 4.0]])
    >>> minigrad.nn.functional.cosine_embedding_loss(x, y, minigrad.tensor([1]))       # 1 − 0.6
    tensor(0.4)
    """
    if target.ndim > 1 or not input1.ndim == input2.ndim == target.ndim + 1:
        raise ShapeError(f"cosine_embedding_loss: expected inputs (N, D) and a target (N), or (D) and one "
                         f"number, got {tuple(input1.shape)}, {tuple(input2.shape)} and "
                         f"{tuple(target.shape)}.")
    squares = ((input1 * input1).sum(-1) + 1e-12) * ((input2 * input2).sum(-1) + 1e-12)
    cosine = (input1 * input2).sum(-1) / sqrt(squares)
    losses = where(target == 1, 1 - cosine, 0.0) + where(target == -1, clamp(cosine - margin, min=0), 0.0)
    return reduced(losses, reduction, "cosine_embedding_loss")


def triplet_margin_with_distance_loss(anchor: Any, positive: Any, negative: Any, *,
                                      distance_function: Callable[[Any, Any], Any] | None = None,
                                      margin: float = 1.0, swap: bool = False,
                                      reduction: str = "mean") -> Any:
    """max(0, margin + d(anchor, positive) − d(anchor, negative)) for a distance d of your own.

    Without ``distance_function``, ``pairwise_distance``. ``swap``: also compare with d(positive, negative),
    if that is smaller. Raises ValueError for a margin of 0 or less or another ``reduction``.

    >>> a, p, n = minigrad.tensor([0.0]), minigrad.tensor([2.0]), minigrad.tensor([5.0])
    >>> minigrad.nn.functional.triplet_margin_with_distance_loss(
    ...     a, p, n, distance_function=lambda x, y: (x - y).abs(), margin=4.0)         # 4 + 2 − 5
    tensor(1.)
    """
    name = "triplet_margin_with_distance_loss"
    if margin <= 0:
        raise ValueError(f"{name}: margin must be above 0, got {margin}.")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise ShapeError(f"{name}: anchor, positive and negative must have as many dimensions, got "
                         f"{anchor.ndim}, {positive.ndim} and {negative.ndim}.")
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduced(clamp(margin + near - far, min=0), reduction, name)


@refuses(size_average=None, reduce=None)
def triplet_margin_loss(anchor: Any, positive: Any, negative: Any, margin: float = 1.0, p: float = 2,
                        eps: float = 1e-6, swap: bool = False, reduction: str = "mean") -> Any:
    """max(0, margin + ‖anchor − positive‖ₚ − ‖anchor − negative‖ₚ); (N, D) or (D) each.

    ``swap``: also compare with ‖positive − negative‖ₚ, if that is smaller. Raises ValueError for a margin of
    0 or less or another ``reduction``. Source: Schroff et al. 2015; swap: Balntas et al. 2016.

    >>> a, p, n = minigrad.zeros(1, 2), minigrad.tensor([[3.0, 4.0]]), minigrad.tensor([[0.0, 2.0]])
    >>> minigrad.nn.functional.triplet_margin_loss(a, p, n)                 # 1 + 5 − 2
    tensor(4.)
    """
    return triplet_margin_with_distance_loss(
        anchor, positive, negative, margin=margin, swap=swap, reduction=reduction,
        distance_function=lambda x, y: pairwise_distance(x, y, p, eps))


@refuses(size_average=None, reduce=None)
def multi_margin_loss(input: Any, target: Any, p: int = 1, margin: float = 1.0, weight: Any = None,
                      reduction: str = "mean") -> Any:
    """(1/C) Σⱼ max(0, margin − x[t] + x[j])ᵖ over all classes j but t: the hinge loss for many classes.

    input (N, C) or (C), target (N) or one number, weight (C) how much each class counts. Raises ShapeError,
    RangeError for a label that is not a class, ValueError for a p other than 1 and 2.

    >>> x = minigrad.tensor([[0.5, 1.0, 0.0]])
    >>> minigrad.nn.functional.multi_margin_loss(x, minigrad.tensor([1]))   # (½ + 0) / 3
    tensor(0.1667)
    """
    name = "multi_margin_loss"
    if p not in (1, 2):
        raise ValueError(f"{name}: p must be 1 or 2, got {p}.")
    single = input.ndim < 2
    x, t = (input.reshape(1, -1), target.reshape(-1)) if single else (input, target)
    if x.ndim != 2 or tuple(t.shape) != (x.shape[0],) or not x.shape[1]:
        raise ShapeError(f"{name}: expected an input (N, C) and a target (N), got {tuple(input.shape)} and "
                         f"{tuple(target.shape)}.")
    labels = _classes(name, t, x.shape[1])[:, None]                                         # (N, 1)
    hinge = clamp(margin - gather(x, 1, labels) + x, min=0) ** p                            # (N, C)
    if weight is not None:
        if tuple(weight.shape) != (x.shape[1],):
            raise ShapeError(f"{name}: weight must be ({x.shape[1]},), one for each class, but it is "
                             f"{tuple(weight.shape)}.")
        hinge = hinge * array_of(weight)[labels]
    others = array_module(labels).arange(x.shape[1]) != labels
    losses = where(others, hinge, 0.0).sum(1) / x.shape[1]
    return reduced(losses.reshape(()) if single else losses, reduction, name)


@refuses(size_average=None, reduce=None)
def multilabel_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """(1/C) Σ max(0, 1 − (x[t] − x[i])) over the true classes t and all others i.

    input (N, C) or (C); target of the same shape lists the true classes of each sample and ends with −1.
    Raises ShapeError when the shapes differ, RangeError for a label that is not a class.

    >>> x = minigrad.tensor([0.25, 0.5, 0.0])
    >>> minigrad.nn.functional.multilabel_margin_loss(x, minigrad.tensor([1, -1, 0]))  # (¾ + ½) / 3
    tensor(0.4167)
    """
    name = "multilabel_margin_loss"
    if tuple(input.shape) != tuple(target.shape) or input.ndim > 2:
        raise ShapeError(f"{name}: input and target must have one shape, (N, C) or (C), got "
                         f"{tuple(input.shape)} and {tuple(target.shape)}.")
    x, t = (input.reshape(1, -1), target.reshape(1, -1)) if input.ndim < 2 else (input, target)
    classes = x.shape[1]
    labels = _classes(name, t, classes, least=-1)
    listed = (labels >= 0).cumprod(axis=1).astype(bool)                                     # (N, C) up to −1
    labels = np.where(listed, labels, 0)
    positive = ((labels[:, :, None] == array_module(labels).arange(classes)) & listed[:, :, None]).any(1)
    gaps = clamp(1 - gather(x, 1, labels).unsqueeze(2) + x.unsqueeze(1), min=0)             # (N, true, other)
    losses = where(listed[:, :, None] & ~positive[:, None], gaps, 0.0).sum((1, 2)) / max(classes, 1)
    return reduced(losses.reshape(()) if input.ndim < 2 else losses, reduction, name)


def _classes(name: str, target: Any, classes: int, least: int = 0) -> Any:
    """The labels as an array of integers from ``least`` on, each a class."""
    labels = array_of(target)
    if labels.dtype.kind not in "iu":
        raise DTypeError(f"{name}: class indices must be integers, got {labels.dtype}. Use target.long().")
    if labels.size and not least <= int(labels.min()) <= int(labels.max()) < classes:
        raise RangeError(f"{name}: labels must be in [{least}, {classes - 1}], got {int(labels.min())} to "
                         f"{int(labels.max())}.")
    return labels


@refuses(size_average=None, reduce=None)
def soft_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """ln(1 + e^(−t·x)) for targets of 1 and −1; one shape. Raises ValueError for another ``reduction``.

    >>> x, t = minigrad.tensor([0.0, 100.0]), minigrad.tensor([1.0, -1.0])
    >>> minigrad.nn.functional.soft_margin_loss(x, t, reduction="none")     # ln 2, and no overflow
    tensor([  0.6931, 100.    ])
    """
    return reduced(-logsigmoid(target * input), reduction, "soft_margin_loss")


@refuses(size_average=None, reduce=None)
def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    """−(1/C) Σ t ln σ(x) + (1 − t) ln σ(−x) over the C classes: any number of them may be true.

    input and target (…, C) of one shape, t = 1 or 0; weight broadcasts against them. Raises ValueError for
    another ``reduction``.

    >>> x, t = minigrad.zeros(1, 2), minigrad.tensor([[1.0, 0.0]])
    >>> minigrad.nn.functional.multilabel_soft_margin_loss(x, t)            # ln 2
    tensor(0.6931)
    """
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    losses = (losses if weight is None else losses * weight).mean(-1)
    return reduced(losses, reduction, "multilabel_soft_margin_loss")


class PairwiseDistance(Module):
    """‖x1 − x2 + eps‖ₚ over the last dimension: (N, D) → (N), or (N, 1) with keepdim.

    >>> minigrad.nn.PairwiseDistance()(minigrad.zeros(1, 2), minigrad.tensor([[3.0, 4.0]]))
    tensor([5.])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class _MarginLoss(Loss):
    """A loss with a margin."""

    @refuses(size_average=None, reduce=None)
    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = margin


class HingeEmbeddingLoss(_MarginLoss):
    """x for a target of 1, max(0, margin − x) for −1. Errors as in ``functional.hinge_embedding_loss``.

    >>> loss = minigrad.nn.HingeEmbeddingLoss()
    >>> loss(minigrad.tensor([0.25, 0.25]), minigrad.tensor([1, -1]))       # (¼ + ¾) / 2
    tensor(0.5)
    """

    @refuses(size_average=None, reduce=None)
    def __init__(self, margin: float = 1.0, reduction: str = "mean") -> None:
        super().__init__(margin, reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return hinge_embedding_loss(input, target, self.margin, self.reduction)


class MarginRankingLoss(_MarginLoss):
    """max(0, margin − t · (x1 − x2)). Errors as in ``functional.margin_ranking_loss``.

    >>> loss = minigrad.nn.MarginRankingLoss()
    >>> loss(minigrad.tensor([3.0]), minigrad.tensor([1.0]), minigrad.tensor([-1.0]))
    tensor(2.)
    """

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return margin_ranking_loss(input1, input2, target, self.margin, self.reduction)


class CosineEmbeddingLoss(_MarginLoss):
    """1 − cos(x1, x2) for a target of 1, max(0, cos(x1, x2) − margin) for −1.

    Errors as in ``functional.cosine_embedding_loss``.

    >>> loss = minigrad.nn.CosineEmbeddingLoss()
    >>> loss(minigrad.tensor([[1.0, 0.0]]), minigrad.tensor([[3.0, 4.0]]), minigrad.tensor([1]))
    tensor(0.4)
    """

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return cosine_embedding_loss(input1, input2, target, self.margin, self.reduction)


class TripletMarginLoss(Loss):
    """max(0, margin + ‖anchor − positive‖ₚ − ‖anchor − negative‖ₚ).

    Options and errors as in ``functional.triplet_margin_loss``. Source: Schroff et al. 2015.

    >>> loss = minigrad.nn.TripletMarginLoss()
    >>> loss(minigrad.zeros(1, 2), minigrad.tensor([[3.0, 4.0]]), minigrad.tensor([[0.0, 2.0]]))
    tensor(4.)
    """

    @refuses(size_average=None, reduce=None)
    def __init__(self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False,
                 reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin, self.p, self.eps, self.swap = margin, p, eps, swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return triplet_margin_loss(anchor, positive, negative, self.margin, self.p, self.eps, self.swap,
                                   self.reduction)


class TripletMarginWithDistanceLoss(Loss):
    """max(0, margin + d(anchor, positive) − d(anchor, negative)) for a distance d of your own.

    Options and errors as in ``functional.triplet_margin_with_distance_loss``.

    >>> loss = minigrad.nn.TripletMarginWithDistanceLoss(distance_function=lambda x, y: (x - y).abs())
    >>> loss(minigrad.tensor([0.0]), minigrad.tensor([5.0]), minigrad.tensor([2.0]))
    tensor(4.)
    """

    def __init__(self, *, distance_function: Callable[[Any, Any], Any] | None = None, margin: float = 1.0,
                 swap: bool = False, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.distance_function = pairwise_distance if distance_function is None else distance_function
        self.margin, self.swap = margin, swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return triplet_margin_with_distance_loss(
            anchor, positive, negative, distance_function=self.distance_function, margin=self.margin,
            swap=self.swap, reduction=self.reduction)


class MultiMarginLoss(Loss):
    """(1/C) Σⱼ max(0, margin − x[t] + x[j])ᵖ over all classes j but t: the hinge loss for many classes.

    Options and errors as in ``functional.multi_margin_loss``.

    >>> minigrad.nn.MultiMarginLoss()(minigrad.tensor([[0.5, 1.0, 0.0]]), minigrad.tensor([1]))
    tensor(0.1667)
    """

    @refuses(size_average=None, reduce=None)
    def __init__(self, p: int = 1, margin: float = 1.0, weight: Any = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.p, self.margin = p, margin
        self.register_buffer("weight", weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return multi_margin_loss(input, target, self.p, self.margin, self.weight, self.reduction)


class MultiLabelMarginLoss(Loss):
    """(1/C) Σ max(0, 1 − (x[t] − x[i])) over the true classes t and all others i.

    Errors as in ``functional.multilabel_margin_loss``.

    >>> minigrad.nn.MultiLabelMarginLoss()(minigrad.tensor([0.25, 0.5, 0.0]), minigrad.tensor([1, -1, 0]))
    tensor(0.4167)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return multilabel_margin_loss(input, target, self.reduction)


class SoftMarginLoss(Loss):
    """ln(1 + e^(−t·x)) for targets of 1 and −1. Errors as in ``functional.soft_margin_loss``.

    >>> minigrad.nn.SoftMarginLoss()(minigrad.tensor([0.0]), minigrad.tensor([1.0]))       # ln 2
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return soft_margin_loss(input, target, self.reduction)


class MultiLabelSoftMarginLoss(Loss):
    """−(1/C) Σ t ln σ(x) + (1 − t) ln σ(−x) over the C classes: any number of them may be true.

    Options and errors as in ``functional.multilabel_soft_margin_loss``.

    >>> minigrad.nn.MultiLabelSoftMarginLoss()(minigrad.zeros(1, 2), minigrad.tensor([[1.0, 0.0]]))
    tensor(0.6931)
    """

    @refuses(size_average=None, reduce=None)
    def __init__(self, weight: Any = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return multilabel_soft_margin_loss(input, target, self.weight, self.reduction)
