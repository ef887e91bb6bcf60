"""Exercise 7: SGD with momentum and weight decay."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from minigrad import optim

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals
from ..oracle import tensor
from ..ways import WAYS


def step(p: np.ndarray, g: np.ndarray, v: np.ndarray, lr: float, momentum: float, decay: float,
         **options: Any) -> tuple[np.ndarray, np.ndarray]:
    """One step of minigrad's SGD, from a given velocity."""
    leaf = tensor(p, requires_grad=True)
    optimizer = optim.SGD([leaf], lr=lr, momentum=momentum, weight_decay=decay, **options)
    state = {"momentum_buffer": np.array(v, np.float64)}
    optimizer.update(leaf, np.array(g, np.float64), state, optimizer.param_groups[0])
    return leaf.detach().numpy(), state["momentum_buffer"]


def steps(p: np.ndarray, grads: np.ndarray, lr: float, momentum: float, decay: float, **options: Any
          ) -> tuple[np.ndarray, np.ndarray]:
    """Several steps, from rest."""
    v = np.zeros_like(p)
    for g in grads:
        p, v = step(p, g, v, lr, momentum, decay, **options)
    return p, v


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a, run = attempt.arguments, steps if "grads" in attempt.arguments else step
    if a["decay"]:
        without = run(**{**a, "decay": 0.0})
        if attempt.right("new_p") and attempt.is_("new_v", without[1]):
            yield Finding("decay apart", "The decay shrinks the parameter by itself. Here it is a part of "
                          "the gradient, g + decay · p, and so of the velocity.")
        if attempt.is_("new_v", without[1]) and attempt.is_("new_p", without[0]):
            yield Finding("no decay", "The decay is missing: first decay · p is added to the gradient.")
    if attempt.is_("new_p", 2 * a["p"] - attempt.expected["new_p"]):
        yield Finding("sign", "The parameter moves uphill: the step is subtracted.")
    if attempt.is_("new_p", run(**a, nesterov=True)[0]):
        yield Finding("nesterov", "This is Nesterov's variant, which looks one step ahead.")
    if "g" in a:
        yield from recognize_step(attempt)
    elif attempt.is_("new_v", a["grads"][-1]):
        yield Finding("no momentum", "The velocity is the gradient alone: what it was before is forgotten.")


def recognize_step(attempt: Attempt) -> Iterator[Finding]:
    """Mistakes in a single step."""
    a = attempt.arguments
    p, v, lr, momentum = (a[name] for name in ("p", "v", "lr", "momentum"))
    g = a["g"] + a["decay"] * p
    right_v = attempt.expected["new_v"]
    if a["decay"] and attempt.is_("new_v", momentum * v + a["g"] - a["decay"] * p):
        yield Finding("decay sign", "The decay has the wrong sign: it is added to the gradient, which is "
                      "subtracted later, so that the parameter shrinks.")
    for kind, velocity, text in (
            ("rate inside", momentum * v + lr * g, "The learning rate is in the velocity. It belongs to the "
             "step only: when the rate changes, the velocity must not."),
            ("rate inside", momentum * v - lr * g, "The velocity has the learning rate and the minus sign in "
             "it. Here it is a sum of gradients, and both belong to the step: p − lr · v."),
            ("dampening", momentum * v + (1 - momentum) * g, "The gradient is multiplied by 1 − momentum, as "
             "in a running mean. Here it is added in full."),
            ("momentum before g", v + momentum * g, "momentum stands before the gradient. It belongs before "
             "the old velocity, so that this fades."),
            ("no momentum", g, "The velocity is the gradient alone: what it was before is forgotten."),
            ("nothing fades", v + g, "The old velocity is added in full; momentum · v lets it fade."),
            ("minus in the velocity", momentum * v - g, "The gradient is subtracted from the velocity. It is "
             "added; the minus sign stands before lr · v."),
            ("old velocity returned", v, "The old velocity is returned as it was; the new one is needed for "
             "the next step.")):
        if attempt.is_("new_v", velocity):
            yield Finding(kind, text)
    if attempt.right("new_v"):
        for kind, step_taken, text in (
                ("old velocity", lr * v, "The parameter moves along the old velocity; first the velocity "
                 "changes, then the parameter."),
                ("no momentum", lr * g, "The parameter moves along the gradient alone, not along the "
                 "velocity."),
                ("no rate", right_v, "The step is not multiplied by the learning rate.")):
            if attempt.is_("new_p", p - step_taken):
                yield Finding(kind, text)


PARAMETERS = ("p", "g", "v", "lr", "momentum", "decay")
TASKS = {
    "one": Task("sgd_step", PARAMETERS, ("new_p", "new_v"), step, axes={"p": "n", "g": "n", "v": "n"},
                recognize=recognize),
    "many": Task("sgd_step", PARAMETERS, ("new_p", "new_v"), steps, axes={"p": "n", "grads": "tn"},
                 recognize=recognize, way=WAYS["steps"]),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    order = "First g + decay · p, then v ← momentum · v + that, then p ← p − lr · v with the new v."
    again = "Each step gets the p and v that the one before returned."
    return [
        Case("the first step", "one",
             {"p": array(1), "g": array(2), "v": array(0), "lr": 0.1, "momentum": 0.5, "decay": 0.0},
             order),
        Case("a step with velocity", "one",
             {"p": array(1), "g": array(2), "v": array(4), "lr": 0.1, "momentum": 0.75, "decay": 0.0},
             order),
        Case("a step with decay", "one",
             {"p": array(4), "g": array(2), "v": array(4), "lr": 0.1, "momentum": 0.75, "decay": 0.5}, order),
        Case("the gradient has changed its sign", "one",
             {"p": array(1, 1), "g": array(-1, 0), "v": array(2, 2), "lr": 0.25, "momentum": 0.5,
              "decay": 0.25}, order),
        Case("two steps", "many",
             {"p": array(1), "grads": array([2], [2]), "lr": 0.1, "momentum": 0.5, "decay": 1.0}, again),
        Case("a random matrix", "one",
             {"p": decimals(random, 3, 4), "g": decimals(random, 3, 4), "v": decimals(random, 3, 4),
              "lr": 0.05, "momentum": 0.9, "decay": 0.1}, order),
        Case("ten steps", "many", {"p": decimals(random, 4), "grads": decimals(random, 10, 4), "lr": 0.1,
                                   "momentum": 0.9, "decay": 0.01}, again),
    ]


EXERCISE = Exercise(TASKS, cases)
