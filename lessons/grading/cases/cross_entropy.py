"""Exercise 6: stable softmax cross-entropy."""
from __future__ import annotations

from typing import Iterator

import numpy as np

from minigrad.nn import functional as F

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals
from ..oracle import tensor, value_and_gradients
from ..slopes import Slopes


def cross_entropy(logits: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, ...]:
    """The mean loss and its gradient."""
    return value_and_gradients(lambda z: F.cross_entropy(z, tensor(target)), logits)


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    logits, target = attempt.arguments["logits"], attempt.arguments["target"]
    log_p = F.log_softmax(tensor(logits), 1).numpy()
    yield from recognize_loss(attempt, log_p)
    n, classes = logits.shape
    p, all_targets = np.exp(log_p), np.isin(np.arange(classes), target)
    right = attempt.expected["grad"]
    if attempt.is_("grad", p) or attempt.is_("grad", p / n):
        yield Finding("one-hot", "The gradient is the softmax alone. The score of the right class is also "
                      "in the loss by itself (ln p_t = z_t − …), and that has a share.")
    if n > 1 and attempt.is_("grad", right * n):
        yield Finding("mean", f"The gradient is {n} times too large: the loss is a mean over {n} samples.")
    if attempt.is_("grad", -right):
        yield Finding("sign", "The gradient has the wrong sign: raising the right score lowers the loss, so "
                      "its entry is negative.")
    if attempt.is_("grad", 2 * p / n - right):
        yield Finding("sign of the 1", "1 is added at the right class, where it has to be subtracted: the "
                      "loss falls as that score rises.")
    if attempt.is_("grad", (p - target[:, None]) / n) or attempt.is_("grad", p - target[:, None]):
        yield Finding("class number", "The number of the class was subtracted from every p. Subtract 1, and "
                      "only from that of the right class.")
    if n > 1 and any(attempt.is_("grad", (p - all_targets) / k) for k in (1, n)):
        yield Finding("pairs", "grad[:, target] means the right classes of all samples, in every row. One "
                      "entry for each row is grad[np.arange(N), target].")
    if attempt.is_("grad", right * p):
        yield Finding("softmax slope", "The gradient is multiplied by p once too often: the slopes of "
                      "logarithm and softmax together give what is left without that factor.")
    if attempt.is_("grad", right / classes):
        yield Finding("mean over classes", "The gradient is divided by N·C. The loss is a mean over the N "
                      "samples only.")


def recognize_loss(attempt: Attempt, log_p: np.ndarray) -> Iterator[Finding]:
    """Mistakes that are seen in the loss."""
    logits, target = attempt.arguments["logits"], attempt.arguments["target"]
    n, loss, right = len(logits), float(attempt.got["loss"]), float(attempt.expected["loss"])
    if n > 1 and attempt.is_("loss", right * n):
        yield Finding("mean", f"The loss is the sum over the {n} samples; their mean is asked for.")
    if right and attempt.is_("loss", -right):
        yield Finding("sign of the loss", "The loss is negative: p is below 1, so ln p is below 0. The loss "
                      "is −ln p_t.")
    if attempt.is_("loss", right / np.log(10)) or attempt.is_("loss", right / np.log(2)):
        yield Finding("logarithm", "This is the logarithm to another base; ln is np.log.")
    chosen = np.exp(log_p[np.arange(n), target])
    if attempt.is_("loss", chosen.mean()) or attempt.is_("loss", -chosen.mean()):
        yield Finding("logarithm", "The loss is made of p_t itself; the logarithm is missing.")
    if n > 1 and attempt.is_("loss", -log_p[:, target].mean()):
        yield Finding("pairs", "log_p[:, target] pairs every sample with the classes of all samples. One "
                      "entry for each row is log_p[np.arange(N), target].")
    if attempt.is_("loss", -log_p.mean()):
        yield Finding("all classes", "This is the mean over all classes. Only the right class of each sample "
                      "counts.")
    raised = [logits - logits.max(), logits - logits.max(1, keepdims=True)]
    if n > 1 and any(attempt.is_("loss", (np.log(np.exp(z).sum()) - z[np.arange(n), target]).mean())
                     for z in raised):
        yield Finding("axis", "The sum runs over all samples. Each row is a softmax of its own: sum along "
                      "axis 1, with keepdims=True.")
    across = -F.log_softmax(tensor(logits), 0).numpy()[np.arange(n), target].mean()
    if attempt.is_("loss", across):
        yield Finding("axis", "The softmax is taken over the samples. Each row is a sample, so the "
                      "sums run along axis 1.")
    if n == logits.shape[1] > 1:
        shifted = np.exp(logits - logits.max(1))
        if attempt.is_("loss", -np.log(shifted / shifted.sum(1, keepdims=True))[np.arange(n), target].mean()):
            yield Finding("keepdims", "The maxima are subtracted from the columns, not from the rows: "
                          "max(axis=1) has shape (N,). With keepdims=True it is (N, 1), one for each row.")
    if right > 15 and loss < 0.999 * right:
        yield Finding("clipped", "The loss is too small: a probability that has become 0, or a small "
                      "number added inside the logarithm, hides how wrong the scores are. Compute ln p "
                      "without p.")


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
        Case("rows far apart", "it",
             {"logits": array([1000, 999], [-1000, -1001]), "target": np.array([0, 0])},
             "Each row has a largest score of its own: max(axis=1, keepdims=True), not that of all rows."),
    ]


EXERCISE = Exercise({"it": TASK}, cases)
