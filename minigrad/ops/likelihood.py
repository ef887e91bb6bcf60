"""Likelihoods: cross-entropy from logits and from log-probabilities, with PyTorch's options."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import require_numbers
from ..autograd import Tensor
from ..backend.arrays import Array, on_host
from ..errors import DTypeError, RangeError, ShapeError
from ..unsupported import refuses
from .activation import log_softmax
from .compare import where
from .fused import FusedCrossEntropy
from .indexing import gather
from .loss import CrossEntropy, SoftCrossEntropy, checked_labels, reduced, require_samples
from .reduce import sum


@refuses(size_average=None, reduce=None)
def cross_entropy(input: Any, target: Any, weight: Any = None, ignore_index: int = -100,
                  reduction: str = "mean", label_smoothing: float = 0.0) -> Any:
    """Softmax and cross-entropy in one, from logits: −ln of the probability of the true class.

    Args:
        input: (N, classes) logits: raw scores, not probabilities; or (N, classes, …) with positions, or
            (classes) for a single sample.
        target: (N, …) class indices, an integer dtype; or probabilities of the input's shape.
        weight: (classes) how much each class counts; the mean divides by the sum of the weights.
        ignore_index: a label whose samples do not count.
        reduction: "mean", "sum" or "none" (the loss of each sample).
        label_smoothing: ε in [0, 1]: the target is 1 − ε for the true class plus ε / classes for all.

    Raises DTypeError (float labels), RangeError (a label that is no class), ShapeError. On a GPU looking
    at the labels would wait for all the work before: there, such a label makes the loss NaN instead.

    >>> import minigrad
    >>> logits = minigrad.tensor([[2.0, 0.0], [0.0, 0.0]])
    >>> minigrad.nn.functional.cross_entropy(logits, minigrad.tensor([0, 1]))
    tensor(0.41)
    """
    if len(input.shape) == 1:                                   # one sample
        loss = cross_entropy(input.unsqueeze(0), target.unsqueeze(0), weight, ignore_index, reduction,
                             label_smoothing)
        return loss.reshape(())
    if len(input.shape) < 2:
        raise ShapeError(f"cross_entropy: the input must be (N, classes, …), but it is "
                         f"{tuple(input.shape)}.")
    require_samples("cross_entropy", input)
    if target.dtype.kind == "f" and ignore_index >= 0:
        raise ValueError("cross_entropy: ignore_index names a class label, but the target holds "
                         "probabilities; give those samples a target of zeros.")
    if weight is None and not label_smoothing and len(input.shape) == 2:
        # The plain case, in one operation; the general one below states the same in several.
        if tuple(target.shape) == tuple(input.shape) and target.dtype.kind == "f":
            return reduced(SoftCrossEntropy()(input, target), reduction, "cross_entropy")
        labels = checked_labels("cross_entropy", input, target, ignore_index)
        if not on_host(labels):
            labels = labels.astype(np.int64, copy=False)
            if reduction in ("mean", "sum", "none"):
                return FusedCrossEntropy(labels, ignore_index, reduction)(input)
        elif not bool((labels == ignore_index).any()):
            return reduced(CrossEntropy(labels)(input), reduction, "cross_entropy")
    return _general(input, target, weight, ignore_index, reduction, label_smoothing)


@refuses(size_average=None, reduce=None)
def nll_loss(input: Any, target: Any, weight: Any = None, ignore_index: int = -100,
             reduction: str = "mean") -> Any:
    """−log pₜ from log-probabilities (N, classes, …) and class indices (N, …).

    With ``weight`` (classes) each sample counts as much as its class; the mean divides by the sum of the
    weights. Samples whose target is ``ignore_index`` do not count. Raises DTypeError (float labels),
    RangeError (a label that is no class), ShapeError.

    >>> import minigrad
    >>> log_p = minigrad.tensor([[0.5, 0.5], [0.25, 0.75]]).log()
    >>> minigrad.nn.functional.nll_loss(log_p, minigrad.tensor([0, 0]), reduction="none")
    tensor([0.6931, 1.3863])
    """
    if len(input.shape) == 1:
        return nll_loss(input.unsqueeze(0), target.unsqueeze(0), weight, ignore_index,
                        reduction).reshape(())
    if len(input.shape) < 2:
        raise ShapeError(f"nll_loss: the input must be (N, classes, …), but it is {tuple(input.shape)}.")
    losses, counts = _picked("nll_loss", input, target, weight, ignore_index)
    return _weighted(losses, counts, reduction, "nll_loss")


def _picked(name: str, log_p: Any, target: Any, weight: Any, ignore_index: int) -> tuple[Any, Any]:
    """(−w log p of the true class, w) for each sample and position; both 0 where ignored."""
    labels = checked_labels(name, log_p, target, ignore_index)
    ignored = labels == ignore_index
    safe = np.where(ignored, 0, labels)
    counts = (~ignored).astype(log_p.dtype)
    if weight is not None:
        _require_class_weights(name, weight, log_p)
        counts = counts * (weight._array if isinstance(weight, Tensor) else weight)[safe]
    picked = gather(log_p, 1, np.expand_dims(safe, 1)).reshape(labels.shape)
    return where(ignored, 0.0, -picked * counts), counts


def _require_class_weights(name: str, weight: Any, input: Any) -> None:
    """One weight for each class, in the dtype of the input."""
    if tuple(weight.shape) != (input.shape[1],):
        raise ShapeError(f"{name}: weight must be ({input.shape[1]},), one for each class, but it is "
                         f"{tuple(weight.shape)}.")
    if weight.dtype != input.dtype:
        raise DTypeError(f"{name}: weight is {weight.dtype}, but the input is {input.dtype}. Use "
                         "weight.to(input.dtype).")


def _weighted(losses: Any, counts: Array, reduction: str, name: str) -> Any:
    if reduction == "mean":
        total = counts.sum()
        if not on_host(total):                  # reading it would wait for the GPU
            return sum(losses) / total
        total = float(total)
        if total == 0:                          # nothing counts: 0 / 0, but without a gradient
            return sum(losses) + float("nan")
        return sum(losses) / total
    return reduced(losses, reduction, name)


def _general(input: Any, target: Any, weight: Any, ignore_index: int, reduction: str,
             label_smoothing: float) -> Any:
    """Cross-entropy with weights, ignored labels, smoothing and positions, from log-softmax."""
    require_numbers("cross_entropy", label_smoothing=label_smoothing)
    if weight is not None:
        _require_class_weights("cross_entropy", weight, input)
    if not 0 <= label_smoothing <= 1:
        raise RangeError(f"cross_entropy: label_smoothing must be in [0, 1], got {label_smoothing}.")
    if target.dtype.kind in "iu":               # whatever stands in a row that does not count, must not count
        labels = checked_labels("cross_entropy", input, target, ignore_index)
        ignored = np.expand_dims(labels == ignore_index, 1)
        if not on_host(labels) or ignored.any():
            input = where(ignored, 0.0, input)
    log_p = log_softmax(input, 1)
    classes = input.shape[1]
    table = None if weight is None else weight.reshape((1, classes) + (1,) * (len(input.shape) - 2))
    if tuple(target.shape) == tuple(input.shape) and target.dtype.kind == "f":
        smooth = target * (1 - label_smoothing) + label_smoothing / classes if label_smoothing else target
        losses = -sum(log_p * smooth if table is None else log_p * smooth * table, 1)
        if reduction == "mean":
            return sum(losses) / float(np.prod(losses.shape))
        return reduced(losses, reduction, "cross_entropy")
    losses, counts = _picked("cross_entropy", log_p, target, weight, ignore_index)
    if label_smoothing:
        everywhere = -sum(log_p if table is None else log_p * table, 1)
        ignored = (target._array if isinstance(target, Tensor) else target) == ignore_index
        everywhere = where(ignored, 0.0, everywhere)
        losses = losses * (1 - label_smoothing) + everywhere * (label_smoothing / classes)
    return _weighted(losses, counts, reduction, "cross_entropy")
