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
