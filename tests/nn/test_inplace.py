"""``inplace=True``: the input truly changes, and what needed its old entries says so."""
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


@pytest.mark.parametrize("inplace", [False, True])
def test_a_network_with_it_learns_the_same(inplace):
    minigrad.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=inplace), nn.MaxPool2d(2),
                        nn.Conv2d(4, 4, 2), nn.ReLU(inplace=inplace), nn.Flatten(), nn.Linear(16, 2))
    x = minigrad.tensor(np.random.default_rng(1).standard_normal((2, 1, 8, 8)).astype(np.float32))
    net(x).sum().backward()
    found = [p.grad.numpy() for p in net.parameters()]
    minigrad.manual_seed(0)
    plain = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
                          nn.Conv2d(4, 4, 2), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2))
    plain(x).sum().backward()
    for a, p in zip(found, plain.parameters()):
        assert np.allclose(a, p.grad.numpy(), 1e-6, 1e-6)


def test_dropout_in_evaluation_leaves_a_leaf_alone():
    x = values().requires_grad_()
    assert nn.Dropout(0.5, inplace=True).eval()(x) is x
    assert nn.Dropout2d(0.5, inplace=True).eval()(x.reshape(1, 3, 2, 2)).requires_grad


def test_softmax_without_dim_warns_and_takes_pytorchs_default():
    for shape, dim in (((4,), 0), ((2, 3), 1), ((2, 3, 2), 0), ((2, 3, 2, 2), 1)):
        x = minigrad.ones(*shape)
        for layer, function in ((nn.Softmax, F.softmax), (nn.LogSoftmax, F.log_softmax),
                                (nn.Softmin, F.softmin)):
            with pytest.warns(UserWarning, match=f"no dim was given, so dim={dim}"):
                y = layer()(x)
            assert np.array_equal(y.numpy(), function(x, dim).numpy())


def test_alpha_dropout_keeps_mean_and_variance():
    minigrad.manual_seed(0)
    x = minigrad.randn(200, 200)
    for y in (F.alpha_dropout(x, 0.3, True), F.feature_alpha_dropout(x, 0.3, True)):
        assert abs(y.mean().item()) < 0.02 and abs(y.std().item() - 1) < 0.02


def test_rrelu_draws_a_slope_for_each_entry():
    x = -minigrad.ones(1000)
    y = -F.rrelu(x, 0.1, 0.3, training=True).numpy()
    assert 0.1 <= y.min() and y.max() <= 0.3 and len(np.unique(y)) > 900


def test_gumbel_softmax_draws_classes_by_their_probability():
    minigrad.manual_seed(0)
    logits = minigrad.tensor([0.2, 0.8]).log().expand(4000, 2).clone().requires_grad_()
    y = F.gumbel_softmax(logits, hard=True)
    assert np.array_equal(np.unique(y.detach().numpy()), [0, 1]) and (y.sum(1) == 1).all()
    assert abs(y[:, 1].mean().item() - 0.8) < 0.03
    (y * minigrad.tensor([1.0, 2.0])).sum().backward()
    assert logits.grad.abs().sum().item() > 0
