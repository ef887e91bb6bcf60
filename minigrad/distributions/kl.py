"""The Kullback–Leibler divergence: how much p differs from q, KL(p ‖ q) = E_p[ln p(x) − ln q(x)], in nats."""
from __future__ import annotations

import math
from typing import Any, Callable, TypeVar

import numpy as np

from ..autograd import Tensor
from ..linalg import solve_triangular
from ..ops.exponential import exp, log, log1p, xlogy
from ..ops.select import where
from ..ops.special import digamma, lgamma
from .categorical import Categorical, OneHotCategorical
from .composed import Independent
from .discrete import Bernoulli, Binomial, Geometric, Poisson
from .distribution import Distribution
from .gamma import Beta, Dirichlet, Exponential, Gamma
from .location_scale import EULER, Cauchy, Gumbel, HalfNormal, Laplace, Normal, Uniform
from .multivariate import MultivariateNormal, squared_distance
from .transform import summed
from .transformed import TransformedDistribution

Formula = Callable[[Any, Any], Tensor]
F = TypeVar("F", bound=Formula)
_FORMULAS: dict[tuple[type, type], Formula] = {}


def register_kl(type_p: type[Distribution], type_q: type[Distribution]) -> Callable[[F], F]:
    """A decorator: the function gives KL(p ‖ q) for these two kinds, and those derived from them.

    >>> from minigrad.distributions import Normal, kl_divergence, register_kl
    >>> class Mine(Normal):
    ...     pass
    >>> @register_kl(Mine, Mine)
    ... def kl(p, q):
    ...     return p.loc * 0 + 7
    >>> kl_divergence(Mine(0.0, 1.0), Mine(0.0, 1.0)), kl_divergence(Mine(0.0, 1.0), Normal(0.0, 1.0))
    (tensor(7.), tensor(0.))
    """
    for kind in (type_p, type_q):
        if not (isinstance(kind, type) and issubclass(kind, Distribution)):
            raise TypeError(f"register_kl: expected two subclasses of Distribution, got {kind!r}.")

    def decorated(function: F) -> F:
        _FORMULAS[type_p, type_q] = function
        return function
    return decorated


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """KL(p ‖ q) for each distribution of the batch. Raises NotImplementedError for kinds without a formula.

    >>> from minigrad.distributions import Normal, kl_divergence
    >>> kl_divergence(Normal(1.0, 1.0), Normal(0.0, 1.0))                # ½ · 1²
    tensor(0.5000)
    """
    pairs = sorted(((i + j, i, (a, b)) for i, a in enumerate(type(p).__mro__)
                    for j, b in enumerate(type(q).__mro__) if (a, b) in _FORMULAS),
                   key=lambda found: found[:2])                                 # the nearest to both first
    if not pairs:
        raise NotImplementedError(f"kl_divergence: no formula for {type(p).__name__} and {type(q).__name__}. "
                                  "Write one with register_kl, or estimate it: x = p.rsample((1000,)); "
                                  "(p.log_prob(x) - q.log_prob(x)).mean(0).")
    return _FORMULAS[pairs[0][2]](p, q)


@register_kl(Normal, Normal)
def _normal(p: Normal, q: Normal) -> Tensor:
    """ln(σq / σp) + (σp² + (μp − μq)²) / (2 σq²) − ½."""
    ratio, shift = (p.scale / q.scale) ** 2, ((p.loc - q.loc) / q.scale) ** 2
    return 0.5 * (ratio + shift - 1 - log(ratio))


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: HalfNormal, q: HalfNormal) -> Tensor:
    ratio = (p.scale / q.scale) ** 2
    return 0.5 * (ratio - 1 - log(ratio))


@register_kl(Laplace, Laplace)
def _laplace(p: Laplace, q: Laplace) -> Tensor:
    ratio, distance = p.scale / q.scale, (p.loc - q.loc).abs()
    return -log(ratio) + distance / q.scale + ratio * exp(-distance / p.scale) - 1


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Cauchy, q: Cauchy) -> Tensor:
    return log((p.scale + q.scale) ** 2 + (p.loc - q.loc) ** 2) - log(4 * p.scale * q.scale)


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Gumbel, q: Gumbel) -> Tensor:
    ratio, shift = p.scale / q.scale, (p.loc - q.loc) / q.scale
    return -log(ratio) + shift + ratio * EULER + exp(-shift + lgamma(1 + ratio)) - (1 + EULER)


@register_kl(Uniform, Uniform)
def _uniform(p: Uniform, q: Uniform) -> Tensor:
    """The difference of the entropies; ∞ where p has values that q hasn't."""
    outside = (q.low > p.low) | (q.high < p.high)
    return where(outside, math.inf, log((q.high - q.low) / (p.high - p.low)))


@register_kl(Exponential, Exponential)
def _exponential(p: Exponential, q: Exponential) -> Tensor:
    ratio = q.rate / p.rate
    return ratio - log(ratio) - 1


@register_kl(Gamma, Gamma)
def _gamma(p: Gamma, q: Gamma) -> Tensor:
    a, b = p.concentration, q.concentration
    return b * log(p.rate / q.rate) + lgamma(b) - lgamma(a) + (a - b) * digamma(a) \
        + (q.rate - p.rate) * (a / p.rate)


@register_kl(Beta, Beta)
def _beta(p: Beta, q: Beta) -> Tensor:
    a, b, c, d = p.concentration1, p.concentration0, q.concentration1, q.concentration0
    return lgamma(c) + lgamma(d) + lgamma(a + b) - lgamma(a) - lgamma(b) - lgamma(c + d) \
        + (a - c) * digamma(a) + (b - d) * digamma(b) + (c + d - a - b) * digamma(a + b)


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Dirichlet, q: Dirichlet) -> Tensor:
    a, b = p.concentration, q.concentration
    total = a.sum(-1, keepdim=True)
    return lgamma(a.sum(-1)) - lgamma(b.sum(-1)) + (lgamma(b) - lgamma(a)).sum(-1) \
        + ((a - b) * (digamma(a) - digamma(total))).sum(-1)


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Bernoulli, q: Bernoulli) -> Tensor:
    a, b = p.probs, q.probs
    return xlogy(a, a) - xlogy(a, b) + xlogy(1 - a, 1 - a) - xlogy(1 - a, 1 - b)


@register_kl(Binomial, Binomial)
def _binomial(p: Binomial, q: Binomial) -> Tensor:
    """∞ where p makes more trials than q."""
    if bool((p.total_count < q.total_count).any()):
        raise NotImplementedError("kl_divergence: p is a Binomial with fewer trials than q, which has no "
                                  "closed form.")
    same = p.total_count * (p.probs * (p.logits - q.logits) + log1p(-p.probs) - log1p(-q.probs))
    return where(p.total_count > q.total_count, math.inf, same)


@register_kl(Geometric, Geometric)
def _geometric(p: Geometric, q: Geometric) -> Tensor:
    return -p.entropy() - log1p(-q.probs) / p.probs - q.logits


@register_kl(Poisson, Poisson)
def _poisson(p: Poisson, q: Poisson) -> Tensor:
    return p.rate * (log(p.rate) - log(q.rate)) - (p.rate - q.rate)


@register_kl(Categorical, Categorical)
@register_kl(OneHotCategorical, OneHotCategorical)
def _categorical(p: Any, q: Any) -> Tensor:
    """Σ p (ln p − ln q); ∞ where q excludes a class that p has."""
    terms = p.probs * (p.logits - q.logits)
    terms = where((q.probs == 0) & (p.probs > 0), math.inf, where(p.probs == 0, 0.0, terms))
    return terms.sum(-1)


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate(p: MultivariateNormal, q: MultivariateNormal) -> Tensor:
    """½ (tr(Cq⁻¹ Cp) + |Lq⁻¹ (μq − μp)|² − K) + ½ ln det Cq − ½ ln det Cp."""
    size = p.event_shape[0]
    shape = np.broadcast_shapes(tuple(p.batch_shape), tuple(q.batch_shape))
    spread = solve_triangular(q.lower.expand(*shape, size, size), p.lower.expand(*shape, size, size),
                              upper=False)
    return q.half_log_det - p.half_log_det + 0.5 * (
        (spread ** 2).sum((-2, -1)) + squared_distance(q.lower, q.loc - p.loc) - size)


@register_kl(Independent, Independent)
def _independent(p: Independent, q: Independent) -> Tensor:
    """The sum over the event."""
    count = p.reinterpreted_batch_ndims
    if count != q.reinterpreted_batch_ndims:
        raise NotImplementedError(f"kl_divergence: {count} dimensions of p are one event, and "
                                  f"{q.reinterpreted_batch_ndims} of q.")
    return summed(kl_divergence(p.base_dist, q.base_dist), count)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: TransformedDistribution, q: TransformedDistribution) -> Tensor:
    """That of the bases: a transform that can be undone changes nothing."""
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError("kl_divergence: p and q are transformed in different ways.")
    return kl_divergence(p.base_dist, q.base_dist)
