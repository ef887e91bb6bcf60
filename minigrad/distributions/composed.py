"""Distributions made of distributions: independent parts as one event, and mixtures."""
from __future__ import annotations

from typing import Any, Sequence

from ..autograd import Tensor, no_grad
from ..errors import ShapeError
from ..ops.gather_scatter import gather
from ..ops.reduce import logsumexp
from ..ops.softmax import log_softmax
from . import constraints
from .categorical import Categorical
from .distribution import Distribution
from .transform import summed


class Independent(Distribution):
    """The last dimensions of a batch as one event: log_prob and entropy are summed over them.

    A batch of K normal distributions becomes one of vectors. Raises ShapeError for more dimensions than the
    batch has.

    >>> from minigrad.distributions import Independent, Normal
    >>> vector = Independent(Normal(minigrad.zeros(3), 1.0), 1)
    >>> len(vector.batch_shape), len(vector.event_shape), vector.log_prob(minigrad.zeros(3))
    (0, 1, tensor(-2.7568))
    """

    def __init__(self, base_distribution: Distribution, reinterpreted_batch_ndims: int,
                 validate_args: bool | None = None) -> None:
        count, batch = reinterpreted_batch_ndims, base_distribution.batch_shape
        if not 0 <= count <= len(batch):
            raise ShapeError(f"Independent: {count} dimensions of the batch shape {tuple(batch)} cannot be "
                             "one event.")
        self.base_dist, self.reinterpreted_batch_ndims = base_distribution, count
        shape = (*batch, *base_distribution.event_shape)
        at = len(batch) - count
        self.has_rsample = base_distribution.has_rsample
        super().__init__(shape[:at], shape[at:], validate_args)

    @property
    def support(self) -> Any:
        """The base's, for each entry."""
        base = self.base_dist.support
        return base and constraints.independent(base, self.reinterpreted_batch_ndims)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """The base expanded, too."""
        count = self.reinterpreted_batch_ndims
        inner = self.base_dist.batch_shape[len(self.base_dist.batch_shape) - count:]
        return Independent(self.base_dist.expand((*batch_shape, *inner)), count, self._validate_args)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Those of the base."""
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Those of the base, with their gradient."""
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Tensor) -> Tensor:
        """The base's, summed over the event."""
        return summed(self.base_dist.log_prob(value), self.reinterpreted_batch_ndims)

    def entropy(self) -> Tensor:
        """The base's, summed over the event."""
        return summed(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    @property
    def mean(self) -> Tensor:
        """The base's."""
        return self.base_dist.mean

    @property
    def mode(self) -> Tensor:
        """The base's."""
        return self.base_dist.mode

    @property
    def variance(self) -> Tensor:
        """The base's."""
        return self.base_dist.variance

    def __repr__(self) -> str:
        return f"Independent({self.base_dist}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamily(Distribution):
    """One of K distributions, chosen by a ``Categorical``: p(x) = Σ wₖ pₖ(x).

    Args:
        mixture_distribution: the weights, a Categorical with the batch shape (…).
        component_distribution: the K distributions, with the batch shape (…, K).

    Raises ShapeError when the shapes don't fit, TypeError for other weights.

    >>> from minigrad.distributions import Categorical, MixtureSameFamily, Normal
    >>> two = MixtureSameFamily(Categorical(minigrad.ones(2)), Normal(minigrad.tensor([-3.0, 3.0]), 1.0))
    >>> two.mean, two.variance                                          # 1 within + 9 between
    (tensor(0.), tensor(10.))
    """

    def __init__(self, mixture_distribution: Categorical, component_distribution: Distribution,
                 validate_args: bool | None = None) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise TypeError("MixtureSameFamily: the weights must be a Categorical, got "
                            f"{type(mixture_distribution).__name__}.")
        batch, count = component_distribution.batch_shape, mixture_distribution.logits.shape[-1]
        own = mixture_distribution.batch_shape
        if not batch or batch[-1] != count or own and tuple(own) != tuple(batch[:-1]):
            raise ShapeError(f"MixtureSameFamily: {count} weights for each of {tuple(own)}, but components "
                             f"with the batch shape {tuple(batch)}; its last size must be {count}.")
        self.mixture_distribution, self.component_distribution = mixture_distribution, component_distribution
        super().__init__(batch[:-1], component_distribution.event_shape, validate_args)

    @property
    def support(self) -> Any:
        """The components'."""
        return self.component_distribution.support if not self._batch_shape else None

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """Weights and components expanded."""
        count = self.component_distribution.batch_shape[-1]
        parts = self.component_distribution.expand((*batch_shape, count))
        return MixtureSameFamily(self.mixture_distribution.expand(batch_shape), parts, self._validate_args)

    def _weighted(self, x: Tensor) -> Tensor:
        """Σ wₖ xₖ over the components of x (…, K, *event)."""
        w = self.mixture_distribution.probs
        extra = len(self._event_shape)
        return (w.reshape(*w.shape, *[1] * extra) * x).sum(-1 - extra)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """One component's sample each."""
        with no_grad():
            extra = len(self._event_shape)
            weights = self.mixture_distribution
            weights = weights if weights.batch_shape else weights.expand(self._batch_shape)
            which = weights.sample(sample_shape)                                    # (…)
            values = self.component_distribution.sample(sample_shape)               # (…, K, *event)
            index = which.reshape(*which.shape, 1, *[1] * extra)
            index = index.expand(*which.shape, 1, *self._event_shape)
            return gather(values, len(which.shape), index).squeeze(len(which.shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """ln Σ wₖ pₖ(value)."""
        self._validate_sample(value)
        extra = len(self._event_shape)
        parts = self.component_distribution.log_prob(value.unsqueeze(value.ndim - extra))
        return logsumexp(parts + log_softmax(self.mixture_distribution.logits, -1), -1)

    def cdf(self, value: Tensor) -> Tensor:
        """Σ wₖ Fₖ(value)."""
        parts = self.component_distribution.cdf(value.unsqueeze(-1))
        return (parts * self.mixture_distribution.probs).sum(-1)

    @property
    def mean(self) -> Tensor:
        """Σ wₖ mₖ."""
        return self._weighted(self.component_distribution.mean)

    @property
    def variance(self) -> Tensor:
        """Σ wₖ (vₖ + (mₖ − m)²)."""
        extra = len(self._event_shape)
        between = self.component_distribution.mean - self.mean.unsqueeze(self.mean.ndim - extra)
        return self._weighted(self.component_distribution.variance + between ** 2)

    def __repr__(self) -> str:
        return f"MixtureSameFamily({self.mixture_distribution}, {self.component_distribution})"
