"""Exercise 8: Adam with bias correction and decoupled weight decay."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from minigrad import optim

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals
from ..oracle import tensor
from ..ways import WAYS


def step(p: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray, t: int, lr: float, beta1: float,
         beta2: float, eps: float, decay: float) -> tuple[np.ndarray, ...]:
    """One step of minigrad's AdamW, from given running means."""
    leaf = tensor(p, requires_grad=True)
    optimizer = optim.AdamW([leaf], lr=lr, betas=(beta1, beta2), eps=eps, weight_decay=decay)
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


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a, right = attempt.arguments, attempt.expected
    t = a["t"] if "t" in a else len(a["grads"])
    for name, beta in (("new_m", a["beta1"]), ("new_v", a["beta2"])):
        if attempt.is_(name, right[name] / (1 - beta ** t)):
            yield Finding("state", f"{name} is the corrected mean. The correction is for this step only; "
                          "what is kept, and returned, is the mean without it.")
    run = step if "t" in a else steps
    if a["decay"] and attempt.is_("new_p", run(**{**a, "decay": 0.0})[0]):
        yield Finding("no decay", "The decay is missing: beside the step, lr · decay · p is subtracted.")
    if a["decay"] and attempt.is_("new_p", run(**{**a, "decay": a["decay"] / a["lr"]})[0]):
        yield Finding("decay without rate", "The decay is not multiplied by the learning rate: lr · decay · "
                      "p.")
    if "t" in a:
        yield from recognize_means(attempt)
        if attempt.right("new_m", "new_v"):
            yield from recognize_step(attempt)


def recognize_means(attempt: Attempt) -> Iterator[Finding]:
    """Mistakes in m and v."""
    a = attempt.arguments
    g, new_m = a["g"], attempt.expected["new_m"]
    means = (("new_m", a["m"], a["beta1"], a["beta2"], g), ("new_v", a["v"], a["beta2"], a["beta1"], g ** 2))
    for name, old, beta, other, new in means:
        for kind, value, text in (
                ("running mean", beta * old + new, f"{name}: the new part is not multiplied by 1 − β. So the "
                 "mean is a sum."),
                ("exchanged", (1 - beta) * old + beta * new, f"{name}: β and 1 − β are exchanged. β, close "
                 "to 1, stands before the old mean."),
                ("other beta", other * old + (1 - other) * new, f"{name} is made with the other β: β₁ is "
                 "that of m, β₂ that of v."),
                ("not updated", old, f"{name} is returned as it was; the next step needs the new one.")):
            if attempt.is_(name, value):
                yield Finding(kind, text)
    if attempt.is_("new_v", a["beta2"] * a["v"] + (1 - a["beta2"]) * g):
        yield Finding("square", "new_v is a running mean of the gradients; of their squares it should be.")
    for_m = a["beta1"] * a["m"] + (1 - a["beta1"]) * (g + a["decay"] * a["p"])
    if a["decay"] and attempt.is_("new_m", for_m):
        yield Finding("decay coupled", "The decay is in the gradient, and so in m and v, where it is divided "
                      "by √v̂ with all the rest. Here it is apart: p shrinks by lr · decay · p.")
    if attempt.is_("new_v", a["beta2"] * a["v"] + (1 - a["beta2"]) * new_m ** 2):
        yield Finding("square of m", "new_v is a running mean of m²; of the squares of g it should be.")


def recognize_step(attempt: Attempt) -> Iterator[Finding]:
    """Mistakes in the way from m and v to p."""
    a, m, v = attempt.arguments, attempt.expected["new_m"], attempt.expected["new_v"]
    t, lr, eps, b1, b2 = (a[name] for name in ("t", "lr", "eps", "beta1", "beta2"))
    nowhere = not np.isfinite(attempt.got["new_p"]).any()

    def moved(step: Any) -> bool:
        """Whether p was wrong, and moved by this step."""
        return attempt.is_("new_p", (1 - lr * a["decay"]) * a["p"] - step)

    def took(m_hat: Any, v_hat: Any) -> bool:
        """Whether p moved by the step that these two give."""
        return moved(lr * m_hat / (np.sqrt(v_hat) + eps))

    m_hat, v_hat = m / (1 - b1 ** t), v / (1 - b2 ** t)
    root = np.sqrt(v_hat)
    if moved(-lr * m_hat / (root + eps)):
        yield Finding("sign", "The parameter moves uphill: the step is subtracted.")
    for which, x, y in (("neither m nor v is", m, v), ("m is not", m, v_hat), ("v is not", m_hat, v)):
        if took(x, y):
            yield Finding("bias correction", f"No bias correction: {which} divided by 1 − βᵗ. They start "
                          "at 0, so the first steps come out wrong.")
    if took(m * (1 - b1 ** t), v * (1 - b2 ** t)) or took(m * (1 - b1 ** t), v_hat):
        yield Finding("times", "m and v are multiplied by 1 − βᵗ. They are too small, and dividing by it "
                      "makes up for that.")
    if took(m / (1 - b1), v / (1 - b2)):
        yield Finding("t", f"The correction does not depend on t: it divides by 1 − β, not by 1 − βᵗ "
                      f"(t = {t}).")
    for k in (t + 1, t - 1):
        off = took(m / (1 - b1 ** k), v / (1 - b2 ** k)) if k else nowhere
        if off:
            yield Finding("t off by one", f"The correction takes t {'+' if k > t else '−'} 1 for t. t counts "
                          "from 1: it is the number of this step.")
    if took(m / (1 - b1 * t), v / (1 - b2 * t)) or 1 in (b1 * t, b2 * t) and nowhere:
        yield Finding("β times t", "βᵗ is a power, β ** t, not a product.")
    if took(m_hat, v / (1 - b1 ** t)) or took(m / (1 - b2 ** t), v_hat):
        yield Finding("other beta", "A correction is made with the other β: m̂ = m / (1 − β₁ᵗ), "
                      "v̂ = v / (1 − β₂ᵗ).")
    if took(a["g"], v_hat):
        yield Finding("gradient for m̂", "The step is made with g instead of m̂.")
    if moved(m_hat / (root + eps)):
        yield Finding("no rate", "The step is not multiplied by the learning rate.")
    if eps and any(moved(step) for step in (
            lr * m_hat / root, lr * m_hat / np.sqrt(v_hat + eps), lr * m_hat / root - eps)):
        yield Finding("epsilon", "ε is missing, or in the wrong place: it is added to √v̂, after the root "
                      "and within the parentheses.")
    if moved(lr * m_hat / (v_hat + eps)):
        yield Finding("root", "The square root of v̂ is missing.")


PARAMETERS = ("p", "g", "m", "v", "t", "lr", "beta1", "beta2", "eps", "decay")
RESULTS = ("new_p", "new_m", "new_v")
TASKS = {
    "one": Task("adam_step", PARAMETERS, RESULTS, step, axes={name: "n" for name in "pgmv"},
                recognize=recognize),
    "many": Task("adam_step", PARAMETERS, RESULTS, steps, axes={"p": "n", "grads": "tn"},
                 recognize=recognize, way=WAYS["steps"]),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    simple = {"lr": 0.1, "beta1": 0.5, "beta2": 0.9375, "eps": 0.0, "decay": 0.0}
    usual = {"lr": 0.01, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "decay": 0.0}
    decay = {**usual, "decay": 0.1}
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
        Case("a step with decay", "one",
             {"p": array(4), "g": array(4), "m": array(0), "v": array(0), "t": 1, **{**simple, "decay": 0.5}},
             "The decay is apart from m and v: p − lr · decay · p, and from that the step is subtracted."),
        Case("three steps", "many",
             {"p": array(1), "grads": array([4], [2], [-1]), **{**simple, "decay": 0.5}}, again),
        Case("a random matrix, t = 7", "one",
             {"p": decimals(random, 3, 4), "g": decimals(random, 3, 4), "m": decimals(random, 3, 4),
              "v": np.abs(decimals(random, 3, 4)) + 0.01, "t": 7, **decay}, order),
        Case("ten steps", "many", {"p": decimals(random, 4), "grads": decimals(random, 10, 4), **decay},
             again),
    ]


EXERCISE = Exercise(TASKS, cases)
