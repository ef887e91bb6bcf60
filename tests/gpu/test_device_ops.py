"""Every operation of the op table on the device: values, gradients and second derivatives as on the CPU.

The operations themselves are proved on the CPU, by measured slopes; here the two devices are compared, on
the same generated shapes and layouts.
"""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import minigrad
from minigrad.autograd import Tensor, grad
from minigrad.backend.arrays import Device, array_module, move, to_numpy

sys.path.insert(0, str(Path(__file__).parents[1] / "ops"))      # op_table stands beside its own tests
from op_table import load  # noqa: E402

TABLE = load()
HOST_RANDOM = {"Dropout"}           # draws other numbers on each device, see test_device_random.py
#: On the GPU the layers take their steps one by one, see ``ops/recurrent.py``.
HOST_STEPS = {"LSTMSequence", "GRUSequence"}
CONSTANTS = (np.ndarray, np.generic)


def on_device(value: Any) -> Any:
    """An option of an operation (labels, masks, indices) as the device wants it."""
    if isinstance(value, np.ndarray):
        return move(np.array(value, order="C"), Device("cuda"))
    return tuple(map(on_device, value)) if type(value) is tuple else value


def run(entry: Any, case: Any, dtype: Any, cuda: bool) -> list[np.ndarray]:
    """The result, the gradients, and where there are some the second derivatives."""
    xs = []
    for x in case.inputs:
        if x is not None:
            x = Tensor(_moved(x, dtype) if cuda else x.astype(dtype), requires_grad=True)
        xs.append(x)
    options = case.options()
    op = entry.op(*(map(on_device, options) if cuda else options))
    y = op(*xs)
    wanted = [x for x in xs if x is not None]
    g = np.random.default_rng(1).standard_normal(y.shape).astype(y.dtype)
    g = Tensor(_moved(g) if cuda else g)
    twice = entry.op.twice_differentiable and y.dtype.kind == "f"
    first = grad(y, wanted, g, create_graph=twice, allow_unused=True)
    found = [y, *first]
    again = [f for f in first if f is not None and f.requires_grad]
    if twice and again:
        total = sum((f * f).sum() for f in again)
        found += grad(total, wanted, allow_unused=True)
    for tensor in found:
        assert tensor is None or tensor.device.type == ("cuda" if cuda else "cpu")
    return [None if t is None else to_numpy(t._array) for t in found]


def _moved(x: np.ndarray, dtype: Any = None) -> Any:
    """On the device in the layout of x: in steps, reversed, transposed, repeated, or plain."""
    whole = x
    while isinstance(whole.base, np.ndarray):
        whole = whole.base
    dtype, size = np.dtype(dtype or x.dtype), x.itemsize
    start = (x.__array_interface__["data"][0] - whole.__array_interface__["data"][0]) // size
    memory = np.lib.stride_tricks.as_strided(whole, (whole.size,), (size,)).astype(dtype)   # it lies dense
    there = move(memory, Device("cuda"))
    return array_module(there).lib.stride_tricks.as_strided(
        there[start:], x.shape, tuple(s // size * dtype.itemsize for s in x.strides))


def test_the_layouts_of_the_table_reach_the_device(device: str) -> None:
    x = np.arange(24.0).reshape(4, 6)
    for view in (x.T, x[::-1, ::2], np.broadcast_to(x[:, :1], (4, 6)), x[1], x[:0], x[1:3, 5:1:-2].T):
        there = _moved(view, np.float32)
        assert np.array_equal(to_numpy(there), view) and there.dtype == np.float32
        assert there.strides == tuple(s // 2 for s in view.strides)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry.name)
def test_an_operation_on_the_device_is_what_it_is_on_the_cpu(entry: Any, dtype: Any, device: str) -> None:
    if entry.name in HOST_RANDOM:
        pytest.skip("random")
    if entry.name in HOST_STEPS:
        pytest.skip("on the CPU only")
    close = dict(rtol=1e-9, atol=1e-9) if dtype == np.float64 else dict(rtol=2e-3, atol=2e-4)

    def check(case: Any) -> None:
        for here, there in zip(run(entry, case, dtype, False), run(entry, case, dtype, True), strict=True):
            assert (here is None) == (there is None)
            if here is not None:
                assert here.dtype == there.dtype and here.shape == there.shape
                np.testing.assert_allclose(there, here, **close)
    settings(max_examples=8, suppress_health_check=list(HealthCheck))(given(entry.cases)(check))()


NOT_MOVED = {"Index", "IndexAdd"}


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry.name)
def test_no_operation_waits_for_the_device(entry: Any, stand_in_cuda: Any) -> None:
    from .stand_in import no_waiting
    if entry.name in HOST_STEPS:
        pytest.skip("on the CPU only")

    def check(case: Any) -> None:
        if any(isinstance(o, np.ndarray) and o.dtype.kind == "b" for o in flat(case.options())):
            return                          # how many entries a mask selects is known only on the device
        xs = [None if x is None else Tensor(_moved(x), requires_grad=True) for x in case.inputs]
        op = entry.op(*map(on_device, case.options()))
        with no_waiting():
            y = op(*xs)
            if y.dtype.kind == "f":
                y.backward(minigrad.ones_like(y))
    settings(max_examples=4, suppress_health_check=list(HealthCheck))(given(entry.cases)(check))()


def flat(value: Any) -> Any:
    """All values in nested tuples."""
    for v in value:
        if isinstance(v, tuple):
            yield from flat(v)
        else:
            yield v
