"""Differential privacy: gradients of single examples beside one by one, noise, ε beside other ways."""
from __future__ import annotations

import copy
import math
from typing import Any, Callable

import numpy as np
import pytest

import minigrad
from minigrad import nn, privacy
from minigrad.errors import GraphError, RangeError, ShapeError
from minigrad.privacy import RDPAccountant, gradients

LOSS = nn.CrossEntropyLoss(reduction="none")


def with_convolutions() -> nn.Module:
    return nn.Sequential(nn.Conv2d(2, 4, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(4, 3, 2, dilation=2),
                         nn.ReLU(), nn.Flatten(), nn.Linear(12, 5, bias=False), nn.Tanh(), nn.Linear(5, 3))


class OverSequences(nn.Module):
    """Linear layers on (N, T, K): wide ones, whose products of rows are small, and a narrow one."""

    def __init__(self) -> None:
        super().__init__()
        self.wide, self.narrow, self.last = nn.Linear(20, 30), nn.Linear(30, 2), nn.Linear(2, 3)

    def forward(self, x: Any) -> Any:
        return self.last(self.narrow(self.wide(x).tanh()).tanh().mean(1))


CASES: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "one layer": (lambda: nn.Linear(4, 3), (4,)),
    "convolutions": (with_convolutions, (2, 8, 8)),
    "sequences": (OverSequences, (7, 20))}


def one_by_one(model: nn.Module, x: Any, y: Any) -> list[dict[str, np.ndarray]]:
    """The gradient of each example alone, by plain backward."""
    found = []
    for i in range(len(x)):
        model.zero_grad()
        LOSS(model(x[i:i + 1]), y[i:i + 1]).sum().backward()
        found.append({name: p.grad.numpy().copy() for name, p in model.named_parameters()
                      if p.grad is not None})
    model.zero_grad()
    return found


def length(gradient: dict[str, np.ndarray]) -> float:
    return math.sqrt(sum((g ** 2).sum() for g in gradient.values()))


def drawn(shape: tuple[int, ...], count: int = 6) -> tuple[Any, Any]:
    minigrad.manual_seed(0)
    return (minigrad.randn(count, *shape) * minigrad.arange(1.0, count + 1).reshape(-1, *[1] * len(shape)),
            minigrad.arange(count) % 3)


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[nn.Module, Any, Any]:
    make, shape = CASES[request.param]
    x, y = drawn(shape)
    return make(), x, y


def test_norms_are_those_of_one_by_one(case: tuple[nn.Module, Any, Any]) -> None:
    model, x, y = case
    right = [length(g) for g in one_by_one(model, x, y)]
    np.testing.assert_allclose(privacy.per_example_norms(model, LOSS, x, y).numpy(), right, rtol=1e-5)
    assert all(p.grad is None for p in model.parameters())


def test_each_gradient_is_cut_to_the_length_before_they_are_added(case: tuple[nn.Module, Any, Any]) -> None:
    model, x, y = case
    each = one_by_one(model, x, y)
    limit = float(np.median([length(g) for g in each]))         # cuts some, and some not
    norms = privacy.clipped_backward(model, LOSS, x, y, max_grad_norm=limit)
    np.testing.assert_allclose(norms.numpy(), [length(g) for g in each], rtol=1e-5)
    for name, p in model.named_parameters():
        right = sum(min(1.0, limit / length(g)) * g[name] for g in each)
        np.testing.assert_allclose(p.grad.numpy(), right, rtol=1e-4, atol=1e-5)


def test_without_cutting_it_is_the_plain_gradient_and_adds_up(case: tuple[nn.Module, Any, Any]) -> None:
    model, x, y = case
    plain = copy.deepcopy(model)
    LOSS(plain(x), y).sum().backward()
    for times in (1, 2):
        privacy.clipped_backward(model, LOSS, x, y, max_grad_norm=1e6)
        for p, q in zip(model.parameters(), plain.parameters()):
            np.testing.assert_allclose(p.grad.numpy(), times * q.grad.numpy(), rtol=1e-4, atol=1e-5)


def test_the_three_ways_to_a_length_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when a block of gradients has room for one example only."""
    monkeypatch.setattr(gradients, "BLOCK", 1)
    rng = np.random.default_rng(0)
    for t, k, o in ((1, 5, 4), (3, 20, 30), (40, 5, 4)):
        x, g = (minigrad.tensor(rng.normal(size=(3, t, n))) for n in (k, o))
        layer = nn.Linear(k, o, bias=False, dtype=minigrad.float64)
        right = (np.einsum("nto,ntk->nok", g.numpy(), x.numpy()) ** 2).sum((1, 2))
        np.testing.assert_allclose(gradients.Rows(layer, x, g).squares().numpy(), right, rtol=1e-10)


def test_frozen_parameters_do_not_count() -> None:
    model, (x, y) = with_convolutions(), drawn((2, 8, 8))
    model[0].requires_grad_(False)
    model[7].weight.requires_grad_(False)
    right = [length(g) for g in one_by_one(model, x, y)]
    privacy.clipped_backward(model, LOSS, x, y, 0.1)
    np.testing.assert_allclose(privacy.per_example_norms(model, LOSS, x, y).numpy(), right, rtol=1e-5)
    assert model[0].weight.grad is None and model[7].weight.grad is None and model[7].bias.grad is not None


def test_an_empty_batch_has_the_gradient_zero() -> None:
    model = nn.Linear(4, 3)
    x, y = drawn((4,))
    norms = privacy.clipped_backward(model, LOSS, x[:0], y[:0], 1.0)
    assert norms.shape == (0,) and all((p.grad == 0).all() for p in model.parameters())


def test_no_example_changes_the_sum_by_more_than_the_length() -> None:
    model, (x, y) = with_convolutions(), drawn((2, 8, 8))
    sums = []
    for k in (6, 5):                                    # with the last one, 1,000 times as large
        model.zero_grad()
        large = x.clone()
        large[5] *= 1000
        privacy.clipped_backward(model, LOSS, large[:k], y[:k], 0.5)
        sums.append({name: p.grad.numpy() for name, p in model.named_parameters()})
    change = length({name: sums[0][name] - sums[1][name] for name in sums[0]})
    assert 0.49 < change <= 0.5 * (1 + 1e-5)


# ── what is refused ───────────────────────────────────────────────────────────────────────────────

class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: Any) -> Any:
        return self.layer(self.layer(x))


class Around(nn.Module):
    """Takes a layer's weight, but doesn't call the layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 3)

    def forward(self, x: Any) -> Any:
        return nn.functional.linear(x, self.layer.weight, self.layer.bias)


class Own(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(minigrad.ones(4))

    def forward(self, x: Any) -> Any:
        return x * self.scale


def tied() -> nn.Module:
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    model[1].weight = model[0].weight
    return model


@pytest.mark.parametrize(("model", "says"), [
    (nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)), "mixes"),
    (nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4, affine=False)), "mixes"),
    (Twice(), "runs twice"), (Around(), "did not run"), (Own(), "has parameters"), (tied(), "shares"),
    (nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4)), "1 .LayerNorm. has parameters"),
    (nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True)), "in place")])
def test_a_model_without_a_formula_is_refused(model: nn.Module, says: str) -> None:
    x, y = drawn((4,))
    for step in (lambda: privacy.per_example_norms(model, LOSS, x, y),
                 lambda: privacy.clipped_backward(model, LOSS, x, y, 1.0)):
        with pytest.raises(GraphError, match=says):
            step()
    assert all(p.grad is None for p in model.parameters())
    assert not any(module.watched() for module in model.modules())


@pytest.mark.parametrize("options", [{"groups": 2}, {"padding": 1, "padding_mode": "circular"},
                                     {"padding": "same"}])
def test_a_convolution_without_a_formula_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(GraphError, match="only for Linear"):
        privacy.per_example_norms(nn.Conv2d(2, 2, 3, **options), LOSS, *drawn((2, 4, 4)))


def test_a_mean_loss_and_a_bad_length_are_refused() -> None:
    model, (x, y) = nn.Linear(4, 3), drawn((4,))
    with pytest.raises(ShapeError, match="reduction='none'"):
        privacy.per_example_norms(model, nn.CrossEntropyLoss(), x, y)
    for limit in (0.0, -1.0, math.nan):
        with pytest.raises(RangeError, match="must be positive"):
            privacy.clipped_backward(model, LOSS, x, y, limit)


# ── noise ─────────────────────────────────────────────────────────────────────────────────────────

def test_noise_has_the_size_that_was_asked_for() -> None:
    w, frozen = minigrad.zeros(40_000, requires_grad=True), minigrad.zeros(3)
    w.grad = minigrad.full((40_000,), 8.0)
    minigrad.manual_seed(0)
    privacy.add_noise([w, frozen], noise_multiplier=3.0, max_grad_norm=2.0, expected_batch_size=4)
    assert abs(float(w.grad.mean()) - 2) < 4 * 1.5 / 200 and abs(float(w.grad.std()) - 1.5) < 0.03
    assert frozen.grad is None


def test_noise_is_added_also_where_there_is_no_gradient() -> None:
    w = minigrad.zeros(100, requires_grad=True)
    privacy.add_noise([w], 1.0, 1.0, 1.0)
    assert w.grad is not None and len(np.unique(w.grad.numpy())) > 90


def test_noise_that_makes_no_sense_is_refused() -> None:
    for options in ((-1, 1, 1), (1, 0, 1), (1, 1, 0), (math.nan, 1, 1)):
        with pytest.raises(RangeError, match="must be"):
            privacy.add_noise([], *options)


# ── the accountant ────────────────────────────────────────────────────────────────────────────────

SETTINGS = [(1.1, 0.01, 1000), (0.6, 0.02, 300), (4.0, 0.2, 50), (2.0, 1.0, 10), (0.3, 0.001, 20),
            (1.0, 1e-4, 10_000)]


@pytest.mark.parametrize(("sigma", "q", "steps"), SETTINGS)
def test_whole_orders_by_the_binomial_sum(sigma: float, q: float, steps: int) -> None:
    """E₀[(p/p₀)^α] = Σ_k C(α, k) (1 − q)^(α−k) q^k exp((k² − k) / 2σ²), for a whole α."""
    from minigrad.privacy.accounting import renyi
    for alpha in (2, 3, 8, 20):
        logs = [math.log(math.comb(alpha, k)) + (k * k - k) / (2 * sigma ** 2) + k * math.log(q)
                + ((alpha - k) * math.log1p(-q) if q < 1 else 0)
                for k in range(alpha + 1) if q < 1 or k == alpha]
        right = np.logaddexp.reduce(logs) / (alpha - 1)
        np.testing.assert_allclose(renyi(sigma, q, np.array([alpha]))[0], right, rtol=1e-6, atol=1e-14)


def test_one_step_without_sampling_is_above_the_exact_answer() -> None:
    """Balle & Wang (2018): δ(ε) of one Gaussian step is known exactly; RDP may say more, not less."""
    def exact_delta(eps: float, sigma: float) -> float:
        def ndtr(v: float) -> float:
            return 0.5 * math.erfc(-v / math.sqrt(2))
        return ndtr(1 / (2 * sigma) - eps * sigma) - math.exp(eps) * ndtr(-1 / (2 * sigma) - eps * sigma)

    for sigma in (0.8, 2.0, 5.0):
        accountant = RDPAccountant()
        accountant.step(noise_multiplier=sigma, sample_rate=1.0)
        eps = accountant.get_epsilon(1e-5)
        assert exact_delta(1.15 * eps, sigma) < exact_delta(eps, sigma) <= 1e-5
        assert exact_delta(0.85 * eps, sigma) > 1e-5            # and not much more


def test_steps_add_up_whatever_their_order() -> None:
    one, other = RDPAccountant(), RDPAccountant()
    for sigma in (1.0, 2.0, 1.0):
        one.step(noise_multiplier=sigma, sample_rate=0.1)
    for sigma in (2.0, 1.0, 1.0):
        other.step(noise_multiplier=sigma, sample_rate=0.1)
    assert math.isclose(one.get_epsilon(1e-5), other.get_epsilon(1e-5), rel_tol=1e-12)
    assert other.history == [(2.0, 0.1, 1), (1.0, 0.1, 2)]


def test_nothing_and_everything() -> None:
    accountant = RDPAccountant()
    assert accountant.get_epsilon(1e-5) == 0.0
    accountant.step(noise_multiplier=1.0, sample_rate=0.0)
    before = accountant.get_epsilon(1e-5)
    assert before < 0.2                                         # what the orders up to 63 can show
    accountant.step(noise_multiplier=0.0, sample_rate=0.1)
    assert accountant.get_epsilon(1e-5) == math.inf


def test_the_noise_for_an_epsilon_is_just_enough() -> None:
    for target in (0.5, 3.0, 8.0):
        sigma = privacy.get_noise_multiplier(target_epsilon=target, target_delta=1e-5, sample_rate=0.02,
                                             steps=200)
        found = []
        for s in (sigma, 0.999 * sigma):
            accountant = RDPAccountant()
            accountant.history = [(s, 0.02, 200)]
            found.append(accountant.get_epsilon(1e-5))
        assert found[0] <= target < found[1]


def test_an_accountant_refuses_what_makes_no_sense() -> None:
    accountant = RDPAccountant()
    for options in ({"noise_multiplier": -1.0, "sample_rate": 0.1},
                    {"noise_multiplier": 1.0, "sample_rate": 2.0},
                    {"noise_multiplier": math.nan, "sample_rate": 0.1}):
        with pytest.raises(RangeError):
            accountant.step(**options)
    for call in (lambda: accountant.get_epsilon(0.0), lambda: accountant.get_epsilon(1e-5, alphas=[1.0]),
                 lambda: accountant.get_epsilon(1e-5, alphas=[])):
        with pytest.raises(RangeError):
            call()
    for epsilon, steps, says in ((1e-3, 10, "no noise reaches"), (math.nan, 10, "target_epsilon must be"),
                                 (3.0, -5, "steps must be")):
        with pytest.raises(RangeError, match=says):
            privacy.get_noise_multiplier(target_epsilon=epsilon, target_delta=1e-5, sample_rate=0.1,
                                         steps=steps)


# ── beside Opacus ─────────────────────────────────────────────────────────────────────────────────

@pytest.mark.torch
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("sigma", "q", "steps"), SETTINGS)
def test_the_same_epsilon_as_opacus(sigma: float, q: float, steps: int) -> None:
    accountants = pytest.importorskip("opacus.accountants")
    theirs, ours = accountants.RDPAccountant(), RDPAccountant()
    theirs.history = [(sigma, q, steps)]
    ours.history = [(sigma, q, steps)]
    for delta in (1e-5, 1e-3):
        np.testing.assert_allclose(ours.get_epsilon(delta), theirs.get_epsilon(delta), rtol=1e-6)


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore")
def test_the_same_step_as_opacus() -> None:
    """Clipped, without noise, over the expected size of a batch: the gradient of Opacus' optimizer."""
    opacus = pytest.importorskip("opacus")
    torch = pytest.importorskip("torch")
    x, y = drawn((2, 8, 8))
    ours = nn.Sequential(nn.Conv2d(2, 4, 3, stride=2), nn.Flatten(), nn.Linear(36, 3))
    layers = torch.nn.Sequential(torch.nn.Conv2d(2, 4, 3, stride=2), torch.nn.Flatten(),
                                 torch.nn.Linear(36, 3))
    layers.load_state_dict({k: torch.from_numpy(v.numpy().copy()) for k, v in ours.state_dict().items()})
    theirs = opacus.GradSampleModule(layers)
    sgd = torch.optim.SGD(theirs.parameters(), lr=1.0)
    optimizer = opacus.optimizers.DPOptimizer(sgd, noise_multiplier=0.0, max_grad_norm=0.7,
                                              expected_batch_size=5)
    scores = theirs(torch.from_numpy(x.numpy()))
    torch.nn.functional.cross_entropy(scores, torch.from_numpy(y.numpy())).backward()
    optimizer.pre_step()
    privacy.clipped_backward(ours, LOSS, x, y, max_grad_norm=0.7)
    privacy.add_noise(ours.parameters(), 0.0, 0.7, expected_batch_size=5)
    for p, q in zip(ours.parameters(), theirs.parameters()):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-4, atol=1e-6)
