"""Exercise 4: matmul backward."""
from __future__ import annotations

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


def recognize(attempt: Attempt) -> Finding | None:
    """The mistakes that are typical here, told from the numbers."""
    g, x, w = (attempt.arguments[name] for name in "gxw")
    for name, value in (("grad_x", product(g, w)), ("grad_x", product(w, g)), ("grad_w", product(x, g)),
                        ("grad_w", product(g, x))):
        if value is not None and attempt.is_(name, value):
            return Finding("transpose", f"{name} is a product without a transpose. With square matrices the "
                           "shapes do not show it; look at one entry, and which others it met in x @ w.")
    return None


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
