"""Losses that are the negative logarithm of a probability: Poisson, Gaussian, and CTC over all alignments.

Each is a function, which ``nn.functional`` offers, and a module.
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import array_of
from ..backend.arrays import on_host, to_numpy
from ..errors import RangeError, ShapeError
from ..errors.options import old_reduction
from ..ops.create import ones_like
from ..ops.exponential import exp, log
from ..ops.gather_scatter import gather
from ..ops.join import stack
from ..ops.losses import reduced
from ..ops.pad import pad
from ..ops.reduce import logsumexp
from ..ops.select import clamp, where
from ..ops.softmax import log_softmax
from .losses import Loss

NEVER = -1e30           # the logarithm of 0, but finite: differences of two are 0, not NaN


def poisson_nll_loss(input: Any, target: Any, log_input: bool = True, full: bool = False,
                     size_average: bool | None = None, eps: float = 1e-8, reduce: bool | None = None,
                     reduction: str = "mean") -> Any:
    """eˣ − t · x for the logarithm x of a Poisson distribution's rate; x − t ln(x + eps) without log_input.

    ``full`` adds Stirling's approximation of ln t! for t > 1. ``size_average`` and ``reduce`` are PyTorch's
    old words for ``reduction``. Raises ValueError for another ``reduction``.

    >>> x, t = minigrad.tensor([0.0, 1.0]), minigrad.tensor([2.0, 1.0])
    >>> minigrad.nn.functional.poisson_nll_loss(x, t, reduction="none")     # 1 − 0, e − 1
    tensor([1.0000, 1.7183])
    """
    losses = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        t = where(target > 1, target, 1.0)
        losses = losses + where(target > 1, t * log(t) - t + log(t * (2 * math.pi)) * 0.5, 0.0)
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    return reduced(losses, reduction, "poisson_nll_loss")


def gaussian_nll_loss(input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6,
                      reduction: str = "mean") -> Any:
    """½ (ln v + (x − t)² / v) for a prediction x with the variance v, at least eps.

    var: a number, the input's shape, or that with the last size 1 or left out. The gradient ignores the limit
    eps, as in PyTorch. ``full`` adds ½ ln 2π. Raises ValueError for a negative variance or another
    ``reduction``, ShapeError for a variance that does not fit.

    >>> x, t, v = minigrad.tensor([1.0]), minigrad.tensor([3.0]), minigrad.tensor([4.0])
    >>> minigrad.nn.functional.gaussian_nll_loss(x, t, v)                   # ½ (ln 4 + 4/4)
    tensor(1.1931)
    """
    name = "gaussian_nll_loss"
    if not isinstance(var, Tensor):
        var = ones_like(input) * var
    if on_host(var._array) and bool((var._array < 0).any()):
        raise ValueError(f"{name}: a variance must not be negative, got {float(var._array.min())}.")
    shape, own = tuple(input.shape), tuple(var.shape)
    if shape != own:
        if shape[:-1] == own:
            var = var.unsqueeze(-1)
        elif len(shape) != len(own) or sum(m for n, m in zip(shape, own) if n != m) != 1:
            raise ShapeError(f"{name}: var must have the input's shape {shape}, or the last size left out or "
                             f"1, but it is {own}.")
    var = var + (clamp(var, min=eps) - var).detach()
    losses = (log(var) + (input - target) ** 2 / var) * 0.5
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction, name)


def ctc_loss(log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0,
             reduction: str = "mean", zero_infinity: bool = False) -> Any:
    """−ln of the probability that the frames spell the target: the sum over all alignments.

    An alignment names a class for each frame; written without repetitions and then without blanks, it must be
    the target. α[t, s] = ln p of all beginnings up to frame t that end at symbol s of the target with blanks
    between: α[t, s] = ln p[t, s] + ln(e^α[t−1, s] + e^α[t−1, s−1] + e^α[t−1, s−2]), the last only from one
    letter to a different one.

    Args:
        log_probs: (T, N, C), or (T, C): log-probabilities, from log_softmax.
        targets: (N, S), or all targets in a row (Σ S); classes other than ``blank``.
        input_lengths, target_lengths: (N), how many frames and symbols count.
        reduction: "mean" divides each loss by its target's length first.
        zero_infinity: 0 instead of ∞ for a target that is too long for its frames.

    As in PyTorch, the gradient is the one that log_softmax passes on: it takes log_probs as normalized.
    Raises ShapeError, RangeError for a class outside or a length that is too large. Source: Graves et al.
    2006.

    >>> frames = minigrad.full((2, 1, 2), 0.5).log()        # two frames: blank or letter, each with ½
    >>> target = minigrad.tensor([[1]])
    >>> minigrad.nn.functional.ctc_loss(frames, target, [2], [1])           # "a-", "-a" and "aa": −ln ¾
    tensor(0.2877)
    """
    single = log_probs.ndim == 2
    x = log_probs.unsqueeze(1) if single else log_probs
    if x.ndim != 3:
        raise ShapeError(f"ctc_loss: log_probs must be (T, N, C) or (T, C), got {tuple(log_probs.shape)}.")
    frames, symbols = (np.asarray(to_numpy(n._array) if isinstance(n, Tensor) else n, np.int64).reshape(-1)
                       for n in (input_lengths, target_lengths))
    words = _padded(to_numpy(array_of(targets)), symbols, x, frames, blank)                # (N, S)
    spelled = np.full((len(words), 2 * words.shape[1] + 1), blank)                          # (N, 2S + 1)
    spelled[:, 1::2] = words
    skips = (spelled[:, 2:] != blank) & (spelled[:, 2:] != spelled[:, :-2])
    skips = np.pad(skips, ((0, 0), (2, 0)))
    normal = log_softmax(x, -1)
    x = normal + (x - normal).detach()
    p = gather(x, 2, np.broadcast_to(spelled, (len(x), *spelled.shape)))                    # (T, N, 2S + 1)
    begins = np.arange(spelled.shape[1]) < np.where(symbols > 0, 2, 1)[:, None]
    a = where(begins, p[0], NEVER)
    for t in range(1, max(int(frames.max(initial=0)), 1)):
        before = pad(a, (2, 0), value=NEVER)
        ways = stack([a, before[:, 1:-1], where(skips, before[:, :-2], NEVER)])
        a = where((t < frames)[:, None], logsumexp(ways, 0) + p[t], a)
    ends = gather(a, 1, np.stack([2 * symbols, np.maximum(2 * symbols - 1, 0)], 1))         # (N, 2)
    ends = where(np.stack([symbols >= 0, symbols > 0], 1), ends, NEVER)
    losses = where(frames > 0, -logsumexp(ends, 1), np.where(symbols > 0, -NEVER, 0.0))
    losses = where(losses > -NEVER / 2, 0.0 if zero_infinity else math.inf, losses).to(log_probs.dtype)
    if reduction == "mean":
        losses = losses / np.maximum(symbols, 1).astype(losses.dtype)
    return reduced(losses.reshape(()) if single else losses, reduction, "ctc_loss")


def _padded(targets: Any, symbols: Any, x: Any, frames: Any, blank: int) -> Any:
    """The targets as a table (N, longest), after the checks."""
    t, n, classes = x.shape
    if frames.shape != (n,) or symbols.shape != (n,):
        raise ShapeError(f"ctc_loss: input_lengths and target_lengths must hold one number for each of {n} "
                         f"samples, got {len(frames)} and {len(symbols)}.")
    least = min(frames.min(initial=0), symbols.min(initial=0))
    if not 0 <= blank < classes or frames.max(initial=0) > t or least < 0:
        raise RangeError(f"ctc_loss: blank must be in [0, {classes - 1}] and lengths in [0, {t}], got "
                         f"{blank} and {frames.tolist()}.")
    longest = int(symbols.max(initial=0))
    if targets.ndim == 1:
        ends = symbols.cumsum()
        if len(targets) != symbols.sum():
            raise ShapeError(f"ctc_loss: targets in a row must be {symbols.sum()} symbols, the sum of "
                             f"target_lengths, but there are {len(targets)}.")
        words = np.full((n, longest), blank, np.int64)
        for i, (end, length) in enumerate(zip(ends, symbols)):
            words[i, :length] = targets[end - length:end]
    elif targets.ndim == 2 and len(targets) == n and longest <= targets.shape[1]:
        words = np.where(np.arange(longest) < symbols[:, None], targets[:, :longest], blank)
    else:
        raise ShapeError(f"ctc_loss: targets must be ({n}, S) with S from {longest}, or all in a row, got "
                         f"{targets.shape}.")
    if words.size and not 0 <= words.min() <= words.max() < classes:
        raise RangeError(f"ctc_loss: targets must be in [0, {classes - 1}], got {words.min()} to "
                         f"{words.max()}.")
    return words


class PoissonNLLLoss(Loss):
    """eˣ − t · x for the logarithm x of a Poisson distribution's rate.

    Options and errors as in ``functional.poisson_nll_loss``.

    >>> minigrad.nn.PoissonNLLLoss()(minigrad.tensor([0.0]), minigrad.tensor([2.0]))
    tensor(1.)
    """

    def __init__(self, log_input: bool = True, full: bool = False, size_average: Any = None,
                 eps: float = 1e-8, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction, size_average=size_average,        # type: ignore[call-arg]
                         reduce=reduce)
        self.log_input, self.full, self.eps = log_input, full, eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        return poisson_nll_loss(log_input, target, self.log_input, self.full, eps=self.eps,
                                reduction=self.reduction)


class GaussianNLLLoss(Loss):
    """½ (ln v + (x − t)² / v) for a prediction x with the variance v.

    Options and errors as in ``functional.gaussian_nll_loss``.

    >>> loss = minigrad.nn.GaussianNLLLoss()
    >>> loss(minigrad.tensor([1.0]), minigrad.tensor([3.0]), minigrad.tensor([4.0]))
    tensor(1.1931)
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.full, self.eps = full, eps

    def forward(self, input: Tensor, target: Tensor, var: Any) -> Tensor:
        return gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)


class CTCLoss(Loss):
    """−ln of the probability that the frames spell the target: the sum over all alignments.

    Arguments and errors as in ``functional.ctc_loss``. Source: Graves et al. 2006.

    >>> frames = minigrad.full((2, 1, 2), 0.5).log()
    >>> minigrad.nn.CTCLoss()(frames, minigrad.tensor([[1]]), [2], [1])
    tensor(0.2877)
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction)
        self.blank, self.zero_infinity = blank, zero_infinity

    def forward(self, log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any) -> Tensor:
        return ctc_loss(log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction,
                        self.zero_infinity)
