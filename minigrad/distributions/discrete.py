"""Distributions of counts: Bernoulli, binomial, geometric, Poisson.

The probability of a 1 is given as ``probs``, or by its logarithm against that of a 0, as ``logits``
= ln(p / (1 − p)): a network's raw output. Each follows from the other.
"""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from ..autograd import Tensor
from ..backend.arrays import to_numpy
from ..ops.activation import sigmoid, softplus
from ..ops.exponential import exp, log, log1p, xlogy
from ..ops.select import where
from ..ops.special import lgamma
from . import constraints
from .distribution import Distribution, parameters_of


def held(probs: Tensor) -> Tensor:
    """Probabilities held away from 0 and 1, so that their logarithms are finite."""
    eps = float(np.finfo(probs.dtype).eps)
    return probs.clamp(eps, 1 - eps)


def chosen(who: str, probs: Any, logits: Any) -> bool:
    """Whether probs were given; ValueError unless exactly one of the two was."""
    if (probs is None) == (logits is None):
        raise ValueError(f"{who}: give either probs or logits, and not both.")
    return probs is not None


class ByProbability(Distribution):
    """What distributions share that are given by ``probs`` or by ``logits``."""

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}

    def _set(self, probs: Any, logits: Any, *others: Any) -> list[Tensor]:
        """Keep the one that was given; the other is a property. Returns the other parameters."""
        by_probs = chosen(type(self).__name__, probs, logits)
        name = "probs" if by_probs else "logits"
        self.__dict__[name], *rest = parameters_of(probs if by_probs else logits, *others)
        return rest

    @property
    def _given(self) -> Tensor:
        value: Tensor = self.__dict__["probs" if "probs" in self.__dict__ else "logits"]
        return value

    def __getattr__(self, name: str) -> Any:
        """The one of probs and logits that was not given."""
        if name == "probs" and "logits" in self.__dict__:
            return self._probs_of(self.__dict__["logits"])
        if name == "logits" and "probs" in self.__dict__:
            return self._logits_of(self.__dict__["probs"])
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @staticmethod
    def _probs_of(logits: Tensor) -> Tensor:
        return sigmoid(logits)

    @staticmethod
    def _logits_of(probs: Tensor) -> Tensor:
        p = held(probs)
        return log(p) - log1p(-p)

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter that was given."""
        return self._given.shape


class Bernoulli(ByProbability):
    """1 with the probability p, else 0.

    >>> coin = minigrad.distributions.Bernoulli(minigrad.tensor([0.5, 0.2]))
    >>> coin.log_prob(minigrad.tensor([1.0, 0.0])), coin.mean
    (tensor([-0.6931, -0.2231]), tensor([0.5000, 0.2000]))
    """

    support: Any = constraints.boolean
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._set(probs, logits)
        super().__init__(self._given.shape, (), validate_args)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Zeros and ones."""
        p = to_numpy(self.probs.detach()._array)
        return self._drawn(self._random.random(self._extended_shape(sample_shape)) < p, self._given)

    def log_prob(self, value: Tensor) -> Tensor:
        """x · logit − ln(1 + e^logit)."""
        self._validate_sample(value)
        return -bits(self.logits, value)

    def entropy(self) -> Tensor:
        """−p ln p − (1 − p) ln(1 − p)."""
        return bits(self.logits, self.probs)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """0 and 1."""
        return listed(2, self, self._given, expand)

    @property
    def mean(self) -> Tensor:
        """p."""
        return self.probs

    @property
    def mode(self) -> Tensor:
        """1 where p > ½, 0 where p < ½, else nan."""
        p = self.probs
        return where(p == 0.5, math.nan, (p >= 0.5).to(p.dtype))

    @property
    def variance(self) -> Tensor:
        """p (1 − p)."""
        return self.probs * (1 - self.probs)


def bits(logits: Tensor, share: Tensor) -> Tensor:
    """The cross-entropy −share · ln p − (1 − share) · ln(1 − p), from logits: no logarithm of 0."""
    return logits.clamp(min=0) - logits * share + log1p(exp(-logits.abs()))


def listed(count: int, owner: Distribution, like: Tensor, expand: bool) -> Tensor:
    """0, 1, …, count − 1 along a new first dimension."""
    values = owner._drawn(np.arange(count), like).reshape(-1, *[1] * len(owner.batch_shape))
    return values.expand(-1, *owner.batch_shape) if expand else values


class Geometric(ByProbability):
    """How often a trial fails before it succeeds with the probability p: P(k) = (1 − p)ᵏ p.

    >>> minigrad.distributions.Geometric(0.25).mean
    tensor(3.)
    """

    support: Any = constraints.nonnegative_integer

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._set(probs, logits)
        super().__init__(self._given.shape, (), validate_args)
        if self._validate_args and "probs" in self.__dict__:
            self._require("probs", self.probs, constraints.positive)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Counts from 0."""
        p = to_numpy(self.probs.detach()._array).astype(np.float64)
        return self._drawn(self._random.geometric(p, self._extended_shape(sample_shape)) - 1, self._given)

    def log_prob(self, value: Tensor) -> Tensor:
        """k ln(1 − p) + ln p."""
        self._validate_sample(value)
        p = self.probs
        return xlogy(value, 1 - p) + log(p)

    def entropy(self) -> Tensor:
        """That of a Bernoulli / p."""
        return bits(self.logits, self.probs) / self.probs

    @property
    def mean(self) -> Tensor:
        """1 / p − 1."""
        return 1 / self.probs - 1

    @property
    def mode(self) -> Tensor:
        """0."""
        return self.probs * 0

    @property
    def variance(self) -> Tensor:
        """(1 / p − 1) / p."""
        return (1 / self.probs - 1) / self.probs


class Binomial(ByProbability):
    """How many of total_count trials succeed: P(k) = n! / (k! (n − k)!) pᵏ (1 − p)ⁿ⁻ᵏ.

    >>> minigrad.distributions.Binomial(4, 0.5).log_prob(minigrad.tensor([2.0])).exp()     # 6/16
    tensor([0.3750])
    """

    has_enumerate_support = True

    def __init__(self, total_count: Any = 1, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:
        (self.total_count,) = self._set(probs, logits, total_count)
        self.total_count = self.total_count.to(self._given.dtype)
        super().__init__(self._given.shape, (), validate_args)
        if self._validate_args:
            self._require("total_count", self.total_count, constraints.nonnegative_integer)

    @property
    def support(self) -> constraints.Constraint:
        """From 0 to the number of trials."""
        return constraints.integer_interval(0, self.total_count)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Counts."""
        n, p = (to_numpy(x.detach()._array).astype(np.float64) for x in (self.total_count, self.probs))
        return self._drawn(self._random.binomial(n.astype(np.int64), p, self._extended_shape(sample_shape)),
                           self._given)

    def log_prob(self, value: Tensor) -> Tensor:
        """ln n! − ln k! − ln (n − k)! + k · logit + n ln(1 − p)."""
        self._validate_sample(value)
        n, logits = self.total_count, self.logits
        ways = lgamma(n + 1) - lgamma(value + 1) - lgamma(n - value + 1)
        return ways + value * logits - n * softplus(logits, threshold=100.0)

    def entropy(self) -> Tensor:
        """−Σ P(k) ln P(k), for one number of trials in all. Raises NotImplementedError otherwise."""
        parts = self.log_prob(self.enumerate_support(False))
        return -(exp(parts) * parts).sum(0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """0, 1, …, n, where n is the same for all."""
        count = self.total_count.max().item()
        if count != self.total_count.min().item():
            raise NotImplementedError("Binomial: the distributions differ in total_count, so their values "
                                      "cannot be listed together, or summed over.")
        return listed(int(count) + 1, self, self._given, expand)

    @property
    def mean(self) -> Tensor:
        """n p."""
        return self.total_count * self.probs

    @property
    def mode(self) -> Tensor:
        """⌊(n + 1) p⌋, at most n."""
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self) -> Tensor:
        """n p (1 − p)."""
        return self.total_count * self.probs * (1 - self.probs)


class Poisson(Distribution):
    """How often something happens that happens ``rate`` times on average: P(k) = rateᵏ e^(−rate) / k!

    >>> minigrad.distributions.Poisson(2.0).log_prob(minigrad.tensor([0.0, 1.0]))
    tensor([-2.0000, -1.3069])
    """

    arg_constraints = {"rate": constraints.nonnegative}
    support: Any = constraints.nonnegative_integer

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = parameters_of(rate)
        super().__init__(self.rate.shape, (), validate_args)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Counts."""
        rate = to_numpy(self.rate._array).astype(np.float64)
        return self._drawn(self._random.poisson(rate, self._extended_shape(sample_shape)), self.rate)

    def log_prob(self, value: Tensor) -> Tensor:
        """k ln rate − rate − ln k!"""
        self._validate_sample(value)
        return xlogy(value, self.rate) - self.rate - lgamma(value + 1)

    @property
    def mean(self) -> Tensor:
        """rate."""
        return self.rate

    @property
    def mode(self) -> Tensor:
        """⌊rate⌋."""
        return self.rate.floor()

    @property
    def variance(self) -> Tensor:
        """rate."""
        return self.rate
