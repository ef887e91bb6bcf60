"""Exercise 27: learning from a teacher's scores."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from minigrad.nn import functional as F

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals
from ..oracle import gradients, tensor
from ..slopes import Slopes

Array = np.ndarray


def soft(scores: Array, T: float) -> Array:
    """Softmax at a temperature."""
    return F.softmax(tensor(scores) / T, 1).numpy()


def _loss(student: Any, teacher: Any, T: float) -> Any:
    """T² KL(p‖q), the mean over the rows; with a target of logarithms that is F.kl_div."""
    log_p, log_q = (F.log_softmax(scores / T, 1) for scores in (teacher, student))
    return T * T * F.kl_div(log_q, log_p, reduction="batchmean", log_target=True)


def distillation(student: Array, teacher: Array, T: float) -> float:
    """The loss."""
    return float(_loss(tensor(student), tensor(teacher), T).numpy())


def backward(student: Array, teacher: Array, T: float) -> Array:
    """Its gradient, by autograd."""
    return gradients(lambda s: _loss(s, tensor(teacher), T), 1.0, student)[0]


def recognize_soft(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    scores, T = attempt.arguments["scores"], attempt.arguments["T"]
    if np.abs(scores).max() > 700 and not np.isfinite(attempt.got["p"]).all():
        yield Finding("overflow", "e to a large score is infinite. Subtract the row's maximum first; it "
                      "cancels.")
    if T != 1:
        if attempt.is_("p", soft(scores * T, 1.0)):
            yield Finding("multiplied", "The scores are multiplied by T. A high temperature brings them "
                          "closer together: divide.")
        if attempt.is_("p", soft(scores, 1.0)):
            yield Finding("no temperature", "T has no influence.")
        if attempt.is_("p", soft(scores, 1.0) / T):
            yield Finding("after", "The probabilities are divided by T. It divides the scores, before e is "
                          "raised to them.")
    z = np.clip(scores / T, -700, 700)
    if len(scores) > 1 and attempt.is_("p", np.exp(z) / np.exp(z).sum()):
        yield Finding("all rows", "All rows together add up to 1; each of them should.")


def recognize_loss(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    student, teacher, T = (attempt.arguments[name] for name in ("student", "teacher", "T"))
    right, (n, k) = attempt.expected["loss"], student.shape
    if not np.isfinite(attempt.got["loss"]):
        yield Finding("overflow", "The loss isn't finite: q becomes 0, and ln 0 is infinite. Compute ln q "
                      "from the scores: z − ln Σ eᶻ, with the row's maximum subtracted from z.")
    if T != 1:
        if attempt.is_("loss", right / T ** 2):
            yield Finding("T squared", "The factor T² is missing.")
        if attempt.is_("loss", right / T):
            yield Finding("T squared", "The factor is T here; it is T².")
    if attempt.is_("loss", distillation(teacher, student, T)):
        yield Finding("direction", "p and q are exchanged: the teacher's p weights the logarithms.")
    if n > 1 and attempt.is_("loss", right * n):
        yield Finding("mean", f"The loss is the sum over the {n} rows; their mean is asked for.")
    if attempt.is_("loss", right / k):
        yield Finding("entries", "This is the mean over all entries. The classes are summed up, and only the "
                      "rows have a mean.")
    if attempt.is_("loss", -right):
        yield Finding("sign", "The sign is wrong: p · ln(p / q), not p · ln(q / p). The loss is 0 at best.")
    p = soft(teacher, T)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.where(p > 0, p * np.log(p), 0.0).sum(1).mean()
    if attempt.is_("loss", right + T ** 2 * entropy):
        yield Finding("cross-entropy", "This is the cross-entropy −Σ p ln q, which isn't 0 when the student "
                      "agrees with the teacher. Add Σ p ln p.")


def recognize_backward(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    right, T, n = attempt.expected["grad"], attempt.arguments["T"], len(attempt.arguments["student"])
    if attempt.is_("grad", -right):
        yield Finding("sign", "The gradient has the wrong sign: where q is larger than p, a larger score "
                      "raises the loss.")
    if n > 1 and attempt.is_("grad", right * n):
        yield Finding("mean", f"The gradient is {n} times too large: the loss is a mean over {n} rows.")
    if T != 1:
        if attempt.is_("grad", right * T):
            yield Finding("chain rule", "The factor is T² here. One T cancels: softmax sees s / T, whose "
                          "derivative by s is 1 / T.")
        if attempt.is_("grad", right / T):
            yield Finding("T", "The factor T is missing: T² from the loss, 1 / T from s / T.")
        if attempt.is_("grad", right / T ** 2):
            yield Finding("T squared", "The factor T² of the loss is missing.")
    q, p = (soft(attempt.arguments[name], 1.0) for name in ("student", "teacher"))
    if T != 1 and attempt.is_("grad", T * (q - p) / n):
        yield Finding("no temperature", "p and q are computed without T.")


TASKS = {
    "soft": Task("soft", ("scores", "T"), ("p",), soft, axes={"scores": "nk"}, recognize=recognize_soft),
    "loss": Task("distillation", ("student", "teacher", "T"), ("loss",), distillation,
                 axes={"student": "nk", "teacher": "nk"}, recognize=recognize_loss),
    "backward": Task("distillation_backward", ("student", "teacher", "T"), ("grad",), backward,
                     axes={"student": "nk", "teacher": "nk"}, recognize=recognize_backward,
                     slopes=Slopes(_loss, {"grad": "student"})),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    rows = "softmax(scores / T), row by row."
    mean = "T² · the mean over the rows of Σ p · ln(p / q)."
    slope = "q − p, with the factors of T and of the mean."
    s, t = decimals(random, 5, 4) * 2, decimals(random, 5, 4) * 4
    zeros, three = array([0, 0]), array([np.log(3), 0])
    return [
        Case("one row", "soft", {"scores": three, "T": 1.0}, rows),
        Case("a temperature", "soft", {"scores": array([2, 0, -2]), "T": 2.0}, rows),
        Case("two rows", "soft", {"scores": array([2, 0], [1, -1.5]), "T": 4.0}, rows),
        Case("large scores", "soft", {"scores": array([1000, 990], [-800, -800]), "T": 1.0}, rows),
        Case("random", "soft", {"scores": t, "T": 3.0}, rows),
        Case("loss: T = 1", "loss", {"student": zeros, "teacher": three, "T": 1.0}, mean),
        Case("loss: T = 2", "loss", {"student": array([1, 0]), "teacher": array([-1, 2]), "T": 2.0}, mean),
        Case("loss: two rows", "loss", {"student": array([1, 0, 2], [0, 0, 1]),
                                        "teacher": array([-1, 2, 0], [3, 0, 0]), "T": 2.0}, mean),
        Case("loss: large scores", "loss", {"student": array([1000, 0]), "teacher": array([0, 1]),
                                            "T": 1.0}, mean),
        Case("loss: random", "loss", {"student": s, "teacher": t, "T": 4.0}, mean),
        Case("backward: T = 1", "backward", {"student": zeros, "teacher": three, "T": 1.0}, slope),
        Case("backward: T = 2", "backward", {"student": array([1, 0]), "teacher": array([-1, 2]),
                                             "T": 2.0}, slope),
        Case("backward: two rows", "backward", {"student": array([1, 0, 2], [0, 0, 1]),
                                                "teacher": array([-1, 2, 0], [3, 0, 0]), "T": 2.0}, slope),
        Case("backward: random", "backward", {"student": s, "teacher": t, "T": 4.0}, slope),
    ]


EXERCISE = Exercise(TASKS, cases)
