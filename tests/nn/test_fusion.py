"""Conv2d, ReLU and MaxPool2d in a Sequential: run as one operation, with the result of three."""
import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn import fusion

ALONE, AT_ONCE = "MaxPool2d", "ConvReLUPool"

SHAPES = [
    (dict(kernel_size=3), 2, (64, 1, 28, 28)),
    (dict(kernel_size=3, padding=1, stride=2), 2, (300, 3, 33, 30)),
    (dict(kernel_size=(2, 3), dilation=2, bias=False), (2, 3), (100, 3, 21, 25)),
    (dict(kernel_size=3, padding="same"), 3, (300, 2, 17, 17)),
]


def layers(channels=1, conv=None, pool=2, dtype=np.float32):
    mg.manual_seed(0)
    conv = dict(kernel_size=3) if conv is None else conv
    return nn.Sequential(nn.Conv2d(channels, 16, **conv), nn.ReLU(), nn.MaxPool2d(pool)).to(np.dtype(dtype))


def images(shape, dtype=np.float32):
    return mg.tensor(np.random.default_rng(0).standard_normal(shape).astype(dtype), requires_grad=True)


def one_by_one(model, x):
    for layer in model:
        x = layer(x)
    return x


@pytest.mark.parametrize("conv, pool, shape", SHAPES)
def test_values_and_gradients_are_those_of_the_layers_one_by_one(conv, pool, shape):
    model, x = layers(shape[1], conv, pool, np.float64), images(shape, np.float64)
    y, expected = model(x), one_by_one(model, x)
    assert (y.grad_fn.name, expected.grad_fn.name) == (AT_ONCE, ALONE)
    np.testing.assert_allclose(y.detach().numpy(), expected.detach().numpy(), rtol=1e-12, atol=1e-12)
    inputs = [x, *model.parameters()]
    g = mg.tensor(np.random.default_rng(1).standard_normal(y.shape))
    for ours, theirs in zip(mg.autograd.grad(y, inputs, g), mg.autograd.grad(expected, inputs, g)):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-9, atol=1e-9)


def test_equal_entries_and_entries_of_zero_send_the_gradient_where_the_layers_do():
    model, x = layers(), images((64, 1, 28, 28))
    with mg.no_grad():                          # few different values: many windows have equal maxima
        x.copy_(x.round())
        for p in model.parameters():
            p.copy_((p * 3).round())
    y, expected = model(x), one_by_one(model, x)
    assert y.grad_fn.name == AT_ONCE
    g = mg.tensor(np.random.default_rng(1).standard_normal(y.shape).astype(np.float32))
    for ours, theirs in zip(mg.autograd.grad(y, [x, model[0].weight], g),
                            mg.autograd.grad(expected, [x, model[0].weight], g)):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-3)


def test_a_large_batch_goes_in_parts():
    model, x = layers(), images((700, 1, 12, 12))
    y, expected = model(x), one_by_one(model, x)
    assert y.grad_fn.name == AT_ONCE
    np.testing.assert_allclose(y.detach().numpy(), expected.detach().numpy(), rtol=1e-5, atol=1e-5)


def test_not_a_number_stays_one():
    model, x = layers(), images((64, 1, 28, 28)).detach()
    x[3, 0, 5, 5] = float("nan")
    np.testing.assert_array_equal(np.isnan(model(x).detach().numpy()),
                                  np.isnan(one_by_one(model, x).detach().numpy()))


def test_the_gradient_goes_to_what_is_not_a_number():
    model, x = layers(), images((64, 1, 28, 28)).detach()
    with mg.no_grad():
        model[0].bias[3] = float("nan")
    gradients = []
    for run in (model, lambda x: one_by_one(model, x)):
        model.zero_grad()
        y = run(x)
        y.backward(mg.ones(*y.shape))
        gradients.append(model[0].bias.grad.numpy())
    np.testing.assert_allclose(*gradients, rtol=1e-4)
    assert gradients[0][3] == y[:, 3].numel()


def name_of(model, x):
    return model(x).grad_fn.name


def test_whoever_looks_between_the_layers_has_them_run_one_by_one():
    model, x = layers(), images((64, 1, 28, 28))
    assert name_of(model, x) == AT_ONCE
    for layer in model:
        handle = layer.register_forward_hook(lambda *seen: None)
        assert name_of(model, x) == ALONE
        handle.remove()
    with mg.autograd.detect_anomaly():
        assert name_of(model, x) == ALONE
    assert name_of(model, x) == AT_ONCE


def test_layers_on_a_gpu_run_one_by_one_only_while_somebody_looks(monkeypatch):
    """Linear or Conv2d and its ReLU, as for the three layers above; the kernels are said to be there."""
    monkeypatch.setattr(fusion, "has_kernels", lambda *arrays: True)
    layer, relu, x = nn.Linear(2, 3), nn.ReLU(), mg.ones(4, 2)
    assert fusion.one_kernel(layer, relu, x)
    for module in (layer, relu):
        handle = module.register_forward_hook(lambda *seen: None)
        assert not fusion.one_kernel(layer, relu, x)
        handle.remove()
        assert fusion.one_kernel(layer, relu, x)
    with mg.autograd.detect_anomaly():
        assert not fusion.one_kernel(layer, relu, x)


def test_a_module_whose_last_hook_was_removed_runs_as_if_it_never_had_one(monkeypatch):
    layer, seen = nn.Linear(2, 3), []
    monkeypatch.setattr("minigrad.nn.module.call_with_hooks", lambda module, *given: seen.append(module))
    handle = layer.register_forward_hook(lambda *call: None)
    assert layer.watched() and layer(mg.ones(1, 2)) is None and seen == [layer]
    handle.remove()
    assert not layer.watched() and layer(mg.ones(1, 2)).shape == (1, 3) and seen == [layer]


@pytest.mark.parametrize("pool", [dict(kernel_size=2, stride=1), dict(kernel_size=2, padding=1),
                                  dict(kernel_size=2, dilation=2), dict(kernel_size=2, ceil_mode=True)])
def test_other_windows_run_one_by_one(pool):
    model = nn.Sequential(nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(**pool))
    assert name_of(model, images((64, 1, 28, 28))) == ALONE


def test_small_batches_groups_and_other_layers_run_one_by_one():
    assert name_of(layers(), images((2, 1, 28, 28))) == ALONE
    groups = nn.Sequential(nn.Conv2d(2, 16, 3, groups=2), nn.ReLU(), nn.MaxPool2d(2))
    assert name_of(groups, images((64, 2, 28, 28))) == ALONE
    tanh = nn.Sequential(nn.Conv2d(1, 16, 3), nn.Tanh(), nn.MaxPool2d(2))
    assert name_of(tanh, images((64, 1, 28, 28))) == ALONE
    two = nn.Sequential(nn.Conv2d(1, 16, 3), nn.ReLU())
    assert name_of(two, images((64, 1, 28, 28))) == "ReLU"


def test_bad_input_gets_the_error_of_the_layer():
    model = layers()
    with pytest.raises(mg.errors.ShapeError, match="conv2d: the weight"):
        model(images((64, 3, 28, 28)))
    with pytest.raises(mg.errors.ShapeError, match="max_pool2d: a window of"):
        model(images((5000, 1, 3, 10)))
    with pytest.raises(mg.errors.DTypeError):
        model(images((64, 1, 28, 28), np.float64))


def test_second_derivatives_pass_through():
    model, x = layers(), images((64, 1, 28, 28))
    y = model(x)
    (g,) = mg.autograd.grad((y * y).sum(), model[0].weight, create_graph=True)
    (ours,) = mg.autograd.grad((g * g).sum(), model[0].bias)
    z = one_by_one(model, x)
    (g,) = mg.autograd.grad((z * z).sum(), model[0].weight, create_graph=True)
    (theirs,) = mg.autograd.grad((g * g).sum(), model[0].bias)
    assert y.grad_fn.name == AT_ONCE
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-3)
