"""Losses: squared, absolute and Huber errors, binary cross-entropy and the divergence of distributions."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import Function
from ..autograd.tensor import array_of
from ..backend.arrays import Array, on_host
from ..errors import RangeError, ShapeError
from ..errors.arguments import require_not_negative, require_numbers
from ..errors.options import refuses
from .activation import logsigmoid
from .arithmetic import abs, square
from .attach import in_single
from .exponential import exp, log
from .reduce import mean, sum
from .select import clamp, where


LEAST = float(np.float32(1e-12))        # PyTorch's limit for p (1 − p) is a float32 number


class BinaryCrossEntropy(Function):
    """L = −t ln p − (1 − t) ln(1 − p), each logarithm clamped to at least −100, as in PyTorch.

    ∂L/∂p = g · (p − t) / max(p (1 − p), 10⁻¹²),  ∂L/∂t = g · (ln(1 − p) − ln p).
    """

    __slots__ = ()
    promote = True

    def forward(self, p: Array, t: Array) -> Array:
        self.save(p, t)
        with np.errstate(all="ignore"):
            return (t - 1) * np.maximum(np.log1p(-p), -100) - t * np.maximum(np.log(p), -100)

    def backward_p(self, g: Any) -> Any:
        p, t = self.saved
        spread = p * (1 - p)
        return g * (p - t) / where(spread < LEAST, spread * 0 + LEAST, spread)

    def backward_t(self, g: Any) -> Any:
        p, _ = self.saved
        return g * (log(1 - p) - log(p))


class Huber(Function):
    """L = s · c · (|d| − ½ c) with d = x − t and c = min(|d|, δ): ½ s d² near 0, a straight line beyond δ.

    ∂L/∂x = g · s · d held in [−δ, δ] = −∂L/∂t. Neither squares a large d, so nothing overflows.
    """

    __slots__ = ("delta", "scale")
    promote = True

    def __init__(self, delta: float, scale: float = 1.0) -> None:
        self.delta, self.scale = delta, scale

    def forward(self, x: Array, t: Array) -> Array:
        self.save(x, t)
        d = np.abs(x - t)
        c = np.minimum(d, d.dtype.type(self.delta))
        return c * d.dtype.type(self.scale) * (d - c * d.dtype.type(0.5))

    def backward_x(self, g: Any) -> Any:
        x, t = self.saved
        return g * (clamp(x - t, -self.delta, self.delta) * self.scale)

    def backward_t(self, g: Any) -> Any:
        return -self.backward_x(g)


def _same_shape(name: str, input: Any, target: Any) -> None:
    if tuple(input.shape) != tuple(target.shape):
        raise ShapeError(f"{name}: the input {tuple(input.shape)} and the target {tuple(target.shape)} "
                         "must have one shape. Use reshape or squeeze.")


@refuses(size_average=None, reduce=None)
@in_single
def l1_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    """The mean absolute error (1/n) Σ |input − target|; with weight Σ w |input − target| / Σ w.

    Raises ShapeError when the shapes differ, ValueError for another ``reduction``.

    >>> minigrad.nn.functional.l1_loss(minigrad.tensor([1.0, 2.0]), minigrad.tensor([1.0, 5.0]))
    tensor(1.5000)
    """
    _same_shape("l1_loss", input, target)
    return weighted(abs(input - target), weight, reduction, "l1_loss")


@refuses(size_average=None, reduce=None)
def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Any:
    """½ d² / beta for d = |input − target| < beta, else d − ½ beta; beta 0 is the absolute error.

    Raises ShapeError when the shapes differ, ValueError for beta < 0. Source: Girshick 2015.

    >>> x, y = minigrad.tensor([1.0, 2.0]), minigrad.tensor([2.0, 5.0])
    >>> minigrad.nn.functional.smooth_l1_loss(x, y, reduction="none")       # ½ · 1², 3 − ½
    tensor([0.5000, 2.5000])
    """
    require_not_negative("smooth_l1_loss", beta=beta)
    _same_shape("smooth_l1_loss", input, target)
    if beta == 0:
        return l1_loss(input, target, reduction)
    return reduced(Huber(beta, 1 / beta)(input, target), reduction, "smooth_l1_loss")


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0,
               weight: Any = None) -> Any:
    """½ d² for d = |input − target| < delta, else delta · (d − ½ delta)  (Huber 1964).

    A ``weight`` of the same shape multiplies the losses; as in PyTorch, "mean" still divides by their
    number, unlike in ``mse_loss`` and ``l1_loss``. Raises ShapeError when the shapes differ, ValueError for
    delta ≤ 0, TypeError for a delta that is not a number.

    >>> x, y = minigrad.tensor([1.0, 2.0]), minigrad.tensor([2.0, 5.0])
    >>> minigrad.nn.functional.huber_loss(x, y, reduction="none", delta=2.0)        # ½ · 1², 2 · (3 − 1)
    tensor([0.5000, 4.0000])
    """
    require_numbers("huber_loss", delta=delta)
    _same_shape("huber_loss", input, target)
    if delta <= 0:
        raise ValueError(f"huber_loss: delta must be above 0, got {delta}.")
    losses = Huber(delta)(input, target)
    if weight is not None:
        _same_shape("huber_loss (weight)", input, weight)
        losses = losses * weight
    return reduced(losses, reduction, "huber_loss")


@refuses(size_average=None, reduce=None)
def binary_cross_entropy(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    """−t ln p − (1 − t) ln(1 − p) for probabilities p in [0, 1] and targets t of the same shape.

    Raises RangeError for other p, ShapeError when the shapes differ.

    >>> p, t = minigrad.tensor([0.5, 0.25]), minigrad.tensor([1.0, 0.0])
    >>> minigrad.nn.functional.binary_cross_entropy(p, t, reduction="none")         # −ln ½, −ln ¾
    tensor([0.6931, 0.2877])
    """
    _same_shape("binary_cross_entropy", input, target)
    values = array_of(input)
    if on_host(values) and values.size and not (bool((values >= 0).all()) and bool((values <= 1).all())):
        raise RangeError("binary_cross_entropy: the input must be probabilities in [0, 1], got "
                         f"{float(values.min())} to {float(values.max())}. For logits use "
                         "binary_cross_entropy_with_logits.")
    losses = BinaryCrossEntropy()(input, target)
    return reduced(losses if weight is None else losses * weight, reduction, "binary_cross_entropy")


@refuses(size_average=None, reduce=None)
@in_single
def binary_cross_entropy_with_logits(input: Any, target: Any, weight: Any = None,
                                     reduction: str = "mean", pos_weight: Any = None) -> Any:
    """Binary cross-entropy of σ(input), from logits: (1 − t) x − (1 + (w − 1) t) ln σ(x).

    ln σ is computed without overflow, so logits of ±1e4 are fine. ``pos_weight`` w multiplies the term
    of the positive targets. Raises ShapeError when the shapes differ.

    >>> x, t = minigrad.tensor([0.0, -100.0]), minigrad.tensor([1.0, 1.0])
    >>> minigrad.nn.functional.binary_cross_entropy_with_logits(x, t, reduction="none")
    tensor([  0.6931, 100.0000])
    """
    _same_shape("binary_cross_entropy_with_logits", input, target)
    positive = target * (pos_weight - 1) + 1 if pos_weight is not None else 1.0
    losses = (1 - target) * input - positive * logsigmoid(input)
    return reduced(losses if weight is None else losses * weight, reduction,
                   "binary_cross_entropy_with_logits")


@refuses(size_average=None, reduce=None)
@in_single
def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    """Σ t · (ln t − input) entry by entry, for log-probabilities ``input``; 0 where t = 0.

    ``reduction="batchmean"`` divides the sum by the batch size, which gives the divergence itself.
    Raises ShapeError when the shapes differ. Source: Kullback and Leibler 1951.

    >>> p, q = minigrad.tensor([[0.5, 0.5]]), minigrad.tensor([[1.0, 0.0]])
    >>> minigrad.nn.functional.kl_div(p.log(), q, reduction="batchmean")            # 1 · (ln 1 − ln ½)
    tensor(0.6931)
    """
    _same_shape("kl_div", input, target)
    if log_target:
        losses = exp(target) * (target - input)
    else:
        zero = target == 0
        losses = where(zero, 0.0, target * log(where(zero, target + 1, target))) - target * input
    if reduction == "batchmean":
        return sum(losses) / float(input.shape[0] if input.shape else 1)
    return reduced(losses, reduction, "kl_div")


class MeanSquaredError(Function):
    """L = (1/n) Σ (x − t)² over all n entries;  ∂L/∂x = g · (2/n) (x − t) = −∂L/∂t.  x and t of one shape."""

    __slots__ = ()
    promote = True

    def forward(self, x: Array, t: Array) -> Array:
        self.save(x, t)
        d = x - t
        return (d * d).sum() * d.dtype.type(1 / d.size)

    def backward_x(self, g: Any) -> Any:
        x, t = self.saved
        return (x - t) * (g * (2 / math.prod(x.shape)))

    def backward_t(self, g: Any) -> Any:
        return -self.backward_x(g)


def reduced(loss: Any, reduction: str, name: str) -> Any:
    """The loss of each sample, or their mean or sum."""
    if reduction == "mean":
        return mean(loss)
    if reduction == "sum":
        return sum(loss)
    if reduction == "none":
        return loss
    raise ValueError(f"{name}: reduction must be 'mean', 'sum' or 'none', got {reduction!r}.")


def weighted(losses: Any, weight: Any, reduction: str, name: str) -> Any:
    """Losses times weights of their shape; "mean" divides by the sum of the weights."""
    if weight is None:
        return reduced(losses, reduction, name)
    if tuple(weight.shape) != tuple(losses.shape):
        raise ShapeError(f"{name}: weight must have the shape {tuple(losses.shape)} of the input, but it is "
                         f"{tuple(weight.shape)}.")
    if reduction == "mean":
        return sum(losses * weight) / sum(weight)
    return reduced(losses * weight, reduction, name)


@refuses(size_average=None, reduce=None)
def mse_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    """The mean squared error (1/n) Σ (input − target)²; both of one shape.

    With ``weight`` of the same shape, Σ w (input − target)² / Σ w.

    PyTorch broadcasts (with a warning) when the shapes differ, which averages over all pairs and is
    almost always a mistake; here it raises ShapeError. An empty batch raises ShapeError too, another
    ``reduction`` ValueError.

    >>> minigrad.nn.functional.mse_loss(minigrad.tensor([1.0, 2.0]), minigrad.tensor([1.0, 4.0]))
    tensor(2.)
    """
    if tuple(input.shape) != tuple(target.shape):
        raise ShapeError(f"mse_loss: the input {tuple(input.shape)} and the target "
                         f"{tuple(target.shape)} must have one shape. Broadcasting would compare "
                         "every prediction with every target; use reshape or squeeze.")
    require_samples("mse_loss", input)
    if weight is None and reduction == "mean" and input.dtype.kind == target.dtype.kind == "f":
        return MeanSquaredError()(input, target)
    return _squared_errors(input, target, weight, reduction)


def require_samples(name: str, x: Any) -> None:
    """ShapeError for an empty batch: the mean of nothing is not a number."""
    if x.shape and x.shape[0] == 0:
        raise ShapeError(f"{name}: the batch is empty ({tuple(x.shape)}), and the mean over nothing is "
                         "not a number. Skip empty batches.")


@in_single
def _squared_errors(input: Any, target: Any, weight: Any, reduction: str) -> Any:
    return weighted(square(input - target), weight, reduction, "mse_loss")
