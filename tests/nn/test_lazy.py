"""Lazy layers become the layers they stand for, in the very parameters that an optimizer holds."""
import numpy as np
import pytest

import minigrad
from minigrad import nn, optim
from minigrad.errors import GraphError, ShapeError

SPATIAL = {"1d": (7,), "2d": (7, 6), "3d": (5, 6, 7)}
NAMES = [n for n in nn.__all__ if n.startswith("Lazy")]


def made(name):
    """A lazy layer, an input for it, and what it becomes."""
    if name == "LazyLinear":
        return nn.LazyLinear(3), minigrad.randn(4, 5), nn.Linear(5, 3)
    x = minigrad.randn(2, 4, *SPATIAL[name[-2:]])
    if "Norm" in name:
        return getattr(nn, name)(affine=True), x, getattr(nn, name[4:])(4, affine=True)
    return getattr(nn, name)(6, 3, groups=2), x, getattr(nn, name[4:])(4, 6, 3, groups=2)


def test_there_are_thirteen():
    assert len(NAMES) == 13


@pytest.mark.parametrize("name", NAMES)
def test_the_first_call_makes_it_the_layer(name):
    lazy, x, plain = made(name)
    before = dict(lazy.named_parameters())
    assert repr(lazy).startswith(f"{name}(") and lazy.has_uninitialized_params()
    y = lazy(x)
    assert type(lazy) is type(plain) and repr(lazy) == repr(plain)
    assert all(before[key] is p and type(p) is nn.Parameter for key, p in lazy.named_parameters())
    plain.load_state_dict(lazy.state_dict())
    assert np.allclose(y.detach().numpy(), plain(x).detach().numpy(), atol=1e-6) or "Batch" in name


@pytest.mark.parametrize("name", NAMES)
def test_a_state_makes_it_the_layer_too(name):
    lazy, x, plain = made(name)
    nn.Sequential(lazy).load_state_dict(nn.Sequential(plain).state_dict())
    assert np.array_equal(lazy.eval()(x).detach().numpy(), plain.eval()(x).detach().numpy())


def test_an_optimizer_made_before_the_first_call_trains_it():
    net = nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.LazyLinear(1))
    optimizer = optim.Adam(net.parameters(), lr=0.1)
    x = minigrad.randn(8, 3)
    net(x).square().mean().backward()
    before = [p.detach().clone().numpy() for p in net.parameters()]
    optimizer.step()
    assert all((a != p.detach().numpy()).any() for a, p in zip(before, net.parameters()))


def test_dtype_and_single_samples():
    layer = nn.LazyConv2d(3, 3).double()
    assert layer(minigrad.randn(2, 5, 5).double()).dtype == minigrad.float64     # (C, H, W)
    assert layer.in_channels == 2 and layer.weight.dtype == minigrad.float64


def test_options_may_come_by_position():
    layer = nn.LazyConv2d(4, 3, 1, 1, 1, 2)
    assert layer(minigrad.ones(1, 6, 5, 5)).shape == (1, 4, 5, 5) and layer.groups == 2


def test_a_shape_that_is_not_known_is_not_told():
    layer = nn.LazyLinear(3)
    for ask in (lambda: layer.weight.shape, lambda: layer.weight.numel()):
        with pytest.raises(GraphError, match="dry run"):
            ask()
    with pytest.raises(ShapeError, match="LazyConv1d"):
        nn.LazyConv1d(3, 3)(minigrad.ones(4))
