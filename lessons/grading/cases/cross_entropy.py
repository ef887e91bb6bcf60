"""Exercise 6: stable softmax cross-entropy."""
from __future__ import annotations

import numpy as np

from minigrad.nn import functional as F

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals
from ..oracle import tensor, value_and_gradients
from ..slopes import Slopes


def cross_entropy(logits: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, ...]:
    """The mean loss and its gradient."""
    return value_and_gradients(lambda z: F.cross_entropy(z, tensor(target)), logits)


def recognize(attempt: Attempt) -> Finding | None:
    """The mistakes that are typical here, told from the numbers."""
    logits, target = attempt.arguments["logits"], attempt.arguments["target"]
    n, loss, right = len(logits), float(attempt.got["loss"]), float(attempt.expected["loss"])
    p = F.softmax(tensor(logits), 1).numpy()
    if n > 1 and attempt.is_("loss", right * n):
        return Finding("mean", f"The loss is the sum over the {n} samples; their mean is asked for.")
    if attempt.is_("grad", p) or attempt.is_("grad", p / n):
        return Finding("one-hot", "The gradient is the softmax alone. The score of the right class is also "
                       "in the loss by itself (ln p_t = z_t − …), and that has a share.")
    if n > 1 and attempt.is_("grad", attempt.expected["grad"] * n):
        return Finding("mean", f"The gradient is {n} times too large: the loss is a mean over {n} samples.")
    across = -F.log_softmax(tensor(logits), 0).numpy()[np.arange(n), target].mean()
    if attempt.is_("loss", across):
        return Finding("axis", "The softmax is taken over the samples. Each row is a sample, so the "
                       "sums run along axis 1.")
    if right > 15 and loss < 0.999 * right:
        return Finding("clipped", "The loss is too small: a probability that has become 0, or a small "
                       "number added inside the logarithm, hides how wrong the scores are. Compute ln p "
                       "without p.")
    return None


TASK = Task("softmax_cross_entropy", ("logits", "target"), ("loss", "grad"), cross_entropy,
            axes={"logits": "nc", "target": "n"}, labels={"target": "c"}, recognize=recognize,
            slopes=Slopes(F.cross_entropy, {"grad": "logits"}))


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    base = ("Derive it for one sample, once for the right class and once for another one. The loss is a mean "
            "over the samples.")
    large = ("Subtract the largest score of each row before e is raised to them, and compute ln p from the "
             "shifted scores.")
    return [
        Case("two equal scores", "it", {"logits": array([0, 0]), "target": np.array([0])}, base),
        Case("three classes, the last one right", "it",
             {"logits": array([1, 0, 2]), "target": np.array([2])}, base),
        Case("two samples", "it", {"logits": array([1, 3], [2, 0]), "target": np.array([0, 0])}, base),
        Case("random, 6 samples of 4 classes", "it",
             {"logits": decimals(random, 6, 4), "target": random.integers(0, 4, 6)}, base),
        Case("scores of 1000", "it",
             {"logits": array([1000, 0], [1000, 999]), "target": np.array([0, 1])}, large),
        Case("certain, and wrong", "it", {"logits": array([0, 1000]), "target": np.array([0])}, large),
        Case("scores of −1000", "it", {"logits": array([-1000, -1001]), "target": np.array([0])}, large),
    ]


EXERCISE = Exercise({"it": TASK}, cases)
