"""Exercise 32: the contrastive loss, and backward."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from minigrad.autograd import Tensor
from minigrad.nn import functional as F

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals
from ..oracle import gradients, tensor
from ..slopes import Slopes


def loss(a: Tensor, b: Tensor, tau: float) -> Any:
    """Both ways, by minigrad."""
    s, right = (b @ a.T / tau).T, np.arange(len(a))
    return (F.cross_entropy(s, tensor(right)) + F.cross_entropy(s.T, tensor(right))) / 2


def expected(a: np.ndarray, b: np.ndarray, tau: float) -> np.ndarray:
    """The loss as an array."""
    return np.asarray(loss(tensor(a), tensor(b), tau).item())


def backward(a: np.ndarray, b: np.ndarray, tau: float) -> tuple[np.ndarray, ...]:
    """Its gradients, by autograd."""
    return gradients(lambda a, b: loss(a, b, tau), 1.0, a, b)


def scores(a: np.ndarray, b: np.ndarray, tau: float) -> np.ndarray:
    """All pairs."""
    return np.einsum("id,jd->ij", a, b) / tau


def probabilities(s: np.ndarray, axis: int) -> np.ndarray:
    """The softmax along an axis."""
    return F.softmax(tensor(s), axis).numpy()


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a, b, tau = (attempt.arguments[name] for name in ("a", "b", "tau"))
    s = scores(a, b, tau)
    rows, columns = (-np.log(np.diag(probabilities(s, axis)) + 1e-300).mean() for axis in (1, 0))
    right = (rows + columns) / 2
    if np.isnan(attempt.got["loss"]) or np.isinf(attempt.got["loss"]):
        yield Finding("overflow", "exp of a large score is infinite. Subtract the largest score of the row "
                      "(or column) before.")
    for kind, wrong, text in (
            ("one way", rows, "Only the rows are asked: which b belongs to a[i]. The columns count as much."),
            ("one way", columns, "Only the columns are asked: which a belongs to b[j]. The rows count as "
             "much."),
            ("not halved", 2 * right, "The two ways are added; the loss is half of that."),
            ("sum", len(a) * right, "The losses of the pairs are added; their mean is asked for."),
            ("temperature", expected(a, b, 1 / tau), "The scores are multiplied by τ. They are divided "
             "by it."),
            ("temperature", expected(a, b, 1.0), "The temperature is missing: S = a bᵀ / τ."),
            ("all pairs", np.log(np.exp(s - s.max()).sum()) + s.max() - np.trace(s) / len(s),
             "The probabilities are taken over all pairs. Each row, and each column, is a softmax of its "
             "own.")):
        if attempt.is_("loss", wrong):
            yield Finding(kind, text)


def recognize_backward(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a, b, tau = (attempt.arguments[name] for name in ("a", "b", "tau"))
    s, n = scores(a, b, tau), len(a)
    rows, columns = probabilities(s, 1), probabilities(s, 0)
    both, one = (rows + columns) / 2, np.eye(n)
    for kind, g, text in (
            ("one way", (rows - one) / n / tau, "Only the rows' softmax is in it: the columns' has a "
             "gradient, too."),
            ("temperature", (both - one) / n, "The step through S = a bᵀ / τ lacks 1/τ."),
            ("mean", (both - one) / tau, "1/B is missing: the loss is a mean over B pairs."),
            ("not halved", (rows + columns - 2 * one) / n / tau, "The two ways are added; the loss is half "
             "of that."),
            ("diagonal", both / n / tau, "The right answers are missing: probabilities minus 1 on the "
             "diagonal."),
            ("diagonal", (rows + columns - one) / 2 / n / tau, "1 is subtracted on the diagonal once. Each "
             "of the two ways has it: softmax of rows − 1, and softmax of columns − 1.")):
        if attempt.is_("grad_a", g @ b) and attempt.is_("grad_b", g.T @ a):
            yield Finding(kind, text)
    g = (both - one) / n / tau
    if attempt.right("grad_a") and attempt.is_("grad_b", g @ a):
        yield Finding("transpose", "grad_b needs S's gradient transposed: b[j] is in column j.")
    if attempt.is_("grad_a", g @ a) and attempt.is_("grad_b", g.T @ b):
        yield Finding("swapped", "The gradient of a is made of b, and that of b of a.")


TASKS = {
    "loss": Task("contrastive", ("a", "b", "tau"), ("loss",), expected, axes={"a": "nd", "b": "nd"},
                 recognize=recognize),
    "backward": Task("contrastive_backward", ("a", "b", "tau"), ("grad_a", "grad_b"), backward,
                     axes={"a": "nd", "b": "nd"}, recognize=recognize_backward,
                     slopes=Slopes(loss, {"grad_a": "a", "grad_b": "b"}, lambda arguments: arguments)),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    ways = "Half of both ways: −log of the diagonal in the softmax of rows, and in that of columns."
    back = "At the scores: ½ (softmax of rows + softmax of columns) − 1 on the diagonal, divided by B."
    a, b = decimals(random, 5, 3), decimals(random, 5, 3)
    two = {"a": array([1, 0], [0, 2]), "b": array([1, 1], [-1, 1])}
    return [
        Case("equal scores", "loss", {"a": np.ones((3, 1)), "b": np.ones((3, 1)), "tau": 0.5}, ways),
        Case("two pairs", "loss", {**two, "tau": 1.0}, ways),
        Case("two pairs, warm", "loss", {**two, "tau": 2.0}, ways),
        Case("large scores", "loss", {"a": array([30, 0], [0, 30]), "b": array([20, 30], [30, 30]),
                                      "tau": 0.5}, ways),
        Case("random", "loss", {"a": a, "b": b, "tau": 0.7}, ways),
        Case("backward: two pairs", "backward", {**two, "tau": 1.0}, back),
        Case("backward: two pairs, warm", "backward", {**two, "tau": 2.0}, back),
        Case("backward: random", "backward", {"a": a, "b": b, "tau": 0.7}, back),
    ]


EXERCISE = Exercise(TASKS, cases)
