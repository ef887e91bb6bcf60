"""Distribution: what all have in common — shapes, samples, and checks of parameters and values.

Three shapes belong to a distribution. ``Normal(zeros(3, 2), 1.0)`` is a batch of (3, 2) distributions of
numbers: batch_shape (3, 2), event_shape (). ``Dirichlet(ones(3, 2))`` is a batch of 3 distributions of
vectors: batch_shape (3,), event_shape (2,). ``sample((5,))`` draws (5, *batch_shape, *event_shape), and
``log_prob`` of that has the shape (5, *batch_shape).
"""
from __future__ import annotations

import copy
from typing import Any, ClassVar, Sequence

import numpy as np

from ..autograd import Size, Tensor, no_grad
from ..autograd.tensor import as_array, wrap
from ..backend.arrays import device_of
from ..backend.dtypes import default_dtype
from ..backend.random import generator_of
from ..errors import RangeError, ShapeError
from ..ops.arrange import broadcast_tensors
from ..ops.exponential import exp, sqrt
from .constraints import Constraint


def parameters_of(*values: Any) -> list[Tensor]:
    """Numbers and tensors as tensors of one shape; numbers take the dtype of the tensors."""
    tensors = [x for x in values if isinstance(x, Tensor)]
    dtype = np.result_type(*[x.dtype for x in tensors]) if tensors else default_dtype()
    like = dtype if dtype.kind == "f" else default_dtype()
    device = device_of(tensors[0]._array) if tensors else None
    return list(broadcast_tensors(*[x if isinstance(x, Tensor) else wrap(as_array(x, like, device))
                                    for x in values]))


class Distribution:
    """Base class. A distribution defines constraints of its parameters, ``log_prob``, and a way to sample.

    Args:
        batch_shape, event_shape: see the head of this file.
        validate_args: check parameters, and values handed to ``log_prob`` (default: yes).

    Raises RangeError, a ValueError, for a parameter or a value out of range, ShapeError for one that does not
    broadcast.

    >>> class Coin(minigrad.distributions.Distribution):
    ...     support = minigrad.distributions.constraints.boolean
    ...     def log_prob(self, value):
    ...         return value * 0 - 0.6931
    >>> Coin().log_prob(minigrad.tensor([1.0, 0.0]))
    tensor([-0.6931, -0.6931])
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {}
    support: Any = None                         # a constraint of its values
    has_rsample = False
    has_enumerate_support = False
    _validate_args = True

    def __init__(self, batch_shape: Sequence[int] = (), event_shape: Sequence[int] = (),
                 validate_args: bool | None = None) -> None:
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            for name, constraint in self.arg_constraints.items():
                if name in self.__dict__:       # not one that is computed from another
                    self._require(name, getattr(self, name), constraint)

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions check by default."""
        Distribution._validate_args = bool(value)

    def _require(self, name: str, value: Tensor, constraint: Constraint) -> None:
        good = constraint.check(value).numpy()
        if not good.all():
            wrong = value.detach().numpy()
            shown = wrong[~good][0] if good.shape == wrong.shape[:good.ndim] and good.ndim else wrong
            raise RangeError(f"{type(self).__name__}: {name} must be {constraint}, got "
                             f"{str(shown).replace(chr(10), '')[:80]}"
                             + f" at {int((~good).sum())} of {good.size} places" * (good.size > 1) + ".")

    def _validate_sample(self, value: Any) -> None:
        """Raise for a value that the distribution cannot have."""
        if not self._validate_args:
            return
        if not isinstance(value, Tensor):
            raise TypeError(f"{type(self).__name__}: a value must be a tensor, got {type(value).__name__}.")
        shape, own = tuple(value.shape), (*self._batch_shape, *self._event_shape)
        count = len(self._event_shape)
        fits = len(shape) >= count and (not count or shape[len(shape) - count:] == tuple(self._event_shape))
        if not fits or any(a != b and 1 not in (a, b) for a, b in zip(shape[::-1], own[::-1])):
            raise ShapeError(f"{type(self).__name__}: a value of shape {shape} does not fit the batch shape "
                             f"{tuple(self._batch_shape)} and the event shape {tuple(self._event_shape)}.")
        if self.support is not None:
            self._require("a value", value, self.support)

    # ── shapes ────────────────────────────────────────────────────────────────────────────────

    @property
    def batch_shape(self) -> Size:
        """The shape of the parameters: how many distributions there are."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one value."""
        return self._event_shape

    def _extended_shape(self, sample_shape: Sequence[int] = ()) -> tuple[int, ...]:
        return (*sample_shape, *self._batch_shape, *self._event_shape)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """The same distribution with its parameters expanded to ``batch_shape``."""
        new, shape = copy.copy(self), Size(batch_shape)
        new._batch_shape = shape
        old = len(self._batch_shape)
        for name, value in self.__dict__.items():
            if isinstance(value, Tensor) and name != "temperature":     # one for all
                new.__dict__[name] = value.expand(*shape, *value.shape[old:])
            elif isinstance(value, Distribution):
                inner = value._batch_shape[len(self._batch_shape):]
                new.__dict__[name] = value.expand((*shape, *inner))
        return new

    # ── what a distribution offers ────────────────────────────────────────────────────────────

    @property
    def mean(self) -> Tensor:
        """The mean of each distribution."""
        raise NotImplementedError(f"{type(self).__name__}.mean")

    @property
    def mode(self) -> Tensor:
        """The most probable value of each distribution."""
        raise NotImplementedError(f"{type(self).__name__}.mode")

    @property
    def variance(self) -> Tensor:
        """The variance of each distribution."""
        raise NotImplementedError(f"{type(self).__name__}.variance")

    @property
    def stddev(self) -> Tensor:
        """√variance."""
        return sqrt(self.variance)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Random values, (*sample_shape, *batch_shape, *event_shape); without a gradient."""
        with no_grad():
            return self.rsample(sample_shape)

    def sample_n(self, n: int) -> Tensor:
        """The same as ``sample((n,))``."""
        return self.sample((n,))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """The same with a gradient: the values as a function of the parameters and of fixed noise."""
        raise NotImplementedError(
            f"{type(self).__name__}: its samples have no gradient with respect to the parameters. Use "
            "sample(), and let the gradient go through log_prob() (the score function).")

    def log_prob(self, value: Any) -> Tensor:
        """ln of the density, or of the probability, of ``value``."""
        raise NotImplementedError(f"{type(self).__name__}.log_prob")

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of at most ``value``."""
        raise NotImplementedError(f"{type(self).__name__}.cdf")

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which the probability ``value`` lies: the inverse of ``cdf``."""
        raise NotImplementedError(f"{type(self).__name__}.icdf")

    def entropy(self) -> Tensor:
        """−E[ln p], in nats."""
        raise NotImplementedError(f"{type(self).__name__}.entropy")

    def perplexity(self) -> Tensor:
        """e^entropy."""
        return exp(self.entropy())

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values of a discrete distribution."""
        raise NotImplementedError(f"{type(self).__name__}.enumerate_support")

    # ── random numbers ────────────────────────────────────────────────────────────────────────

    def _drawn(self, array: Any, like: Tensor) -> Tensor:
        """Random numbers of NumPy's as a tensor like another one."""
        return wrap(as_array(array, like.dtype, device_of(like._array)))

    @property
    def _random(self) -> np.random.Generator:
        return generator_of(None)

    def __repr__(self) -> str:
        shown = [f"{name}: {value if value.numel() == 1 else tuple(value.shape)}"
                 for name in self.arg_constraints if isinstance(value := self.__dict__.get(name), Tensor)]
        return f"{type(self).__name__}({', '.join(shown)})"
