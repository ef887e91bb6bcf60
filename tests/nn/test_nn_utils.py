"""nn.utils beside PyTorch's: weight and spectral norm, parametrizations, pruning, vectors of parameters."""
import copy

import numpy as np
import pytest

import minigrad
from minigrad import nn
from minigrad.errors import RangeError, ShapeError

torch = pytest.importorskip("torch")
pytest.importorskip("torch.nn.utils.prune")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore::FutureWarning")]


def both(make):
    """The same module in both libraries, in float64 and with PyTorch's state."""
    theirs = make(torch).double()
    ours = make(minigrad).double()
    ours.load_state_dict({k: minigrad.tensor(v.numpy()) for k, v in theirs.state_dict().items()})
    return ours, theirs


def assert_same(ours, theirs, *shape, calls=3):
    """Results, gradients and states after some training calls, and one in evaluation."""
    x = np.random.default_rng(0).standard_normal(shape)
    for k in range(calls + 1):
        ours.train(k < calls)
        theirs.train(k < calls)
        y, t = ours(minigrad.tensor(x)), theirs(torch.tensor(x))
        np.testing.assert_allclose(y.detach().numpy(), t.detach().numpy(), 1e-9)
        ours.zero_grad()
        theirs.zero_grad()
        (y * y).sum().backward()
        (t * t).sum().backward()
        for (name, p), (other, q) in zip(ours.named_parameters(), theirs.named_parameters()):
            assert name == other
            np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), 1e-7, 1e-12)
    state = {k: v.numpy() for k, v in theirs.state_dict().items()}
    assert list(ours.state_dict()) == list(state)
    for key, value in ours.state_dict().items():
        np.testing.assert_allclose(value.numpy(), state[key], 1e-9)


LAYERS = {"Linear": (lambda lib: lib.nn.Linear(4, 3), (5, 4)),
          "Conv2d": (lambda lib: lib.nn.Conv2d(2, 3, 2), (2, 2, 4, 4)),
          "ConvTranspose2d": (lambda lib: lib.nn.ConvTranspose2d(2, 3, 2), (2, 2, 4, 4))}


@pytest.mark.parametrize("name", ["weight_norm", "spectral_norm", "parametrizations.weight_norm",
                                  "parametrizations.spectral_norm"])
@pytest.mark.parametrize("layer", LAYERS)
def test_norms_of_weights(name, layer):
    make, shape = LAYERS[layer]

    def normed(lib):
        place = lib.nn.utils.parametrizations if "." in name else lib.nn.utils
        return getattr(place, name.rpartition(".")[2])(make(lib))
    assert_same(*both(normed), *shape)


@pytest.mark.parametrize("dim", [None, 1])
def test_weight_norm_along_other_dimensions(dim):
    for place in ("utils", "utils.parametrizations"):
        def normed(lib):
            where = lib.nn.utils if place == "utils" else lib.nn.utils.parametrizations
            return where.weight_norm(lib.nn.Linear(4, 3), dim=dim)
        assert_same(*both(normed), 5, 4)


def test_they_can_be_removed():
    utils = nn.utils
    for norm, remove in ((utils.weight_norm, utils.remove_weight_norm),
                         (utils.spectral_norm, utils.remove_spectral_norm)):
        layer = norm(nn.Linear(4, 3))
        x = minigrad.randn(2, 4)
        y = layer.eval()(x).detach().numpy()
        assert type(remove(layer).weight) is nn.Parameter and not layer._forward_pre_hooks
        assert np.allclose(layer(x).detach().numpy(), y) and list(layer.state_dict()) == ["bias", "weight"]
        with pytest.raises(ValueError, match="has no"):
            remove(layer)
        with pytest.raises(RuntimeError, match="already"):
            norm(norm(layer))


def test_a_parametrization_of_ones_own():
    class Symmetric(nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).T

        def right_inverse(self, x):
            return x.triu()
    layer = nn.Linear(3, 3)
    parametrize = nn.utils.parametrize
    parametrize.register_parametrization(layer, "weight", Symmetric())
    assert parametrize.is_parametrized(layer, "weight") and not parametrize.is_parametrized(layer, "bias")
    assert [n for n, _ in layer.named_parameters()] == ["bias", "parametrizations.weight.original"]
    layer.weight = minigrad.tensor(np.array([[1, 2, 3], [2, 4, 5], [3, 5, 6]], np.float32))
    assert np.array_equal(layer.weight.detach().numpy(), layer.weight.detach().numpy().T)
    assert layer.parametrizations.weight.original[1, 0].item() == 0 and layer.weight[1, 0].item() == 2
    (layer(minigrad.ones(1, 3)) ** 2).sum().backward()
    assert layer.parametrizations.weight.original.grad[1, 0].item() == 0
    twin = copy.deepcopy(layer)
    assert np.array_equal(twin.weight.detach().numpy(), layer.weight.detach().numpy())
    with parametrize.cached():
        assert layer.weight is layer.weight
    assert layer.weight is not layer.weight
    parametrize.remove_parametrizations(layer, "weight")
    assert type(layer) is nn.Linear and type(layer.weight) is nn.Parameter and layer.weight[1, 0].item() == 2


def test_parametrizations_are_refused():
    class Half(nn.Module):
        def forward(self, x):
            return x[:1]
    layer = nn.Linear(3, 3)
    with pytest.raises(ShapeError, match="unsafe=True"):
        nn.utils.parametrize.register_parametrization(layer, "weight", Half())
    with pytest.raises(ValueError, match="no parameter or buffer 'x'"):
        nn.utils.parametrize.register_parametrization(layer, "x", Half())
    with pytest.raises(ValueError, match="no parametrization"):
        nn.utils.parametrize.remove_parametrizations(layer, "weight")


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3)])
def test_orthogonal_stays_so_while_it_learns(shape):
    layer = nn.utils.parametrizations.orthogonal(nn.Linear(*shape).double())
    optimizer = minigrad.optim.SGD(layer.parameters(), lr=0.02)
    x = minigrad.tensor(np.random.default_rng(0).standard_normal((6, shape[0])))
    weights = []
    for _ in range(4):
        optimizer.zero_grad()
        (layer(x) ** 3).sum().backward()
        optimizer.step()
        w = layer.weight.detach().numpy()
        small = w @ w.T if w.shape[0] < w.shape[1] else w.T @ w
        np.testing.assert_allclose(small, np.eye(len(small)), atol=1e-9)
        weights.append(w)
    assert np.abs(weights[0] - weights[-1]).max() > 1e-3


def pruned(lib, how):
    prune = lib.nn.utils.prune
    net = lib.nn.Sequential(lib.nn.Linear(6, 5), lib.nn.ReLU(), lib.nn.Linear(5, 4))
    values = np.random.default_rng(3)
    with lib.no_grad():
        for p in net.parameters():
            p.copy_(lib.tensor(values.standard_normal(tuple(p.shape)).astype(np.float32)))
    how(prune, net, lib)
    return net


PRUNINGS = {
    "l1": lambda prune, net, lib: prune.l1_unstructured(net[0], "weight", 0.3),
    "l1 count": lambda prune, net, lib: prune.l1_unstructured(net[0], name="bias", amount=2),
    "l1 scores": lambda prune, net, lib: prune.l1_unstructured(
        net[0], "weight", 0.3, importance_scores=lib.arange(30.0).reshape(5, 6)),
    "ln": lambda prune, net, lib: prune.ln_structured(net[0], "weight", 0.4, n=2, dim=0),
    "ln columns": lambda prune, net, lib: prune.ln_structured(net[0], "weight", 2, n=1, dim=1),
    "twice": lambda prune, net, lib: [prune.l1_unstructured(net[0], "weight", 0.2),
                                      prune.ln_structured(net[0], "weight", 0.5, n=2, dim=0),
                                      prune.l1_unstructured(net[0], "weight", 3)],
    "mask": lambda prune, net, lib: prune.custom_from_mask(net[0], "bias", lib.tensor([1, 0, 1, 0, 1])),
    "identity": lambda prune, net, lib: prune.identity(net[2], "weight"),
    "global": lambda prune, net, lib: prune.global_unstructured(
        [(net[0], "weight"), (net[2], "weight")], pruning_method=prune.L1Unstructured, amount=0.4),
    "removed": lambda prune, net, lib: prune.remove(prune.l1_unstructured(net[0], "weight", 0.3), "weight"),
}


@pytest.mark.parametrize("how", PRUNINGS)
def test_pruning_gives_the_same_masks(how):
    ours, theirs = pruned(minigrad, PRUNINGS[how]), pruned(torch, PRUNINGS[how])
    assert minigrad.nn.utils.prune.is_pruned(ours) == torch.nn.utils.prune.is_pruned(theirs)
    state = {k: v.numpy() for k, v in theirs.state_dict().items()}
    assert set(ours.state_dict()) == set(state)
    for key, value in ours.state_dict().items():
        assert np.array_equal(value.numpy(), state[key]), key
    assert_same(ours.double(), theirs.double(), 3, 6, calls=1) if how != "removed" else None


def test_random_pruning_takes_the_right_number():
    layer = nn.Linear(10, 10)
    nn.utils.prune.random_unstructured(layer, "weight", 0.3)
    nn.utils.prune.random_structured(layer, "bias", 4, dim=0)
    assert layer.weight_mask.sum().item() == 70 and layer.bias_mask.sum().item() == 6
    for amount in (101, -1, 1.5):
        with pytest.raises(RangeError, match="amount"):
            nn.utils.prune.l1_unstructured(nn.Linear(10, 10), "weight", amount)
    with pytest.raises(ValueError, match="isn't pruned"):
        nn.utils.prune.remove(nn.Linear(2, 2), "weight")


def test_parameters_as_one_vector():
    ours, theirs = both(lambda lib: lib.nn.Sequential(lib.nn.Linear(3, 2), lib.nn.Linear(2, 1)))
    vector = minigrad.nn.utils.parameters_to_vector(ours.parameters())
    assert np.array_equal(vector.detach().numpy(),
                          torch.nn.utils.parameters_to_vector(theirs.parameters()).detach().numpy())
    minigrad.nn.utils.vector_to_parameters(vector * 2, ours.parameters())
    assert np.allclose(ours[0].weight.detach().numpy(), 2 * theirs[0].weight.detach().numpy())
    with pytest.raises(ShapeError, match="11 entries"):
        minigrad.nn.utils.vector_to_parameters(minigrad.ones(3), ours.parameters())
