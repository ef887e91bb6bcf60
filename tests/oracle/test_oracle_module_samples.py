"""PyTorch's module database: the modules that exist, and their samples, forward and backward.

``module_figures()`` counts; the tests hold every sample to PyTorch's values and gradients, in float64 and
float32, in training and in evaluation.
"""
from __future__ import annotations

import copy
from typing import Any, NamedTuple

import pytest

import minigrad
from oracle_compare import backwards, difference, flat
from oracle_databases import NotThere, Translation, quietly, shown

torch = pytest.importorskip("torch")
common_modules = pytest.importorskip(
    "torch.testing._internal.common_modules",
    reason="PyTorch's databases cannot be imported: they need the package expecttest",
    exc_type=ImportError)
pytestmark = pytest.mark.torch

NAMES = sorted({m.name.rpartition(".")[2] for m in common_modules.module_db})
ENTRIES = {m.name.rpartition(".")[2]: m for m in common_modules.module_db}
MISSING = [name for name in NAMES if not hasattr(minigrad.nn, name)]
DTYPES = (torch.float64, torch.float32)

#: Gradients of float32 sums in another order differ in their last digits.
TOLERANCE = {torch.float64: None, torch.float32: 2e-4}


class Outcome(NamedTuple):
    """One sample: what it is, how it failed, if it did, and whether it counts (here it can be tried)."""

    what: str
    problem: str | None
    counts: bool = True


def without_dropout(library: Any, module: Any) -> Any:
    """The module with every share of dropout 0: random numbers cannot agree."""
    for part in module.modules():
        if isinstance(part, library.nn.Dropout):
            part.p = 0.0
        elif isinstance(getattr(part, "dropout", None), float):
            part.dropout = 0.0
    return module


def outcome(name: str, sample: Any, dtype: Any, training: bool, number: int) -> Outcome:
    """One sample in both libraries: results, gradients of parameters and inputs, buffers after it."""
    made, given, put = sample.constructor_input, sample.forward_input, Translation(torch)
    what = (f"{name} #{number} ({shown(made.args)} {shown(made.kwargs)})"
            f"({shown(given.args)} {shown(given.kwargs)})")
    theirs = quietly(lambda: ENTRIES[name].module_cls(*made.args, **made.kwargs)).to(dtype).train(training)
    theirs = without_dropout(torch, theirs)
    try:
        options = put(made.kwargs)
        arguments = [getattr(minigrad.nn.functional, v.__name__) if type(v) in (type(len), type(copy.copy))
                     else put(v) for v in made.args]
        ours = quietly(lambda: getattr(minigrad.nn, name)(*arguments, **options))
        ours = without_dropout(minigrad, ours.to(put(dtype)).train(training))
        args, kwargs = put(list(given.args)), put(given.kwargs)
    except NotThere:
        return Outcome(what, None, counts=False)
    except Exception as error:
        return Outcome(what, f"{type(error).__name__}: {error}")
    try:
        expected = flat(quietly(lambda: theirs(*copy.copy(given.args), **given.kwargs)))
    except Exception:
        return Outcome(what, None, counts=False)    # for another device or dtype
    try:
        state = {key: put(value.detach().clone()) for key, value in theirs.state_dict().items()}
        if not hasattr(ours, "has_uninitialized_params"):
            ours.load_state_dict(before(state, ours))
        else:
            quietly(lambda: ours(*args, **kwargs))
            ours.load_state_dict(state)
        results = flat(quietly(lambda: ours(*args, **kwargs)))
    except Exception as error:
        return Outcome(what, f"{type(error).__name__}: {error}")
    return Outcome(what, differences(theirs, ours, put, expected, results, dtype))


def before(state: dict[str, Any], ours: Any) -> dict[str, Any]:
    """The state that PyTorch's module began with: its call has moved the running statistics already."""
    for key, own in ours.state_dict().items():
        if "running" in key or "tracked" in key:
            state[key] = own
    return state


def differences(theirs: Any, ours: Any, put: Translation, expected: list[Any], results: list[Any],
                dtype: Any) -> str | None:
    """The first difference between the results, the gradients or the buffers."""
    pairs = [(f"result {i}", a, b) for i, (a, b) in enumerate(zip(results, expected)) if b is not None]
    if len(results) != len(expected):
        return f"{len(results)} results, PyTorch {len(expected)}"
    for what, a, b in pairs:
        if text := difference(what, a, b, TOLERANCE[dtype] and 1e-5):
            return text
    leaves = put.leaves()
    for p, q in leaves:
        p.grad = q.grad = None
    backwards(torch, expected)
    backwards(minigrad, results)
    grads = [(f"gradient of {key}", p.grad, q.grad)
             for (key, p), (_, q) in zip(ours.named_parameters(), theirs.named_parameters())]
    grads += [("gradient of an input", q.grad, p.grad) for p, q in leaves]
    for what, a, b in grads:
        if b is None:
            continue
        a = minigrad.tensor(torch.zeros_like(b).numpy()) if a is None else a
        if text := difference(what, a, b, TOLERANCE[dtype]):
            return text
    for (key, a), (_, b) in zip(ours.named_buffers(), theirs.named_buffers()):
        if "running" in key or "tracked" in key:
            if text := difference(f"buffer {key}", a, b, TOLERANCE[dtype] and 1e-5):
                return text
    return None


def outcomes(name: str, dtype: Any, training: bool) -> list[Outcome]:
    """All samples of one module."""
    entry = ENTRIES[name]
    torch.manual_seed(0)
    samples = quietly(lambda: list(entry.module_inputs_func(
        entry, device="cpu", dtype=dtype, requires_grad=True, training=training)))
    return [outcome(name, sample, dtype, training, k) for k, sample in enumerate(samples)]


def module_figures() -> dict[str, Any]:
    """How many modules of PyTorch's database exist, and how many of their samples give what PyTorch gives."""
    tried = [o for name in NAMES if name not in MISSING for dtype in DTYPES for training in (True, False)
             for o in outcomes(name, dtype, training) if o.counts]
    passed = sum(o.problem is None for o in tried)
    return {"modules": len(NAMES), "modules missing": MISSING, "module samples": len(tried),
            "module samples passed": passed,
            "module samples that differ": [f"{o.what}\n    {o.problem}" for o in tried if o.problem]}


def test_hardly_any_module_is_missing() -> None:
    assert len(NAMES) > 100 and len(MISSING) <= 1, MISSING


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("dtype", DTYPES, ids=["float64", "float32"])
@pytest.mark.parametrize("name", [name for name in NAMES if name not in MISSING])
def test_samples_of_modules_give_the_same(name: str, dtype: Any, training: bool) -> None:
    tried = outcomes(name, dtype, training)
    found = [f"{o.what}\n    {o.problem}" for o in tried if o.problem]
    assert not found, f"{len(found)} of {len(tried)} differ:\n" + "\n".join(found[:8])
