"""Likelihoods: cross-entropy from logits and from log-probabilities, with PyTorch's options."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.tensor import array_of
from ..backend.arrays import Array, array_module, on_host, require_one_device, row_major
from ..backend.gpu import cross_entropy as kernels
from ..backend.gpu.kernels import has_kernels
from ..backend.dtypes import int64, uint8
from ..backend.softmax import log_softmax_at
from ..errors import DTypeError, RangeError, ShapeError
from ..errors.arguments import require_numbers, require_sizes
from ..errors.options import refuses
from .gather_scatter import gather
from .losses import reduced, require_samples
from .reduce import sum
from .select import where
from .softmax import log_softmax, softmax, top


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

    Raises DTypeError (float labels), RangeError (a label that is not a class), ShapeError. On a GPU,
    checking the labels would wait for all earlier work: there, such a label makes the loss NaN instead.

    >>> logits = minigrad.tensor([[2.0, 0.0], [0.0, 0.0]])
    >>> minigrad.nn.functional.cross_entropy(logits, minigrad.tensor([0, 1]))
    tensor(0.4100)
    """
    x, t = array_of(input), array_of(target)
    if len(x.shape) == 1:                                       # one sample
        loss = cross_entropy(input.unsqueeze(0), target.unsqueeze(0), weight, ignore_index, reduction,
                             label_smoothing)
        return loss.reshape(())
    if len(x.shape) < 2:
        raise ShapeError(f"cross_entropy: the input must be (N, classes, …), but it is {tuple(x.shape)}.")
    require_samples("cross_entropy", x)
    if t.dtype.kind == "f" and ignore_index >= 0:
        raise ValueError("cross_entropy: ignore_index names a class label, but the target holds "
                         "probabilities; give those samples a target of zeros.")
    if weight is None and not label_smoothing and len(x.shape) == 2:
        # The plain case in one operation; the general one below does the same in several.
        if t.shape == x.shape and t.dtype.kind == "f":
            return reduced(SoftCrossEntropy()(input, target), reduction, "cross_entropy")
        labels = checked_labels("cross_entropy", x, t, ignore_index)
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
    RangeError (a label that is not a class), ShapeError.

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
        counts = counts * array_of(weight)[safe]
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
    if target.dtype.kind in "iu":               # an ignored row must not matter, whatever it holds
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
        ignored = array_of(target) == ignore_index
        everywhere = where(ignored, 0.0, everywhere)
        losses = losses * (1 - label_smoothing) + everywhere * (label_smoothing / classes)
    return _weighted(losses, counts, reduction, "cross_entropy")


class CrossEntropy(Function):
    """L = −ln pₜ for the true class t of each sample, p = softmax(x);  ∂L/∂x = g · (p − onehot(t)).

    x (N, classes) logits, t (N) class indices, L (N). Computed as ln Σ eˣ⁻ᵐ − (xₜ − m) with m = max x,
    so that nothing overflows and no probability is rounded to 0 before its logarithm is taken.
    """

    __slots__ = ("target", "rows", "p")
    promote = True

    def __init__(self, target: Array) -> None:
        self.target = target

    def forward(self, x: Array) -> Array:
        self.save(x)
        self.rows = array_module(x).arange(len(x))
        loss, self.p = log_softmax_at(x, self.target)            # softmax(x), for backward
        return loss

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        if isinstance(g, Tensor):
            return (softmax(x, 1) - onehot(self.target, x)) * g.reshape(-1, 1)
        gx = self.p * g[:, None]
        gx[self.rows, self.target] -= g
        return gx


class SoftCrossEntropy(Function):
    """L = −Σ q · ln p for class probabilities q, p = softmax(x).

    ∂L/∂x = g · (p · Σ q − q),  ∂L/∂q = −g · ln p.  x and q (N, classes), L (N).
    """

    __slots__ = ()
    promote = True

    def forward(self, x: Array, q: Array) -> Array:
        self.save(x, q)
        shifted = x - top(x, 1)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return -(q * log_p).sum(axis=1)

    def backward_x(self, g: Any) -> Any:
        x, q = self.saved
        return (softmax(x, 1) * q.sum(axis=1, keepdims=True) - q) * g.reshape(-1, 1)

    def backward_q(self, g: Any) -> Any:
        x, _ = self.saved
        return -log_softmax(x, 1) * g.reshape(-1, 1)


def onehot(target: Array, like: Any) -> Array:
    """(N, classes) zeros with a 1 at each target, in the dtype of ``like``."""
    xp = array_module(target)
    out = xp.zeros(tuple(like.shape), dtype=like.dtype)
    out[xp.arange(len(target)), target] = 1
    return out


def checked_labels(name: str, input: Any, target: Any, ignore_index: int) -> Array:
    """Class indices (N, …) for an input (N, classes, …) as an array: integers, each a class or ignored."""
    require_one_device(name, input, target)
    if type(ignore_index) is not int:
        require_sizes(name, None, ignore_index=ignore_index)
    labels: Array = array_of(target)
    shape = tuple(input.shape)
    wanted, classes = shape[:1] + shape[2:], shape[1]
    if labels.dtype not in (int64, uint8):
        if input.dtype.kind in "iu":
            raise DTypeError(f"{name}: the input is {input.dtype}, the target {labels.dtype}: are they "
                             f"swapped? It is {name}(scores, labels).")
        raise DTypeError(f"{name}: class indices must be int64 or uint8, got {labels.dtype} of shape "
                         f"{tuple(labels.shape)}. Use target.long(); for probabilities give the "
                         f"input's shape {shape}.")
    if labels.shape != wanted:
        hint = " Use target.squeeze(1)." if labels.shape == (*wanted, 1) else ""
        raise ShapeError(f"{name}: for an input {shape} the target must be {wanted}, but it is "
                         f"{tuple(labels.shape)}.{hint}")
    if not on_host(labels):         # checking would wait for the GPU; such a label makes the loss NaN
        return labels
    wrong = labels[((labels < 0) | (labels >= classes)) & (labels != ignore_index)]
    if wrong.size:
        raise RangeError(f"{name}: labels must be in [0, {classes - 1}] for {classes} classes, got "
                         f"{int(wrong[0])}.")
    return labels


class FusedCrossEntropy(Function):
    """L = −ln pₜ, p = softmax(x): the mean over the labels that count, their sum, or each row's.

    ∂L/∂x = g · (p − onehot(t)) / (how many count), 0 in rows whose label is ``ignore_index``.
    x (N, classes), t (N) int64. Labels are not checked: one that is not a class makes the loss NaN, and
    nothing has to be read back from the device.
    """

    __slots__ = ("target", "ignore_index", "reduction", "rows", "divisor")

    def __init__(self, target: Array, ignore_index: int = -100, reduction: str = "mean") -> None:
        self.target, self.ignore_index, self.reduction = row_major(target), ignore_index, reduction
        self.divisor: Array | None = None

    def forward(self, x: Array) -> Array:
        own = has_kernels(x)
        self.save(x)
        dense = row_major(x)
        self.rows = (kernels.rows if own else kernels.rows_reference)(dense, self.target, self.ignore_index)
        if self.reduction == "none":
            return self.rows.loss
        if self.reduction == "sum":
            return self.rows.loss.sum()
        both = (kernels.mean if own else kernels.mean_reference)(self.rows)
        self.divisor = both[1:2]
        return both[0:1].reshape(())

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        if isinstance(g, Tensor) or isinstance(x, Tensor):
            return self._recorded(x, g)
        step = kernels.backward if has_kernels(x) else kernels.backward_reference
        divisor = None if self.divisor is None else self.divisor.reshape(())
        return step(row_major(x), self.target, self.rows.lse, row_major(g), divisor,
                    self.ignore_index)

    def _recorded(self, x: Any, g: Any) -> Any:
        """The same in operations that can be differentiated again."""
        counts = (self.target != self.ignore_index).astype(x.dtype)
        share = counts.reshape(-1, 1) if self.divisor is None else (counts / self.divisor).reshape(-1, 1)
        xp = array_module(self.target)
        safe = xp.where(self.target == self.ignore_index, 0, self.target)
        upstream = g.reshape(-1, 1) if len(g.shape) else g
        return (softmax(x, 1) - onehot(safe, x)) * share * upstream
