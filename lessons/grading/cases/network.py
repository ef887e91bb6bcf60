"""Exercise 16: the 2-3-1 network of document B (§4.3), corrected."""
from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.autograd import Tensor

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals
from ..oracle import gradients as by_autograd, tensor
from ..slopes import Slopes

PARAMETERS = ("x", "t", "w1", "b1", "w2", "b2")
GRADIENTS = ("grad_w1", "grad_b1", "grad_w2", "grad_b2")


def output(x: Any, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
    """y, for given parameters."""
    return ((tensor(x) @ w1 + b1).sigmoid() @ w2 + b2).sigmoid()


def error(y: Tensor, t: Any) -> Tensor:
    """½ Σ (y − t)²."""
    return ((y - tensor(t)) ** 2).sum() / 2


def forward(x: Any, t: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> tuple[np.ndarray, ...]:
    """The output and the loss."""
    y = output(x, *map(tensor, (w1, b1, w2, b2)))
    return y.numpy(), error(y, t).numpy()


def gradients(x: Any, t: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> tuple[np.ndarray, ...]:
    """The gradients of the loss."""
    return by_autograd(lambda *p: error(output(x, *p), t), 1.0, w1, b1, w2, b2)


def recognize_forward(attempt: Attempt) -> Finding | None:
    """The mistakes that are typical here, told from the numbers."""
    a = attempt.arguments
    y, right = attempt.got["y"], attempt.expected["loss"]
    if attempt.right("y") and attempt.is_("loss", right * 2):
        return Finding("half", "The factor ½ of the loss is missing.")
    linear = (tensor(a["x"]) @ tensor(a["w1"]) + tensor(a["b1"])).numpy()
    if attempt.is_("y", (tensor(linear) @ tensor(a["w2"]) + tensor(a["b2"])).sigmoid().numpy()):
        return Finding("hidden sigmoid", "The hidden layer has no sigmoid.")
    if attempt.is_("y", np.log(attempt.expected["y"] / (1 - attempt.expected["y"]))):
        return Finding("output sigmoid", "The output has no sigmoid: this is z2.")
    if np.any(a["b1"]) and attempt.is_("y", forward(**{**a, "b1": a["b1"] * 0})[0]) or y.size == 0:
        return Finding("hidden bias", "The bias of the hidden units is missing.")
    return None


def recognize(attempt: Attempt) -> Finding | None:
    """The mistakes that are typical here, told from the numbers."""
    a = attempt.arguments
    y = forward(**a)[0]
    slope = y * (1 - y)                                         # of σ at the output
    bad = [name for name in GRADIENTS if attempt.wrong(name).any()]
    for kind, factor, text in (
            ("sign", -1.0, "All gradients have the wrong sign, as in the document: the error is y − t, for "
             "the gradient is subtracted later."),
            ("output slope", 1 / slope, "The slope of σ at the output is missing, as in the document: from "
             "∂loss/∂y to δ2 comes the factor y(1 − y)."),
            ("half", 2.0, "All gradients are twice too large: the ½ of the loss cancels with the 2 of the "
             "square."),
    ):
        if bad and all(attempt.is_(name, attempt.expected[name] * factor) for name in GRADIENTS
                       if np.any(attempt.expected[name])):
            return Finding(kind, text)
    h = (tensor(a["x"]) @ tensor(a["w1"]) + tensor(a["b1"])).sigmoid().numpy()
    if attempt.right("grad_w2", "grad_b2") and any(
            attempt.is_(name, attempt.expected[name] / (h * (1 - h))) for name in ("grad_w1", "grad_b1")):
        return Finding("hidden slope", "The slope of σ at the hidden units is missing in δ1: the factor "
                       "h(1 − h).")
    again = tensor(h).sigmoid().numpy()
    if attempt.right("grad_w2", "grad_b2") and attempt.is_(
            "grad_b1", attempt.expected["grad_b1"] / (h * (1 - h)) * again * (1 - again)):
        return Finding("slope of h", "σ′ is taken at h. It is taken at z1; with h = σ(z1) it is h(1 − h).")
    if bad == ["grad_w1"] and attempt.is_("grad_w1", np.tile(attempt.expected["grad_b1"], (2, 1))):
        return Finding("input", "grad_w1 lacks the input: each weight's gradient is its input times δ1.")
    return None


TASKS = {
    "forward": Task("forward", PARAMETERS, ("y", "loss"), forward, recognize=recognize_forward),
    "gradients": Task("gradients", PARAMETERS, GRADIENTS, gradients, recognize=recognize,
                      slopes=Slopes(lambda x, t, *parameters: error(output(x, *parameters), t),
                                    {name: name.removeprefix("grad_") for name in GRADIENTS})),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    def inputs(x: np.ndarray, t: int, w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray
               ) -> dict[str, np.ndarray]:
        """The arguments of a case."""
        return {"x": x, "t": array(t), "w1": w1, "b1": b1, "w2": w2, "b2": b2}

    zeros = inputs(array(1, 2), 1, np.zeros((2, 3)), np.zeros(3), np.zeros((3, 1)), np.zeros(1))
    small = inputs(array(1, 2), 1, array([0, 1, -1], [1, 0, 1]), array(0, 1, 0), array([1], [-1], [2]),
                   array(0))
    wrong_class = {**small, "t": array(0)}
    drawn = inputs(decimals(random, 2), int(random.integers(0, 2)), decimals(random, 2, 3),
                   decimals(random, 3), decimals(random, 3, 1), decimals(random, 1))
    layer = "z1 = x W1 + b1, h = σ(z1), z2 = h W2 + b2, y = σ(z2), loss = ½(y − t)²."
    chain = "Go back one step at a time: ∂loss/∂y, δ2, then through W2 to the hidden units, δ1."
    return [
        Case("forward: all zero", "forward", zeros, layer),
        Case("forward: small integers", "forward", small, layer),
        Case("forward: random", "forward", drawn, layer),
        Case("gradients: all weights zero", "gradients", zeros, chain),
        Case("gradients: small integers", "gradients", small, chain),
        Case("gradients: the other class", "gradients", wrong_class, chain),
        Case("gradients: random", "gradients", drawn, chain),
    ]


EXERCISE = Exercise(TASKS, cases)
