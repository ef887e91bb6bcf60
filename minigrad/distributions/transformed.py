"""Distributions of y = f(x), where x has a known distribution and f can be undone."""
from __future__ import annotations

import math
from typing import Any, Sequence

from ..autograd import Tensor, no_grad
from ..ops.exponential import exp, expm1, log
from . import constraints
from .composed import Independent
from .discrete import chosen
from .distribution import Distribution
from .location_scale import Normal, Uniform
from .transform import ComposeTransform, Transform, summed
from .transforms import AffineTransform, ExpTransform, SigmoidTransform


class TransformedDistribution(Distribution):
    """The distribution of f(x): ln p(y) = ln p(x) − ln |dy/dx| with x = f⁻¹(y).

    >>> from minigrad.distributions import TransformedDistribution, Uniform
    >>> from minigrad.distributions.transforms import SigmoidTransform
    >>> logistic = TransformedDistribution(Uniform(0.0, 1.0), [SigmoidTransform().inv])
    >>> logistic.log_prob(minigrad.tensor([0.0]))                       # ¼
    tensor([-1.3863])
    """

    def __init__(self, base_distribution: Distribution, transforms: Transform | Sequence[Transform],
                 validate_args: bool | None = None) -> None:
        self.transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        for t in self.transforms:
            if not isinstance(t, Transform):
                raise TypeError("TransformedDistribution: expected a Transform, or a list of them, got "
                                f"{type(t).__name__}.")
        whole = ComposeTransform(self.transforms)
        base = base_distribution
        more = whole.domain.event_dim - len(base.event_shape)
        self.base_dist = Independent(base, more) if more > 0 else base
        shape = whole.forward_shape((*base.batch_shape, *base.event_shape))
        events = max(len(self.base_dist.event_shape) + whole.codomain.event_dim - whole.domain.event_dim,
                     whole.codomain.event_dim)
        self.has_rsample = base.has_rsample
        super().__init__(shape[:len(shape) - events], shape[len(shape) - events:], validate_args)

    @property
    def support(self) -> Any:
        """The last transform's codomain; the base's, where there is no transform."""
        if not self.transforms:
            return self.base_dist.support
        last = self.transforms[-1].codomain
        more = len(self._event_shape) - last.event_dim
        return constraints.independent(last, more) if more > 0 else last

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """The base expanded, the transforms kept."""
        new = super().expand(batch_shape)
        new.base_dist = self.base_dist.expand(batch_shape)
        return new

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """f of the base's samples."""
        with no_grad():
            return self._through(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """f of the base's samples, with its gradient."""
        return self._through(self.base_dist.rsample(sample_shape))

    def _through(self, x: Tensor) -> Tensor:
        for t in self.transforms:
            x = t(x)
        return x

    def log_prob(self, value: Tensor) -> Tensor:
        """ln p(f⁻¹(value)) − ln |dy/dx|."""
        self._validate_sample(value)
        total: Any = 0.0
        events, y = len(self._event_shape), value
        for t in reversed(self.transforms):
            x = t.undo(y)
            events += t.domain.event_dim - t.codomain.event_dim
            total = total - summed(t.log_abs_det_jacobian(x, y), events - t.domain.event_dim)
            y = x
        return total + summed(self.base_dist.log_prob(y), events - len(self.base_dist.event_shape))

    def cdf(self, value: Tensor) -> Tensor:
        """F(f⁻¹(value)), or 1 less that where f falls."""
        sign: Any = 1
        for t in reversed(self.transforms):
            value, sign = t.undo(value), sign * t.sign
        below = self.base_dist.cdf(value)
        return (below - 0.5) * sign + 0.5

    def icdf(self, value: Tensor) -> Tensor:
        """f(F⁻¹(value))."""
        sign: Any = 1
        for t in self.transforms:
            sign = sign * t.sign
        return self._through(self.base_dist.icdf((value - 0.5) * sign + 0.5))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_dist}, {self.transforms})"


class LogNormal(TransformedDistribution):
    """eˣ for a normal x with mean loc and standard deviation scale.

    >>> minigrad.distributions.LogNormal(0.0, 1.0).mean                 # √e
    tensor(1.6487)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(loc, scale, validate_args), ExpTransform(), validate_args)

    @property
    def loc(self) -> Tensor:
        """The mean of ln y."""
        value: Tensor = self.base_dist.loc                              # type: ignore[attr-defined]
        return value

    @property
    def scale(self) -> Tensor:
        """The standard deviation of ln y."""
        value: Tensor = self.base_dist.scale                            # type: ignore[attr-defined]
        return value

    def entropy(self) -> Tensor:
        """The base's + loc."""
        return self.base_dist.entropy() + self.loc

    @property
    def mean(self) -> Tensor:
        """exp(loc + scale² / 2)."""
        return exp(self.loc + self.scale ** 2 / 2)

    @property
    def mode(self) -> Tensor:
        """exp(loc − scale²)."""
        return exp(self.loc - self.scale ** 2)

    @property
    def variance(self) -> Tensor:
        """(exp(scale²) − 1) exp(2 loc + scale²)."""
        return expm1(self.scale ** 2) * exp(2 * self.loc + self.scale ** 2)


class RelaxedBernoulli(TransformedDistribution):
    """sigmoid((logits + logistic noise) / temperature): a smooth stand-in for 0 and 1, with a gradient
    (Maddison et al. 2017).

    >>> soft = minigrad.distributions.RelaxedBernoulli(0.5, minigrad.tensor([0.5]))
    >>> 0 < soft.rsample().item() < 1
    True
    """

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:
        by_probs = chosen("RelaxedBernoulli", probs, logits)
        self.temperature = temperature
        raw = logits if not by_probs else log(probs) - log(1 - probs) if isinstance(probs, Tensor) \
            else math.log(probs) - math.log(1 - probs)
        low = raw * 0 if isinstance(raw, Tensor) else 0.0
        logistic = TransformedDistribution(Uniform(low, low + 1, validate_args), [SigmoidTransform().inv])
        self.logits = raw
        super().__init__(logistic, [AffineTransform(raw / temperature, 1 / temperature), SigmoidTransform()],
                         validate_args)
