"""Exercise 16: the 2-3-1 network of document B (§4.3), with tanh in the hidden units."""
from __future__ import annotations

from typing import Any, Callable, Iterator

import numpy as np

from minigrad.autograd import Tensor

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals
from ..oracle import gradients as by_autograd, tensor
from ..slopes import Slopes

PARAMETERS = ("x", "t", "w1", "b1", "w2", "b2")
GRADIENTS = ("grad_w1", "grad_b1", "grad_w2", "grad_b2")


def output(x: Any, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor,
           hidden: Callable[[Tensor], Tensor] = Tensor.tanh) -> Tensor:
    """y, for given parameters."""
    return (hidden(tensor(x) @ w1 + b1) @ w2 + b2).sigmoid()


def error(y: Tensor, t: Any) -> Tensor:
    """½ Σ (y − t)²."""
    return ((y - tensor(t)) ** 2).sum() / 2


def forward(x: Any, t: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> tuple[np.ndarray, ...]:
    """The output and the loss."""
    y = output(x, *map(tensor, (w1, b1, w2, b2)))
    return y.numpy(), error(y, t).numpy()


def gradients(x: Any, t: Any, w1: Any, b1: Any, w2: Any, b2: Any, **options: Any) -> tuple[np.ndarray, ...]:
    """The gradients of the loss."""
    return by_autograd(lambda *p: error(output(x, *p, **options), t), 1.0, w1, b1, w2, b2)


HIDDEN = (("hidden sigmoid", Tensor.sigmoid, "The hidden units have the sigmoid; here they have tanh."),
          ("rectifier", Tensor.relu, "The hidden units have max(0, z); here they have tanh."),
          ("hidden tanh", lambda z: z, "The hidden units have no tanh."))


def recognize_forward(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a = attempt.arguments
    y, t, right = attempt.expected["y"], a["t"], attempt.expected["loss"]
    if attempt.right("y"):
        for kind, loss, text in (
                ("half", right * 2, "The factor ½ of the loss is missing."),
                ("square", np.abs(y - t).sum() / 2, "The loss is not squared: ½(y − t)²."),
                ("square", np.abs(y - t).sum(), "The loss is not squared: ½(y − t)²."),
                ("sign", -right, "The loss is negative; a square is not.")):
            if attempt.is_("loss", loss):
                yield Finding(kind, text)
    z1 = (tensor(a["x"]) @ tensor(a["w1"]) + tensor(a["b1"])).numpy()
    z2 = np.log(y / (1 - y))
    parameters = [tensor(a[name]) for name in ("w1", "b1", "w2", "b2")]
    for kind, other, text in (
            *((kind, output(a["x"], *parameters, hidden=f).numpy(), text) for kind, f, text in HIDDEN),
            ("output sigmoid", z2, "The output has no sigmoid: this is z2."),
            ("hidden bias", forward(**{**a, "b1": a["b1"] * 0})[0], "The bias of the hidden units is "
             "missing."),
            ("output bias", forward(**{**a, "b2": a["b2"] * 0})[0], "The bias of the output is missing."),
            ("exponent", sigma(-(np.tanh(z1) @ a["w2"] + a["b2"])), "The sigmoid has eᶻ where e⁻ᶻ belongs: a "
             "large score has to come near 1.")):
        if attempt.is_("y", other):
            yield Finding(kind, text)


def sigma(z: np.ndarray) -> np.ndarray:
    """σ by minigrad."""
    return tensor(z).sigmoid().numpy()


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a = attempt.arguments
    y = forward(**a)[0]
    slope = y * (1 - y)                                         # of σ at the output
    right = attempt.expected
    nonzero = [name for name in GRADIENTS if np.any(right[name])]
    for kind, factor, text in (
            ("sign", -1.0, "All gradients have the wrong sign, as in the document: the error is y − t, for "
             "the gradient is subtracted later."),
            ("output slope", 1 / slope, "The slope of σ at the output is missing, as in the document: from "
             "∂loss/∂y to δ2 comes the factor y(1 − y)."),
            ("half", 2.0, "All gradients are twice too large: the ½ of the loss cancels with the 2 of the "
             "square."),
            ("slope of y", sigma(y) * (1 - sigma(y)) / slope, "σ′ is taken at y. It is taken at z2; with y = "
             "σ(z2) it is y(1 − y)."),
            *(("rate", rate, f"All gradients are multiplied by {rate:g}. The learning rate has no part in "
               "them; it comes in when the step is made.") for rate in (0.5, 0.1, 0.01, 0.001))):
        if all(attempt.is_(name, right[name] * factor) for name in nonzero):
            yield Finding(kind, text)
    for kind, f, text in HIDDEN:
        if attempt.is_("grad_w2", gradients(**a, hidden=f)[2]):
            yield Finding(kind, text)
    if attempt.right("grad_w2", "grad_b2"):
        yield from recognize_hidden(attempt)
    elif attempt.right("grad_b2") and attempt.is_("grad_w2", np.tile(right["grad_b2"], (3, 1))):
        yield Finding("input", "grad_w2 lacks what came in: each weight's gradient is its h times δ2.")


def recognize_hidden(attempt: Attempt) -> Iterator[Finding]:
    """Mistakes in δ1, where the output layer is right."""
    a, right = attempt.arguments, attempt.expected
    z1 = (tensor(a["x"]) @ tensor(a["w1"]) + tensor(a["b1"])).numpy()
    h = np.tanh(z1)
    back = right["grad_b1"] / (1 - h ** 2)                      # W2 δ2
    for kind, delta, text in (
            ("hidden slope", back, "The slope of tanh at the hidden units is missing in δ1: the factor "
             "1 − h²."),
            ("slope of h", back * (1 - np.tanh(h) ** 2), "The slope of tanh is taken at h. It is taken at "
             "z1; with h = tanh z1 it is 1 − h²."),
            ("slope of h", back * (1 - z1 ** 2), "1 − z² takes z1 for the result: the slope of tanh is "
             "1 − h² with h = tanh z1."),
            ("square", back * (1 - h), "A square is missing: the slope of tanh is 1 − h²."),
            ("sigmoid's slope", back * h * (1 - h), "h(1 − h) is the slope of σ. That of tanh is 1 − h²."),
            ("weights", right["grad_b2"] * (1 - h ** 2), "W2 is missing in δ1: each hidden unit has a share "
             "in the error that is its weight times δ2.")):
        if attempt.is_("grad_b1", delta):
            yield Finding(kind, text)
    if attempt.right("grad_b1") and attempt.is_("grad_w1", np.tile(right["grad_b1"], (2, 1))):
        yield Finding("input", "grad_w1 lacks the input: each weight's gradient is its input times δ1.")


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

    zeros = inputs(array(1, 2), 1, np.zeros((2, 3)), np.full(3, np.log(2)), np.zeros((3, 1)), np.zeros(1))
    small = inputs(array(1, 2), 1, array([0, 1, -1], [1, 0, 1]), array(0, 1, 0), array([1], [-1], [2]),
                   array(0))
    wrong_class = {**small, "t": array(0)}
    drawn = inputs(decimals(random, 2), int(random.integers(0, 2)), decimals(random, 2, 3),
                   decimals(random, 3), decimals(random, 3, 1), decimals(random, 1))
    layer = "z1 = x W1 + b1, h = tanh z1, z2 = h W2 + b2, y = σ(z2), loss = ½(y − t)²."
    chain = "Go back one step at a time: ∂loss/∂y, δ2, then through W2 to the hidden units, δ1."
    return [
        Case("forward: all weights zero", "forward", zeros, layer),
        Case("forward: small integers", "forward", small, layer),
        Case("forward: random", "forward", drawn, layer),
        Case("gradients: all weights zero", "gradients", zeros, chain),
        Case("gradients: small integers", "gradients", small, chain),
        Case("gradients: the other class", "gradients", wrong_class, chain),
        Case("gradients: random", "gradients", drawn, chain),
    ]


EXERCISE = Exercise(TASKS, cases)
