"""Probability distributions with PyTorch's names: samples, log-probabilities, and gradients of both.

A policy's step: action = Categorical(logits=scores).sample(), then −log_prob(action) · reward is the loss. A
variational autoencoder's: z = Normal(mean, std).rsample(), whose gradient reaches mean and std.
"""
import sys

from . import (categorical, composed, constraints, discrete, gamma, location_scale, multivariate,
               transformed, transforms)
from .categorical import (Categorical, Multinomial, OneHotCategorical, OneHotCategoricalStraightThrough,
                          RelaxedOneHotCategorical)
from .composed import Independent, MixtureSameFamily
from .discrete import Bernoulli, Binomial, Geometric, Poisson
from .distribution import Distribution
from .gamma import Beta, Chi2, Dirichlet, Exponential, Gamma, StudentT
from .kl import kl_divergence, register_kl
from .location_scale import Cauchy, Gumbel, HalfCauchy, HalfNormal, Laplace, Normal, Uniform
from .multivariate import MultivariateNormal
from .transformed import LogNormal, RelaxedBernoulli, TransformedDistribution
from .transforms import (AbsTransform, AffineTransform, ComposeTransform, ExpTransform, IndependentTransform,
                         PowerTransform, SigmoidTransform, SoftmaxTransform, SoftplusTransform,
                         StickBreakingTransform, TanhTransform, Transform, identity_transform)

#: PyTorch has a module for each: ``from minigrad.distributions.normal import Normal`` finds it, too.
_MODULES = {
    "bernoulli": discrete, "beta": gamma, "binomial": discrete, "cauchy": location_scale, "chi2": gamma,
    "dirichlet": gamma, "exponential": gamma, "geometric": discrete, "gumbel": location_scale,
    "half_cauchy": location_scale, "half_normal": location_scale, "independent": composed,
    "laplace": location_scale, "log_normal": transformed, "mixture_same_family": composed,
    "multinomial": categorical, "multivariate_normal": multivariate, "normal": location_scale,
    "one_hot_categorical": categorical, "poisson": discrete, "relaxed_bernoulli": transformed,
    "relaxed_categorical": categorical, "studentT": gamma, "transformed_distribution": transformed,
    "uniform": location_scale}
for _name, _module in _MODULES.items():
    sys.modules[f"{__name__}.{_name}"] = globals()[_name] = _module

__all__ = ["AbsTransform", "AffineTransform", "Bernoulli", "Beta", "Binomial", "Categorical", "Cauchy",
           "Chi2", "ComposeTransform", "Dirichlet", "Distribution", "ExpTransform", "Exponential",
           "Gamma", "Geometric", "Gumbel", "HalfCauchy", "HalfNormal", "Independent",
           "IndependentTransform", "Laplace", "LogNormal", "MixtureSameFamily", "Multinomial",
           "MultivariateNormal", "Normal", "OneHotCategorical",
           "OneHotCategoricalStraightThrough", "Poisson", "PowerTransform", "RelaxedBernoulli",
           "RelaxedOneHotCategorical", "SigmoidTransform", "SoftmaxTransform",
           "SoftplusTransform", "StickBreakingTransform", "StudentT", "TanhTransform",
           "Transform", "TransformedDistribution", "Uniform", "constraints", "identity_transform",
           "kl_divergence", "register_kl", "transforms"]
