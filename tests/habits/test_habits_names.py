"""The names of habit: what they do is what PyTorch's do, and what cannot be done is said."""
from __future__ import annotations

import importlib
import subprocess
import sys

import numpy as np
import pytest

import minigrad
from minigrad import nn
from minigrad.errors import DeviceError, DTypeError


@pytest.mark.parametrize("name", [
    "accelerator", "autograd", "autograd.variable", "backends", "backends.cuda", "backends.cudnn",
    "backends.mps",
    "cuda.amp", "distributed", "hub", "jit", "multiprocessing", "nn.parallel", "nn.modules",
    "nn.modules.module", "onnx", "random", "utils.data",
    "utils.data.dataloader", "utils.data.dataset", "utils.data.distributed", "utils.data.sampler",
    "utils.tensorboard", "version"])
def test_the_module_can_be_imported_and_reached(name):
    module = importlib.import_module(f"minigrad.{name}")
    found = minigrad
    for part in name.split("."):
        found = getattr(found, part)
    assert found is module


def test_a_tensor_for_each_dtype():
    x = minigrad.FloatTensor([1, 2])
    assert x.dtype == np.float32 and x.tolist() == [1, 2] and isinstance(x, minigrad.FloatTensor)
    assert not isinstance(x, minigrad.LongTensor) and not isinstance(3, minigrad.FloatTensor)
    assert minigrad.LongTensor(2, 3).shape == (2, 3) and minigrad.LongTensor([2.9]).tolist() == [2]
    assert minigrad.ByteTensor(np.array([1, 0])).dtype == np.uint8
    assert minigrad.BoolTensor([0, 2]).tolist() == [False, True]
    assert minigrad.FloatTensor(x.shape).shape == (2,), "a Size says how large, not what is in it"
    assert issubclass(type(minigrad.cuda.FloatTensor), type)


def test_type_names_and_converts():
    x = minigrad.ones(2)
    assert x.type() == "minigrad.FloatTensor" and x.long().type() == "minigrad.LongTensor"
    for kind in (minigrad.LongTensor, "torch.LongTensor", "minigrad.LongTensor", minigrad.int64):
        assert x.type(kind).dtype == np.int64
    assert x.type_as(x.double()).dtype == np.float64
    with pytest.raises(DTypeError, match="no 'torch.ComplexTensor'"):
        x.type("torch.ComplexTensor")
    assert [getattr(x, name)().dtype for name in ("byte", "char", "short")] == [np.uint8, np.int8, np.int16]
    y = minigrad.ones(2, requires_grad=True)
    y.type(minigrad.DoubleTensor).sum().backward()
    assert y.grad.tolist() == [1, 1]


def test_a_variable_is_a_tensor():
    x = minigrad.ones(2)
    assert minigrad.autograd.Variable(x) is x and isinstance(x, minigrad.autograd.Variable)
    y = minigrad.autograd.Variable(x, requires_grad=True)
    (y * 3).sum().backward()
    assert y.grad.tolist() == [3, 3] and not x.requires_grad


def test_devices_by_their_parts():
    assert minigrad.device("cuda", 1) == minigrad.device(type="cuda", index=1) == minigrad.device("cuda:1")
    assert minigrad.device("cpu").index is None and minigrad.device(0) == "cuda:0"
    with pytest.raises(DeviceError):
        minigrad.device("tpu")
    for there in (minigrad.backends.mps, minigrad.xpu, minigrad.mps):
        assert not there.is_available()


def test_the_ways_to_compute_attention_are_one():
    from minigrad.nn.attention import SDPBackend, sdpa_kernel
    with sdpa_kernel([SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]):
        assert nn.functional.scaled_dot_product_attention(*[minigrad.ones(1, 2, 3)] * 3).shape == (1, 2, 3)


def test_seeding_every_gpu_seeds_the_one_generator():
    minigrad.cuda.manual_seed_all(3)
    a = minigrad.rand(2)
    minigrad.manual_seed(3)
    assert minigrad.equal(a, minigrad.rand(2))


def test_a_compiled_network_trains_as_it_is_and_has_what_it_had():
    net = nn.Linear(2, 1)
    assert minigrad.compile(net, disable=True) is net and minigrad.jit.script(net) is net
    compiled = minigrad.compile(net, mode="reduce-overhead", fullgraph=True)
    compiled.train()
    assert list(compiled.parameters()) == list(net.parameters()) and compiled.weight is net.weight
    for _ in range(3):
        x = minigrad.randn(4, 2)
        net.zero_grad()
        compiled(x).sum().backward()
        assert minigrad.allclose(net.weight.grad, x.sum(0, keepdim=True))
    with minigrad.no_grad():
        for _ in range(3):
            assert minigrad.allclose(compiled(x), compiled(input=x))
    assert compiled.runs == 2
    with pytest.raises(AttributeError, match="no attribute 'wieght'"):
        compiled.wieght


def test_a_compiled_function_may_be_part_of_a_graph():
    double = minigrad.compile(lambda x: 2 * x)
    w = minigrad.ones(2, requires_grad=True)
    for _ in range(3):
        w.grad = None
        double(w * 3).sum().backward()
        assert w.grad.tolist() == [6.0, 6.0]


def test_compiling_takes_pytorchs_forms():

    @minigrad.jit.script
    def double(x):
        return 2 * x

    @minigrad.compile(mode="max-autotune")
    def triple(x):
        return 3 * x

    assert double(2) == 4 and triple(minigrad.ones(1)).item() == 3


@pytest.mark.parametrize("call", [
    lambda: minigrad.onnx.export(None, None, "x.onnx"), lambda: minigrad.hub.load("a/b", "c"),
    lambda: minigrad.jit.load("x.pt")])
def test_what_is_not_here_is_refused_in_a_sentence(call):
    with pytest.raises(NotImplementedError, match="is not part of minigrad. .*[.]$"):
        call()


def test_a_writer_is_handed_arrays(tmp_path, monkeypatch):
    calls = []

    class Writer:
        def __init__(self, folder):
            calls.append(folder)

        def add_scalars(self, tag, values, step=None):
            calls.append((tag, values, step))

        def close(self):
            calls.append("closed")

    module = type(sys)("tensorboardX")
    module.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, "tensorboardX", module)
    with minigrad.utils.tensorboard.SummaryWriter("runs") as writer:
        writer.add_scalars("loss", {"a": minigrad.tensor(1.5, requires_grad=True)}, step=2)
    assert calls[0] == "runs" and calls[-1] == "closed"
    tag, values, step = calls[1]
    assert (tag, step) == ("loss", 2) and type(values["a"]) is np.ndarray and values["a"] == 1.5
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match="pip install 'minigrad.tensorboard.'"):
        minigrad.utils.tensorboard.SummaryWriter("runs")


def test_casting_on_its_own_changes_nothing_and_says_so():
    with minigrad.amp.autocast("cuda", enabled=False):
        pass
    with pytest.warns(UserWarning, match="nothing is cast"), minigrad.autocast("cpu", dtype=minigrad.float16):
        assert (minigrad.ones(2) * 2).dtype == np.float32


def test_inference_is_not_recorded():
    w = minigrad.ones(2, requires_grad=True)

    @minigrad.inference_mode()
    def twice():
        return w * 2

    with minigrad.inference_mode():
        assert not (w * 2).requires_grad
    assert not twice().requires_grad and not minigrad.inference_mode(lambda: w * 2)().requires_grad
    with minigrad.inference_mode(False):
        assert (w * 2).requires_grad


def test_a_name_that_is_nowhere_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nowhere'"):
        minigrad.nowhere  # noqa: B018


def test_habits_load_no_library_that_is_not_asked_for():
    code = ("import sys, minigrad; never = ('multiprocessing.context', 'einops', 'PIL', 'tensorboardX'); "
            "print([name for name in never if name in sys.modules])")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
