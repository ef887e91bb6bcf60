"""Exercise 31: each example's gradient, cut to a length."""
from __future__ import annotations

from typing import Iterator

import numpy as np

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals


def lengths(x: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Each gradient as it stands, and its length."""
    return np.array([np.linalg.norm(np.append(np.outer(a, b), a)) for a, b in zip(g, x)])


def clipped(x: np.ndarray, g: np.ndarray, factors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sum with these factors."""
    return np.einsum("n,no,nk->ok", factors, g, x), np.einsum("n,no->o", factors, g)


def clipped_sum(x: np.ndarray, g: np.ndarray, limit: float) -> tuple[np.ndarray, np.ndarray]:
    """The sum of the cut gradients."""
    return clipped(x, g, np.minimum(1, limit / lengths(x, g)))


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    x, g = attempt.arguments["x"], attempt.arguments["g"]
    a, b = np.linalg.norm(x, axis=1), np.linalg.norm(g, axis=1)
    for kind, wrong, text in (
            ("bias", a * b, "The bias is missing: its gradient is g, and its squares count as well."),
            ("squares", b ** 2 * (a ** 2 + 1), "These are the sums of squares. The length is the root."),
            ("sum of lengths", a * b + b, "The lengths of W's and b's gradient are added. Add their squares, "
             "and take the root of that."),
            ("absolute", np.abs(g).sum(1) * (np.abs(x).sum(1) + 1), "The absolute values are added. A length "
             "is the root of the sum of squares."),
            ("one length", np.full(len(x), np.linalg.norm(np.append(g.T @ x, g.sum(0)))),
             "This is the length of the sum of all gradients. Each example has a length of its own.")):
        if attempt.is_("length", wrong):
            yield Finding(kind, text)


def recognize_sum(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    x, g, limit = (attempt.arguments[name] for name in ("x", "g", "limit"))
    length, n = lengths(x, g), len(x)
    factors = np.minimum(1, limit / length)
    whole = clipped(x, g, np.ones(n))
    total = np.linalg.norm(np.append(*whole))
    a, b = np.linalg.norm(x, axis=1), np.linalg.norm(g, axis=1)
    apart = (clipped(x, g, np.minimum(1, limit / np.maximum(a * b, 1e-12)))[0],
             clipped(x, g, np.minimum(1, limit / b))[1])
    for kind, wrong, text in (
            ("not cut", whole, "Nothing is cut: the factors min(1, C / length) are missing."),
            ("cut together", tuple(v * min(1, limit / total) for v in whole), "The sum is cut. Then one long "
             "gradient still decides where it points: cut each before adding."),
            ("cut together", tuple(v / n * min(1, limit / (total / n)) for v in whole),
             "The mean is cut. Then one long gradient still decides where it points: cut each "
             "before adding."),
            ("stretched", clipped(x, g, limit / length), "Short gradients are stretched to the length C. "
             "Only long ones are cut: the factor is 1 at most."),
            ("upside down", clipped(x, g, np.maximum(1, limit / length)), "Short gradients are stretched, "
             "and long ones are left: min, not max."),
            ("mean", clipped(x, g, factors / n), "This is the mean of the cut gradients; their sum is asked "
             "for."),
            ("twice", clipped(x, g, factors ** 2), "Both x and g have the factor, so that it counts twice."),
            ("apart", apart, "W's and b's gradients are cut each by its own length. An example has one "
             "length, of both together, and one factor.")):
        if attempt.is_("grad_w", wrong[0]) and (attempt.right("grad_b") or attempt.is_("grad_b", wrong[1])) \
                or attempt.right("grad_w") and kind == "apart" and attempt.is_("grad_b", wrong[1]):
            yield Finding(kind, text)
    if attempt.right("grad_w") and attempt.is_("grad_b", whole[1]):
        yield Finding("bias not cut", "The bias' gradient has no factors: it belongs to the same examples.")


TASKS = {
    "lengths": Task("lengths", ("x", "g"), ("length",), lengths, axes={"x": "nk", "g": "no"},
                    recognize=recognize),
    "sum": Task("clipped_sum", ("x", "g", "limit"), ("grad_w", "grad_b"), clipped_sum,
                axes={"x": "nk", "g": "no"}, recognize=recognize_sum),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    root = "length² = the sum of the squares of g xᵀ and of g: ‖g‖² ‖x‖² + ‖g‖²."
    each = "Each example has the factor min(1, C / length), for W and for b; then they are added."
    x, g = decimals(random, 6, 4), decimals(random, 6, 3)
    x = x * array(0.1, 1, 1, 3, 10, 0.3)[:, None]
    middle = float(np.median(lengths(x, g)))
    return [
        Case("one example", "lengths", {"x": array([3, 4]), "g": array([2, 1])}, root),
        Case("two examples", "lengths", {"x": array([3, 4], [1, -2]), "g": array([2, 1], [-1, 3])}, root),
        Case("an input of zeros", "lengths", {"x": array([0, 0], [1, 2]), "g": array([3, 4], [1, 1])}, root),
        Case("random", "lengths", {"x": x, "g": g}, root),
        Case("sum: one long example", "sum", {"x": array([2, 4, 4]), "g": array([2, 1]), "limit": 2.0}, each),
        Case("sum: one short example", "sum", {"x": array([0.3, 0.4]), "g": array([0.2, 0.1]), "limit": 2.0},
             each),
        Case("sum: a long and a short one", "sum", {"x": array([3, 4], [0.5, -0.2]),
                                                    "g": array([2, 1], [-0.3, 0.2]), "limit": 1.0}, each),
        Case("sum: random", "sum", {"x": x, "g": g, "limit": middle}, each),
    ]


EXERCISE = Exercise(TASKS, cases)
