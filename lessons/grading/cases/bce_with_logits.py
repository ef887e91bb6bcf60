"""Exercise 13: binary cross-entropy with logits."""
from __future__ import annotations

from typing import Iterator

import numpy as np

from minigrad.nn import functional as F

from ..model import Attempt, Case, Exercise, Finding, Task, same
from ..numbers import array, decimals
from ..oracle import tensor, value_and_gradients
from ..slopes import Slopes


def bce(z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, ...]:
    """The mean loss and its gradient."""
    return value_and_gradients(lambda z: F.binary_cross_entropy_with_logits(z, tensor(y)), z)


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    z, y = attempt.arguments["z"], attempt.arguments["y"]
    yield from recognize_loss(attempt)
    n, sigma, right = len(z), tensor(z).sigmoid().numpy(), attempt.expected["grad"]
    if n > 1 and attempt.is_("grad", right * n):
        yield Finding("mean", f"The gradient is {n} times too large: the loss is a mean over {n} samples.")
    if attempt.is_("grad", -right):
        yield Finding("sign", "The gradient has the wrong sign: for y = 1 a larger score lowers the loss, so "
                      "it is negative.")
    if np.any(z) and attempt.is_("grad", bce(z, 1 - y)[1]):
        yield Finding("labels", "y and 1 − y are exchanged.")
    if attempt.is_("grad", (sigma - 1) / n):
        yield Finding("label of 1", "This is σ − 1, the gradient for y = 1. Every label counts.")
    if attempt.is_("grad", sigma / n):
        yield Finding("label of 0", "This is σ, the gradient for y = 0. Every label counts.")
    if attempt.is_("grad", right * sigma * (1 - sigma)):
        yield Finding("sigmoid slope", "The gradient has a factor σ(1 − σ) too much: it cancels with the "
                      "derivative of the logarithm.")
    if attempt.is_("grad", right / (sigma * (1 - sigma))):
        yield Finding("by sigma", "This is the derivative by σ. One step further, from σ to z, comes the "
                      "factor σ(1 − σ).")
    if attempt.is_("grad", (tensor(sigma).sigmoid().numpy() - y) / n):
        yield Finding("twice", "The sigmoid was taken twice: z is a score, and σ(z) the probability.")
    if attempt.is_("grad", right * z):
        yield Finding("input", "The gradient is multiplied by z. That would be the one for a weight before "
                      "z; asked for is ∂loss/∂z.")


def recognize_loss(attempt: Attempt) -> Iterator[Finding]:
    """Mistakes that are seen in the loss."""
    z, y = attempt.arguments["z"], attempt.arguments["y"]
    n, loss, right = len(z), float(attempt.got["loss"]), float(attempt.expected["loss"])
    one, zero = F.softplus(-tensor(z)).numpy(), F.softplus(tensor(z)).numpy()       # −ln σ(z), −ln(1 − σ(z))
    if n > 1 and attempt.is_("loss", right * n):
        yield Finding("mean", f"The loss is the sum over the {n} samples; their mean is asked for.")
    if right and attempt.is_("loss", -right):
        yield Finding("sign of the loss", "The loss is negative: probabilities are below 1, so their "
                      "logarithms are below 0. The minus sign before the bracket is missing.")
    if attempt.is_("loss", (y * one).mean()) or attempt.is_("loss", ((1 - y) * zero).mean()):
        yield Finding("second term", "One of the two terms is missing: y · ln σ(z) is for a label of 1, "
                      "(1 − y) · ln(1 − σ(z)) for a label of 0.")
    if np.any(z) and attempt.is_("loss", bce(z, 1 - y)[0]):
        yield Finding("labels", "y and 1 − y are exchanged.")
    if np.any(y * z) and attempt.is_("loss", (zero + z * y).mean()):
        yield Finding("sign of z·y", "The term z · y has the wrong sign: for y = 1 a large score is right, "
                      "so it lowers the loss.")
    if n > 1 and attempt.is_("loss", (zero - np.maximum(z, 0) + z.max() - z * y).mean()):
        yield Finding("maximum", "np.max and z.max() give the largest of all numbers. np.maximum(z, 0) "
                      "compares each entry with 0.")
    if attempt.is_("loss", (np.maximum(z, 0) - z * y + one).mean()):
        yield Finding("absolute value", "ln(1 + e⁻ᶻ) stands where ln(1 + e^−|z|) belongs: for negative z "
                      "that is too much, and it overflows.")
    logs = -(y * np.log(z) + (1 - y) * np.log(1 - z)).mean()
    if np.abs(z).max() < 15 and same(loss, logs) and not same(loss, right):
        yield Finding("score", "z was taken for a probability. It is a score: the probability is σ(z).")
    if np.abs(z).max() > 15 and loss < 0.999 * right:
        yield Finding("clipped", "The loss is too small: a small number inside the logarithm, or a cut-off, "
                      "hides how wrong the score is.")


TASK = Task("bce_with_logits", ("z", "y"), ("loss", "grad"), bce, axes={"z": "n", "y": "n"},
            recognize=recognize, slopes=Slopes(F.binary_cross_entropy_with_logits, {"grad": "z"}))


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    base = "Both labels count: −y · ln σ(z) and −(1 − y) · ln(1 − σ(z)); then the mean over the samples."
    large = "Here e⁻ᶻ overflows, or 1 − σ(z) becomes 0. Only raise e to −|z|."
    return [
        Case("z = 0, y = 1", "it", {"z": array(0), "y": array(1)}, base),
        Case("z = 2, y = 0", "it", {"z": array(2), "y": array(0)}, base),
        Case("two samples", "it", {"z": array(2, -1), "y": array(1, 1)}, base),
        Case("a label of ½", "it", {"z": array(3), "y": array(0.5)}, base),
        Case("random", "it", {"z": decimals(random, 12) * 2, "y": random.integers(0, 2, 12) * 1.0}, base),
        Case("z = 1000, y = 0", "it", {"z": array(1000), "y": array(0)}, large),
        Case("z = −1000, y = 1", "it", {"z": array(-1000), "y": array(1)}, large),
        Case("z = ±1000, right", "it", {"z": array(1000, -1000), "y": array(1, 0)}, large),
        Case("z = 40, y = 0", "it", {"z": array(40), "y": array(0)}, large),
    ]


EXERCISE = Exercise({"it": TASK}, cases)
