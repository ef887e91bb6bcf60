"""Functions that can be undone, with the logarithm of how much they stretch: y = f(x), ln |dy/dx|.

If x has the density p, then y has the density p(x) / |dy/dx|. A transform of vectors (domain.event_dim 1)
gives the logarithm of the determinant of its Jacobian.
"""
from __future__ import annotations

from typing import Any, Sequence

from ..autograd import Tensor
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
    def bijective(self) -> Any:
        """The other's."""
        return self.forward.bijective

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
