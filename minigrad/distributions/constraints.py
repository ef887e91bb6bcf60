"""Which values a parameter or a sample may have: each constraint says it in words and as a test.

    positive.check(x)       # a tensor of booleans, one for each event

An event of ``event_dim`` dimensions counts as one value: a simplex is a vector, which has one verdict.
"""
from __future__ import annotations

import math
from typing import Any, Callable

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import wrap
from ..backend.arrays import Array, to_numpy


class Constraint:
    """A test of values, and what it demands in words.

    >>> from minigrad.distributions import constraints
    >>> constraints.positive.check(minigrad.tensor([-1.0, 2.0])), constraints.positive
    (tensor([False,  True]), positive)
    """

    def __init__(self, words: str, test: Callable[[Array], Any], event_dim: int = 0,
                 is_discrete: bool = False) -> None:
        self.words, self.test = words, test
        self.event_dim, self.is_discrete = event_dim, is_discrete

    def check(self, value: Tensor) -> Tensor:
        """Whether each event of ``value`` is allowed; booleans in its batch shape."""
        array = to_numpy(value._array)
        if array.ndim < self.event_dim:
            return wrap(np.zeros((), bool))
        with np.errstate(all="ignore"):
            return wrap(np.asarray(self.test(array), bool))

    def __repr__(self) -> str:
        return self.words


def _number(value: Any) -> Any:
    """A bound as something that NumPy compares with."""
    return to_numpy(value._array) if isinstance(value, Tensor) else value


def _whole(x: Array) -> Any:
    """Whether entries are integers."""
    return x % 1 == 0


def greater_than(lower_bound: Any) -> Constraint:
    """Numbers above a bound.

    >>> minigrad.distributions.constraints.greater_than(2.0).check(minigrad.tensor([2.0, 3.0]))
    tensor([False,  True])
    """
    return Constraint(f"greater than {lower_bound}", lambda x: x > _number(lower_bound))


def greater_than_eq(lower_bound: Any) -> Constraint:
    """Numbers from a bound on.

    >>> minigrad.distributions.constraints.greater_than_eq(2.0).check(minigrad.tensor([2.0, 1.0]))
    tensor([ True, False])
    """
    return Constraint(f"at least {lower_bound}", lambda x: x >= _number(lower_bound))


def less_than(upper_bound: Any) -> Constraint:
    """Numbers below a bound.

    >>> minigrad.distributions.constraints.less_than(2.0).check(minigrad.tensor([2.0, 1.0]))
    tensor([False,  True])
    """
    return Constraint(f"less than {upper_bound}", lambda x: x < _number(upper_bound))


def interval(lower_bound: Any, upper_bound: Any) -> Constraint:
    """Numbers between two bounds, both included.

    >>> minigrad.distributions.constraints.interval(0.0, 1.0).check(minigrad.tensor([1.0, 1.5]))
    tensor([ True, False])
    """
    return Constraint(f"from {lower_bound} to {upper_bound}",
                      lambda x: (x >= _number(lower_bound)) & (x <= _number(upper_bound)))


def half_open_interval(lower_bound: Any, upper_bound: Any) -> Constraint:
    """Numbers from a bound to below another.

    >>> minigrad.distributions.constraints.half_open_interval(0.0, 1.0).check(minigrad.tensor([0.0, 1.0]))
    tensor([ True, False])
    """
    return Constraint(f"from {lower_bound} to below {upper_bound}",
                      lambda x: (x >= _number(lower_bound)) & (x < _number(upper_bound)))


def integer_interval(lower_bound: Any, upper_bound: Any) -> Constraint:
    """Integers between two bounds, both included.

    >>> minigrad.distributions.constraints.integer_interval(0, 2).check(minigrad.tensor([2.0, 0.5]))
    tensor([ True, False])
    """
    return Constraint(f"an integer from {lower_bound} to {upper_bound}",
                      lambda x: _whole(x) & (x >= _number(lower_bound)) & (x <= _number(upper_bound)),
                      is_discrete=True)


def multinomial(upper_bound: int) -> Constraint:
    """Vectors of counts that add up to a number.

    >>> minigrad.distributions.constraints.multinomial(3).check(minigrad.tensor([[1.0, 2.0], [1.0, 1.0]]))
    tensor([ True, False])
    """
    return Constraint(f"counts that add up to {upper_bound}",
                      lambda x: (_whole(x) & (x >= 0)).all(-1) & (x.sum(-1) == _number(upper_bound)), 1, True)


def independent(base: Constraint, count: int) -> Constraint:
    """The same for events with more dimensions: every entry of an event has to be allowed.

    >>> from minigrad.distributions import constraints
    >>> constraints.independent(constraints.positive, 1).check(minigrad.tensor([[1.0, 2.0], [1.0, -1.0]]))
    tensor([ True, False])
    """
    return Constraint(base.words, lambda x: np.asarray(base.test(x)).all(tuple(range(-count, 0))),
                      base.event_dim + count, base.is_discrete)


def _definite(x: Array) -> Any:
    if x.shape[-1] != x.shape[-2] or not np.isfinite(x).all():
        return np.zeros(x.shape[:-2], bool)
    symmetric = np.isclose(x, x.swapaxes(-1, -2), atol=1e-6).all((-1, -2))
    return symmetric & (np.linalg.eigvalsh(x)[..., 0] > 0)


def _cholesky(x: Array) -> Any:
    return (np.tril(x) == x).all((-1, -2)) & (np.diagonal(x, axis1=-2, axis2=-1) > 0).all(-1)


real = Constraint("a number", lambda x: x == x)
boolean = Constraint("0 or 1", lambda x: (x == 0) | (x == 1), is_discrete=True)
positive = Constraint("positive", lambda x: x > 0)
nonnegative = Constraint("0 or more", lambda x: x >= 0)
unit_interval = interval(0, 1)
nonnegative_integer = Constraint("an integer from 0", lambda x: _whole(x) & (x >= 0), is_discrete=True)
positive_integer = Constraint("an integer from 1", lambda x: _whole(x) & (x >= 1), is_discrete=True)
real_vector = independent(real, 1)
simplex = Constraint("not negative, with a sum of 1",
                     lambda x: (x >= 0).all(-1) & (np.abs(x.sum(-1) - 1) < 1e-6 * math.sqrt(x.shape[-1])), 1)
one_hot = Constraint("a vector of zeros but for a single 1",
                     lambda x: ((x == 0) | (x == 1)).all(-1) & (x.sum(-1) == 1), 1, True)
positive_definite = Constraint("a symmetric positive definite matrix", _definite, 2)
lower_cholesky = Constraint("a lower triangular matrix with a positive diagonal", _cholesky, 2)
dependent = Constraint("as the parameters say", lambda x: x == x)
