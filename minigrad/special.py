"""``minigrad.special``: functions that live elsewhere, under PyTorch's names, and a few made of them."""
from __future__ import annotations

import math
from typing import Any

from .autograd import Tensor
from .ops.activation import sigmoid as expit
from .ops.exponential import erf, exp2, expm1, log1p, logit, xlogy
from .ops.reduce import logsumexp
from .ops.rounding import round
from .ops.select import where
from .ops.softmax import log_softmax, softmax
from .ops.special import digamma, erfc, erfinv, lgamma as gammaln, polygamma
from .ops.trigonometry import sinc

psi = digamma

__all__ = ["digamma", "entr", "erf", "erfc", "erfinv", "exp2", "expit", "expm1", "gammaln", "log1p",
           "log_softmax", "logit", "logsumexp", "multigammaln", "ndtr", "ndtri", "polygamma", "psi",
           "round", "sinc", "softmax", "xlog1py", "xlogy"]


def entr(x: Any) -> Any:
    """−x ln x, of which an entropy is the sum: 0 at 0, −∞ below.

    >>> minigrad.special.entr(minigrad.tensor([0.0, 0.5]))
    tensor([-0.0000, 0.3466])
    """
    return where(x < 0, -math.inf, -xlogy(x, x))


def ndtr(x: Any) -> Any:
    """The share of a standard normal distribution below x: ½ erfc(−x / √2).

    >>> minigrad.special.ndtr(minigrad.tensor([0.0, 1.96]))
    tensor([0.5000, 0.9750])
    """
    return erfc(x * -math.sqrt(0.5)) * 0.5


def ndtri(x: Any) -> Any:
    """The number below which the share x of a standard normal distribution lies: the inverse of ``ndtr``.

    >>> minigrad.special.ndtri(minigrad.tensor([0.5, 0.975]))
    tensor([0.0000, 1.9600])
    """
    return erfinv(x * 2 - 1) * math.sqrt(2)


def xlog1py(x: Any, y: Any) -> Any:
    """x · ln(1 + y), and 0 for x = 0 whatever y is (but nan).

    >>> minigrad.special.xlog1py(minigrad.tensor([0.0, 1.0]), minigrad.tensor([-1.0, 0.0]))
    tensor([0., 0.])
    """
    if not isinstance(x, Tensor) and not isinstance(y, Tensor):
        raise TypeError(f"xlog1py: expected a tensor, got {x!r} and {y!r}.")
    nothing = (x == 0) & (y == y)
    return where(nothing, 0.0, x * log1p(where(nothing, 0.0, y)))


def multigammaln(x: Any, p: int) -> Any:
    """ln Γₚ(x) = p (p − 1)/4 · ln π + Σ ln Γ(x − j/2) for j < p. Raises ValueError for p < 1.

    >>> minigrad.special.multigammaln(minigrad.tensor([2.0]), 1)
    tensor([0.])
    """
    if p < 1:
        raise ValueError(f"multigammaln: p must be 1 or more, got {p}.")
    return sum(gammaln(x - j / 2) for j in range(p)) + p * (p - 1) / 4 * math.log(math.pi)
