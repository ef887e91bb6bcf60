"""Exercise 11: inverted dropout."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from minigrad.autograd import Tensor

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals
from ..oracle import gradients, tensor
from ..slopes import Slopes


def masked(x: Tensor, u: Any, p: float, training: bool) -> Tensor:
    """Dropout as a product with a mask that u decides; autograd knows the rest."""
    u = u.numpy() if isinstance(u, Tensor) else u
    mask = np.where(u < p, 0.0, 1.0 / (1.0 - p)) if training else np.ones_like(u)
    return x * tensor(mask)


def dropout(x: np.ndarray, u: np.ndarray, p: float, training: bool) -> np.ndarray:
    """The result."""
    return masked(tensor(x), u, p, training).numpy()


def backward(g: np.ndarray, u: np.ndarray, p: float, training: bool) -> np.ndarray:
    """The gradient."""
    return gradients(lambda x: masked(x, u, p, training), g, np.ones_like(g))[0]


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    (name,) = attempt.expected
    a, got, right = attempt.arguments, attempt.got[name], attempt.expected[name]
    kept, p = a["u"] >= a["p"], a["p"]
    value = a["x"] if "x" in a else a["g"]
    if not a["training"]:
        yield Finding("evaluation", "In evaluation nothing is dropped and nothing is scaled.")
        return
    for factor, text in (
            (1 - p, "What is kept is not divided by 1 − p, so that the sum shrinks in training."),
            ((1 - p) / p if p else 0.0, "What is kept is divided by p; the share that is kept is 1 − p."),
            ((1 - p) ** 2, "What is kept is multiplied by 1 − p; divide by it, so that the sum stays the "
             "same on average."),
            ((1 - p) / max(kept.mean(), 1e-9), "What is kept is divided by the share that was kept this "
             "time. It is divided by 1 − p, the share on average.")):
        if p and factor and attempt.is_(name, right * factor):
            yield Finding("scale", text)
    if attempt.is_(name, value * (a["u"] > p) / (1 - p)):
        yield Finding("boundary", "Wrong only where u equals p: there the entry is kept (u ≥ p).")
    others = [value * ~kept, value * (a["u"] < 1 - p), value * (a["u"] > 1 - p)]
    if any(attempt.is_(name, other * c) for other in others for c in (1, 1 / (1 - p), 1 / p if p else 1)):
        yield Finding("inverted", "What should be dropped is kept, and the other way round: keep where "
                      "u ≥ p. p is the probability to drop, not to keep.")
    if attempt.is_(name, value):
        yield Finding("nothing dropped", "Nothing was dropped: this is training.")
    if attempt.is_(name, value / (1 - p)):
        yield Finding("nothing dropped", "Nothing was dropped, only scaled." if "x" in a else "The dropped "
                      "entries have a gradient. They had no effect on the loss.")
    if attempt.is_(name, value * a["u"]) or attempt.is_(name, value * a["u"] / (1 - p)):
        yield Finding("u as a factor", "u itself is the factor. It only decides: u ≥ p is 1 or 0 for each "
                      "entry.")
    if np.all((got == 0) | np.isclose(got, value / (1 - p)) | np.isclose(got, value)):
        yield Finding("own numbers", "Entries are dropped and scaled, but not those that u says. Use the "
                      "numbers u that are given, and draw none.")


TASKS = {
    "forward": Task("dropout", ("x", "u", "p", "training"), ("y",), dropout, axes={"x": "n", "u": "n"},
                    recognize=recognize),
    "backward": Task("dropout_backward", ("g", "u", "p", "training"), ("grad_x",), backward,
                     axes={"g": "n", "u": "n"}, recognize=recognize,
                     slopes=Slopes(masked, {"grad_x": "x"}, inputs=lambda a: {
                         "x": np.ones(a["g"].shape), "u": a["u"], "p": a["p"], "training": a["training"]})),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    u = array(0.9, 0.2, 0.5)
    keep = "Keep where u ≥ p; divide what is kept by 1 − p; the rest is 0."
    off = "In evaluation (training is False) the result is x itself."
    shape = 40

    def uniform() -> np.ndarray:
        """Random numbers in [0, 1) with two digits."""
        return np.floor(100 * random.random(shape)) / 100

    return [
        Case("p = ½ by hand", "forward", {"x": array(3, 4, 5), "u": u, "p": 0.5, "training": True}, keep),
        Case("p = ¼ by hand", "forward", {"x": array(3, 6, 9), "u": u, "p": 0.25, "training": True}, keep),
        Case("evaluation", "forward", {"x": array(3, 4, 5), "u": u, "p": 0.5, "training": False}, off),
        Case("p = 0", "forward", {"x": array(3, 4, 5), "u": u, "p": 0.0, "training": True}, keep),
        Case("random", "forward",
             {"x": decimals(random, shape), "u": uniform(), "p": 0.2, "training": True}, keep),
        Case("backward: p = ¼ by hand", "backward",
             {"g": array(1, 1, 3), "u": u, "p": 0.25, "training": True}, keep),
        Case("backward: evaluation", "backward",
             {"g": array(1, 1, 2), "u": u, "p": 0.5, "training": False}, off),
        Case("backward: random", "backward",
             {"g": decimals(random, shape), "u": uniform(), "p": 0.2, "training": True}, keep),
    ]


EXERCISE = Exercise(TASKS, cases)
