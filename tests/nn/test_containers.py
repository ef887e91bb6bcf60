"""Lists and dicts of modules and parameters, Module's ways to its parts, and hooks with options."""
import numpy as np
import pytest

import minigrad
from minigrad import nn
from minigrad.errors import DeviceError, DTypeError, GraphError


def kinds(modules):
    return [type(m).__name__ for m in modules]


def test_sequential_is_edited_like_a_list():
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    net.append(nn.Tanh()).extend([nn.Sigmoid()]).insert(1, nn.GELU())
    assert kinds(net) == ["Linear", "GELU", "ReLU", "Tanh", "Sigmoid"]
    net[1] = nn.SiLU()
    del net[-1]
    assert kinds(net) == ["Linear", "SiLU", "ReLU", "Tanh"] and list(net._modules) == ["0", "1", "2", "3"]
    assert type(net.pop(2)) is nn.ReLU and kinds(net[1:]) == ["SiLU", "Tanh"]
    assert kinds(net + nn.Sequential(nn.ReLU())) == ["Linear", "SiLU", "Tanh", "ReLU"]
    del net[:2]
    assert kinds(net) == ["Tanh"]
    with pytest.raises(IndexError):
        del net[5]


def test_module_list_is_edited_like_a_list():
    layers = nn.ModuleList([nn.ReLU(), nn.Tanh()])
    layers += [nn.GELU()]
    assert kinds(layers + [nn.SiLU()]) == ["ReLU", "Tanh", "GELU", "SiLU"]
    assert type(layers.pop()) is nn.GELU
    del layers[0]
    assert kinds(layers) == ["Tanh"] and list(layers._modules) == ["0"]
    assert len(nn.ModuleList(None)) == 0


def test_parameter_list_and_dict():
    weights = nn.ParameterList([minigrad.zeros(2)])
    weights += [nn.Parameter(minigrad.ones(3))]
    weights[0] = minigrad.ones(2)
    assert [type(w) for w in weights] == [nn.Parameter] * 2 and len(list(weights.parameters())) == 2
    assert len(weights[:1]) == 1 and list(weights.state_dict()) == ["0", "1"]
    table = nn.ParameterDict({"keys": minigrad.zeros(1), "b": minigrad.ones(2)})
    assert table["keys"].tolist() == [0] and table.pop("b").tolist() == [1, 1] and list(table) == ["keys"]
    table.update({"c": minigrad.ones(1)})
    assert table.get("x") is None and len(table.values()) == 2
    assert [name for name, _ in table.items()] == ["keys", "c"]
    table.clear()
    assert len(table) == 0 and not list(table.parameters())
    with pytest.raises(KeyError, match="no parameter 'x'"):
        table["x"]


def test_parts_are_found_by_their_names():
    net = nn.Sequential(nn.Sequential(nn.Linear(2, 3)), nn.BatchNorm1d(3))
    assert net.get_submodule("0.0") is net[0][0] and net.get_submodule("") is net
    assert net.get_parameter("0.0.bias") is net[0][0].bias
    assert net.get_buffer("1.running_mean") is net[1].running_mean
    net.set_submodule("0.0", nn.Identity())
    assert type(net[0][0]) is nn.Identity
    for ask in (lambda: net.get_submodule("0.7"), lambda: net.get_parameter("1.running_mean"),
                lambda: net.get_buffer("1.weight")):
        with pytest.raises(AttributeError):
            ask()


def test_shared_modules_are_named_once_or_always():
    layer = nn.Linear(2, 2)
    net = nn.Sequential(layer, layer)
    assert [n for n, _ in net.named_modules()] == ["", "0"]
    assert [n for n, _ in net.named_modules(remove_duplicate=False)] == ["", "0", "1"]
    assert len(list(net.named_parameters(remove_duplicate=False))) == 4


def test_dtypes_and_state():
    net = nn.Linear(2, 2)
    assert net.half().weight.dtype == minigrad.float16
    assert net.type(minigrad.float64).bias.dtype == minigrad.float64
    with pytest.raises(DTypeError, match="float16"):
        net.bfloat16()
    assert list(net.state_dict(prefix="a.")) == ["a.weight", "a.bias"]
    assert net.state_dict(keep_vars=True)["weight"] is net.weight
    into = {"x": minigrad.zeros(1)}
    assert list(net.state_dict(destination=into)) == ["x", "weight", "bias"]


def test_a_buffer_is_registered_when_it_is_assigned():
    net = nn.Module()
    net.a, net.b = nn.Buffer(minigrad.zeros(2)), nn.Buffer(minigrad.zeros(2), persistent=False)
    assert [n for n, _ in net.named_buffers()] == ["a", "b"] and list(net.state_dict()) == ["a"]


def test_hooks_take_keywords_and_come_first():
    class Scaled(nn.Module):
        def forward(self, x, scale=1.0):
            return x * scale
    net, seen = Scaled(), []
    net.register_forward_pre_hook(lambda m, args: seen.append("second"))
    net.register_forward_pre_hook(lambda m, args, kwargs: (args, {"scale": kwargs["scale"] * 2}),
                                  with_kwargs=True, prepend=True)
    net.register_forward_hook(lambda m, args, kwargs, out: seen.append(kwargs["scale"]), with_kwargs=True)
    handle = net.register_forward_pre_hook(lambda m, args: seen.append("first"), prepend=True)
    assert net(minigrad.ones(1), scale=3.0).tolist() == [6.0] and seen == ["first", "second", 6.0]
    handle.remove()
    assert len(net._forward_pre_hooks) == 2 and len(net._forward_hooks) == 1


def test_data_parallel_passes_through():
    net = nn.DataParallel(nn.Linear(3, 2), device_ids=[0])
    x = minigrad.randn(4, 3)
    assert np.array_equal(net(x).detach().numpy(), net.module(x).detach().numpy())
    with pytest.raises(DeviceError, match="one device"):
        nn.DataParallel(nn.Linear(3, 2), device_ids=[0, 1])
    assert nn.SyncBatchNorm.convert_sync_batchnorm(net) is net


def test_an_empty_place_in_a_list_of_modules_is_kept():
    first, last = nn.Linear(2, 2), nn.ReLU()
    layers = nn.ModuleList([first, None, last])
    assert len(layers) == 3 and list(layers) == [first, None, last]
    assert layers[1] is None and layers[2] is last and len(list(layers.parameters())) == 2
    a, b, c = layers
    assert (a, b, c) == (first, None, last)


def test_a_network_is_not_put_into_itself():
    for net in (nn.Sequential(nn.ReLU()), nn.ModuleList([nn.ReLU()])):
        with pytest.raises(GraphError, match="cannot contain itself"):
            net.insert(0, net)
        assert kinds(net) == ["ReLU"]
