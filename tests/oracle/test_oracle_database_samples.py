"""The sample inputs of PyTorch's databases give the same values, dtypes and first derivatives here.

Every operation is tried in float64, float32, int64 and bool, as far as PyTorch takes them. What minigrad
refuses by name (an option, a mode) is counted as refused; REFUSED lists the few others, with the reason.
Modules are in test_oracle_module_samples.py.
"""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np
import pytest

import minigrad
from oracle_compare import EIGHT_DIGITS, array_of, backwards, difference, flat
from oracle_databases import NotThere, Translation, entry_id, operation, operation_of, quietly, shown

torch = pytest.importorskip("torch")
databases = pytest.importorskip(
    "torch.testing._internal.common_methods_invocations",
    reason="PyTorch's databases cannot be imported: they need the package expecttest",
    exc_type=ImportError)
common_optimizers = pytest.importorskip("torch.testing._internal.common_optimizers", exc_type=ImportError)
pytestmark = pytest.mark.torch

DTYPES = (torch.float64, torch.float32, torch.int64, torch.bool)
OPERATIONS = {entry_id(e): e for e in databases.op_db if operation(e.name)}
OPTIMIZERS = {o.optim_cls.__name__: o for o in common_optimizers.optim_db
              if hasattr(minigrad.optim, o.optim_cls.__name__)}

#: Samples of one dtype that are tried, spread evenly over all.
MANY = 12

#: Nothing but shapes and dtypes can be compared: the numbers are random, or whatever the memory held.
RANDOM = {"empty", "empty_like", "rand_like", "randn", "randn_like", "randint", "multinomial", "bernoulli",
          "nn.functional.dropout", "new_empty", "normal", "uniform", "exponential", "cauchy", "geometric",
          "log_normal", "randint_like"}

RANDOM |= {f"nn.functional.{name}" for name in (
    "alpha_dropout", "dropout2d", "dropout3d", "feature_alpha_dropout", "fractional_max_pool2d",
    "fractional_max_pool3d", "rrelu")}

#: PyTorch leaves open in which order equal entries come: their indices are not compared.
OPEN_ORDER = {"topk", "sort", "argsort", "kthvalue", "mode"}

#: Valid input that is refused here, by operation: (the text of the error, the reason).
REFUSED = {
    "nn.functional.interpolate": ("the input must be (N, C, H, W)", "images only, as its docstring says"),
    **dict.fromkeys(["addmv", "addbmm", "baddbmm"], (
        "beta and alpha must be integers", "PyTorch cuts 0.6 down to 0 for integers")),
    "nn.functional.batch_norm": ("the input must be (N, C, …)", "PyTorch takes a vector of no entries"),
}


def thinned(samples: list[Any], many: int) -> list[Any]:
    """At most so many, spread evenly."""
    step = max(1, -(-len(samples) // many))
    return samples[::step]


def samples_of(entry: Any, dtype: Any, gradient: bool) -> Iterator[tuple[str, Any]]:
    """(what it is, sample), a few of one dtype."""
    torch.manual_seed(0)
    samples = quietly(lambda: list(entry.sample_inputs("cpu", dtype, requires_grad=gradient)))
    for k, sample in enumerate(thinned(samples, MANY)):
        yield f"#{k} {shown(sample.input)} {shown(sample.args)} {shown(sample.kwargs)}", sample


def refused(name: str, error: Exception) -> bool:
    """Whether an error refuses an option by its name, or stands on the list."""
    if isinstance(error, NotImplementedError) or "unexpected keyword argument" in str(error):
        return True
    return name in REFUSED and REFUSED[name][0] in str(error)


def tolerance(ours: Any) -> float | None:
    """Sums in another order differ in the last digits of float32."""
    return 1e-5 if str(getattr(ours, "dtype", "")) == "float32" else None


def answers_differ(entry: Any, ours: list[Any], theirs: list[Any]) -> str | None:
    """The first difference between the results of one call."""
    if len(ours) != len(theirs):
        return f"{len(ours)} results, PyTorch {len(theirs)}"
    for i, (a, b) in enumerate(zip(ours, theirs)):
        if entry.name in OPEN_ORDER and b.dtype == torch.int64 and (i == 1 or entry.name == "argsort"):
            a, b = minigrad.zeros_like(a), torch.zeros_like(b)
        if entry.name in RANDOM:
            a, b = minigrad.zeros_like(a), torch.zeros_like(b)
        if text := difference(f"result {i}", a, b, tolerance(a)):
            return text
    return None


def disagreement(entry: Any, sample: Any, gradient: bool) -> str | None:
    """How minigrad's answer to a sample differs from PyTorch's; None if not at all, or refused by name."""
    if sample.kwargs.get("dropout_p"):              # of attention: random numbers
        return None
    put = Translation(torch)
    try:
        args, kwargs = put([sample.input, *sample.args]), put(sample.kwargs)
    except NotThere:
        return None
    try:
        theirs = quietly(entry.op, sample.input, *sample.args, **sample.kwargs)
    except Exception:                               # the database has samples for other devices
        return None
    try:
        ours = operation_of(entry)(*args, **kwargs)
    except Exception as error:
        return None if refused(entry.name, error) else f"{type(error).__name__}: {error}"
    if not entry.name.startswith("nn."):            # what is determined: eigenvectors up to their signs, …
        ours, theirs = (sample.output_process_fn_grad(out) for out in (ours, theirs))
    ours, theirs = flat(ours), flat(theirs)
    if text := answers_differ(entry, ours, theirs):
        return text
    if not gradient or entry.name in RANDOM or not any(getattr(t, "requires_grad", False) for t in theirs):
        return None
    for leaf, _ in put.leaves():
        leaf.grad = None                            # the samples share tensors
    if not backwards(minigrad, ours):
        return "no gradient"
    backwards(torch, theirs)
    texts = [difference("gradient", minigrad.zeros_like(b) if b.grad is None else b.grad,
                        torch.zeros_like(a) if a.grad is None else a.grad,
                        1e-7 if entry.name in EIGHT_DIGITS else None) for a, b in put.leaves()]
    return next(filter(None, texts), None)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_sample_inputs_of_operations_give_the_same(name: str) -> None:
    entry, found = OPERATIONS[name], []
    for dtype in DTYPES:
        if dtype not in entry.supported_dtypes("cpu"):
            continue
        gradient = dtype == torch.float64 and entry.supports_autograd
        for what, sample in samples_of(entry, dtype, gradient):
            if text := disagreement(entry, sample, gradient):
                found.append(f"{name} {dtype} {what}\n    {text}")
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:8])


def second_derivatives(library: Any, results: list[Any], leaves: list[Any]) -> list[Any] | None:
    """The gradients of a random sum of the first derivatives; None when these are constant."""
    rng = np.random.default_rng(0)

    def drawn(x: Any) -> Any:
        return library.tensor(np.asarray(rng.standard_normal(tuple(x.shape))))
    total = sum((out * drawn(out).to(out.dtype)).sum() for out in results if out.requires_grad)
    first = library.autograd.grad(total, leaves, create_graph=True, allow_unused=True)
    weights = [drawn(leaf).to(leaf.dtype) for leaf in leaves]
    sums = [(g * w).sum() for g, w in zip(first, weights) if g is not None and g.requires_grad]
    if not sums:
        return None
    return [library.zeros_like(leaf) if g is None else g for g, leaf in zip(
        library.autograd.grad(sum(sums), leaves, allow_unused=True), leaves)]


def second_disagreement(entry: Any, sample: Any) -> str | None:
    """How the second derivatives of a sample differ from PyTorch's; None if not, or if PyTorch has none."""
    put = Translation(torch)
    try:
        args, kwargs = put([sample.input, *sample.args]), put(sample.kwargs)
        outs = [quietly(entry.op, sample.input, *sample.args, **sample.kwargs),
                operation_of(entry)(*args, **kwargs)]
    except Exception:                               # refused, as the test above says
        return None
    if not entry.name.startswith("nn."):
        outs = [sample.output_process_fn_grad(out) for out in outs]
    leaves = put.leaves()
    theirs, ours = (flat(out) for out in outs)
    try:
        expected = quietly(second_derivatives, torch, theirs, [leaf for leaf, _ in leaves])
    except Exception:
        return None
    found = second_derivatives(minigrad, ours, [leaf for _, leaf in leaves])
    if expected is None or found is None:
        zeros = [x for x in (expected or found or []) if array_of(x).any()]
        return "second derivatives on one side only" if zeros else None
    texts = [difference("second derivative", a, b, 1e-7) for a, b in zip(found, expected)]
    return next(filter(None, texts), None)


@pytest.mark.parametrize("name", sorted(n for n, e in OPERATIONS.items() if e.supports_gradgrad
                                        and e.name not in RANDOM and "at_zero" not in n))  # nan in PyTorch
def test_sample_inputs_have_the_same_second_derivatives(name: str) -> None:
    entry, found = OPERATIONS[name], []
    if torch.float64 not in entry.supported_dtypes("cpu"):
        return
    for what, sample in list(samples_of(entry, torch.float64, True))[::3]:
        if not sample.kwargs.get("dropout_p") and (text := second_disagreement(entry, sample)):
            found.append(f"{name} {what}\n    {text}")
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:8])


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_optimizer_inputs_give_the_same(name: str) -> None:
    for given in OPTIMIZERS[name].optim_inputs_func(device="cpu"):
        ends = []
        for library in (minigrad, torch):
            w = library.tensor([[1.0, -2.0, 0.5]] if name == "Muon" else [1.0, -2.0, 0.5],
                               dtype=library.float64, requires_grad=True)
            options = Translation(torch)(given.kwargs) if library is minigrad else given.kwargs
            optimizer = getattr(library.optim, name)([w], **options)

            def closure() -> Any:
                optimizer.zero_grad()
                loss = (w * w).sum()
                loss.backward()
                return loss
            for _ in range(5):
                optimizer.step(closure)
            ends.append(array_of(w))
        near = 0.05 if name == "Muon" else 1e-9                         # PyTorch's rounds to bfloat16
        assert ends[0] == pytest.approx(ends[1], rel=near, abs=1e-12), f"{name}: {given.desc}"
