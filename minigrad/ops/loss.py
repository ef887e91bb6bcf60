"""Losses: one number that says how far off the predictions are."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arguments import require_sizes
from ..autograd import Function, Tensor
from ..backend.arrays import Array, array_module, on_host, require_one_device
from ..errors import DTypeError, RangeError, ShapeError
from ..unsupported import refuses
from .activation import top, log_softmax, softmax
from .attach import in_single
from .elementwise import square
from .reduce import mean, sum


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
        shifted = x - x.max(axis=1, keepdims=True)
        self.rows = array_module(x).arange(len(x))
        self.p = np.exp(shifted)
        total = self.p.sum(axis=1)
        self.p /= total[:, None]                                  # softmax(x), for backward
        return np.log(total) - shifted[self.rows, self.target]

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
    almost always a mistake; here it raises ShapeError. An empty batch raises ShapeError, too; another
    ``reduction`` ValueError.

    >>> import minigrad
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


@in_single
def _squared_errors(input: Any, target: Any, weight: Any, reduction: str) -> Any:
    return weighted(square(input - target), weight, reduction, "mse_loss")


def require_samples(name: str, x: Any) -> None:
    """ShapeError for an empty batch: the mean of nothing is not a number."""
    if x.shape and x.shape[0] == 0:
        raise ShapeError(f"{name}: the batch is empty ({tuple(x.shape)}), and the mean over nothing is "
                         "not a number. Skip empty batches.")


def checked_labels(name: str, input: Any, target: Any, ignore_index: int) -> Array:
    """Class indices (N, …) for an input (N, classes, …) as an array: integers, each a class or ignored."""
    require_one_device(name, input, target)
    if type(ignore_index) is not int:
        require_sizes(name, None, ignore_index=ignore_index)
    labels: Array = target._array if isinstance(target, Tensor) else target
    shape = tuple(input.shape)
    wanted, classes = shape[:1] + shape[2:], shape[1]
    if labels.dtype.kind not in "iu":
        raise DTypeError(f"{name}: class indices must be integers, got {labels.dtype} of shape "
                         f"{tuple(labels.shape)}. Use target.long(); for probabilities give the "
                         f"input's shape {shape}.")
    if labels.shape != wanted:
        hint = " Use target.squeeze(1)." if labels.shape == (*wanted, 1) else ""
        raise ShapeError(f"{name}: for an input {shape} the target must be {wanted}, but it is "
                         f"{tuple(labels.shape)}.{hint}")
    if not on_host(labels):         # looking would wait for the GPU; such a label makes the loss NaN
        return labels
    wrong = labels[((labels < 0) | (labels >= classes)) & (labels != ignore_index)]
    if wrong.size:
        raise RangeError(f"{name}: labels must be in [0, {classes - 1}] for {classes} classes, got "
                         f"{int(wrong[0])}.")
    return labels
