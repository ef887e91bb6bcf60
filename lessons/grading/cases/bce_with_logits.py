"""Exercise 13: binary cross-entropy with logits."""
from __future__ import annotations

import numpy as np

from minigrad.nn import functional as F

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals
from ..oracle import tensor, value_and_gradients
from ..slopes import Slopes


def bce(z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, ...]:
    """The mean loss and its gradient."""
    return value_and_gradients(lambda z: F.binary_cross_entropy_with_logits(z, tensor(y)), z)


def recognize(attempt: Attempt) -> Finding | None:
    """The mistakes that are typical here, told from the numbers."""
    z, y = attempt.arguments["z"], attempt.arguments["y"]
    n, loss, right = len(z), float(attempt.got["loss"]), float(attempt.expected["loss"])
    if n > 1 and attempt.is_("loss", right * n):
        return Finding("mean", f"The loss is the sum over the {n} samples; their mean is asked for.")
    if n > 1 and attempt.is_("grad", attempt.expected["grad"] * n):
        return Finding("mean", f"The gradient is {n} times too large: the loss is a mean over {n} samples.")
    softplus = F.softplus(-tensor(z)).numpy()                   # −ln σ(z)
    if attempt.is_("loss", (y * softplus).mean()):
        return Finding("second term", "The term (1 − y) · ln(1 − σ(z)) is missing: a label of 0 costs "
                       "nothing.")
    if np.any(z) and (attempt.is_("loss", bce(z, 1 - y)[0]) or attempt.is_("grad", bce(z, 1 - y)[1])):
        return Finding("labels", "y and 1 − y are exchanged.")
    sigma = tensor(z).sigmoid().numpy()
    if n and attempt.is_("grad", attempt.expected["grad"] * sigma * (1 - sigma)):
        return Finding("sigmoid slope", "The gradient has a factor σ(1 − σ) too much: it cancels with the "
                       "derivative of the logarithm.")
    if np.abs(z).max() > 15 and loss < 0.999 * right:
        return Finding("clipped", "The loss is too small: a small number inside the logarithm, or a cut-off, "
                       "hides how wrong the score is.")
    return None


TASK = Task("bce_with_logits", ("z", "y"), ("loss", "grad"), bce, axes={"z": "n", "y": "n"},
            recognize=recognize, slopes=Slopes(F.binary_cross_entropy_with_logits, {"grad": "z"}))


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    base = "Both labels count: −y · ln σ(z) and −(1 − y) · ln(1 − σ(z)); then the mean over the samples."
    large = "Here e⁻ᶻ overflows, or 1 − σ(z) becomes 0. Only raise e to −|z|."
    return [
        Case("z = 0, y = 1", "it", {"z": array(0), "y": array(1)}, base),
        Case("z = 2, y = 0", "it", {"z": array(2), "y": array(0)}, base),
        Case("two samples", "it", {"z": array(1, -1), "y": array(1, 1)}, base),
        Case("a label of ½", "it", {"z": array(3), "y": array(0.5)}, base),
        Case("random", "it", {"z": decimals(random, 12) * 2, "y": random.integers(0, 2, 12) * 1.0}, base),
        Case("z = 1000, y = 0", "it", {"z": array(1000), "y": array(0)}, large),
        Case("z = −1000, y = 1", "it", {"z": array(-1000), "y": array(1)}, large),
        Case("z = ±1000, right", "it", {"z": array(1000, -1000), "y": array(1, 0)}, large),
        Case("z = 40, y = 0", "it", {"z": array(40), "y": array(0)}, large),
    ]


EXERCISE = Exercise({"it": TASK}, cases)
