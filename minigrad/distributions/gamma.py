"""The gamma distribution and those made of it: chi-squared, Dirichlet, beta, Student's t; the exponential.

Their samples have gradients, too. A value x of Gamma(α, 1) with its probability P(α, x) of at most x held
fixed moves with α (Figurnov et al. 2018, implicit reparameterization):

    dx/dα = −(∂P/∂α) / (∂P/∂x)      ∂P/∂x is the density
"""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from ..autograd import Function, Tensor
from ..backend import special
from ..backend.arrays import Array, device_of, move, to_numpy
from ..ops.exponential import expm1, log, log1p, xlogy
from ..ops.select import where
from ..ops.special import digamma, lgamma
from . import constraints
from .distribution import Distribution, parameters_of

LARGE = 1e4                     # α from which the cube root of x counts as normally distributed


class StandardGamma(Function):
    """x ~ Gamma(α, 1), entry by entry;  ∂L/∂α = g · dx/dα."""

    twice_differentiable = False

    def __init__(self, random: np.random.Generator) -> None:
        self.random = random

    def forward(self, alpha: Array) -> Array:
        """The draw; 0 is replaced by the smallest number, whose logarithm exists."""
        host = to_numpy(alpha)
        x = np.maximum(self.random.standard_gamma(host.astype(np.float64)), np.finfo(host.dtype).tiny)
        x = move(x.astype(host.dtype), device_of(alpha))
        self.save(alpha, x)
        return x

    def backward(self, g: Any) -> Any:
        alpha, x = self.saved
        slope = gamma_slope(to_numpy(alpha).astype(np.float64), to_numpy(x).astype(np.float64))
        return g * move(slope.astype(x.dtype), device_of(x))


def gamma_slope(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """dx/dα for x at a fixed probability, from P(α, x) = x^α e⁻ˣ / Γ(α + 1) · S with S = 1 + x/(α+1) + …

    ∂P/∂α = P (ln x − ψ(α + 1)) + x^α e⁻ˣ / Γ(α + 1) · ∂S/∂α; the density has the same factors, so that

        dx/dα = −x/α · ((ln x − ψ(α + 1)) S + ∂S/∂α)

    >>> from minigrad.distributions.gamma import gamma_slope
    >>> gamma_slope(np.array([1.0]), np.array([1.0])).round(4)
    array([1.1736])
    """
    a, x = np.broadcast_arrays(a, x)
    small = np.minimum(a, LARGE)
    y = np.where(a > LARGE, small, x)
    term, slope = np.ones_like(y), np.zeros_like(y)
    total, total_slope = term.copy(), slope.copy()
    n = 0
    while np.any(term > 1e-17 * total) and n < 100_000:
        n += 1
        slope = (slope - term / (small + n)) * y / (small + n)
        term = term * y / (small + n)
        total += term
        total_slope += slope
    with np.errstate(all="ignore"):             # the branch of digamma that isn't taken
        psi = special.digamma(small + 1)
    by_series = -y / small * ((np.log(y) - psi) * total + total_slope)
    root = np.cbrt(x / a)               # normal, mean 1 − 1/(9α), variance 1/(9α) (Wilson and Hilferty 1931)
    by_root = root ** 3 + 3 * a * root ** 2 * (1 / (9 * a * a) - (root - 1 + 1 / (9 * a)) / (2 * a))
    return np.where(a > LARGE, by_root, by_series)


class Gamma(Distribution):
    """p(x) = rate^α x^(α − 1) e^(−rate x) / Γ(α), α = concentration.

    >>> gamma = minigrad.distributions.Gamma(2.0, 4.0)
    >>> gamma.mean, gamma.variance, gamma.log_prob(minigrad.tensor([1.0]))
    (tensor(0.5000), tensor(0.1250), tensor([-1.2274]))
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support: Any = constraints.nonnegative
    has_rsample = True

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = parameters_of(concentration, rate)
        super().__init__(self.concentration.shape, (), validate_args)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """A standard gamma random number / rate."""
        alpha = self.concentration.expand(*self._extended_shape(sample_shape))
        return StandardGamma(self._random)(alpha) / self.rate

    def log_prob(self, value: Tensor) -> Tensor:
        """α ln rate + (α − 1) ln x − rate x − ln Γ(α)."""
        self._validate_sample(value)
        a, b = self.concentration, self.rate
        return xlogy(a, b) + xlogy(a - 1, value) - b * value - lgamma(a)

    def entropy(self) -> Tensor:
        """α − ln rate + ln Γ(α) + (1 − α) ψ(α)."""
        a = self.concentration
        return a - log(self.rate) + lgamma(a) + (1 - a) * digamma(a)

    @property
    def mean(self) -> Tensor:
        """α / rate."""
        return self.concentration / self.rate

    @property
    def mode(self) -> Tensor:
        """(α − 1) / rate, at least 0."""
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Tensor:
        """α / rate²."""
        return self.concentration / self.rate ** 2


class Chi2(Gamma):
    """The sum of df squared standard normal random numbers: Gamma(df / 2, ½).

    >>> minigrad.distributions.Chi2(3.0).mean
    tensor(3.)
    """

    def __init__(self, df: Any, validate_args: bool | None = None) -> None:
        (self.df,) = parameters_of(df)
        super().__init__(self.df / 2, 0.5, validate_args)


class Exponential(Distribution):
    """p(x) = rate · e^(−rate x) from 0 on.

    >>> minigrad.distributions.Exponential(2.0).log_prob(minigrad.tensor([0.0, 1.0]))
    tensor([ 0.6931, -1.3069])
    """

    arg_constraints = {"rate": constraints.positive}
    support: Any = constraints.nonnegative
    has_rsample = True

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = parameters_of(rate)
        super().__init__(self.rate.shape, (), validate_args)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """A standard exponential random number / rate."""
        return self._drawn(self._random.standard_exponential(self._extended_shape(sample_shape)),
                           self.rate) / self.rate

    def log_prob(self, value: Tensor) -> Tensor:
        """ln rate − rate x."""
        self._validate_sample(value)
        return log(self.rate) - self.rate * value

    def cdf(self, value: Tensor) -> Tensor:
        """1 − e^(−rate x)."""
        self._validate_sample(value)
        return -expm1(-self.rate * value)

    def icdf(self, value: Tensor) -> Tensor:
        """−ln(1 − value) / rate."""
        return -log1p(-value) / self.rate

    def entropy(self) -> Tensor:
        """1 − ln rate."""
        return 1 - log(self.rate)

    @property
    def mean(self) -> Tensor:
        """1 / rate."""
        return 1 / self.rate

    @property
    def mode(self) -> Tensor:
        """0."""
        return self.rate * 0

    @property
    def stddev(self) -> Tensor:
        """1 / rate."""
        return 1 / self.rate

    @property
    def variance(self) -> Tensor:
        """1 / rate²."""
        return self.rate ** -2


class Dirichlet(Distribution):
    """Vectors of probabilities: p(x) = Π xₖ^(αₖ − 1) · Γ(Σ α) / Π Γ(αₖ), with α = concentration (…, K).

    >>> minigrad.distributions.Dirichlet(minigrad.tensor([1.0, 3.0])).mean
    tensor([0.2500, 0.7500])
    """

    arg_constraints = {"concentration": constraints.independent(constraints.positive, 1)}
    support: Any = constraints.simplex
    has_rsample = True

    def __init__(self, concentration: Tensor, validate_args: bool | None = None) -> None:
        (self.concentration,) = parameters_of(concentration)
        if self.concentration.ndim < 1:
            raise ValueError("Dirichlet: concentration must be a vector, or a batch of them, got a number.")
        shape = self.concentration.shape
        super().__init__(shape[:-1], shape[-1:], validate_args)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Gamma random numbers, divided by their sum."""
        alpha = self.concentration.expand(*self._extended_shape(sample_shape))
        x = StandardGamma(self._random)(alpha)
        return x / x.sum(-1, keepdim=True)

    def log_prob(self, value: Tensor) -> Tensor:
        """Σ (αₖ − 1) ln xₖ + ln Γ(Σ α) − Σ ln Γ(αₖ)."""
        self._validate_sample(value)
        a = self.concentration
        return xlogy(a - 1, value).sum(-1) + lgamma(a.sum(-1)) - lgamma(a).sum(-1)

    def entropy(self) -> Tensor:
        """Σ ln Γ(αₖ) − ln Γ(Σ α) − (K − Σ α) ψ(Σ α) − Σ (αₖ − 1) ψ(αₖ)."""
        a, count = self.concentration, self.concentration.shape[-1]
        total = a.sum(-1)
        return lgamma(a).sum(-1) - lgamma(total) - (count - total) * digamma(total) \
            - ((a - 1) * digamma(a)).sum(-1)

    @property
    def mean(self) -> Tensor:
        """α / Σ α."""
        return self.concentration / self.concentration.sum(-1, keepdim=True)

    @property
    def mode(self) -> Tensor:
        """(α − 1) / (Σ α − K), with 0 for an α below 1; a corner, the first, where all are."""
        a = (self.concentration - 1).clamp(min=0)
        corner = self._drawn(np.eye(a.shape[-1])[0], a)
        return where((self.concentration < 1).all(-1, keepdim=True), corner, a / a.sum(-1, keepdim=True))

    @property
    def variance(self) -> Tensor:
        """m (1 − m) / (Σ α + 1) with the mean m."""
        return self.mean * (1 - self.mean) / (self.concentration.sum(-1, keepdim=True) + 1)


class Beta(Distribution):
    """p(x) = x^(a − 1) (1 − x)^(b − 1) Γ(a + b) / (Γ(a) Γ(b)), a = concentration1, b = concentration0.

    >>> beta = minigrad.distributions.Beta(2.0, 2.0)
    >>> beta.mean, beta.log_prob(minigrad.tensor([0.5]))                   # ln 1.5
    (tensor(0.5000), tensor([0.4055]))
    """

    arg_constraints = {"concentration1": constraints.positive, "concentration0": constraints.positive}
    support: Any = constraints.unit_interval
    has_rsample = True

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        self.concentration1, self.concentration0 = parameters_of(concentration1, concentration0)
        super().__init__(self.concentration1.shape, (), validate_args)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """x / (x + y) for gamma random numbers x and y."""
        x, y = (StandardGamma(self._random)(a.expand(*self._extended_shape(sample_shape)))
                for a in (self.concentration1, self.concentration0))
        return x / (x + y)

    def log_prob(self, value: Tensor) -> Tensor:
        """(a − 1) ln x + (b − 1) ln (1 − x) + ln Γ(a + b) − ln Γ(a) − ln Γ(b)."""
        self._validate_sample(value)
        a, b = self.concentration1, self.concentration0
        return xlogy(a - 1, value) + xlogy(b - 1, 1 - value) + lgamma(a + b) - lgamma(a) - lgamma(b)

    def entropy(self) -> Tensor:
        """ln Γ(a) + ln Γ(b) − ln Γ(a + b) − (a − 1) ψ(a) − (b − 1) ψ(b) + (a + b − 2) ψ(a + b)."""
        a, b = self.concentration1, self.concentration0
        return lgamma(a) + lgamma(b) - lgamma(a + b) - (a - 1) * digamma(a) - (b - 1) * digamma(b) \
            + (a + b - 2) * digamma(a + b)

    @property
    def mean(self) -> Tensor:
        """a / (a + b)."""
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def mode(self) -> Tensor:
        """(a − 1) / (a + b − 2), with 0 for a − 1 or b − 1 below 0; 1, one of two, where both are."""
        a, b = ((c - 1).clamp(min=0) for c in (self.concentration1, self.concentration0))
        return where((self.concentration1 < 1) & (self.concentration0 < 1), 1.0, a / (a + b))

    @property
    def variance(self) -> Tensor:
        """m (1 − m) / (a + b + 1) with the mean m."""
        return self.mean * (1 - self.mean) / (self.concentration1 + self.concentration0 + 1)


class StudentT(Distribution):
    """Student's t: loc + scale · z / √(c / df) for a normal z and a chi-squared c with df degrees of freedom.

    >>> minigrad.distributions.StudentT(3.0).log_prob(minigrad.tensor([0.0]))
    tensor([-1.0009])
    """

    arg_constraints = {"df": constraints.positive, "loc": constraints.real, "scale": constraints.positive}
    support: Any = constraints.real
    has_rsample = True

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None) -> None:
        self.df, self.loc, self.scale = parameters_of(df, loc, scale)
        super().__init__(self.df.shape, (), validate_args)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """loc + scale · z / √(c / df)."""
        shape = self._extended_shape(sample_shape)
        z = self._drawn(self._random.standard_normal(shape), self.loc)
        c = StandardGamma(self._random)((self.df / 2).expand(*shape)) * 2
        return self.loc + self.scale * z * (self.df / c) ** 0.5

    def log_prob(self, value: Tensor) -> Tensor:
        """−(df + 1)/2 · ln(1 + z²/df) + ln Γ((df + 1)/2) − ln Γ(df/2) − ½ ln(π df) − ln scale."""
        self._validate_sample(value)
        n, z = self.df, (value - self.loc) / self.scale
        return -(n + 1) / 2 * log1p(z * z / n) + lgamma((n + 1) / 2) - lgamma(n / 2) \
            - 0.5 * log(n * math.pi) - log(self.scale)

    def entropy(self) -> Tensor:
        """ln scale + (df + 1)/2 · (ψ((df + 1)/2) − ψ(df/2)) + ½ ln df + ln B(df/2, ½)."""
        n = self.df
        log_beta = lgamma(n / 2) + math.lgamma(0.5) - lgamma((n + 1) / 2)
        return log(self.scale) + (n + 1) / 2 * (digamma((n + 1) / 2) - digamma(n / 2)) \
            + 0.5 * log(n) + log_beta

    @property
    def mean(self) -> Tensor:
        """loc; nan for df up to 1."""
        return where(self.df > 1, self.loc, math.nan)

    @property
    def mode(self) -> Tensor:
        """loc."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """scale² df / (df − 2); ∞ for df up to 2, nan up to 1."""
        n = self.df
        finite = self.scale ** 2 * n / where(n > 2, n - 2, 1.0)
        return where(n > 2, finite, where(n > 1, math.inf, math.nan))
