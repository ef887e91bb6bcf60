"""Exercise 20: layer normalization, forward and backward."""
from __future__ import annotations

from dataclasses import replace
from typing import Any, Iterator

import numpy as np

from minigrad.autograd import Tensor

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals, integers
from ..oracle import gradients, tensor
from ..slopes import Slopes


def normalized(x: Tensor, gamma: Tensor, beta: Tensor, eps: float, mean: bool = True, var: bool = True,
               divisor: int | None = None, outside: float = 0.0, power: float = 0.5, axis: int = 1) -> Tensor:
    """Layer normalization; with mean=False or var=False these are constants for the gradient. The other
    options are mistakes."""
    mu = x.mean(axis, keepdim=True)
    s2 = ((x - mu) ** 2).sum(axis, keepdim=True) / (divisor or x.shape[axis])
    mu, s2 = (mu if mean else mu.detach()), (s2 if var else s2.detach())
    return (x - mu) / ((s2 + eps) ** power + outside) * gamma + beta


def forward(x: Any, gamma: Any, beta: Any, eps: float, **options: Any) -> np.ndarray:
    """y."""
    return normalized(tensor(x), tensor(gamma), tensor(beta), eps, **options).numpy()


def backward(g: Any, x: Any, gamma: Any, eps: float, **options: Any) -> tuple[np.ndarray, ...]:
    """The gradients."""
    return gradients(lambda x, gamma, beta: normalized(x, gamma, beta, eps, **options), g, x, gamma,
                     gamma * 0)


def spread(eps: float, features: int) -> tuple[tuple[str, dict[str, Any], str], ...]:
    """Mistakes in the way to x̂."""
    found: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("axis", {"axis": 0}, "Mean and spread are those of the columns, as in batch normalization. Here "
         "each row has its own: axis=1."),
        ("epsilon", {"eps": 0.0, "outside": eps}, "ε stands outside of the root: x̂ = (x − μ) / √(s² + ε)."),
        ("epsilon", {"eps": 0.0}, "ε is missing: x̂ = (x − μ) / √(s² + ε)."),
        ("root", {"power": 1.0}, "The root is missing: x − μ is divided by √(s² + ε), not by its square."))
    if features > 1:
        found += (("divisor", {"divisor": features - 1}, f"s² is divided by D − 1 = {features - 1}. Here it "
                   f"is the mean of the squares, divided by D = {features}."),)
    return found


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a = attempt.arguments
    for kind, options, text in spread(a["eps"], a["x"].shape[1]):
        with np.errstate(all="ignore"):
            if attempt.is_("y", forward(**{**a, **options})):
                yield Finding(kind, text)
    spreads = np.sqrt(a["x"].var(1) + a["eps"])
    if len(a["x"]) == a["x"].shape[1] > 1 and spreads.all() and attempt.is_(
            "y", (a["x"] - a["x"].mean(1, keepdims=True)) / spreads * a["gamma"] + a["beta"]):
        yield Finding("keepdims", "The columns are divided by the spreads of the rows: var(axis=1) has "
                      "shape (N,). With keepdims=True it is (N, 1), one for each row.")
    if attempt.is_("y", forward(a["x"], np.ones_like(a["gamma"]), a["beta"], a["eps"])):
        yield Finding("gamma", "γ is missing: y = γ ⊙ x̂ + β.")
    if attempt.is_("y", forward(a["x"], a["gamma"], a["beta"] * 0, a["eps"])):
        yield Finding("beta", "β is missing: y = γ ⊙ x̂ + β.")


def recognize_backward(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a, right = attempt.arguments, attempt.expected
    g, x, gamma, eps = (a[name] for name in ("g", "x", "gamma", "eps"))
    for kind, options, text in (
            ("constants", {"mean": False, "var": False}, "μ and s² are treated as constants. Every xᵢ has a "
             "share in those of its row."),
            ("variance", {"var": False}, "The way through s² is missing: each xᵢ changes the spread of its "
             "row."),
            ("mean", {"mean": False}, "The way through μ is missing: each xᵢ changes the mean of its row."),
            *spread(eps, x.shape[1])):
        found = backward(**{**a, **options})
        if attempt.is_("grad_x", found[0]) or attempt.right("grad_x") and attempt.is_("grad_gamma", found[1]):
            yield Finding(kind, text)
    if attempt.is_("grad_x", backward(g, x, np.ones_like(gamma), eps)[0]):
        yield Finding("gamma", "γ is missing in grad_x: x̂ is multiplied by it on the way to the loss.")
    if attempt.is_("grad_x", backward(g, x, np.ones_like(gamma), eps)[0] * gamma):
        yield Finding("gamma too late", "γ is multiplied in at the end. It differs from feature to feature, "
                      "so it belongs to g before the sums over a row are taken.")
    s = np.sqrt(x.var(1, keepdims=True) + eps)
    if s.all() and attempt.is_("grad_x", right["grad_x"] * s):
        yield Finding("spread", "grad_x is not divided by √(s² + ε), though x̂ is x − μ divided by it.")
    through, d = backward(g, x, gamma, eps, mean=False, var=False)[0], x.shape[1]
    if d > 1 and attempt.is_("grad_x", through + d * (right["grad_x"] - through)):
        yield Finding("sums", "The shares that all features of a row have are sums where means belong: each "
                      "xᵢ enters μ and s² with the factor 1/D.")
    x_hat = (x - x.mean(1, keepdims=True)) / np.where(s, s, 1)
    if attempt.is_("grad_gamma", (g * x).sum(0)):
        yield Finding("x for x̂", "grad_gamma is made with x. γ multiplies x̂, so its gradient is made with "
                      "x̂.")
    if len(x) == x.shape[1] and (attempt.is_("grad_gamma", (g * x_hat).sum(1))
                                 or attempt.is_("grad_beta", g.sum(1))):
        yield Finding("sum along the row", "γ and β are summed along the rows. Each is a number for a "
                      "feature, used in every row: sum over the samples, axis=0.")
    if len(x) > 1 and (attempt.is_("grad_gamma", right["grad_gamma"] / len(x))
                       or attempt.is_("grad_beta", right["grad_beta"] / len(x))):
        yield Finding("mean for sum", "The gradients of γ and β are sums over the N samples, not means.")


TASKS = {
    "forward": Task("layer_norm", ("x", "gamma", "beta", "eps"), ("y",), forward,
                    axes={"x": "nd", "gamma": "d", "beta": "d"}, recognize=recognize),
    "backward": Task("layer_norm_backward", ("g", "x", "gamma", "eps"), ("grad_x", "grad_gamma", "grad_beta"),
                     backward, axes={"g": "nd", "x": "nd", "gamma": "d"}, recognize=recognize_backward,
                     slopes=Slopes(lambda x, gamma, beta, eps: normalized(x, gamma, beta, eps),
                                   {"grad_x": "x", "grad_gamma": "gamma", "grad_beta": "beta"},
                                   inputs=lambda a: {"x": a["x"], "gamma": a["gamma"], "beta": a["gamma"] * 0,
                                                     "eps": a["eps"]})),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    rows = "Each row has its own mean and spread: axis=1, with keepdims=True."
    ways = "Each row of grad_x adds up to 0; does yours? Multiply g by γ first, then sum over each row."
    two = {"x": array([1, 3], [0, 8]), "gamma": array(2, 1)}
    three = {"x": array([0, 3, 6], [1, 1, 4]), "gamma": array(1, -2, 3)}
    drawn = {"x": decimals(random, 4, 6) * 3 + 1, "gamma": integers(random, 6)}
    return [
        Case("one row", "forward",
             {"x": array([1, 3]), "gamma": array(2, 1), "beta": array(0, 5), "eps": 0.0},
             rows),
        Case("two rows", "forward", {**two, "beta": array(0, 1), "eps": 0.0}, rows),
        Case("an ε of 3", "forward", {**three, "beta": array(0, 0, 1), "eps": 3.0}, rows),
        Case("random", "forward", {**drawn, "beta": decimals(random, 6), "eps": 1e-5}, rows),
        *(replace(case, about=("grad_x",)) for case in (
            Case("backward: one row of two", "backward",
                 {"g": array([1, 0]), "x": array([1, 3]), "gamma": array(2, 1), "eps": 8.0}, ways),
            Case("backward: one row of three", "backward",
                 {"g": array([1, 0, 2]), "x": array([0, 3, 6]), "gamma": array(1, 1, 1), "eps": 3.0}, ways),
            Case("backward: γ differs", "backward", {"g": array([1, 0, 2], [0, 1, 0]), **three, "eps": 0.0},
                 ways),
            Case("backward: random", "backward", {"g": integers(random, 4, 6), **drawn, "eps": 1e-5}, ways))),
    ]


EXERCISE = Exercise(TASKS, cases)
