"""Layers with the same weights in minigrad and in PyTorch: outputs, gradients, whole networks."""
import numpy as np
import pytest

import minigrad
from minigrad import nn

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch


def copy_weights(ours, theirs):
    theirs.load_state_dict({k: torch.tensor(v.numpy()) for k, v in ours.state_dict().items()})


def compare(ours, theirs, x, rtol=1e-4, atol=1e-5):
    """Output, gradient of the input, and of every parameter, for one random upstream gradient."""
    copy_weights(ours, theirs)
    a, b = minigrad.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, t = ours(a), theirs(b)
    assert np.allclose(y.detach().numpy(), t.detach().numpy(), rtol, atol)
    g = np.random.default_rng(9).standard_normal(tuple(y.shape)).astype(np.float32)
    y.backward(minigrad.tensor(g))
    t.backward(torch.tensor(g))
    pairs = [(a, b)] + list(zip(ours.parameters(), theirs.parameters()))
    for p, q in pairs:
        assert np.allclose(p.grad.numpy(), q.grad.numpy(), rtol, atol)


def normal(*shape):
    return np.random.default_rng(1).standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("options", [(5, 3), (5, 3, False)])
@pytest.mark.parametrize("shape", [(4, 5), (5,), (2, 3, 5)])
def test_linear(options, shape):
    compare(nn.Linear(*options), torch.nn.Linear(*options), normal(*shape))


@pytest.mark.parametrize("options", [dict(), dict(stride=2, padding=1), dict(bias=False), dict(dilation=2),
                                     dict(padding="same")], ids=str)
def test_conv2d(options):
    compare(nn.Conv2d(2, 4, 3, **options), torch.nn.Conv2d(2, 4, 3, **options), normal(3, 2, 8, 7))


@pytest.mark.parametrize("options", [dict(kernel_size=2), dict(kernel_size=3, stride=2, padding=1)], ids=str)
def test_max_pool2d(options):
    compare(nn.MaxPool2d(**options), torch.nn.MaxPool2d(**options), normal(3, 2, 8, 7))


def test_activations():
    x = normal(3, 4)
    for name in ("ReLU", "Sigmoid", "Tanh", "Flatten", "Identity"):
        compare(getattr(nn, name)(), getattr(torch.nn, name)(), x)
    for name in ("Softmax", "LogSoftmax"):
        compare(getattr(nn, name)(dim=1), getattr(torch.nn, name)(dim=1), x)
    compare(nn.Dropout(0.5).eval(), torch.nn.Dropout(0.5).eval(), x)


def test_losses():
    x, y = normal(6, 4), normal(6, 4)[::-1].copy()
    labels = np.array([0, 3, 1, 1, 2, 0])
    for ours, theirs, target in ((nn.MSELoss(), torch.nn.MSELoss(), y),
                                 (nn.CrossEntropyLoss(), torch.nn.CrossEntropyLoss(), labels)):
        a, b = minigrad.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        loss, expected = ours(a, minigrad.tensor(target)), theirs(b, torch.tensor(target))
        assert loss.item() == pytest.approx(expected.item(), rel=1e-6)
        loss.backward()
        expected.backward()
        assert np.allclose(a.grad.numpy(), b.grad.numpy(), 1e-5, 1e-7)


def cnn(nn):
    """The same listing for both libraries."""
    return nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3),
                         nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16 * 3 * 3, 32), nn.ReLU(),
                         nn.Linear(32, 10))


def test_a_cnn_trains_like_pytorchs():
    """Twenty steps of Adam from the same weights on the same images: the same losses, the same weights."""
    ours, theirs = cnn(nn), cnn(torch.nn)
    copy_weights(ours, theirs)
    random = np.random.default_rng(0)
    x = random.random((32, 1, 16, 16), np.float32)
    t = random.integers(0, 10, 32)
    optimizers = minigrad.optim.Adam(ours.parameters(), 1e-3), torch.optim.Adam(theirs.parameters(), 1e-3)
    losses = [], []
    for _ in range(20):
        for k, (lib, model) in enumerate(((minigrad, ours), (torch, theirs))):
            optimizers[k].zero_grad()
            loss = lib.nn.functional.cross_entropy(model(lib.tensor(x)), lib.tensor(t))
            loss.backward()
            optimizers[k].step()
            losses[k].append(loss.item())
    assert losses[0][-1] < losses[0][0] and np.allclose(*losses, rtol=1e-3)
    for p, q in zip(ours.parameters(), theirs.parameters()):
        assert np.allclose(p.detach().numpy(), q.detach().numpy(), 1e-2, 2e-4)
