"""Fifty steps of every optimizer with every option beside PyTorch's, and states that change sides."""
import numpy as np
import pytest

import minigrad
from minigrad import nn, optim

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

OPTIONS = [
    ("SGD", dict(lr=0.02)), ("SGD", dict(lr=0.02, momentum=0.9)), ("SGD", dict(lr=0.02, weight_decay=0.1)),
    ("SGD", dict(lr=0.02, momentum=0.9, dampening=0.5)), ("SGD", dict(lr=0.02, momentum=0.9, nesterov=True)),
    ("SGD", dict(lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.1)),
    ("SGD", dict(lr=0.001, maximize=True)), ("SGD", dict(lr=0.001, momentum=0.5, maximize=True)),
    ("Adam", dict(lr=0.02)), ("Adam", dict(lr=0.02, betas=(0.5, 0.9))), ("Adam", dict(lr=0.02, eps=0.1)),
    ("Adam", dict(lr=0.02, weight_decay=0.1)), ("Adam", dict(lr=0.02, amsgrad=True)),
    ("Adam", dict(lr=0.02, maximize=True)), ("Adam", dict(lr=0.02, amsgrad=True, weight_decay=0.1)),
    ("AdamW", dict(lr=0.02)), ("AdamW", dict(lr=0.02, weight_decay=0.3)),
    ("AdamW", dict(lr=0.02, amsgrad=True)), ("AdamW", dict(lr=0.02, weight_decay=0.3, maximize=True)),
]
START = [np.random.default_rng(k).standard_normal(shape) for k, shape in enumerate([(4, 3), (3,), ()])]
DATA = np.random.default_rng(7).standard_normal((50, 8, 4))


def parameters(library):
    if library is torch:
        return [torch.nn.Parameter(torch.tensor(a)) for a in START]
    return [nn.Parameter(minigrad.tensor(a)) for a in START]


def step(library, optimizer, parameters, k):
    """One step on the k-th batch of a small, noisy regression."""
    w, b, scale = parameters
    optimizer.zero_grad()
    x = library.tensor(DATA[k])
    residual = (x @ w + b) * scale - x[:, :3]
    (residual * residual).mean().backward()
    optimizer.step()


def same(ours, theirs, rtol=1e-9):
    for p, q in zip(ours, theirs):
        assert np.allclose(p.detach().numpy(), q.detach().numpy(), rtol=rtol, atol=1e-12)


@pytest.mark.parametrize("name, options", OPTIONS, ids=[f"{n} {o}" for n, o in OPTIONS])
def test_fifty_steps(name, options):
    ours, theirs = parameters(minigrad), parameters(torch)
    mine, other = getattr(optim, name)(ours, **options), getattr(torch.optim, name)(theirs, **options)
    for k in range(50):
        step(minigrad, mine, ours, k)
        step(torch, other, theirs, k)
    same(ours, theirs)
    assert not np.allclose(ours[0].detach().numpy(), START[0])


def test_groups():
    ours, theirs = parameters(minigrad), parameters(torch)

    def groups(ps):
        return [{"params": ps[:1], "weight_decay": 0.2}, {"params": ps[1:], "lr": 0.05}]
    mine, other = optim.Adam(groups(ours), lr=0.01), torch.optim.Adam(groups(theirs), lr=0.01)
    for k in range(20):
        step(minigrad, mine, ours, k)
        step(torch, other, theirs, k)
    same(ours, theirs)


def to_torch(value):
    if isinstance(value, dict):
        return {k: to_torch(v) for k, v in value.items()}
    if isinstance(value, minigrad.Tensor):
        return torch.tensor(value.numpy())
    return value


def to_minigrad(value):
    if isinstance(value, dict):
        return {k: to_minigrad(v) for k, v in value.items()}
    return minigrad.tensor(value.detach().numpy()) if isinstance(value, torch.Tensor) else value


@pytest.mark.parametrize("name, options", [("SGD", dict(lr=0.02, momentum=0.9)), ("Adam", dict(lr=0.02)),
                                           ("Adam", dict(lr=0.02, amsgrad=True)), ("AdamW", dict(lr=0.02))],
                         ids=str)
def test_states_change_sides(name, options):
    """Ten steps in one library, the state carried over, ten in the other: as if nothing had happened."""
    straight = parameters(torch)
    reference = getattr(torch.optim, name)(straight, **options)
    for k in range(20):
        step(torch, reference, straight, k)

    ours = parameters(minigrad)
    mine = getattr(optim, name)(ours, **options)
    for k in range(10):
        step(minigrad, mine, ours, k)
    theirs = [torch.nn.Parameter(torch.tensor(p.detach().numpy())) for p in ours]
    other = getattr(torch.optim, name)(theirs, **options)
    state = to_torch(mine.state_dict())
    for values in state["state"].values():
        if "step" in values:
            values["step"] = torch.tensor(float(values["step"]))        # PyTorch counts in a tensor
    state["param_groups"] = [{**other.param_groups[0], **g} for g in state["param_groups"]]
    other.load_state_dict(state)
    for k in range(10, 20):
        step(torch, other, theirs, k)
    same(theirs, straight)

    theirs = parameters(torch)
    other = getattr(torch.optim, name)(theirs, **options)
    for k in range(10):
        step(torch, other, theirs, k)
    ours = [nn.Parameter(minigrad.tensor(p.detach().numpy())) for p in theirs]
    mine = getattr(optim, name)(ours, **options)
    mine.load_state_dict(to_minigrad(other.state_dict()))
    for k in range(10, 20):
        step(minigrad, mine, ours, k)
    same(ours, straight)
