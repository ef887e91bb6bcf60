"""The Module tree: names, order, modes, state, printing."""
from collections import OrderedDict

import numpy as np
import pytest

import minigrad
from minigrad import nn
from minigrad.errors import GraphError


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 3)
        self.scale = nn.Parameter(minigrad.ones(3))
        self.register_buffer("mean", minigrad.zeros(3))
        self.register_buffer("cache", minigrad.zeros(1), persistent=False)
        self.rest = nn.Sequential(nn.ReLU(), nn.Linear(3, 2, bias=False), nn.Dropout(0.5))

    def forward(self, x):
        return self.rest(self.first(x) * self.scale - self.mean)


NAMES = ["scale", "mean", "first.weight", "first.bias", "rest.1.weight"]


def test_order_of_state_and_parameters():
    net = Net()
    assert list(net.state_dict()) == NAMES
    assert [n for n, _ in net.named_parameters()] == [n for n in NAMES if n != "mean"]
    assert [n for n, _ in net.named_modules()] == ["", "first", "rest", "rest.0", "rest.1", "rest.2"]
    assert [n for n, _ in net.named_buffers()] == ["mean", "cache"]
    assert list(net.state_dict(prefix="net."))[2] == "net.first.weight"


@pytest.mark.torch
def test_order_is_pytorchs():
    torch = pytest.importorskip("torch")

    class Theirs(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = torch.nn.Linear(4, 3)
            self.scale = torch.nn.Parameter(torch.ones(3))
            self.register_buffer("mean", torch.zeros(3))
            self.rest = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(3, 2, bias=False))
            self.tied = self.first
    net = Net()
    net.tied = net.first
    theirs = Theirs()
    assert list(net.state_dict()) == list(theirs.state_dict())
    assert [n for n, _ in net.named_parameters()] == [n for n, _ in theirs.named_parameters()]


def test_a_replaced_layer_keeps_its_place():
    net = Net()
    net.first = nn.Linear(4, 3)
    net.first.weight = nn.Parameter(minigrad.zeros(3, 4))
    assert list(net.state_dict()) == NAMES
    steps = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    setattr(steps, "0", nn.Identity())
    assert steps(minigrad.tensor([[-1.0, 1.0]])).tolist() == [[0, 1]]


def test_shared_modules_and_parameters_are_listed_once_and_saved_twice():
    layer = nn.Linear(2, 2)
    both = nn.Sequential(layer, layer)
    assert len(list(both.parameters())) == 2
    assert list(both.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    x = minigrad.randn(1, 2)
    assert np.allclose(both(x).detach().numpy(), layer(layer(x)).detach().numpy())
    fresh = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    fresh.load_state_dict(both.state_dict())
    assert np.allclose(fresh(x).detach().numpy(), both(x).detach().numpy())


def test_attributes():
    net = Net()
    with pytest.raises(AttributeError, match="Net has no attribute 'nothing'"):
        net.nothing
    with pytest.raises(TypeError, match="assign a nn.Parameter"):
        net.scale = minigrad.ones(3)
    net.mean = minigrad.ones(3)
    assert net.state_dict()["mean"].tolist() == [1, 1, 1]
    del net.scale
    assert "scale" not in net.state_dict() and not hasattr(net, "scale")
    without = nn.Linear(2, 2, bias=False)
    assert without.bias is None and list(without.state_dict()) == ["weight"]
    del without.bias

    class Forgetful(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(1, 1)
    with pytest.raises(GraphError, match=r"super\(\).__init__\(\)"):
        Forgetful()
    with pytest.raises(NotImplementedError, match="forward"):
        nn.Module()(1)
    with pytest.raises(TypeError, match="expected modules, got function at 1"):
        nn.Sequential(nn.ReLU(), lambda x: x)


def test_train_and_eval_reach_every_module():
    net = Net()
    assert all(m.training for m in net.modules())
    assert net.eval() is net and not any(m.training for m in net.modules())
    x = minigrad.ones(3, 4)
    assert np.array_equal(net(x).detach().numpy(), net(x).detach().numpy())
    net.train()
    assert all(m.training for m in net.modules())


def test_freezing_and_zero_grad():
    net = Net()
    net.first.requires_grad_(False)
    net(minigrad.ones(2, 4)).sum().backward()
    assert net.first.weight.grad is None and net.scale.grad is not None
    net.zero_grad(set_to_none=False)
    assert (net.scale.grad.numpy() == 0).all()
    net.zero_grad()
    assert net.scale.grad is None
    net.scale.sum().backward(create_graph=True)
    (net.scale * net.scale.grad).sum().backward(create_graph=True)
    net.zero_grad(set_to_none=False)
    assert net.scale.grad.tolist() == [0, 0, 0] and not net.scale.grad.requires_grad


# ── state ─────────────────────────────────────────────────────────────────────────────────────────

def test_state_shares_memory_and_loading_copies():
    a, b = Net(), Net()
    state = a.state_dict()
    assert np.shares_memory(state["scale"].numpy(), a.scale.detach().numpy())
    assert b.load_state_dict(state) == ([], [])
    assert all(np.array_equal(x.numpy(), y.numpy()) for x, y in zip(state.values(), b.state_dict().values()))
    assert not np.shares_memory(b.scale.detach().numpy(), a.scale.detach().numpy())
    assert b.scale.requires_grad


def test_all_mismatches_are_listed_and_nothing_is_changed():
    net = Net()
    before = {k: v.clone() for k, v in net.state_dict().items()}
    state = {k: minigrad.ones(*v.shape) for k, v in before.items()}
    del state["scale"], state["rest.1.weight"]
    state["first.weight"] = minigrad.ones(4, 3)
    state["first.bias"] = minigrad.ones(7)
    state["extra.one"] = state["extra.two"] = minigrad.ones(1)
    with pytest.raises(RuntimeError) as caught:
        net.load_state_dict(state)
    text = str(caught.value)
    for part in ("scale", "rest.1.weight", "first.weight", "(3, 4)", "(4, 3)", "first.bias", "(3,)", "(7,)",
                 "extra.one", "extra.two", "Nothing was loaded"):
        assert part in text
    assert all(np.array_equal(v.numpy(), before[k].numpy()) for k, v in net.state_dict().items())
    with pytest.raises(RuntimeError, match="first.weight"):
        net.load_state_dict(state, strict=False)            # shapes are wrong all the same
    del state["first.weight"], state["first.bias"]
    missing, unexpected = net.load_state_dict(state, strict=False)
    assert sorted(missing) == ["first.bias", "first.weight", "rest.1.weight", "scale"]
    assert unexpected == ["extra.one", "extra.two"] and net.mean.tolist() == [1, 1, 1]


def test_conversion_keeps_parameters_and_their_place_in_the_optimizer():
    net = Net()
    weight = net.first.weight
    optimizer = minigrad.optim.SGD(net.parameters(), lr=0.1)
    assert net.double() is net and net.first.weight is weight and weight.dtype == minigrad.float64
    assert net.mean.dtype == minigrad.float64
    net(minigrad.ones(1, 4, dtype=minigrad.float64)).sum().backward()
    old = weight.detach().clone()
    optimizer.step()
    assert not minigrad.equal(weight.detach(), old)
    assert net.float().first.weight.dtype == minigrad.float32 == net.first.weight.grad.dtype


# ── printing and containers ───────────────────────────────────────────────────────────────────────

TREE = """Net(
  (first): Linear(in_features=4, out_features=3, bias=True)
  (rest): Sequential(
    (0): ReLU()
    (1): Linear(in_features=3, out_features=2, bias=False)
    (2): Dropout(p=0.5, inplace=False)
  )
)"""


def test_printing():
    assert repr(Net()) == TREE
    assert repr(nn.Conv2d(1, 2, 3, padding=1)).startswith("Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1)")
    assert "kernel_size=2" in repr(nn.MaxPool2d(2))
    assert repr(nn.Flatten()) == "Flatten(start_dim=1, end_dim=-1)"


def test_sequential():
    steps = nn.Sequential(OrderedDict(a=nn.Linear(2, 3), b=nn.ReLU()))
    assert list(steps.state_dict()) == ["a.weight", "a.bias"] and len(steps) == 2
    steps = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).append(nn.Linear(3, 1))
    assert steps[0] is next(iter(steps)) and steps[-1].out_features == 1
    assert len(steps[1:]) == 2 and steps[1:](minigrad.ones(1, 3)).shape == (1, 1)
    seen = []
    steps.apply(lambda m: seen.append(type(m).__name__))
    assert seen == ["Linear", "ReLU", "Linear", "Sequential"]
