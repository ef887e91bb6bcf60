"""Exercise 29: a recurrent cell, along a sequence and back."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

import minigrad
from minigrad.autograd import Tensor

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals, integers
from ..oracle import gradients, tensor
from ..slopes import Slopes

NAMES = ("x", "w", "u", "b")


def states(x: Tensor, w: Tensor, u: Tensor, b: Tensor) -> Tensor:
    """h₁ … h_T, step by step."""
    h, found = minigrad.zeros(x.shape[1], u.shape[0], dtype="float64"), []
    for t in range(x.shape[0]):
        h = (x[t] @ w + h @ u + b).tanh()
        found.append(h)
    return minigrad.stack(found)


def walk(x: Any, w: Any, u: Any, b: Any) -> np.ndarray:
    """The states."""
    return states(*map(tensor, (x, w, u, b))).numpy()


def backward(g: Any, x: Any, w: Any, u: Any, b: Any) -> tuple[np.ndarray, ...]:
    """The gradients."""
    return gradients(states, g, x, w, u, b)


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    x, w, u, b = (attempt.arguments[name] for name in NAMES)
    a = x @ w + b
    linear, outside, h = np.zeros_like(a), np.zeros_like(a), np.zeros_like(a[0])
    for t in range(len(x)):
        linear[t] = a[t] + (linear[t - 1] if t else h) @ u
        outside[t] = np.tanh(a[t]) + (outside[t - 1] if t else h) @ u
    right = attempt.expected["h"]
    for kind, wrong, text in (
            ("no memory", np.tanh(a), "Each step sees its input only. The state of the step before goes in "
             "as well: h u."),
            ("no tanh", linear, "The tanh is missing."),
            ("tanh", outside, "h u stands outside of the tanh: hₜ = tanh(xₜ w + hₜ₋₁ u + b)."),
            ("backwards", walk(x[::-1], w, u, b)[::-1], "The sequence is read from its end."),
            ("backwards", walk(x[::-1], w, u, b), "The sequence is read from its end."),
            ("transpose", walk(x, w, u.T, b), "u is transposed: row i of u belongs to unit i of the old "
             "state."),
            ("one step late", np.concatenate([np.zeros_like(a[:1]), right[:-1]]), "The states come one step "
             "late: h[0] is the state after the first input, not the zeros before it.")):
        if attempt.is_("h", wrong):
            yield Finding(kind, text)


def recognize_backward(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    g, x, w, u, b = (attempt.arguments[name] for name in ("g", *NAMES))
    h = np.concatenate([np.zeros((1, *g.shape[1:])), walk(x, w, u, b)])       # (T + 1, N, H)

    def inner(upstream: np.ndarray, back: np.ndarray, slope: Any = None) -> np.ndarray:
        """The gradient inside the tanh at each step, with a mistake."""
        found, later = np.zeros_like(g), np.zeros_like(g[0])
        for t in reversed(range(len(g))):
            found[t] = (upstream[t] + later) * (1 - h[t + 1] ** 2 if slope is None else slope)
            later = found[t] @ back
        return found

    right, last = inner(g, u.T), np.concatenate([np.zeros_like(g[:-1]), g[-1:]])
    for kind, wrong, text in (
            ("one way", inner(g, 0 * u), "A state is used twice, and one way back is missing: what comes "
             "from the next step, through u."),
            ("last state", inner(last, u.T), "Only the last state's g is used. Each state has its own."),
            ("tanh slope", inner(g, u.T, 1.0), "The slope of tanh, 1 − hₜ², is missing."),
            ("transpose", inner(g, u), "On the way to the step before comes uᵀ, not u."),
            ("tanh slope", g * (1 - h[1:] ** 2) + np.concatenate(
                [right[1:] @ u.T, np.zeros_like(g[:1])]), "The gradient from the next step lacks the slope "
             "of tanh: it arrives at hₜ, like g, and both go through it.")):
        if attempt.is_("grad_b", wrong.sum((0, 1))):
            yield Finding(kind, text)
    by_step = {"grad_w": x.swapaxes(1, 2) @ right, "grad_u": h[:-1].swapaxes(1, 2) @ right,
               "grad_b": right.sum(1)}
    for name, parts in by_step.items():
        if attempt.is_(name, parts[0]) or attempt.is_(name, parts[-1]):
            yield Finding("one step", f"{name} has the share of one step only. The same weights are used at "
                          "every step, and the shares add up.")
        if attempt.is_(name, attempt.expected[name] / len(x)):
            yield Finding("mean", f"{name} is the sum over the steps, not the mean.")
    if attempt.is_("grad_u", (h[1:].swapaxes(1, 2) @ right).sum(0)):
        yield Finding("state after", "grad_u is made with the state after the step. u was multiplied with "
                      "the state before it, hₜ₋₁.")


TASKS = {
    "forward": Task("walk", NAMES, ("h",), walk, axes={"x": "tnd", "w": "d"}, recognize=recognize),
    "backward": Task("walk_backward", ("g", *NAMES), tuple(f"grad_{name}" for name in NAMES), backward,
                     axes={"g": "tn", "x": "tnd", "w": "d"}, recognize=recognize_backward,
                     slopes=Slopes(lambda g, *inputs: (states(*inputs) * g).sum(),
                                   {f"grad_{name}": name for name in NAMES}, inputs=lambda a: a)),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    one = {"x": array([[1]], [[2]]), "w": array([1]), "u": array([2]), "b": np.zeros(1)}
    two = {"x": array([[1, 0]], [[0, 0]], [[0, 1]]), "w": array([1, -1], [0.5, 1]),
           "u": array([0, 1], [-1, 0.5]), "b": array(0.5, -0.5)}
    wide = {"x": decimals(random, 4, 2, 3), "w": decimals(random, 3, 2), "u": decimals(random, 2, 2),
            "b": decimals(random, 2)}
    large = {"x": decimals(random, 7, 5, 4), "w": decimals(random, 4, 3), "u": decimals(random, 3, 3),
             "b": decimals(random, 3)}
    step = "hₜ = tanh(xₜ w + hₜ₋₁ u + b), from t = 1 on, with h₀ = 0."
    back = ("From the last step to the first: at hₜ its g and what comes from step t + 1 add up; through the "
            "tanh; then to xₜ, to w, u and b, where all steps add up, and through uᵀ to hₜ₋₁.")
    return [
        Case("two steps, one unit", "forward", one, step),
        Case("three steps, two units", "forward", two, step),
        Case("random", "forward", wide, step),
        Case("backward: one step", "backward", {"g": array([[1]]), **one, "x": array([[1]])}, back),
        Case("backward: from the last state", "backward", {"g": array([[0]], [[1]]), **one}, back),
        Case("backward: from every state", "backward", {"g": array([[1, 0]], [[2, -1]], [[0, 1]]), **two},
             back),
        Case("backward: random", "backward", {"g": integers(random, 4, 2, 2), **wide}, back),
        Case("backward: random, five sequences", "backward", {"g": integers(random, 7, 5, 3), **large}, back),
    ]


EXERCISE = Exercise(TASKS, cases)
