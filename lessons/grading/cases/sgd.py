"""Exercise 7: SGD with momentum."""
from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from minigrad import optim

from ..model import Arguments, Attempt, Case, Exercise, Finding, Task, same
from ..numbers import array, decimals
from ..oracle import tensor


def step(p: np.ndarray, g: np.ndarray, v: np.ndarray, lr: float, momentum: float, **options: Any
         ) -> tuple[np.ndarray, np.ndarray]:
    """One step of minigrad's SGD, from a given velocity."""
    leaf = tensor(p, requires_grad=True)
    optimizer = optim.SGD([leaf], lr=lr, momentum=momentum, **options)
    state = {"momentum_buffer": np.array(v, np.float64)}
    optimizer.update(leaf, np.array(g, np.float64), state, optimizer.param_groups[0])
    return leaf.detach().numpy(), state["momentum_buffer"]


def steps(p: np.ndarray, grads: np.ndarray, lr: float, momentum: float, **options: Any
          ) -> tuple[np.ndarray, np.ndarray]:
    """Several steps, from rest."""
    v = np.zeros_like(p)
    for g in grads:
        p, v = step(p, g, v, lr, momentum, **options)
    return p, v


def call_steps(module: ModuleType, task: Task, arguments: Arguments) -> Any:
    """The student's step, again and again, each with what the one before returned."""
    p, v = arguments["p"], np.zeros_like(arguments["p"])
    for g in arguments["grads"]:
        p, v = module.sgd_step(p, g, v, arguments["lr"], arguments["momentum"])
    return p, v


def recognize(attempt: Attempt) -> Finding | None:
    """The mistakes that are typical here, told from the numbers."""
    a, run = attempt.arguments, steps if "grads" in attempt.arguments else step
    p, new_p, new_v = a["p"], attempt.got["new_p"], attempt.got["new_v"]
    lr, right_p, right_v = a["lr"], attempt.expected["new_p"], attempt.expected["new_v"]
    if same(new_p - p, p - right_p):
        return Finding("sign", "The parameter moves uphill: the step is subtracted.")
    if same(new_v, right_v) and "v" in a and same(new_p, p - lr * a["v"]):
        return Finding("old velocity", "The parameter moves along the old velocity; first the velocity "
                       "changes, then the parameter.")
    if same(new_v, right_v) and "g" in a and same(new_p, p - lr * a["g"]):
        return Finding("no momentum", "The parameter moves along the gradient alone, not along the velocity.")
    if not same(new_v, right_v) and (same(new_p, right_p) or "g" in a and same(
            new_v, a["momentum"] * a["v"] + lr * a["g"])):
        return Finding("rate inside", "The learning rate is in the velocity. It belongs to the step only: "
                       "when the rate changes, the velocity must not.")
    if same(new_p, run(**a, nesterov=True)[0]):
        return Finding("nesterov", "This is Nesterov's variant, which looks one step ahead.")
    if "g" in a and same(new_v, step(**a, dampening=a["momentum"])[1]):
        return Finding("dampening", "The gradient is multiplied by 1 − momentum, as in a running mean. Here "
                       "it is added in full.")
    if same(new_v, a["g"] if "g" in a else a["grads"][-1]):
        return Finding("no momentum", "The velocity is the gradient alone: what it was before is forgotten.")
    return None


PARAMETERS = ("p", "g", "v", "lr", "momentum")
TASKS = {
    "one": Task("sgd_step", PARAMETERS, ("new_p", "new_v"), step, axes={"p": "n", "g": "n", "v": "n"},
                recognize=recognize),
    "many": Task("sgd_step", PARAMETERS, ("new_p", "new_v"), steps, axes={"p": "n", "grads": "tn"},
                 recognize=recognize, call=call_steps),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    order = "First v ← momentum · v + g, then p ← p − lr · v with the new v."
    again = "Each step gets the p and v that the one before returned."
    return [
        Case("the first step", "one",
             {"p": array(1), "g": array(2), "v": array(0), "lr": 0.1, "momentum": 0.5}, order),
        Case("a step with velocity", "one",
             {"p": array(1), "g": array(2), "v": array(4), "lr": 0.1, "momentum": 0.5}, order),
        Case("the gradient has changed its sign", "one",
             {"p": array(1, 1), "g": array(-1, 0), "v": array(2, 2), "lr": 0.25, "momentum": 0.5}, order),
        Case("two steps", "many",
             {"p": array(1), "grads": array([2], [2]), "lr": 0.1, "momentum": 0.5}, again),
        Case("a random matrix", "one",
             {"p": decimals(random, 3, 4), "g": decimals(random, 3, 4), "v": decimals(random, 3, 4),
              "lr": 0.05, "momentum": 0.9}, order),
        Case("ten steps", "many", {"p": decimals(random, 4), "grads": decimals(random, 10, 4), "lr": 0.1,
                                   "momentum": 0.9}, again),
    ]


EXERCISE = Exercise(TASKS, cases)
