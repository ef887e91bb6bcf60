"""Exercise 4: matmul backward."""
from __future__ import annotations

from typing import Iterator

import numpy as np

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals, integers
from ..oracle import gradients
from ..slopes import Slopes


def matmul(g: np.ndarray, x: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, ...]:
    """Both gradients."""
    return gradients(lambda x, w: x @ w, g, x, w)


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray | None:
    """The matrix product, or None where the sizes do not fit."""
    return a @ b if a.shape[1] == b.shape[0] else None


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    g, x, w = (attempt.arguments[name] for name in "gxw")
    right_x, right_w = attempt.expected["grad_x"], attempt.expected["grad_w"]
    for name, value in (("grad_x", product(g, w)), ("grad_x", product(w, g)), ("grad_w", product(x, g)),
                        ("grad_w", product(g, x))):
        if value is not None and attempt.is_(name, value):
            yield Finding("transpose", f"{name} is a product without a transpose. With square matrices the "
                          "shapes do not show it; look at one entry, and which others it met in x @ w.")
    if w.shape[0] == w.shape[1] and attempt.is_("grad_x", product(w.T, g) if len(w) == len(g) else np.nan):
        yield Finding("order", "The two factors of grad_x stand in the wrong order: a @ b is not b @ a.")
    for name, right, a, b in (("grad_x", right_x, g, w.T), ("grad_w", right_w, x.T, g)):
        if a.shape == b.shape == right.shape and attempt.is_(name, a * b):
            yield Finding("entrywise", f"{name} is a product entry by entry. The matrix product is @.")
    ones = matmul(np.ones_like(g), x, w)
    for name, other in zip(("grad_x", "grad_w"), ones):
        if attempt.is_(name, other):
            yield Finding("upstream", f"g is not in {name}: it is what g = 1 everywhere would give.")
    for name, right, n in (("grad_w", right_w, len(x)), ("grad_x", right_x, g.shape[1])):
        if n > 1 and attempt.is_(name, right / n):
            yield Finding("mean", f"{name} is divided by {n}. The gradients of all {n} add up; only a loss "
                          "that is a mean brings 1/N, and that is in g already.")
    if len(x) > 1 and any(attempt.is_("grad_w", np.outer(x[i], g[i])) for i in (0, -1)):
        yield Finding("one sample", "grad_w has the part of one sample only: w is used by every row of x, "
                      "and the parts add up.")


TASK = Task("matmul_backward", ("g", "x", "w"), ("grad_x", "grad_w"), matmul,
            axes={"g": "nm", "x": "nd", "w": "dm"}, recognize=recognize,
            slopes=Slopes(lambda x, w: x @ w, {"grad_x": "x", "grad_w": "w"}))


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    row = ("Take one entry of x: which entries of z does it go into, and with which weight? Each of these "
           "hands back its g times that weight.")
    return [
        Case("one sample, one unit", "it",
             {"g": array([10]), "x": array([1, 2]), "w": array([3], [4])}, row),
        Case("2×2 by 2×2", "it", {"g": array([1, 2], [3, 5]), "x": array([1, -1], [2, 0]),
                                  "w": array([0, 1], [3, 2])}, row),
        Case("3×2 by 2×4", "it", {"g": integers(random, 3, 4), "x": integers(random, 3, 2),
                                  "w": integers(random, 2, 4)}, row),
        Case("random, 8×5 by 5×6", "it", {"g": decimals(random, 8, 6), "x": decimals(random, 8, 5),
                                          "w": decimals(random, 5, 6)}, row),
        Case("one feature", "it", {"g": integers(random, 2, 3), "x": integers(random, 2, 1),
                                   "w": integers(random, 1, 3)}, row),
    ]


EXERCISE = Exercise({"it": TASK}, cases)
