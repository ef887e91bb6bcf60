"""Devices, the generator, the optimizer kernels and the memory settings."""
import subprocess
import sys

import numpy as np
import pytest

import minigrad
from minigrad.backend import memory
from minigrad.backend.arrays import Device, device_of, move, to_numpy
from minigrad.backend.random import Generator
from minigrad.errors import DeviceError


def test_device_names():
    assert str(Device("cpu")) == "cpu" and Device("cuda") == "cuda:0" and Device("cuda:1").index == 1
    assert Device("cpu") == "cpu" and Device("cpu") != Device("cuda")
    assert len({Device("cpu"), Device("cpu")}) == 1
    assert minigrad.ones(1).device == "cpu" and minigrad.ones(1).device.type == "cpu"
    for name in ("gpu", "cuda:x", "", "cpu0"):
        with pytest.raises(DeviceError, match="'cpu', 'cuda' or 'cuda:N'"):
            Device(name)


def test_moving_to_where_it_is_copies_nothing():
    x = np.ones(2)
    assert move(x, Device("cpu")) is x and to_numpy(x) is x and device_of(x) == "cpu"


def test_a_missing_gpu_is_one_sentence():
    if minigrad.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(DeviceError, match="^device 'cuda': .+ device='cpu'"):
        minigrad.ones(1).to("cuda")
    with pytest.raises(DeviceError):
        minigrad.zeros(2, device="cuda")


def test_importing_minigrad_imports_no_gpu_library():
    code = "import sys, minigrad; assert not {'cupy', 'torch'} & set(sys.modules), 'heavy import'"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_generator_states():
    a = Generator(5)
    a.numpy.random(3)
    state = a.get_state()
    expected = a.numpy.random(4)
    b = Generator()
    b.set_state(state)
    assert np.array_equal(b.numpy.random(4), expected)
    state = minigrad.get_rng_state()
    first = minigrad.randn(3)
    minigrad.set_rng_state(state)
    assert minigrad.equal(minigrad.randn(3), first)
    for seed in (-1, 1.5, "a"):
        with pytest.raises(ValueError, match="integer from 0"):
            minigrad.manual_seed(seed)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 16, 23])
def test_block_boundaries_of_updates_do_not_show(size, monkeypatch):
    def run(block):
        monkeypatch.setattr(memory, "STEP", block)
        p, g, m, v = (np.random.default_rng(k).random(size, np.float32) for k in range(4))
        w = minigrad.Tensor(p)
        adam = minigrad.optim.Adam([w], 0.1, (0.9, 0.99), 1e-8, 0.1)
        adam.update(w, g, {"step": 2, "exp_avg": m, "exp_avg_sq": v}, adam.param_groups[0])
        sgd = minigrad.optim.SGD([w], 0.1, 0.9, 0.2, 0.01)
        sgd.update(w, g, {"momentum_buffer": m}, sgd.param_groups[0])
        return np.stack([p, g, m, v])
    small, large = run(8), run(1 << 20)
    assert np.array_equal(small, large)
    assert np.array_equal(large[1], np.random.default_rng(1).random(size, np.float32))     # g is only read


def test_the_allocator_can_be_left_alone():
    code = "from minigrad.backend.memory import TUNED; print(TUNED)"
    done = subprocess.run([sys.executable, "-c", code], env={"MINIGRAD_MALLOC": "0"}, capture_output=True,
                          text=True, timeout=120, check=True)
    assert done.stdout.strip() == "False"
