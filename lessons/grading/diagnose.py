"""Why a gradient may be wrong: the mistakes that any backward function can have."""
from __future__ import annotations

from itertools import combinations

import numpy as np

from .model import Attempt, Finding, same, sizes


def diagnose(attempt: Attempt) -> Finding | None:
    """The first explanation that fits a wrong result of the right shape, or None."""
    names = [name for name in attempt.expected if attempt.wrong(name).any()]
    if len(names) > 1:
        a, b = names[:2]
        if attempt.is_(a, attempt.expected[b]) and attempt.is_(b, attempt.expected[a]):
            return Finding("swapped", f"{a} and {b} are exchanged.")
    for name in names:
        finding = explain(name, attempt)
        if finding:
            return finding
    return None


def explain(name: str, attempt: Attempt) -> Finding | None:
    """What one wrong result has in common with the right one."""
    got, right = attempt.got[name], attempt.expected[name]
    if not got.any() and right.any():
        return Finding("zero", f"{name} is zero everywhere.")
    if same(got, -right):
        return Finding("sign", f"{name} has the wrong sign" + (" everywhere." if got.size > 1 else "."))
    if got.ndim == 2 and got.shape[0] == got.shape[1] and got.size > 1 and same(got.T, right):
        return Finding("transpose", f"{name} is the transpose of what it should be.")
    g = attempt.arguments.get("g")
    if isinstance(g, np.ndarray) and g.shape == got.shape and same(got * g, right):
        return Finding("upstream", f"The upstream gradient g is missing: {name} · g would be right.")
    return factor(name, attempt)


def factor(name: str, attempt: Attempt) -> Finding | None:
    """One factor everywhere, and which number of the input it may be."""
    got, right = attempt.got[name].ravel(), attempt.expected[name].ravel()
    at = int(np.argmax(np.abs(right))) if right.size else 0
    if not right.size or not right[at]:
        return None
    ratio = float(got[at] / right[at])
    if not ratio or not same(got, right * ratio):
        return None
    known = {size: f"{size} is the size of axis {axis} of {argument}"
             for argument, axis, size in reversed(list(sizes(attempt.arguments))) if size > 1}
    simple = [n for n in (*known, 2) if np.isclose(abs(ratio), n) or np.isclose(abs(ratio), 1 / n)]
    if not simple and np.count_nonzero(right) < 2:
        return None                         # one number is always some multiple of another
    n = simple[0] if simple else 0
    value = f"{ratio:.4g}" if not n or abs(ratio) > 1 else f"1/{n}" if ratio > 0 else f"-1/{n}"
    every = " everywhere" if got.size > 1 else ""
    text = f"{name} is {value} times what it should be{every}."
    if n in known:
        text += (f" {known[n][0].upper()}{known[n][1:]}: a division by {n} is "
                 + ("missing." if abs(ratio) > 1 else "too much."))
    return Finding("factor", text)


def diagnose_shape(what: str, got: np.ndarray, right: np.ndarray) -> Finding:
    """What turns a result of the wrong shape into the right one."""
    text = f"{what} has shape {got.shape}; expected is {right.shape}."
    numbers = got.astype(np.float64)
    if numbers.ndim == 2 and same(numbers.T, right):
        return Finding("transpose", f"{text} Transposed, it is right.")
    for count in range(1, numbers.ndim + 1):
        for axes in combinations(range(numbers.ndim), count):
            summed = numbers.sum(axis=axes)
            if summed.size == right.size and same(summed.reshape(right.shape), right):
                over = f"axis {axes[0]}" if count == 1 else f"the axes {', '.join(map(str, axes))}"
                return Finding("missing sum", f"{text} Summed over {over}, it is right.")
    if numbers.size == right.size and same(numbers.reshape(right.shape), right):
        return Finding("reshape", f"{text} The numbers are right: reshape it, or keep the axis with "
                       "keepdims=True.")
    return Finding("shape", text)
