"""Exercise 12: batch-norm backward."""
from __future__ import annotations

from dataclasses import replace
from typing import Any, Iterator

import numpy as np

from minigrad.autograd import Tensor

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals, integers
from ..oracle import gradients
from ..slopes import Slopes


def normalized(x: Tensor, gamma: Tensor, beta: Tensor, eps: float, mean: bool = True, var: bool = True,
               divisor: int | None = None, outside: float = 0.0, power: float = 0.5,
               over: str = "columns") -> Tensor:
    """Batch normalization; with mean=False or var=False these are constants for the gradient. The other
    options are mistakes: another divisor of s², an ε outside of the root, another power than the root, one
    mean of all, or one of each row."""
    mu = {"columns": x.mean(0), "all": x.mean(), "rows": x.mean(1, keepdim=True)}[over]
    s2 = ((x - x.mean(0)) ** 2).sum(0) / (divisor or x.shape[0])
    mu, s2 = (mu if mean else mu.detach()), (s2 if var else s2.detach())
    return (x - mu) / ((s2 + eps) ** power + outside) * gamma + beta


def batch_norm(g: np.ndarray, x: np.ndarray, gamma: np.ndarray, eps: float) -> tuple[np.ndarray, ...]:
    """The gradients."""
    return gradients(lambda x, gamma, beta: normalized(x, gamma, beta, eps), g, x, gamma, gamma * 0)


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a = attempt.arguments
    g, x, gamma, eps = (a[name] for name in ("g", "x", "gamma", "eps"))

    def variant(i: int = 0, eps: float = eps, **options: Any) -> np.ndarray:
        """One of the gradients, with a mistake in the way there."""
        return gradients(lambda x, gamma, beta: normalized(x, gamma, beta, eps, **options),
                         g, x, gamma, gamma * 0)[i]

    n = len(x)
    for kind, options, text in (
            ("constants", {"mean": False, "var": False}, "μ and s² are treated as constants. Every xᵢ has a "
             "share in both."),
            ("variance", {"var": False}, "The way through s² is missing: each xᵢ changes s², and with it all "
             "x̂ of its column."),
            ("mean", {"mean": False}, "The way through μ is missing: each xᵢ changes μ, and with it all x̂ "
             "of its column.")):
        if attempt.is_("grad_x", variant(**options)):
            yield Finding(kind, text)
    spread: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("epsilon", {"eps": 0.0, "outside": eps}, "ε stands outside of the root: x̂ = (x − μ) / √(s² + ε)."),
        ("epsilon", {"eps": 0.0}, "ε is missing: x̂ = (x − μ) / √(s² + ε)."),
        ("root", {"power": 1.0}, "The root is missing: x − μ is divided by √(s² + ε), the spread, not by its "
         "square."),
        ("one mean", {"over": "all"}, "μ is the mean of all of x. Each column has a mean of its own: "
         "mean(axis=0)."),
        ("mean of rows", {"over": "rows"}, "μ is taken along the rows, over the features. Each column has a "
         "mean of its own, over the samples: mean(axis=0)."))
    if n > 1:
        spread += (("divisor", {"divisor": n - 1}, f"s² is divided by N − 1 = {n - 1}. Here it is the mean "
                    f"of the squares, divided by N = {n}."),)
    for kind, options, text in spread:
        if attempt.is_("grad_gamma", variant(1, **options)):
            yield Finding(kind, text)
    if attempt.is_("grad_gamma", (g * x).sum(0)):
        yield Finding("x for x̂", "grad_gamma is made with x. γ multiplies x̂, so its gradient is made with "
                      "x̂.")
    right, through = attempt.expected["grad_x"], variant(mean=False, var=False)
    if n > 1 and attempt.is_("grad_x", through + n * (right - through)):
        yield Finding("sums", "The two shares that all samples have are sums where means belong: each xᵢ "
                      "enters μ and s² with the factor 1/N.")
    ways = variant(var=False)
    if attempt.is_("grad_x", 2 * ways - right):
        yield Finding("sign", "The way through s² has the wrong sign: a larger s² makes all x̂ smaller.")
    s = np.sqrt(x.var(0) + eps)
    if s.all() and attempt.is_("grad_x", right * s):
        yield Finding("spread", "grad_x is not divided by √(s² + ε), though x̂ is x − μ divided by it.")
    if s.all() and attempt.is_("grad_x", right / s):
        yield Finding("spread", "grad_x is divided by √(s² + ε) twice.")
    if s.all() and attempt.is_("grad_x", through - (g * gamma).mean(0) / s - x * (g * gamma * x).mean(0) / s):
        yield Finding("x for x̂", "In the way through s² stands x where x̂ belongs.")
    if attempt.is_("grad_x", batch_norm(g, x, np.ones_like(gamma), eps)[0]):
        yield Finding("gamma", "γ is missing in grad_x: x̂ is multiplied by it on the way to the loss.")
    if attempt.is_("grad_x", right * gamma):
        yield Finding("gamma", "γ is in grad_x twice.")
    if attempt.is_("grad_beta", np.ones_like(gamma)):
        yield Finding("upstream", "grad_beta is 1. That is the slope of y; by the chain rule it is "
                      "multiplied by g, and the N samples add up.")
    if attempt.is_("grad_beta", g.mean(0)) or attempt.is_("grad_gamma", attempt.expected["grad_gamma"] / n):
        yield Finding("mean for sum", "The gradients of γ and β are sums over the N samples, not means: both "
                      "are used N times.")


TASK = Task("batch_norm_backward", ("g", "x", "gamma", "eps"), ("grad_x", "grad_gamma", "grad_beta"),
            batch_norm, axes={"g": "nd", "x": "nd", "gamma": "d"}, recognize=recognize,
            slopes=Slopes(lambda x, gamma, beta, eps: normalized(x, gamma, beta, eps),
                          {"grad_x": "x", "grad_gamma": "gamma", "grad_beta": "beta"},
                          inputs=lambda a: {"x": a["x"], "gamma": a["gamma"], "beta": a["gamma"] * 0,
                                            "eps": a["eps"]}))


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    ways = "Each column of grad_x adds up to 0; does yours? Three ways lead from xᵢ to the loss."
    found = [
        Case("two samples", "it", {"g": array([1], [0]), "x": array([1], [3]), "gamma": array(2), "eps": 0.0},
             ways),
        Case("three samples", "it",
             {"g": array([1], [0], [0]), "x": array([0], [3], [6]), "gamma": array(1), "eps": 3.0}, ways),
        Case("two features", "it", {"g": array([1, 2], [0, 1], [3, 0]), "x": array([1, 0], [2, 4], [6, 2]),
                                    "gamma": array(1, -2), "eps": 0.0}, ways),
        Case("a column of equal numbers", "it",
             {"g": array([1, 2], [4, 0]), "x": array([2, 1], [2, 9]), "gamma": array(3, 1), "eps": 9.0},
             "s² is 0 in one column, and ε under the root keeps the division finite."),
        Case("random, 10 samples of 4 features", "it",
             {"g": decimals(random, 10, 4), "x": decimals(random, 10, 4) * 3 + 1,
              "gamma": integers(random, 4), "eps": 1e-5}, ways),
    ]
    return [replace(case, about=("grad_x",)) for case in found]


EXERCISE = Exercise({"it": TASK}, cases)
