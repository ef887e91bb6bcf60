"""Functions that can be undone, with the logarithm of how much they stretch: y = f(x), ln |dy/dx|.

If x has the density p, then y has the density p(x) / |dy/dx|. A transform of vectors (domain.event_dim 1)
gives the logarithm of the determinant of its Jacobian.
"""
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
from .constraints import Constraint


class Transform:
    """Base class: a transform defines ``_call``, ``_inverse`` and ``log_abs_det_jacobian``.

    ``t(x)`` is y, ``t.inv(y)`` is x.

    >>> from minigrad.distributions.transforms import ExpTransform
    >>> t, x = ExpTransform(), minigrad.tensor([0.0, 1.0])
    >>> t(x), t.log_abs_det_jacobian(x, t(x)), minigrad.allclose(t.inv(t(x)), x)
    (tensor([1.0000, 2.7183]), tensor([0., 1.]), True)
    """

    domain: Any = constraints.real
    codomain: Any = constraints.real
    bijective: Any = True
    sign: Any = 1                       # whether it grows (1) or falls (−1)

    @property
    def inv(self) -> Transform:
        """The way back, x = f⁻¹(y)."""
        return Inverse(self)

    def __call__(self, x: Tensor) -> Tensor:
        return self._call(x)

    def _call(self, x: Tensor) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__}._call")

    def _inverse(self, y: Tensor) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__}._inverse")

    def undo(self, y: Tensor) -> Tensor:
        """f⁻¹(y)."""
        return self._inverse(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """ln |dy/dx| at x, where y = f(x)."""
        raise NotImplementedError(f"{type(self).__name__}.log_abs_det_jacobian: it has no density")

    def forward_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The shape of y for an x of this shape."""
        return tuple(shape)

    def inverse_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The shape of x for a y of this shape."""
        return tuple(shape)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and all(
            a is b or not isinstance(a, Tensor) and bool(a == b)
            for a, b in zip(self.__dict__.values(), getattr(other, "__dict__").values()))

    def __hash__(self) -> int:
        return id(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Inverse(Transform):
    """A transform the other way round."""

    def __init__(self, forward: Transform) -> None:
        self.forward = forward

    @property
    def domain(self) -> Constraint:
        """The other's codomain."""
        codomain: Constraint = self.forward.codomain
        return codomain

    @property
    def codomain(self) -> Constraint:
        """The other's domain."""
        domain: Constraint = self.forward.domain
        return domain

    @property
    def inv(self) -> Transform:
        return self.forward

    @property
    def sign(self) -> Any:
        """The other's."""
        return self.forward.sign

    def _call(self, x: Tensor) -> Tensor:
        return self.forward.undo(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return self.forward(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return -self.forward.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return self.forward.inverse_shape(shape)

    def inverse_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return self.forward.forward_shape(shape)


def summed(x: Tensor, count: int) -> Tensor:
    """The sum over the last ``count`` dimensions."""
    return x.sum(tuple(range(-count, 0))) if count > 0 else x


class ComposeTransform(Transform):
    """One transform after the other, the first of the list first.

    >>> from minigrad.distributions.transforms import AffineTransform, ComposeTransform, ExpTransform
    >>> ComposeTransform([AffineTransform(0.0, 2.0), ExpTransform()])(minigrad.tensor([1.0]))     # e²
    tensor([7.3891])
    """

    def __init__(self, parts: Sequence[Transform]) -> None:
        self.parts = list(parts)

    @property
    def domain(self) -> Constraint:
        """The first part's, with as many dimensions as all need."""
        dim = self.parts[-1].codomain.event_dim if self.parts else 0
        for part in reversed(self.parts):
            dim = max(dim + part.domain.event_dim - part.codomain.event_dim, part.domain.event_dim)
        first = self.parts[0].domain if self.parts else constraints.real
        more = dim - first.event_dim
        return constraints.independent(first, more) if more > 0 else first

    @property
    def codomain(self) -> Constraint:
        """The last part's, with as many dimensions as all need."""
        dim = self.parts[0].domain.event_dim if self.parts else 0
        for part in self.parts:
            dim = max(dim + part.codomain.event_dim - part.domain.event_dim, part.codomain.event_dim)
        last = self.parts[-1].codomain if self.parts else constraints.real
        more = dim - last.event_dim
        return constraints.independent(last, more) if more > 0 else last

    @property
    def sign(self) -> Any:
        """The product of the parts'."""
        product: Any = 1
        for part in self.parts:
            product = product * part.sign
        return product

    @property
    def bijective(self) -> bool:
        """Whether all parts are."""
        return all(part.bijective for part in self.parts)

    def _call(self, x: Tensor) -> Tensor:
        for part in self.parts:
            x = part(x)
        return x

    def _inverse(self, y: Tensor) -> Tensor:
        for part in reversed(self.parts):
            y = part.undo(y)
        return y

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The sum of the parts', each summed over the event."""
        if not self.parts:
            return x * 0
        total: Any = None
        dim = self.domain.event_dim
        for part in self.parts:
            following = part(x)
            term = summed(part.log_abs_det_jacobian(x, following), dim - part.domain.event_dim)
            total = term if total is None else total + term
            dim += part.codomain.event_dim - part.domain.event_dim
            x = following
        assert isinstance(total, Tensor)
        return total

    def forward_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        for part in self.parts:
            shape = part.forward_shape(shape)
        return tuple(shape)

    def inverse_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        for part in reversed(self.parts):
            shape = part.inverse_shape(shape)
        return tuple(shape)


identity_transform = ComposeTransform([])


class IndependentTransform(Transform):
    """The last dimensions as one event: the logarithms are summed over them.

    >>> from minigrad.distributions.transforms import ExpTransform, IndependentTransform
    >>> x = minigrad.tensor([1.0, 2.0])
    >>> IndependentTransform(ExpTransform(), 1).log_abs_det_jacobian(x, x.exp())
    tensor(3.)
    """

    def __init__(self, base_transform: Transform, reinterpreted_batch_ndims: int) -> None:
        self.base_transform, self.reinterpreted_batch_ndims = base_transform, reinterpreted_batch_ndims
        self.domain = constraints.independent(base_transform.domain, reinterpreted_batch_ndims)
        self.codomain = constraints.independent(base_transform.codomain, reinterpreted_batch_ndims)
        self.sign, self.bijective = base_transform.sign, base_transform.bijective

    def _call(self, x: Tensor) -> Tensor:
        return self.base_transform(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return self.base_transform.undo(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return summed(self.base_transform.log_abs_det_jacobian(x, y), self.reinterpreted_batch_ndims)


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
