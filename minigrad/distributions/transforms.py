"""The kinds of transforms: each a formula, its inverse and the logarithm of its slope (see ``transform``)."""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from ..autograd import Tensor
from ..ops.activation import sigmoid, softplus, tanh
from ..ops.arithmetic import abs, sign
from ..ops.exponential import exp, expm1, log, log1p
from ..ops.join import cat
from ..ops.softmax import softmax
from . import constraints
from .transform import ComposeTransform, IndependentTransform, Transform, identity_transform, summed

__all__ = ["AbsTransform", "AffineTransform", "ComposeTransform", "ExpTransform", "IndependentTransform",
           "PowerTransform", "SigmoidTransform", "SoftmaxTransform", "SoftplusTransform",
           "StickBreakingTransform", "TanhTransform", "Transform", "identity_transform"]


class ExpTransform(Transform):
    """y = eˣ.

    >>> minigrad.distributions.transforms.ExpTransform()(minigrad.tensor([0.0]))
    tensor([1.])
    """

    codomain = constraints.positive

    def _call(self, x: Tensor) -> Tensor:
        return exp(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return log(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return x


class PowerTransform(Transform):
    """y = x^exponent, for x above 0.

    >>> minigrad.distributions.transforms.PowerTransform(2.0)(minigrad.tensor([3.0]))
    tensor([9.])
    """

    domain = codomain = constraints.positive

    def __init__(self, exponent: Any) -> None:
        self.exponent = exponent

    @property
    def sign(self) -> Any:
        """The exponent's."""
        return sign(self.exponent) if isinstance(self.exponent, Tensor) else math.copysign(1, self.exponent)

    def _call(self, x: Tensor) -> Tensor:
        return x ** self.exponent

    def _inverse(self, y: Tensor) -> Tensor:
        return y ** (1 / self.exponent)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return log(abs(self.exponent * y / x))


class SigmoidTransform(Transform):
    """y = 1 / (1 + e⁻ˣ).

    >>> minigrad.distributions.transforms.SigmoidTransform()(minigrad.tensor([0.0]))
    tensor([0.5000])
    """

    codomain = constraints.unit_interval

    def _call(self, x: Tensor) -> Tensor:
        tiny, eps = float(np.finfo(x.dtype).tiny), float(np.finfo(x.dtype).eps)
        return sigmoid(x).clamp(tiny, 1 - eps)

    def _inverse(self, y: Tensor) -> Tensor:
        tiny, eps = float(np.finfo(y.dtype).tiny), float(np.finfo(y.dtype).eps)
        held = y.clamp(tiny, 1 - eps)
        return log(held) - log1p(-held)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return -softplus(-x) - softplus(x)


class TanhTransform(Transform):
    """y = tanh x.

    >>> minigrad.distributions.transforms.TanhTransform()(minigrad.tensor([0.0]))
    tensor([0.])
    """

    codomain = constraints.interval(-1.0, 1.0)

    def _call(self, x: Tensor) -> Tensor:
        return tanh(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """2 (ln 2 − x − ln(1 + e^(−2x))), exact also where tanh rounds to 1."""
        return 2.0 * (math.log(2.0) - x - softplus(-2.0 * x))


class SoftplusTransform(Transform):
    """y = ln(1 + eˣ).

    >>> minigrad.distributions.transforms.SoftplusTransform()(minigrad.tensor([0.0]))
    tensor([0.6931])
    """

    codomain = constraints.positive

    def _call(self, x: Tensor) -> Tensor:
        return softplus(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return log(-expm1(-y)) + y

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return -softplus(-x)


class AbsTransform(Transform):
    """y = |x|, which cannot be undone: its inverse gives the positive x.

    >>> minigrad.distributions.transforms.AbsTransform()(minigrad.tensor([-2.0]))
    tensor([2.])
    """

    codomain = constraints.positive
    bijective = False

    def _call(self, x: Tensor) -> Tensor:
        return abs(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return y


class AffineTransform(Transform):
    """y = loc + scale · x; with ``event_dim`` 1 of vectors.

    >>> minigrad.distributions.transforms.AffineTransform(1.0, 2.0)(minigrad.tensor([3.0]))
    tensor([7.])
    """

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0) -> None:
        self.loc, self.scale, self.event_dim = loc, scale, event_dim
        self.domain = self.codomain = constraints.independent(constraints.real, event_dim) if event_dim \
            else constraints.real

    @property
    def sign(self) -> Any:
        """The scale's."""
        return sign(self.scale) if isinstance(self.scale, Tensor) else math.copysign(1, self.scale)

    def _call(self, x: Tensor) -> Tensor:
        return self.loc + self.scale * x

    def _inverse(self, y: Tensor) -> Tensor:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        s = self.scale
        size: Any = log(abs(s)) if isinstance(s, Tensor) else math.log(math.fabs(s))
        return summed(x * 0 + size, self.event_dim)


class SoftmaxTransform(Transform):
    """y = softmax(x) over the last dimension; its inverse is one of many, ln y.

    >>> minigrad.distributions.transforms.SoftmaxTransform()(minigrad.zeros(2))
    tensor([0.5000, 0.5000])
    """

    domain, codomain, bijective = constraints.real_vector, constraints.simplex, False

    def _call(self, x: Tensor) -> Tensor:
        return softmax(x, -1)

    def _inverse(self, y: Tensor) -> Tensor:
        return log(y)


class StickBreakingTransform(Transform):
    """K numbers → K + 1 probabilities: each breaks off a part of what the ones before it left of a stick.

    >>> minigrad.distributions.transforms.StickBreakingTransform()(minigrad.zeros(2))
    tensor([0.3333, 0.3333, 0.3333])
    """

    domain, codomain = constraints.real_vector, constraints.simplex

    @staticmethod
    def _offset(x: Tensor) -> Tensor:
        """ln of how many parts are left, so that zeros give equal probabilities."""
        return log((x[..., :1] * 0 + 1).expand(*x.shape).cumsum(-1) * -1 + (x.shape[-1] + 1))

    def _call(self, x: Tensor) -> Tensor:
        z = sigmoid(x - self._offset(x))                                        # the parts, (…, K)
        left = exp(log1p(-z).cumsum(-1))                                        # what is left, (…, K)
        one = x[..., :1] * 0 + 1
        return cat([z, one], -1) * cat([one, left], -1)

    def _inverse(self, y: Tensor) -> Tensor:
        head = y[..., :-1]
        left = 1 - head.cumsum(-1)
        left = left.clamp(min=float(np.finfo(y.dtype).tiny))
        return log(head) - log(left) + self._offset(head)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        z = x - self._offset(x)
        return (-z - softplus(-z) + log(y[..., :-1])).sum(-1)

    def forward_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return (*shape[:-1], shape[-1] + 1)

    def inverse_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return (*shape[:-1], shape[-1] - 1)
