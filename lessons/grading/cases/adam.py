"""Exercise 8: Adam with bias correction."""
from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from minigrad import optim

from ..model import Arguments, Attempt, Case, Exercise, Finding, Task, same
from ..numbers import array, decimals
from ..oracle import tensor


def step(p: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray, t: int, lr: float, beta1: float,
         beta2: float, eps: float) -> tuple[np.ndarray, ...]:
    """One step of minigrad's Adam, from given running means."""
    leaf = tensor(p, requires_grad=True)
    optimizer = optim.Adam([leaf], lr=lr, betas=(beta1, beta2), eps=eps)
    state: dict[str, Any] = {"step": t - 1, "exp_avg": np.array(m, np.float64),
                             "exp_avg_sq": np.array(v, np.float64)}
    optimizer.update(leaf, np.array(g, np.float64), state, optimizer.param_groups[0])
    return leaf.detach().numpy(), state["exp_avg"], state["exp_avg_sq"]


def steps(p: np.ndarray, grads: np.ndarray, **options: Any) -> tuple[np.ndarray, ...]:
    """Several steps, from the start."""
    m, v = np.zeros_like(p), np.zeros_like(p)
    for t, g in enumerate(grads, 1):
        p, m, v = step(p, g, m, v, t, **options)
    return p, m, v


def call_steps(module: ModuleType, task: Task, arguments: Arguments) -> Any:
    """The student's step, again and again, each with what the one before returned."""
    a = arguments
    p, m, v = a["p"], np.zeros_like(a["p"]), np.zeros_like(a["p"])
    for t, g in enumerate(a["grads"], 1):
        p, m, v = module.adam_step(p, g, m, v, t, a["lr"], a["beta1"], a["beta2"], a["eps"])
    return p, m, v


def recognize(attempt: Attempt) -> Finding | None:
    """The mistakes that are typical here, told from the numbers."""
    a = attempt.arguments
    return recognize_means(attempt) or (recognize_step(attempt) if "t" in a else None)


def recognize_means(attempt: Attempt) -> Finding | None:
    """Mistakes in m and v."""
    a, right = attempt.arguments, attempt.expected
    t = a["t"] if "t" in a else len(a["grads"])
    for name, beta in (("new_m", a["beta1"]), ("new_v", a["beta2"])):
        if attempt.is_(name, right[name] / (1 - beta ** t)):
            return Finding("state", f"{name} is the corrected mean. The correction is for this step only; "
                           "what is kept, and returned, is the mean without it.")
    if "t" not in a:
        return None
    for name, old, beta in (("new_m", a["m"], a["beta1"]), ("new_v", a["v"], a["beta2"])):
        new = right[name] - beta * old                  # what the gradient adds
        if attempt.is_(name, beta * old + new / (1 - beta)):
            return Finding("running mean", f"{name}: the new part is not multiplied by 1 − β. So the mean "
                           "is a sum.")
        if attempt.is_(name, (1 - beta) * old + new / (1 - beta) * beta):
            return Finding("exchanged", f"{name}: β and 1 − β are exchanged. β, close to 1, stands before "
                           "the old mean.")
    if attempt.is_("new_v", a["beta2"] * a["v"] + (1 - a["beta2"]) * a["g"]):
        return Finding("square", "new_v is a running mean of the gradients; of their squares it should be.")
    return None


def recognize_step(attempt: Attempt) -> Finding | None:
    """Mistakes in the way from m and v to p, told from how far p has moved."""
    a, t = attempt.arguments, attempt.arguments["t"]
    if attempt.right("new_p"):
        return None
    moved, right = attempt.got["new_p"] - a["p"], attempt.expected["new_p"] - a["p"]
    if same(moved, -right):
        return Finding("sign", "The parameter moves uphill: the step is subtracted.")
    first, second = 1 - a["beta1"] ** t, 1 - a["beta2"] ** t
    for which, times in (("neither m nor v is", first / second ** 0.5), ("m is not", first),
                         ("v is not", second ** -0.5)):
        if same(moved, right * times) or which[0] == "n" and attempt.is_(
                "new_p", step(**{**a, "t": 10 ** 9})[0]):       # β to that power is 0
            return Finding("bias correction", f"No bias correction: {which} divided by 1 − βᵗ. They start "
                           "at 0, so the first steps come out wrong.")
    if attempt.is_("new_p", step(**{**a, "t": 1})[0]):
        return Finding("t", f"The correction does not depend on t: it divides by 1 − β, not by 1 − βᵗ "
                       f"(t = {t}).")
    without = step(**{**a, "eps": 0.0})[0] - a["p"]             # the step if ε were 0
    root = np.sqrt(attempt.expected["new_v"] / second)
    if same(moved, without) or same(moved, without * root / np.sqrt(root ** 2 + a["eps"])):
        return Finding("epsilon", "ε is missing, or in the wrong place: it is added to √v̂, after the root.")
    if same(moved, without * root / (root ** 2 + a["eps"])):
        return Finding("root", "The square root of v̂ is missing.")
    return None


PARAMETERS = ("p", "g", "m", "v", "t", "lr", "beta1", "beta2", "eps")
RESULTS = ("new_p", "new_m", "new_v")
TASKS = {
    "one": Task("adam_step", PARAMETERS, RESULTS, step, axes={name: "n" for name in "pgmv"},
                recognize=recognize),
    "many": Task("adam_step", PARAMETERS, RESULTS, steps, axes={"p": "n", "grads": "tn"},
                 recognize=recognize, call=call_steps),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    simple = {"lr": 0.1, "beta1": 0.5, "beta2": 0.9375, "eps": 0.0}
    usual = {"lr": 0.01, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    order = "First m and v, then m̂ and v̂ with this step's t, then p; return p, m and v (not m̂ and v̂)."
    again = "Each step gets the p, m and v that the one before returned, and t counts up from 1."
    return [
        Case("the first step", "one",
             {"p": array(1), "g": array(4), "m": array(0), "v": array(0), "t": 1, **simple}, order),
        Case("the second step", "one",
             {"p": array(1), "g": array(2), "m": array(2), "v": array(1), "t": 2, **simple}, order),
        Case("a small gradient and a large ε", "one",
             {"p": array(1), "g": array(1), "m": array(0), "v": array(0), "t": 1, **{**simple, "eps": 1.0}},
             "ε is added after the square root, and it is multiplied by nothing."),
        Case("the first step with the usual β", "one",
             {"p": array(1, 1), "g": array(4, -0.5), "m": array(0, 0), "v": array(0, 0), "t": 1, **usual},
             order),
        Case("three steps", "many", {"p": array(1), "grads": array([4], [2], [-1]), **simple}, again),
        Case("a random matrix, t = 7", "one",
             {"p": decimals(random, 3, 4), "g": decimals(random, 3, 4), "m": decimals(random, 3, 4),
              "v": np.abs(decimals(random, 3, 4)) + 0.01, "t": 7, **usual}, order),
        Case("ten steps", "many", {"p": decimals(random, 4), "grads": decimals(random, 10, 4), **usual},
             again),
    ]


EXERCISE = Exercise(TASKS, cases)
