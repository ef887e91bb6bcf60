"""Every distribution beside PyTorch's: log_prob, entropy, moments, quantiles, divergences, transforms."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np
import pytest

import minigrad
import minigrad.distributions

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

rng = np.random.default_rng(0)
LOC, SCALE = rng.standard_normal((3, 2)), rng.uniform(0.5, 2, (3, 2))
UNIT = rng.uniform(0.05, 0.95, (3, 2))
ROWS = rng.uniform(0.2, 3, (3, 4))
SCORES = rng.standard_normal((3, 4))
HALF = rng.standard_normal((3, 3))
MATRIX = HALF @ HALF.T + np.eye(3)
SQUARES = np.stack([MATRIX, 2 * MATRIX + np.eye(3)])
VECTORS = rng.standard_normal((2, 3))

Make = Callable[[Any, Callable[[np.ndarray], Any]], Any]    # (the room, array → tensor) → a distribution
KINDS: dict[str, Make] = {
    "Normal": lambda d, t: d.Normal(t(LOC), t(SCALE)),
    "Normal-numbers": lambda d, t: d.Normal(t(LOC), 2.0),
    "Laplace": lambda d, t: d.Laplace(t(LOC), t(SCALE)),
    "Cauchy": lambda d, t: d.Cauchy(t(LOC), t(SCALE)),
    "Gumbel": lambda d, t: d.Gumbel(t(LOC), t(SCALE)),
    "Uniform": lambda d, t: d.Uniform(t(LOC), t(LOC + SCALE)),
    "HalfNormal": lambda d, t: d.HalfNormal(t(SCALE)),
    "HalfCauchy": lambda d, t: d.HalfCauchy(t(SCALE)),
    "LogNormal": lambda d, t: d.LogNormal(t(LOC), t(SCALE)),
    "Exponential": lambda d, t: d.Exponential(t(SCALE)),
    "Gamma": lambda d, t: d.Gamma(t(SCALE), t(UNIT)),
    "Chi2": lambda d, t: d.Chi2(t(SCALE * 3)),
    "StudentT": lambda d, t: d.StudentT(t(SCALE * 3), t(LOC), t(SCALE)),
    "Beta": lambda d, t: d.Beta(t(SCALE), t(UNIT * 3)),
    "Dirichlet": lambda d, t: d.Dirichlet(t(ROWS)),
    "Bernoulli": lambda d, t: d.Bernoulli(t(UNIT)),
    "Bernoulli-logits": lambda d, t: d.Bernoulli(logits=t(LOC * 3)),
    "Geometric": lambda d, t: d.Geometric(t(UNIT)),
    "Geometric-logits": lambda d, t: d.Geometric(logits=t(LOC)),
    "Binomial": lambda d, t: d.Binomial(7, t(UNIT)),
    "Binomial-logits": lambda d, t: d.Binomial(4, logits=t(LOC)),
    "Poisson": lambda d, t: d.Poisson(t(SCALE * 3)),
    "Categorical": lambda d, t: d.Categorical(t(ROWS)),
    "Categorical-logits": lambda d, t: d.Categorical(logits=t(SCORES)),
    "OneHotCategorical": lambda d, t: d.OneHotCategorical(t(ROWS)),
    "OneHotCategoricalStraightThrough": lambda d, t: d.OneHotCategoricalStraightThrough(logits=t(SCORES)),
    "RelaxedOneHotCategorical": lambda d, t: d.RelaxedOneHotCategorical(t(np.array(0.7)), logits=t(SCORES)),
    "RelaxedBernoulli": lambda d, t: d.RelaxedBernoulli(t(np.array(0.7)), t(UNIT)),
    "Multinomial": lambda d, t: d.Multinomial(5, t(ROWS)),
    "MultivariateNormal": lambda d, t: d.MultivariateNormal(t(VECTORS), t(SQUARES)),
    "MultivariateNormal-one": lambda d, t: d.MultivariateNormal(t(VECTORS), t(MATRIX)),
    "MultivariateNormal-tril": lambda d, t: d.MultivariateNormal(
        t(VECTORS), scale_tril=t(np.linalg.cholesky(MATRIX))),
    "MultivariateNormal-precision": lambda d, t: d.MultivariateNormal(t(VECTORS[0]),
                                                                      precision_matrix=t(SQUARES)),
    "Independent": lambda d, t: d.Independent(d.Normal(t(LOC), t(SCALE)), 1),
    "Independent-all": lambda d, t: d.Independent(d.Laplace(t(LOC), t(SCALE)), 2),
    "Mixture": lambda d, t: d.MixtureSameFamily(d.Categorical(t(ROWS[:, :2])), d.Normal(t(LOC), t(SCALE))),
    "Mixture-vectors": lambda d, t: d.MixtureSameFamily(
        d.Categorical(t(ROWS[0, :2])), d.Independent(d.Normal(t(VECTORS), t(np.abs(VECTORS) + 0.1)), 1)),
    "Transformed": lambda d, t: d.TransformedDistribution(
        d.Normal(t(LOC), t(SCALE)), [d.transforms.AffineTransform(1.0, -2.0), d.transforms.TanhTransform()]),
    "Transformed-stick": lambda d, t: d.TransformedDistribution(
        d.Normal(t(SCORES), 1.0), d.transforms.StickBreakingTransform()),
    "Logistic": lambda d, t: d.TransformedDistribution(
        d.Uniform(t(UNIT * 0), t(UNIT * 0 + 1)), [d.transforms.SigmoidTransform().inv,
                                                  d.transforms.AffineTransform(t(LOC), t(SCALE))]),
}
DISCRETE = ("Bernoulli", "Geometric", "Binomial", "Poisson", "Categorical", "Multinomial", "OneHot")


def ours(array: np.ndarray) -> Any:
    return minigrad.tensor(array)


def theirs(array: np.ndarray) -> Any:
    return torch.tensor(array)


def pair(name: str) -> tuple[Any, Any]:
    return (KINDS[name](minigrad.distributions, ours), KINDS[name](torch.distributions, theirs))


def assert_same(a: Any, b: Any, what: str, rtol: float = 1e-9) -> None:
    assert tuple(a.shape) == tuple(b.shape), what
    assert np.allclose(a.detach().numpy(), b.detach().numpy(), rtol=rtol, atol=1e-11, equal_nan=True), what


def outcome(get: Callable[[], Any]) -> Any:
    try:
        return get()
    except NotImplementedError:
        return NotImplementedError


@pytest.mark.parametrize("name", KINDS)
def test_densities_entropies_and_moments(name: str) -> None:
    a, b = pair(name)
    torch.manual_seed(0)
    assert tuple(a.batch_shape) == tuple(b.batch_shape) and tuple(a.event_shape) == tuple(b.event_shape)
    for shape in ((), (5,), (2, 3)):
        x = b.sample(shape)
        y = minigrad.tensor(x.numpy())
        assert_same(a.log_prob(y), b.log_prob(x), "log_prob")
        if outcome(lambda: b.cdf(x)) is not NotImplementedError and "Gamma" not in name and name != "Chi2":
            assert_same(a.cdf(y), b.cdf(x), "cdf")
    q = rng.uniform(0.05, 0.95, tuple(b.batch_shape))
    if outcome(lambda: b.icdf(theirs(q))) is not NotImplementedError:
        assert_same(a.icdf(ours(q)), b.icdf(theirs(q)), "icdf")
    for what in ("mean", "variance", "stddev", "mode"):
        there = outcome(lambda: getattr(b, what))
        if there is not NotImplementedError and not (name == "Mixture" and what == "mode"):
            assert_same(getattr(a, what), there, what)
    for what in ("entropy", "perplexity"):
        there = outcome(lambda: getattr(b, what)())
        if there is not NotImplementedError:
            rtol = 1e-6 if name == "Multinomial" else 1e-9              # PyTorch's is of float32 inside
            assert_same(getattr(a, what)(), there, what, rtol)
    if b.has_enumerate_support:
        for expand in (True, False):
            assert_same(a.enumerate_support(expand), b.enumerate_support(expand), "support")
    assert a.has_rsample == b.has_rsample and a.sample((4,)).dtype.name == str(b.sample().dtype)[6:]


@pytest.mark.parametrize("name", KINDS)
def test_expanded(name: str) -> None:
    a, b = pair(name)
    shape = (2, *a.batch_shape)
    a, b = a.expand(shape), b.expand(shape)
    assert tuple(a.batch_shape) == shape and tuple(a.sample((5,)).shape) == tuple(b.sample((5,)).shape)
    x = b.sample()
    assert_same(a.log_prob(minigrad.tensor(x.numpy())), b.log_prob(x), "log_prob")


@pytest.mark.parametrize("name", KINDS)
def test_gradients_of_log_prob(name: str) -> None:
    x = pair(name)[1].sample((3,))
    found = []
    for library, distributions in ((minigrad, minigrad.distributions), (torch, torch.distributions)):
        leaves: list[Any] = []

        def leaf(array: np.ndarray) -> Any:
            leaves.append(library.tensor(array, requires_grad=True))
            return leaves[-1]
        loss = KINDS[name](distributions, leaf).log_prob(library.tensor(x.numpy())).sum()
        found.append(library.autograd.grad(loss, leaves, allow_unused=True))
    for g, h in zip(*found):
        if h is not None and g is not None:
            assert_same(g, h, "gradient", 1e-7)
        else:
            assert g is None or not g.numpy().any()
            assert h is None or not h.numpy().any()


ABSOLUTE = ("Cauchy", "HalfCauchy", "StudentT", "LogNormal", "Logistic", "Transformed", "Transformed-stick",
            "RelaxedBernoulli", "RelaxedOneHotCategorical", "OneHotCategoricalStraightThrough")


@pytest.mark.parametrize("name", [n for n in KINDS if n not in ABSOLUTE and not n.startswith("Categorical")])
def test_samples_have_the_moments(name: str) -> None:
    minigrad.manual_seed(0)
    a, b = pair(name)
    n = 40_000
    x = a.sample((n,)).numpy()
    spread = b.variance.numpy()
    assert (np.abs(x.mean(0) - b.mean.numpy()) < 6 * np.sqrt(spread / n)).all()
    assert np.allclose(x.var(0), spread, rtol=0.15)


@pytest.mark.parametrize("name", ["Cauchy", "Exponential", "Gumbel", "HalfCauchy", "Laplace", "LogNormal",
                                  "Logistic", "Mixture", "Normal", "Transformed"])
def test_samples_have_the_quantiles(name: str) -> None:
    minigrad.manual_seed(1)
    a, b = pair(name)
    x = torch.tensor(a.sample((20_000,)).numpy())
    u = b.cdf(x).numpy()                                    # uniform, if x has the distribution
    for q in (0.1, 0.5, 0.9):
        assert np.allclose((u < q).mean(0), q, atol=0.02)


def test_classes_come_as_often_as_they_should() -> None:
    minigrad.manual_seed(2)
    a, b = pair("Categorical")
    x = a.sample((20_000,)).numpy()
    shares = np.stack([(x == k).mean(0) for k in range(4)], -1)
    assert np.allclose(shares, b.probs.numpy(), atol=0.02)


@pytest.mark.parametrize("shape", [0.3, 1.0, 2.5, 40.0, 3e3, 5e4])
def test_the_slope_of_gamma_samples_is_pytorchs(shape: float) -> None:
    from minigrad.distributions.gamma import gamma_slope
    a = np.full(200, shape)
    x = np.random.default_rng(3).gamma(shape, size=200)
    expected = torch._standard_gamma_grad(torch.tensor(a), torch.tensor(x)).numpy()
    assert np.allclose(gamma_slope(a, x), expected, rtol=2e-3)


@pytest.mark.parametrize("name", ["Beta", "Dirichlet", "Exponential", "Gamma", "Gumbel", "HalfNormal",
                                  "Laplace", "MultivariateNormal", "Normal", "StudentT", "Uniform"])
def test_gradients_through_samples_are_those_of_the_mean(name: str) -> None:
    """The mean over many samples has the gradient that the mean itself has."""
    minigrad.manual_seed(4)
    found = []
    for mean in (False, True):
        leaves: list[Any] = []

        def leaf(array: np.ndarray) -> Any:
            leaves.append(minigrad.tensor(array, requires_grad=True))
            return leaves[-1]
        d = KINDS[name](minigrad.distributions, leaf)
        value = d.mean if mean else d.rsample((30_000,)).mean(0)
        weights = minigrad.tensor(np.random.default_rng(5).standard_normal(tuple(value.shape)))
        found.append(minigrad.autograd.grad((value * weights).sum(), leaves, allow_unused=True))
    for g, h in zip(*found):
        h = np.zeros(g.shape) if h is None else h.numpy()
        assert np.allclose(g.numpy(), h, rtol=0.1, atol=0.08), name


DIVERGENCES = ["Bernoulli", "Bernoulli-logits", "Beta", "Binomial", "Categorical", "Categorical-logits",
               "Cauchy", "Chi2", "Dirichlet", "Exponential", "Gamma", "Geometric", "Gumbel", "HalfNormal",
               "Independent", "Independent-all", "Laplace", "LogNormal", "MultivariateNormal",
               "MultivariateNormal-tril", "Normal", "OneHotCategorical", "Poisson", "Uniform"]


@pytest.mark.parametrize("name", DIVERGENCES)
def test_divergences(name: str) -> None:
    def others(t: Callable[[np.ndarray], Any]) -> Callable[[np.ndarray], Any]:
        def changed(x: np.ndarray) -> Any:                  # other parameters of the same kind
            if x.ndim == 3 or x.shape == (3, 3):
                return t(x * 1.5)
            return t(x[::-1].copy())
        return changed
    found = []
    for d, t in ((minigrad.distributions, ours), (torch.distributions, theirs)):
        p, q = KINDS[name](d, t), KINDS[name](d, others(t))
        found.append((d.kl_divergence(p, q), d.kl_divergence(q, p), d.kl_divergence(p, p)))
    for a, b in zip(*found):
        assert_same(a, b, "divergence", 1e-8)
    assert np.allclose(found[0][2].numpy(), 0, atol=1e-10)


TRANSFORMS: dict[str, tuple[Callable[[Any], Any], np.ndarray]] = {
    "exp": (lambda t: t.ExpTransform(), SCORES), "sigmoid": (lambda t: t.SigmoidTransform(), SCORES),
    "tanh": (lambda t: t.TanhTransform(), SCORES), "softplus": (lambda t: t.SoftplusTransform(), SCORES),
    "affine": (lambda t: t.AffineTransform(1.0, -2.0), SCORES),
    "affine-vectors": (lambda t: t.AffineTransform(1.0, -2.0, event_dim=1), SCORES),
    "stick": (lambda t: t.StickBreakingTransform(), SCORES),
    "inverse": (lambda t: t.ExpTransform().inv, ROWS),
    "composed": (lambda t: t.ComposeTransform([
        t.AffineTransform(0.5, 2.0), t.SigmoidTransform(), t.SigmoidTransform().inv,
        t.StickBreakingTransform()]), SCORES),
    "independent": (lambda t: t.IndependentTransform(t.ExpTransform(), 1), SCORES)}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms(name: str) -> None:
    make, values = TRANSFORMS[name]
    a, b = make(minigrad.distributions.transforms), make(torch.distributions.transforms)
    x, u = minigrad.tensor(values), torch.tensor(values)
    assert_same(a(x), b(u), "forward")
    assert_same(a.inv(a(x)), u, "inverse")
    assert_same(a.log_abs_det_jacobian(x, a(x)), b.log_abs_det_jacobian(u, b(u)), "logarithm")
    assert a.domain.event_dim == b.domain.event_dim and a.codomain.event_dim == b.codomain.event_dim
    assert tuple(a.forward_shape(values.shape)) == tuple(b.forward_shape(values.shape))
    x, u = minigrad.tensor(np.abs(values)), torch.tensor(np.abs(values))
    assert_same(minigrad.distributions.PowerTransform(1.5)(x), torch.distributions.PowerTransform(
        torch.tensor(1.5))(u), "power", 1e-6)
