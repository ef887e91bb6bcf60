"""Every public function and every layer on the device: what it returns, and its gradients, as on the CPU.

The calls are those that are compared with PyTorch elsewhere (``tests/oracle``), so that a function
cannot be forgotten here.
"""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import pytest

import minigrad
from minigrad.autograd import Tensor
from minigrad.backend.arrays import is_array, on_host, set_default_device, to_numpy

sys.path.insert(0, str(Path(__file__).parents[1] / "oracle"))
import oracle_calls_arrange  # noqa: E402, F401  (fills the table)
import oracle_calls_entries  # noqa: E402, F401
import oracle_calls_network  # noqa: E402, F401
from oracle_calls import TABLE, calls_of, given, resolved  # noqa: E402

MOST = 25               # calls of one function; the table holds up to a hundred
#: Another order of additions, and CuPy's flushing of subnormals, change the last digits.
TOLERANCE = {"float16": 2e-3, "float32": 1e-5}
#: Values that CuPy has no way to compute on the device, and what minigrad says of it.
FORMATS = {"tolist", "numpy"}


def flat(value: Any) -> Iterator[Any]:
    """The tensors and arrays in a result."""
    if isinstance(value, (tuple, list)):
        for v in value:
            yield from flat(v)
    elif isinstance(value, Tensor) or is_array(value):
        yield value


def outcome(call: Any, device: str) -> Any:
    """The results and gradients of a call as NumPy arrays, or the kind of error."""
    set_default_device(device)
    try:
        leaves: list[Any] = []
        args = given(minigrad, call.args, leaves)
        kwargs = {k: given(minigrad, v, leaves) for k, v in call.kwargs.items()}
        try:
            result = resolved(minigrad, call.name)(*args, **kwargs)
        except Exception as error:
            return type(error).__name__, str(error)
        found = list(flat(result))
        for tensor in found:
            assert tensor.device.type == device, f"{call}: a result on {tensor.device}"
        scalar = [t for t in found if isinstance(t, Tensor) and t.requires_grad]
        if scalar:
            total = sum((t * t).sum() if t.ndim else t * t for t in scalar)
            total.backward()
        gradients = [leaf.grad for leaf in leaves if leaf.grad is not None]
        return [to_numpy(t._array if isinstance(t, Tensor) else t) for t in [*found, *gradients]]
    finally:
        set_default_device("cpu")


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_function_on_the_device_is_what_it_is_on_the_cpu(name: str, device: str) -> None:
    for call in calls_of(name)[:MOST]:
        here, there = outcome(call, "cpu"), outcome(call, "cuda")
        if isinstance(here, tuple):
            assert isinstance(there, tuple) and (
                here[0] == there[0] or "RangeError" in here), f"{call}\n  cpu  {here}\n  cuda {there}"
            continue
        assert not isinstance(there, tuple), f"{call}: {there}"
        for a, b in zip(here, there, strict=True):
            assert a.dtype == b.dtype and a.shape == b.shape, f"{call}: {a.dtype}{a.shape} {b.dtype}{b.shape}"
            close = TOLERANCE.get(str(a.dtype), 1e-9)
            np.testing.assert_allclose(b, a, rtol=close, atol=close, err_msg=str(call))


def layer_cases() -> list[Any]:
    """The layers that are compared with PyTorch; where there is no PyTorch, none."""
    try:
        import test_oracle_layers
    except BaseException as error:      # pytest's Skipped is no Exception
        if type(error).__name__ != "Skipped":
            raise
        return [pytest.param(None, marks=pytest.mark.skip(reason="the table of layers needs PyTorch"))]
    return list(test_oracle_layers.CASES)


@pytest.mark.parametrize("case", layer_cases(), ids=lambda c: c[0] if c else "none")
def test_a_layer_on_the_device_is_what_it_is_on_the_cpu(case: Any, device: str) -> None:
    name, args, options, inputs = case
    results = []
    minigrad.set_default_dtype(minigrad.float64)
    for where in ("cpu", "cuda"):
        minigrad.manual_seed(0)
        options_here = {k: given(minigrad, v, []) for k, v in options.items()}
        layer = getattr(minigrad.nn, name)(*args, **options_here).to(where)
        leaves: list[Any] = []
        set_default_device(where)
        xs = given(minigrad, inputs, leaves)
        out = list(flat(layer(*xs)))
        set_default_device("cpu")
        assert all(t.device.type == where for t in out)
        floating = [t for t in out if t.requires_grad]
        if floating:
            sum((t * t).sum() if t.ndim else t * t for t in floating).backward()
        tensors = [*out, *(x.grad for x in leaves), *(p.grad for p in layer.parameters()), *layer.buffers()]
        results.append([None if t is None else to_numpy(t._array) for t in tensors])
    for a, b in zip(*results, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(b, a, rtol=1e-8, atol=1e-9)
    assert on_host(results[1][0])
