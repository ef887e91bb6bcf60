"""Running one call in both libraries and saying where the answers differ."""
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

import minigrad
from oracle_calls import Call, given, resolved

#: How close results must be, by dtype; everything else must be equal.
TOLERANCE = {"float64": 1e-9, "float32": 2e-6, "float16": 2e-3}

#: The gradients that PyTorch computes with a constant of float32, and so to eight digits.
EIGHT_DIGITS = {"F.hardsigmoid", "nn.functional.hardsigmoid"}


def flat(out: Any) -> list[Any]:
    """The results of a call in a row: of tuples and lists each part."""
    if isinstance(out, (tuple, list)):
        return [part for value in out for part in flat(value)]
    return [out]


def dtype_name(x: Any) -> str:
    """``"float32"`` for a tensor of either library, the type's name for a Python value."""
    return str(x.dtype).replace("torch.", "") if hasattr(x, "dtype") else type(x).__name__


def array_of(x: Any) -> np.ndarray:
    """The values as a NumPy array."""
    if hasattr(x, "resolve_conj"):          # PyTorch's; force: also a gradient that is 0 by definition
        return x.numpy(force=True)
    return x.detach().numpy() if hasattr(x, "detach") else np.asarray(x)


def difference(what: str, ours: Any, theirs: Any, tolerance: float | None = None) -> str | None:
    """What differs between two results: type, shape, dtype or values; None when they agree."""
    if dtype_name(ours) != dtype_name(theirs):
        if "dtype" in dtype_name(theirs) and str(ours) == str(theirs).replace("torch.", ""):
            return None
        return f"{what}: dtype {dtype_name(ours)}, PyTorch {dtype_name(theirs)}"
    if isinstance(theirs, (bool, int, float)):
        return None if ours == theirs else f"{what}: {ours}, PyTorch {theirs}"
    a, b = array_of(ours), array_of(theirs)
    if a.shape != b.shape:
        return f"{what}: shape {a.shape}, PyTorch {b.shape}"
    rtol = TOLERANCE.get(b.dtype.name, 0.0) if tolerance is None else tolerance
    if b.dtype.kind != "f":
        return None if np.array_equal(a, b) else f"{what}: {a.tolist()}, PyTorch {b.tolist()}"
    finite = np.abs(b[np.isfinite(b)])
    atol = rtol * (1e-3 if tolerance is None else 1) * max(1.0, float(finite.max())) if finite.size else 0.0
    with np.errstate(all="ignore"):
        close = np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
    if close.all():
        return None
    at = tuple(np.argwhere(~close)[0])
    return f"{what}: {a[at]!r} at {at} of {a.shape}, PyTorch {b[at]!r} ({(~close).sum()} entries differ)"


def outcome(library: Any, call: Call) -> tuple[list[Any], list[Any]]:
    """(results, leaves that require a gradient) of a call in one library."""
    leaves: list[Any] = []
    args = given(library, call.args, leaves)
    kwargs = {k: given(library, v, leaves) for k, v in call.kwargs.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return flat(resolved(library, call.name)(*args, **kwargs)), leaves


def backwards(library: Any, results: list[Any], seed: int = 0) -> bool:
    """Backward from all results with random cotangents; False when none has a gradient."""
    rng = np.random.default_rng(seed)
    recorded = [getattr(r, "requires_grad", False) for r in results]
    for result, requires_grad in zip(results, recorded):
        cotangent = np.asarray(rng.standard_normal(tuple(getattr(result, "shape", ()))))
        if requires_grad:                       # drawn for each: one library may record a result more
            result.backward(library.tensor(cotangent).to(result.dtype), retain_graph=True)
    return any(recorded)


def disagreements(torch: Any, call: Call) -> list[str]:
    """Every difference between minigrad's and PyTorch's answers to a call."""
    theirs, their_leaves = outcome(torch, call)
    try:
        ours, our_leaves = outcome(minigrad, call)
    except Exception as error:
        return [f"{call}: {type(error).__name__}: {error}"]
    if len(ours) != len(theirs):
        return [f"{call}: {len(ours)} results, PyTorch {len(theirs)}"]
    found = [difference(f"{call} result {i}", a, b) for i, (a, b) in enumerate(zip(ours, theirs))]
    if any(getattr(b, "requires_grad", False) for b in theirs):
        backwards(torch, theirs)
        if not backwards(minigrad, ours):
            return [f"{call}: no gradient"]
        found += [difference(f"{call} gradient {i}", minigrad.zeros_like(p) if p.grad is None else p.grad,
                             torch.zeros_like(q) if q.grad is None else q.grad,
                             1e-7 if call.name in EIGHT_DIGITS else None)
                  for i, (p, q) in enumerate(zip(our_leaves, their_leaves))]
    return [text for text in found if text is not None]
