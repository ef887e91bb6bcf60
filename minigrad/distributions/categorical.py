"""Distributions over K classes: the class, a vector with a 1 at its place, and counts of many draws.

``probs`` (…, K) are weights from 0, which are divided by their sum; ``logits`` (…, K) are their logarithms,
up to a constant: a network's scores.
"""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from ..autograd import Tensor
from ..backend.arrays import to_numpy
from ..ops.exponential import exp, log
from ..ops.gather_scatter import gather
from ..ops.reduce import logsumexp
from ..ops.select import where
from ..ops.softmax import softmax
from ..ops.special import lgamma
from . import constraints
from .discrete import Binomial, ByProbability, held, listed
from .distribution import Distribution


class OverClasses(ByProbability):
    """What distributions over classes share: probs that add up to 1, and their logarithms as logits."""

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}

    vectors = True              # whether a value has an entry for each class

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._set(probs, logits)
        if validate_args is not None:
            self._validate_args = validate_args
        given = self._given
        if given.ndim < 1:
            raise ValueError(f"{type(self).__name__}: expected a number for each class in the last "
                             "dimension, got a single number.")
        if "probs" in self.__dict__:
            if self._validate_args:
                self._require("probs", given, constraints.independent(constraints.nonnegative, 1))
            self.__dict__["probs"] = given / given.sum(-1, keepdim=True)
        else:
            self.__dict__["logits"] = given - logsumexp(given, -1, keepdim=True)
        super().__init__(given.shape[:-1], given.shape[-1:] if self.vectors else (), validate_args)

    @staticmethod
    def _probs_of(logits: Tensor) -> Tensor:
        return softmax(logits, -1)

    @staticmethod
    def _logits_of(probs: Tensor) -> Tensor:
        return log(held(probs))

    @property
    def _classes(self) -> int:
        return int(self._given.shape[-1])

    def _choices(self, shape: tuple[int, ...]) -> np.ndarray:
        """Random classes, int64 of this shape, whose last dimensions are the batch's."""
        p = to_numpy(self.probs.detach()._array).astype(np.float64)
        ends = p.cumsum(-1)
        u = self._random.random((*shape, 1)) * ends[..., -1:]
        return np.minimum((u >= ends).sum(-1), self._classes - 1)

    def entropy(self) -> Tensor:
        """−Σ p ln p."""
        least = float(np.finfo(self._given.dtype).min)
        return -(self.logits.clamp(min=least) * self.probs).sum(-1)


class Categorical(OverClasses):
    """A class k from 0 to K − 1 with the probability probs[k].

    >>> die = minigrad.distributions.Categorical(minigrad.ones(6))
    >>> die.log_prob(minigrad.tensor([0, 5])), die.entropy()
    (tensor([-1.7918, -1.7918]), tensor(1.7918))
    """

    has_enumerate_support = True
    vectors = False

    @property
    def support(self) -> constraints.Constraint:
        """From 0 to K − 1."""
        return constraints.integer_interval(0, self._classes - 1)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Classes, int64."""
        return self._drawn(self._choices(self._extended_shape(sample_shape)), self._given).long()

    def log_prob(self, value: Tensor) -> Tensor:
        """ln probs[value]."""
        self._validate_sample(value)
        index = value.long().unsqueeze(-1)                                  # (…, 1)
        shape = np.broadcast_shapes(tuple(index.shape[:-1]), tuple(self._batch_shape))
        return gather(self.logits.expand(*shape, -1), -1, index.expand(*shape, 1)).squeeze(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """0, 1, …, K − 1."""
        return listed(self._classes, self, self._given, expand).long()

    @property
    def mean(self) -> Tensor:
        """nan: classes cannot be averaged."""
        return self.probs.sum(-1) * math.nan

    @property
    def mode(self) -> Tensor:
        """The class with the largest probability."""
        return self.probs.argmax(-1)

    @property
    def variance(self) -> Tensor:
        """nan."""
        return self.mean


class OneHotCategorical(OverClasses):
    """The same as ``Categorical``, with the class as a vector of zeros and a single 1.

    >>> one = minigrad.distributions.OneHotCategorical(minigrad.tensor([0.25, 0.75]))
    >>> one.log_prob(minigrad.tensor([0.0, 1.0])), one.mean
    (tensor(-0.2877), tensor([0.2500, 0.7500]))
    """

    support: Any = constraints.one_hot
    has_enumerate_support = True

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Vectors with a single 1."""
        classes = self._choices((*sample_shape, *self._batch_shape))
        return self._drawn(np.eye(self._classes)[classes], self._given)

    def log_prob(self, value: Tensor) -> Tensor:
        """Σ value · ln probs: ln of the class's probability."""
        self._validate_sample(value)
        return where(value != 0, self.logits * value, 0.0).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """The rows of a unit matrix."""
        n = self._classes
        rows = self._drawn(np.eye(n), self._given).reshape(n, *[1] * len(self._batch_shape), n)
        return rows.expand(n, *self._batch_shape, n) if expand else rows

    @property
    def mean(self) -> Tensor:
        """probs."""
        return self.probs

    @property
    def mode(self) -> Tensor:
        """A 1 at the largest probability."""
        return self._drawn(np.eye(self._classes)[to_numpy(self.probs.argmax(-1)._array)], self._given)

    @property
    def variance(self) -> Tensor:
        """probs (1 − probs)."""
        return self.probs * (1 - self.probs)


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """With a gradient all the same: backward takes the sample for its probabilities (Bengio et al. 2013).

    >>> w = minigrad.tensor([0.0, 0.0], requires_grad=True)
    >>> one = minigrad.distributions.OneHotCategoricalStraightThrough(logits=w)
    >>> (one.rsample() * minigrad.tensor([1.0, 3.0])).sum().backward(); w.grad
    tensor([-0.5000,  0.5000])
    """

    has_rsample = True

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """A sample + (probs − probs without a gradient)."""
        return self.sample(sample_shape) + (self.probs - self.probs.detach())


class RelaxedOneHotCategorical(OverClasses):
    """softmax((logits + Gumbel noise) / temperature): a smooth stand-in for one-hot vectors, with a gradient.

    Known as the concrete distribution or the Gumbel softmax (Maddison et al. 2017; Jang et al. 2017). The
    lower the temperature, the closer to one-hot.

    >>> soft = minigrad.distributions.RelaxedOneHotCategorical(0.5, minigrad.tensor([0.2, 0.8]))
    >>> minigrad.allclose(soft.rsample((3,)).sum(-1), minigrad.ones(3))
    True
    """

    support: Any = constraints.simplex
    has_rsample = True

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:
        self.temperature = temperature
        super().__init__(probs, logits, validate_args)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Vectors of positive numbers that add up to 1."""
        noise = self._drawn(self._random.gumbel(size=self._extended_shape(sample_shape)), self._given)
        return softmax((self.logits + noise) / self.temperature, -1)

    def log_prob(self, value: Tensor) -> Tensor:
        """ln Γ(K) + (K − 1) ln T + Σ (ln pₖ − (T + 1) ln xₖ) − K ln Σ pₖ xₖ^(−T)."""
        self._validate_sample(value)
        n, t, log_x = self._classes, self.temperature, log(value)
        log_t = log(t) if isinstance(t, Tensor) else math.log(t)
        score = self.logits - log_x * t
        return math.lgamma(n) + log_t * (n - 1) + (score - log_x).sum(-1) - n * logsumexp(score, -1)


class Multinomial(OverClasses):
    """How often each class comes in total_count draws: P(x) = n! / Π xₖ! · Π pₖ^xₖ.

    >>> counts = minigrad.distributions.Multinomial(3, minigrad.tensor([0.5, 0.5]))
    >>> counts.log_prob(minigrad.tensor([1.0, 2.0])).exp()                # 3/8
    tensor(0.3750)
    """

    def __init__(self, total_count: int = 1, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:
        if not isinstance(total_count, int) or total_count < 0:
            raise ValueError(f"Multinomial: total_count must be an int from 0, got {total_count!r}.")
        self.total_count = total_count
        super().__init__(probs, logits, validate_args)

    @property
    def support(self) -> constraints.Constraint:
        """Counts that add up to total_count."""
        return constraints.multinomial(self.total_count)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Counts for each class."""
        p = to_numpy(self.probs.detach()._array).astype(np.float64)
        p = p / p.sum(-1, keepdims=True)
        size = (*sample_shape, *self._batch_shape)
        return self._drawn(self._random.multinomial(self.total_count, p, size), self._given)

    def log_prob(self, value: Tensor) -> Tensor:
        """ln n! − Σ ln xₖ! + Σ xₖ ln pₖ."""
        self._validate_sample(value)
        logits = where((value == 0) & (self.logits == -math.inf), 0.0, self.logits)
        return lgamma(value.sum(-1) + 1) - lgamma(value + 1).sum(-1) + (logits * value).sum(-1)

    def entropy(self) -> Tensor:
        """n H(p) − ln n! + Σ E[ln xₖ!], where each xₖ is binomial."""
        n, p = self.total_count, self.probs
        counts = listed(n + 1, Distribution(p.shape), self._given, False)[1:]       # (n, …, 1)
        weights = exp(Binomial(n, probs=p, validate_args=False).log_prob(counts))
        return super().entropy() * n - math.lgamma(n + 1) + (weights * lgamma(counts + 1)).sum((0, -1))

    @property
    def mean(self) -> Tensor:
        """n p."""
        return self.probs * self.total_count

    @property
    def variance(self) -> Tensor:
        """n p (1 − p)."""
        return self.probs * (1 - self.probs) * self.total_count
