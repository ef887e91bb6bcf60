"""``inplace=True``: the input really changes, and what needed its old entries says so."""
import numpy as np
import pytest

import minigrad
from minigrad import nn
from minigrad.errors import GraphError
from minigrad.nn import functional as F

LAYERS = [nn.ReLU, nn.ReLU6, nn.ELU, nn.CELU, nn.SELU, nn.SiLU, nn.Mish, nn.LeakyReLU, nn.Hardtanh,
          nn.Hardsigmoid, nn.Hardswish, nn.RReLU]


def values():
    return minigrad.tensor(np.random.default_rng(0).standard_normal((3, 4)))


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.__name__)
def test_the_result_stands_in_the_input(layer):
    x = values()
    y = layer(inplace=True).eval()(x)
    assert y is x
    assert np.array_equal(x.numpy(), layer().eval()(values()).numpy())


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.__name__)
def test_the_gradient_is_the_same(layer):
    gradients = []
    for inplace in (False, True):
        w = values().requires_grad_()
        y = layer(inplace=inplace).eval()(w * 1.5)
        (y * y).sum().backward()
        gradients.append(w.grad.numpy())
    assert np.array_equal(*gradients)


def test_functions_take_it_by_name_and_by_position():
    for call in (lambda x: F.relu(x, True), lambda x: F.relu(x, inplace=True), lambda x: F.elu(x, 1.0, True),
                 lambda x: F.hardtanh(x, -1.0, 1.0, True), lambda x: F.threshold(x, 0.0, 0.0, inplace=True),
                 lambda x: F.dropout(x, 0.5, True, True), lambda x: F.dropout1d(x, 0.5, True, True),
                 lambda x: F.alpha_dropout(x, 0.5, True, inplace=True), lambda x: F.rrelu_(x, 0.1, 0.2)):
        x = values()
        assert call(x) is x and not np.array_equal(x.numpy(), values().numpy())


def test_a_leaf_that_requires_a_gradient_is_refused():
    with pytest.raises(GraphError, match="relu_: x is a leaf"):
        nn.ReLU(inplace=True)(values().requires_grad_())


def test_an_operation_that_needed_the_old_entries_says_so():
    w = values().requires_grad_()
    y = w * 2
    z = y * y                           # its derivative needs y
    F.relu(y, inplace=True)
    with pytest.raises(GraphError, match="changed in place"):
        z.sum().backward()


def test_a_network_with_it_learns_the_same():
    x = minigrad.tensor(np.random.default_rng(1).standard_normal((2, 1, 8, 8)).astype(np.float32))
    gradients = []
    for inplace in (False, True):
        minigrad.manual_seed(0)
        net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=inplace), nn.MaxPool2d(2),
                            nn.Conv2d(4, 4, 2), nn.ReLU(inplace=inplace), nn.Flatten(), nn.Linear(16, 2))
        net(x).sum().backward()
        gradients.append([p.grad.numpy() for p in net.parameters()])
    for a, b in zip(*gradients):
        assert np.allclose(a, b, 1e-6, 1e-6)


def test_dropout_in_evaluation_leaves_a_leaf_alone():
    x = values().requires_grad_()
    assert nn.Dropout(0.5, inplace=True).eval()(x) is x
    assert nn.Dropout2d(0.5, inplace=True).eval()(x.reshape(1, 3, 2, 2)).requires_grad
