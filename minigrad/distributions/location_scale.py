"""Distributions that are one curve, moved and stretched: x = loc + scale · z, where z is of the standard one.

So log_prob(x) = ln f(z) − ln scale with z = (x − loc) / scale; the entropy grows by ln scale; and a sample
is loc + scale · noise, whose gradient is that of any such sum.
"""
from __future__ import annotations

import math
from typing import Any, Sequence

from ..autograd import Tensor
from ..ops.arithmetic import abs, sign
from ..ops.exponential import exp, expm1, log, log1p
from ..ops.select import where
from ..ops.special import erfc, erfinv
from ..ops.trigonometry import atan, tan
from . import constraints
from .distribution import Distribution, parameters_of

EULER = 0.5772156649015329              # −ψ(1)


class LocationScale(Distribution):
    """loc + scale · z. A kind of it defines the standard distribution: noise, density, entropy, quantiles."""

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support: Any = constraints.real
    has_rsample = True
    standard_entropy = 0.0
    loc: Tensor
    scale: Tensor

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = parameters_of(loc, scale)
        super().__init__(self.loc.shape, (), validate_args)

    def noise(self, shape: tuple[int, ...]) -> Any:
        """Standard random numbers, an array."""
        raise NotImplementedError(f"{type(self).__name__}.noise")

    def standard_log_prob(self, z: Tensor) -> Tensor:
        """ln of the standard density at z."""
        raise NotImplementedError(f"{type(self).__name__}.standard_log_prob")

    def standard_cdf(self, z: Tensor) -> Tensor:
        """The probability of a standard value of at most z."""
        raise NotImplementedError(f"{type(self).__name__}.standard_cdf")

    def standard_icdf(self, q: Tensor) -> Tensor:
        """The inverse of ``standard_cdf``."""
        raise NotImplementedError(f"{type(self).__name__}.standard_icdf")

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """loc + scale · noise."""
        noise = self._drawn(self.noise(self._extended_shape(sample_shape)), self.loc)
        return self.loc + noise * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        """ln f((value − loc) / scale) − ln scale."""
        self._validate_sample(value)
        return self.standard_log_prob((value - self.loc) / self.scale) - log(self.scale)

    def cdf(self, value: Tensor) -> Tensor:
        """F((value − loc) / scale)."""
        self._validate_sample(value)
        return self.standard_cdf((value - self.loc) / self.scale)

    def icdf(self, value: Tensor) -> Tensor:
        """loc + scale · F⁻¹(value)."""
        return self.loc + self.scale * self.standard_icdf(value)

    def entropy(self) -> Tensor:
        """The standard entropy + ln scale."""
        return self.standard_entropy + log(self.scale)

    @property
    def mean(self) -> Tensor:
        """loc, for a curve that is its own mirror image."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """loc."""
        return self.loc


class Normal(LocationScale):
    """p(x) = exp(−½ z²) / (scale √(2π)) with z = (x − loc) / scale.

    >>> normal = minigrad.distributions.Normal(minigrad.tensor([0.0, 1.0]), 2.0)
    >>> normal.log_prob(minigrad.tensor([0.0, 0.0])), normal.entropy()
    (tensor([-1.6121, -1.7371]), tensor([2.1121, 2.1121]))
    """

    standard_entropy = 0.5 + 0.5 * math.log(2 * math.pi)

    def noise(self, shape: tuple[int, ...]) -> Any:
        return self._random.standard_normal(shape)

    def standard_log_prob(self, z: Tensor) -> Tensor:
        return z * z * -0.5 - 0.5 * math.log(2 * math.pi)

    def standard_cdf(self, z: Tensor) -> Tensor:
        return erfc(z * -math.sqrt(0.5)) * 0.5

    def standard_icdf(self, q: Tensor) -> Tensor:
        return erfinv(q * 2 - 1) * math.sqrt(2)

    @property
    def variance(self) -> Tensor:
        """scale²."""
        return self.scale * self.scale

    @property
    def stddev(self) -> Tensor:
        """scale."""
        return self.scale


class Laplace(LocationScale):
    """p(x) = exp(−|z|) / (2 scale) with z = (x − loc) / scale.

    >>> minigrad.distributions.Laplace(0.0, 1.0).log_prob(minigrad.tensor([0.0, 2.0]))
    tensor([-0.6931, -2.6931])
    """

    standard_entropy = 1 + math.log(2)

    def noise(self, shape: tuple[int, ...]) -> Any:
        return self._random.laplace(size=shape)

    def standard_log_prob(self, z: Tensor) -> Tensor:
        return -abs(z) - math.log(2)

    def standard_cdf(self, z: Tensor) -> Tensor:
        return 0.5 - 0.5 * sign(z) * expm1(-abs(z))

    def standard_icdf(self, q: Tensor) -> Tensor:
        return -sign(q - 0.5) * log1p(abs(q - 0.5) * -2)

    @property
    def variance(self) -> Tensor:
        """2 scale²."""
        return self.scale * self.scale * 2


class Cauchy(LocationScale):
    """p(x) = 1 / (π scale (1 + z²)) with z = (x − loc) / scale. It has no mean, and its variance is infinite.

    >>> minigrad.distributions.Cauchy(0.0, 1.0).cdf(minigrad.tensor([0.0, 1.0]))
    tensor([0.5000, 0.7500])
    """

    standard_entropy = math.log(4 * math.pi)

    def noise(self, shape: tuple[int, ...]) -> Any:
        return self._random.standard_cauchy(shape)

    def standard_log_prob(self, z: Tensor) -> Tensor:
        return -log1p(z * z) - math.log(math.pi)

    def standard_cdf(self, z: Tensor) -> Tensor:
        return atan(z) / math.pi + 0.5

    def standard_icdf(self, q: Tensor) -> Tensor:
        return tan((q - 0.5) * math.pi)

    @property
    def mean(self) -> Tensor:
        """nan."""
        return self.loc * math.nan

    @property
    def variance(self) -> Tensor:
        """∞."""
        return self.loc * 0 + math.inf


class Gumbel(LocationScale):
    """p(x) = exp(−z − e⁻ᶻ) / scale with z = (x − loc) / scale: the law of the largest of many normal values.

    >>> minigrad.distributions.Gumbel(0.0, 1.0).mean
    tensor(0.5772)
    """

    standard_entropy = 1 + EULER

    def noise(self, shape: tuple[int, ...]) -> Any:
        return self._random.gumbel(size=shape)

    def standard_log_prob(self, z: Tensor) -> Tensor:
        return -z - exp(-z)

    def standard_cdf(self, z: Tensor) -> Tensor:
        return exp(-exp(-z))

    def standard_icdf(self, q: Tensor) -> Tensor:
        return -log(-log(q))

    @property
    def mean(self) -> Tensor:
        """loc + γ · scale, with Euler's γ."""
        return self.loc + self.scale * EULER

    @property
    def variance(self) -> Tensor:
        """π² / 6 · scale²."""
        return self.scale * self.scale * (math.pi ** 2 / 6)


class Uniform(Distribution):
    """p(x) = 1 / (high − low) from low to high. Raises RangeError unless low is below high.

    >>> uniform = minigrad.distributions.Uniform(0.0, 4.0)
    >>> uniform.log_prob(minigrad.tensor([1.0, 3.0])), uniform.mean
    (tensor([-1.3863, -1.3863]), tensor(2.))
    """

    arg_constraints = {"low": constraints.real, "high": constraints.real}
    has_rsample = True

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = parameters_of(low, high)
        super().__init__(self.low.shape, (), validate_args)
        if self._validate_args:
            self._require("low", self.low, constraints.less_than(self.high.detach()))

    @property
    def support(self) -> constraints.Constraint:
        """From low to high."""
        return constraints.interval(self.low.detach(), self.high.detach())

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """low + (high − low) · u."""
        u = self._drawn(self._random.random(self._extended_shape(sample_shape)), self.low)
        return self.low + u * (self.high - self.low)

    def log_prob(self, value: Tensor) -> Tensor:
        """−ln (high − low) inside, −∞ outside."""
        self._validate_sample(value)
        inside = (value >= self.low) & (value < self.high)
        return where(inside, -log(self.high - self.low), -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        """(value − low) / (high − low), between 0 and 1."""
        self._validate_sample(value)
        return ((value - self.low) / (self.high - self.low)).clamp(0, 1)

    def icdf(self, value: Tensor) -> Tensor:
        """low + (high − low) · value."""
        return self.low + value * (self.high - self.low)

    def entropy(self) -> Tensor:
        """ln (high − low)."""
        return log(self.high - self.low)

    @property
    def mean(self) -> Tensor:
        """(low + high) / 2."""
        return (self.low + self.high) / 2

    @property
    def mode(self) -> Tensor:
        """nan: no value is more probable than another."""
        return self.low * math.nan

    @property
    def variance(self) -> Tensor:
        """(high − low)² / 12."""
        return (self.high - self.low) ** 2 / 12


class Half(Distribution):
    """|x| for a value x of a distribution around 0: the density is doubled."""

    arg_constraints = {"scale": constraints.positive}
    support: Any = constraints.nonnegative
    has_rsample = True
    whole: type[LocationScale]

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        (self.scale,) = parameters_of(scale)
        self.base = self.whole(self.scale * 0, self.scale, validate_args)
        super().__init__(self.scale.shape, (), validate_args)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """|x|."""
        return abs(self.base.rsample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """ln 2 more than x has; −∞ below 0."""
        self._validate_sample(value)
        return where(value >= 0, self.base.log_prob(value) + math.log(2), -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        """2 F(value) − 1."""
        self._validate_sample(value)
        return self.base.cdf(value) * 2 - 1

    def icdf(self, value: Tensor) -> Tensor:
        """F⁻¹((value + 1) / 2)."""
        return self.base.icdf((value + 1) / 2)

    def entropy(self) -> Tensor:
        """ln 2 less."""
        return self.base.entropy() - math.log(2)

    @property
    def mode(self) -> Tensor:
        """0."""
        return self.scale * 0


class HalfNormal(Half):
    """The size of a normal random number: p(x) = √(2/π) / scale · exp(−½ (x / scale)²) from 0 on.

    >>> minigrad.distributions.HalfNormal(1.0).mean                      # √(2/π)
    tensor(0.7979)
    """

    whole = Normal

    @property
    def mean(self) -> Tensor:
        """√(2/π) · scale."""
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Tensor:
        """(1 − 2/π) scale²."""
        return self.scale * self.scale * (1 - 2 / math.pi)


class HalfCauchy(Half):
    """The size of a Cauchy random number: p(x) = 2 / (π scale (1 + (x / scale)²)) from 0 on.

    >>> minigrad.distributions.HalfCauchy(1.0).icdf(minigrad.tensor([0.5]))
    tensor([1.])
    """

    whole = Cauchy

    @property
    def mean(self) -> Tensor:
        """∞."""
        return self.scale * 0 + math.inf

    @property
    def variance(self) -> Tensor:
        """∞."""
        return self.scale * 0 + math.inf
