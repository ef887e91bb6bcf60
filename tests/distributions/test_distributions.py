"""Distributions: what they refuse, gradients through samples, shapes, and that they come when asked for."""
from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad import tensor
from minigrad.distributions import (Beta, Bernoulli, Binomial, Categorical, Dirichlet, Distribution, Gamma,
                                    Independent, Laplace, MixtureSameFamily, Multinomial, MultivariateNormal,
                                    Normal, OneHotCategorical, Poisson, TransformedDistribution, Uniform,
                                    kl_divergence, register_kl)
from minigrad.distributions import constraints as c


@pytest.mark.parametrize("make, error, message", [
    (lambda: Normal(0.0, -1.0), ValueError, "Normal: scale must be positive, got -1.0"),
    (lambda: Normal(tensor([0.0, 0.0]), tensor([1.0, -2.0])), ValueError, "got -2.0 at 1 of 2 places"),
    (lambda: Normal(float("nan"), 1.0), ValueError, "loc must be a number, got nan"),
    (lambda: Normal(tensor([0.0, 1.0]), tensor([1.0, 2.0, 3.0])), ValueError, "2.*3.*do not broadcast"),
    (lambda: Bernoulli(tensor([0.5, 1.5])), ValueError, "probs must be from 0 to 1, got 1.5"),
    (lambda: Bernoulli(), ValueError, "Bernoulli: give either probs or logits"),
    (lambda: Bernoulli(0.5, logits=0.0), ValueError, "and not both"),
    (lambda: Categorical(tensor(0.5)), ValueError, "a number for each class"),
    (lambda: Categorical(tensor([0.5, -0.5])), ValueError, "Categorical: probs must be 0 or more"),
    (lambda: Uniform(1.0, 0.0), ValueError, "Uniform: low must be less than"),
    (lambda: Dirichlet(tensor(1.0)), ValueError, "Dirichlet: concentration must be a vector"),
    (lambda: Multinomial(-1, tensor([1.0])), ValueError, "total_count must be an int from 0"),
    (lambda: MultivariateNormal(minigrad.zeros(2)), ValueError, "got none"),
    (lambda: MultivariateNormal(minigrad.zeros(2), -minigrad.eye(2)), ValueError, "positive definite"),
    (lambda: Independent(Normal(0.0, 1.0), 1), ValueError, "1 dimensions of the batch shape"),
    (lambda: MixtureSameFamily(Categorical(minigrad.ones(3)), Normal(minigrad.zeros(2), 1.0)), ValueError,
     "last size must be 3"),
    (lambda: MixtureSameFamily(Bernoulli(0.5), Normal(minigrad.zeros(2), 1.0)), TypeError, "a Categorical"),
    (lambda: TransformedDistribution(Normal(0.0, 1.0), [abs]), TypeError, "expected a Transform"),
    (lambda: Gamma(1.0, 1.0).log_prob(tensor([-1.0])), ValueError, "a value must be 0 or more, got -1.0"),
    (lambda: Categorical(minigrad.ones(3)).log_prob(tensor(3)), ValueError, "an integer from 0 to 2, got 3"),
    (lambda: Poisson(1.0).log_prob(tensor(0.5)), ValueError, "an integer from 0, got 0.5"),
    (lambda: Normal(0.0, 1.0).log_prob(0.5), TypeError, "a value must be a tensor, got float"),
    (lambda: Normal(minigrad.zeros(2), 1.0).log_prob(minigrad.zeros(3)), ValueError, r"shape \(3,\)"),
    (lambda: Dirichlet(minigrad.ones(3)).log_prob(minigrad.ones(2) / 2), ValueError, r"event shape \(3,\)"),
    (lambda: Categorical(minigrad.ones(3)).rsample(), NotImplementedError, "score function"),
    (lambda: Normal(0.0, 1.0).enumerate_support(), NotImplementedError, "Normal.enumerate_support"),
    (lambda: kl_divergence(Normal(0.0, 1.0), Poisson(1.0)), NotImplementedError, "Normal and Poisson"),
    (lambda: register_kl(Normal, int), TypeError, "two subclasses of Distribution")])
def test_mistakes_are_named(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_checks_can_be_switched_off() -> None:
    assert Normal(0.0, -1.0, validate_args=False).scale.item() == -1
    Distribution.set_default_validate_args(False)
    try:
        Normal(0.0, -1.0)
    finally:
        Distribution.set_default_validate_args(True)


def test_the_formulas_of_the_smallest_cases() -> None:
    coin = Binomial(2, tensor(0.25, dtype=minigrad.float64))
    values = coin.enumerate_support()
    assert np.allclose(coin.log_prob(values).exp().numpy(), [0.5625, 0.375, 0.0625])
    die = Categorical(tensor([1.0, 3.0], dtype=minigrad.float64))
    assert np.allclose(die.log_prob(tensor([0, 1])).exp().numpy(), [0.25, 0.75])
    assert np.allclose(Beta(tensor(1.0), 1.0).log_prob(tensor([0.3])).numpy(), 0)
    one = OneHotCategorical(tensor([0.0, 1.0]))
    assert one.sample((5,)).tolist() == [[0.0, 1.0]] * 5 and one.log_prob(tensor([0.0, 1.0])).item() < 1e-6


def test_samples_repeat_with_the_seed_and_have_no_gradient() -> None:
    mean = tensor([1.0], requires_grad=True)
    for d in (Normal(mean, 1.0), Gamma(mean, 1.0), Bernoulli(logits=mean), Categorical(logits=mean)):
        drawn = []
        for _ in range(2):
            minigrad.manual_seed(3)
            drawn.append(d.sample((4,)).tolist())
            assert not d.sample().requires_grad
        assert drawn[0] == drawn[1]


def test_gradients_through_a_sample() -> None:
    mean, scale = (tensor([v], dtype=minigrad.float64, requires_grad=True) for v in (1.0, 2.0))
    for kind in (Normal, Laplace):
        x = kind(mean, scale).rsample()
        by_mean, by_scale = minigrad.autograd.grad(x.sum(), [mean, scale])
        assert by_mean.item() == 1 and by_scale.item() == pytest.approx((x.item() - 1) / 2)


def test_a_gamma_sample_moves_with_its_shape_as_its_probability_says() -> None:
    """P(x; α) stays the same, checked with the closed form for α = 1: x = −ln(1 − u)."""
    from minigrad.distributions.gamma import gamma_slope
    h, x = 1e-4, np.array([0.3, 1.0, 2.5])

    def below(a: float, x: np.ndarray) -> np.ndarray:       # ∫ tᵃ⁻¹ e⁻ᵗ, by Simpson's rule in t = s⁴
        s = np.linspace(0, 1, 20_001)[:, None] * x ** 0.25
        f = 4 * s ** (4 * a - 1) * np.exp(-s ** 4)
        weights = np.ones(20_001)
        weights[1:-1:2], weights[2:-1:2] = 4, 2
        from math import gamma
        return (weights[:, None] * f).sum(0) * (s[1] - s[0]) / 3 / gamma(a)
    slope = -(below(1 + h, x) - below(1 - h, x)) / (2 * h) / np.exp(-x)
    assert np.allclose(gamma_slope(np.ones(3), x), slope, rtol=1e-5)


def test_reinforce_and_the_reparameterization_agree() -> None:
    """d/dμ E[x²] = 2μ, by both estimators."""
    minigrad.manual_seed(0)
    mean = tensor(1.5, dtype=minigrad.float64, requires_grad=True)
    d = Normal(mean, 1.0)
    (by_path,) = minigrad.autograd.grad((d.rsample((50_000,)) ** 2).mean(), mean)
    x = d.sample((200_000,))
    (by_score,) = minigrad.autograd.grad((d.log_prob(x) * x ** 2).mean(), mean)
    assert by_path.item() == pytest.approx(3, abs=0.05) and by_score.item() == pytest.approx(3, abs=0.15)


def test_numbers_take_the_dtype_of_tensors() -> None:
    assert Normal(tensor(0.0, dtype=minigrad.float64), 1).sample().dtype == minigrad.float64
    assert Normal(0, 1).sample((2,)).dtype == minigrad.float32
    assert Categorical(minigrad.ones(3)).sample().dtype == minigrad.int64


@pytest.mark.parametrize("constraint, good, bad", [
    (c.real, 1.0, float("nan")), (c.positive, 1.0, 0.0), (c.nonnegative, 0.0, -1.0), (c.boolean, 1.0, 2.0),
    (c.unit_interval, 1.0, 1.5), (c.nonnegative_integer, 3.0, 0.5), (c.positive_integer, 1.0, 0.0),
    (c.simplex, [0.5, 0.5], [0.5, 0.6]), (c.one_hot, [0.0, 1.0], [1.0, 1.0]),
    (c.lower_cholesky, [[1.0, 0.0], [5.0, 2.0]], [[1.0, 1.0], [0.0, 1.0]]),
    (c.positive_definite, [[2.0, 1.0], [1.0, 2.0]], [[1.0, 2.0], [2.0, 1.0]]),
    (c.real_vector, [0.0, 1.0], [0.0, float("nan")]), (c.multinomial(3), [1.0, 2.0], [1.0, 1.0])])
def test_constraints(constraint: Any, good: Any, bad: Any) -> None:
    assert constraint.check(tensor(good)).item() is True and constraint.check(tensor(bad)).item() is False


def test_the_way_back_of_a_transform_is_bijective_as_it_is() -> None:
    transforms = minigrad.distributions.transforms
    assert transforms.ExpTransform().inv.bijective and not transforms.AbsTransform().inv.bijective


def test_they_are_loaded_when_they_are_first_used() -> None:
    code = ("import sys, minigrad; assert 'minigrad.distributions' not in sys.modules; "
            "print(minigrad.distributions.Normal(0.0, 1.0))")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.startswith("Normal(loc: ")


def test_pytorchs_modules_are_found() -> None:
    from minigrad.distributions.categorical import Categorical as A
    from minigrad.distributions.normal import Normal as B
    assert A is Categorical and B is Normal and minigrad.distributions.normal.Normal is Normal
