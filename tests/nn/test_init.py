"""Initial weights: bounds and statistics, as PyTorch documents them."""
import math

import numpy as np
import pytest

import minigrad
from minigrad import nn
from minigrad.errors import ShapeError


def uniform_within(values, bound):
    """All inside ±bound, close to it at both ends, and with the variance bound²/3 of a uniform draw."""
    values = values.detach().numpy().ravel()
    n = values.size
    assert np.abs(values).max() <= bound
    assert values.max() > bound * (1 - 20 / n) and values.min() < -bound * (1 - 20 / n)
    # Five standard deviations of the sample's mean and of its mean square.
    assert abs(values.mean()) < 5 * bound / math.sqrt(3 * n)
    assert abs((values ** 2).mean() - bound ** 2 / 3) < 5 * bound ** 2 * math.sqrt(4 / 45 / n)


def test_defaults_of_linear_and_conv():
    layer = nn.Linear(300, 200)
    uniform_within(layer.weight, 1 / math.sqrt(300))
    uniform_within(layer.bias, 1 / math.sqrt(300))
    conv = nn.Conv2d(20, 300, (3, 5))
    uniform_within(conv.weight, 1 / math.sqrt(20 * 15))
    uniform_within(conv.bias, 1 / math.sqrt(20 * 15))
    assert layer.weight.dtype == minigrad.float32 and layer.weight.requires_grad


def test_seeds_repeat_and_layers_differ():
    minigrad.manual_seed(3)
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)
    minigrad.manual_seed(3)
    again = nn.Linear(4, 4)
    assert minigrad.equal(first.weight.detach(), again.weight.detach())
    assert not minigrad.equal(first.weight.detach(), second.weight.detach())


@pytest.mark.parametrize("name, shape, expected", [
    ("xavier_uniform_", (200, 300), math.sqrt(6 / 500)),
    ("kaiming_uniform_", (200, 300), math.sqrt(2) * math.sqrt(3 / 300)),
    ("kaiming_uniform_", (50, 20, 3, 3), math.sqrt(2) * math.sqrt(3 / 180)),
])
def test_uniform_families(name, shape, expected):
    uniform_within(getattr(nn.init, name)(minigrad.zeros(*shape)), expected)


@pytest.mark.parametrize("name, options, expected", [
    ("xavier_normal_", {}, math.sqrt(2 / 500)), ("xavier_normal_", {"gain": 2.0}, 2 * math.sqrt(2 / 500)),
    ("kaiming_normal_", {}, math.sqrt(2 / 300)),
    ("kaiming_normal_", {"mode": "fan_out", "nonlinearity": "relu"}, math.sqrt(2 / 200)),
    ("normal_", {"std": 0.3}, 0.3)])
def test_normal_families(name, options, expected):
    x = getattr(nn.init, name)(minigrad.zeros(200, 300), **options).numpy()
    assert abs(x.std() - expected) < 5 * expected / math.sqrt(2 * x.size)
    assert abs(x.mean()) < 5 * expected / math.sqrt(x.size) and np.abs(x).max() > 3 * expected


def test_constants_and_errors():
    x = minigrad.empty(3, 2, requires_grad=True)
    assert nn.init.ones_(x) is x and x.tolist() == [[1, 1]] * 3
    assert nn.init.zeros_(x).tolist() == [[0, 0]] * 3
    assert nn.init.constant_(x, 2.5).tolist() == [[2.5, 2.5]] * 3
    with pytest.raises(ShapeError, match=r"\(3,\)"):
        nn.init.xavier_uniform_(minigrad.zeros(3))
    with pytest.raises(ValueError, match="fan_in"):
        nn.init.kaiming_normal_(minigrad.zeros(3, 3), mode="fan")


@pytest.mark.torch
def test_bounds_are_pytorchs():
    torch = pytest.importorskip("torch")
    for ours, theirs in ((nn.Linear(77, 300), torch.nn.Linear(77, 300)),
                         (nn.Conv2d(7, 200, 3), torch.nn.Conv2d(7, 200, 3))):
        for name, p in ours.named_parameters():
            t = theirs.state_dict()[name].numpy()
            assert tuple(p.shape) == t.shape
            # Two maxima of n uniform draws: each within 12 / n of the bound (probability e⁻¹²).
            assert abs(float(p.detach().numpy().max()) / t.max() - 1) < 12 / t.size
    for gain in ("linear", "relu", "tanh", "sigmoid", "leaky_relu"):
        assert nn.init.calculate_gain(gain) == torch.nn.init.calculate_gain(gain)


@pytest.mark.parametrize("shape", [(6, 6), (4, 9), (9, 4), (4, 3, 3, 1)], ids=str)
def test_orthogonal(shape):
    w = nn.init.orthogonal_(minigrad.empty(*shape, dtype=minigrad.float64), gain=2.0).numpy()
    w = w.reshape(shape[0], -1)
    small = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    assert np.allclose(small, 4 * np.eye(len(small)))


def test_truncated_normal_draws_again():
    w = nn.init.trunc_normal_(minigrad.empty(100000), mean=0.5, std=1.0, a=-0.5, b=1.0).numpy()
    assert -0.5 <= w.min() < -0.49 and 0.99 < w.max() <= 1
    inside = [x for x in np.random.default_rng(0).normal(0.5, 1.0, 200000) if -0.5 <= x <= 1]
    assert abs(w.mean() - np.mean(inside)) < 0.01 and abs(w.std() - np.std(inside)) < 0.01
    for options in ({"a": 1.0, "b": 0.0}, {"a": 50.0, "b": 51.0}):
        with pytest.raises(ValueError, match="trunc_normal_"):
            nn.init.trunc_normal_(minigrad.empty(2), **options)


@pytest.mark.torch
def test_fixed_values_are_pytorchs():
    torch = pytest.importorskip("torch")
    for name, shape, options in (("eye_", (3, 5), {}), ("dirac_", (4, 2, 3), {}),
                                 ("dirac_", (4, 2, 3, 5), {"groups": 2}),
                                 ("dirac_", (2, 3, 1, 2, 3), {})):
        ours = getattr(nn.init, name)(minigrad.empty(*shape), **options)
        theirs = getattr(torch.nn.init, name)(torch.empty(*shape), **options)
        assert np.array_equal(ours.numpy(), theirs.numpy())
    for nonlinearity in ("conv3d", "conv_transpose1d", "conv_transpose3d", "selu", "linear"):
        assert nn.init.calculate_gain(nonlinearity) == torch.nn.init.calculate_gain(nonlinearity)


def test_sparse_columns():
    w = nn.init.sparse_(minigrad.empty(20, 7), 0.25, std=2.0).numpy()
    assert ((w == 0).sum(0) == 5).all() and 1 < w[w != 0].std() < 3
    for call in (lambda x: nn.init.sparse_(x, 0.5), nn.init.eye_, nn.init.dirac_, nn.init.orthogonal_):
        with pytest.raises(ShapeError, match="expected"):
            call(minigrad.empty(3))
