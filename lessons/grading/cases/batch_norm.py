"""Exercise 12: batch-norm backward."""
from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.autograd import Tensor

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals, integers
from ..oracle import gradients
from ..slopes import Slopes


def normalized(x: Tensor, gamma: Tensor, beta: Tensor, eps: float, mean: bool = True, var: bool = True,
               divisor: int | None = None) -> Tensor:
    """Batch normalization; with mean=False or var=False these are constants for the gradient."""
    mu = x.mean(0)
    s2 = ((x - mu) ** 2).sum(0) / (divisor or x.shape[0])
    mu, s2 = (mu if mean else mu.detach()), (s2 if var else s2.detach())
    return (x - mu) / (s2 + eps) ** 0.5 * gamma + beta


def batch_norm(g: np.ndarray, x: np.ndarray, gamma: np.ndarray, eps: float) -> tuple[np.ndarray, ...]:
    """The gradients."""
    return gradients(lambda x, gamma, beta: normalized(x, gamma, beta, eps), g, x, gamma, gamma * 0)


def recognize(attempt: Attempt) -> Finding | None:
    """The mistakes that are typical here, told from the numbers."""
    a = attempt.arguments

    def variant(i: int = 0, **options: Any) -> np.ndarray:
        """One of the gradients, with a mistake in the way there."""
        return gradients(lambda x, gamma, beta: normalized(x, gamma, beta, a["eps"], **options),
                         a["g"], a["x"], a["gamma"], a["gamma"] * 0)[i]

    if attempt.is_("grad_x", variant(mean=False, var=False)):
        return Finding("constants", "μ and s² are treated as constants. Every xᵢ has a share in both.")
    if attempt.is_("grad_x", variant(var=False)):
        return Finding("variance", "The way through s² is missing: each xᵢ changes s², and with it all x̂ of "
                       "its column.")
    if attempt.is_("grad_x", variant(mean=False)):
        return Finding("mean", "The way through μ is missing: each xᵢ changes μ, and with it all x̂ of its "
                       "column.")
    n = len(a["x"])
    if n > 1 and attempt.is_("grad_gamma", variant(1, divisor=n - 1)):
        return Finding("divisor", f"s² is divided by N − 1 = {n - 1}. Here it is the mean of the squares, "
                       f"divided by N = {n}.")
    if attempt.is_("grad_x", batch_norm(a["g"], a["x"], np.ones_like(a["gamma"]), a["eps"])[0]):
        return Finding("gamma", "γ is missing in grad_x: x̂ is multiplied by it on the way to the loss.")
    return None


TASK = Task("batch_norm_backward", ("g", "x", "gamma", "eps"), ("grad_x", "grad_gamma", "grad_beta"),
            batch_norm, axes={"g": "nd", "x": "nd", "gamma": "d"}, recognize=recognize,
            slopes=Slopes(lambda x, gamma, beta, eps: normalized(x, gamma, beta, eps),
                          {"grad_x": "x", "grad_gamma": "gamma", "grad_beta": "beta"},
                          inputs=lambda a: {"x": a["x"], "gamma": a["gamma"], "beta": a["gamma"] * 0,
                                            "eps": a["eps"]}))


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    ways = "Each column of grad_x adds up to 0; does yours? Three ways lead from xᵢ to the loss."
    return [
        Case("two samples", "it", {"g": array([1], [0]), "x": array([1], [3]), "gamma": array(2), "eps": 0.0},
             ways),
        Case("three samples", "it",
             {"g": array([1], [0], [0]), "x": array([0], [3], [6]), "gamma": array(1), "eps": 3.0}, ways),
        Case("two features", "it", {"g": array([1, 2], [0, 1], [3, 0]), "x": array([1, 0], [2, 4], [6, 2]),
                                    "gamma": array(1, -2), "eps": 0.0}, ways),
        Case("a column of equal numbers", "it",
             {"g": array([1], [4]), "x": array([2], [2]), "gamma": array(3), "eps": 1.0},
             "s² is 0 here, and ε under the root keeps the division finite."),
        Case("random, 10 samples of 4 features", "it",
             {"g": decimals(random, 10, 4), "x": decimals(random, 10, 4) * 3 + 1,
              "gamma": integers(random, 4), "eps": 1e-5}, ways),
    ]


EXERCISE = Exercise({"it": TASK}, cases)
