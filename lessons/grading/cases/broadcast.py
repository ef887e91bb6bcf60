"""Exercise 3: summing a broadcast gradient."""
from __future__ import annotations

from dataclasses import replace
from typing import Iterator

import numpy as np

from ..model import Attempt, Case, Exercise, Finding, Task, same
from ..numbers import array, decimals, integers
from ..oracle import gradients, tensor
from ..slopes import Slopes


def unbroadcast(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The gradient of what is broadcast to g's shape."""
    return gradients(lambda x: x + tensor(g * 0), g, np.zeros(shape))[0]


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    g, got, right = attempt.arguments["g"], attempt.got["grad"], attempt.expected["grad"]
    if got.size > 1 and attempt.is_("grad", np.full(right.shape, g.sum())):
        yield Finding("all summed", "Everything was added up. Summed are only the axes that broadcasting put "
                      "in front or repeated.")
    copies = g.size // max(right.size, 1)
    if copies > 1 and attempt.is_("grad", right / copies):
        yield Finding("mean", f"This is the mean of the {copies} copies' gradients. Every copy was used, so "
                      "that they add up.")
    for axis in range(g.ndim):
        if got.size == g.size // g.shape[axis] and same(got.ravel(), g.sum(axis).ravel()):
            yield Finding("axis", f"This is the sum over axis {axis}. Summed are the axes that broadcasting "
                          "put in front or repeated: those where the input has size 1 or no axis at all.")
        if g.shape[axis] > 1 and got.size == right.size:
            if same(got.ravel(), g.take(0, axis).ravel()):
                yield Finding("not summed", "This is one of the copies. Every copy was used, so their "
                              "gradients add up.")
            if same(got.ravel(), g.max(axis).ravel()):
                yield Finding("not summed", "This is the largest of the copies' gradients. Every copy was "
                              "used, so they add up.")


TASK = Task("unbroadcast", ("g", "shape"), ("grad",), unbroadcast, recognize=recognize,
            slopes=Slopes(lambda x, like: x + like * 0, {"grad": "the input"}, inputs=lambda a: {
                "the input": np.ones(a["shape"]), "like": a["g"]}))


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    front = "Broadcasting put an axis in front: sum over it."
    ones = "The input had size 1 along an axis: sum over that axis, and keep it (keepdims=True)."
    both = ("First the axes that were put in front, counted from the left; only then those of size 1, for "
            "the axes of g and of the shape fit from the right.")
    small = array([1, 2, 3], [10, 20, 30])
    found = [
        Case("nothing was broadcast", "it", {"g": small, "shape": (2, 3)},
             "The shapes are equal: nothing is to be summed."),
        Case("(3,) became (2, 3)", "it", {"g": small, "shape": (3,)}, front),
        Case("(2, 1) became (2, 3)", "it", {"g": small, "shape": (2, 1)}, ones),
        Case("a number, (), became (2, 3)", "it", {"g": small, "shape": ()},
             "A number was used everywhere: its gradient is the sum of all."),
        Case("(1, 3) became (3, 3)", "it", {"g": integers(random, 3, 3), "shape": (1, 3)}, ones),
        Case("(3,) became (3, 3)", "it", {"g": integers(random, 3, 3), "shape": (3,)}, front),
        Case("(3, 1, 2) became (2, 3, 4, 2)", "it",
             {"g": decimals(random, 2, 3, 4, 2), "shape": (3, 1, 2)}, both),
        Case("(1, 1) became (2, 1, 3)", "it", {"g": decimals(random, 2, 1, 3), "shape": (1, 1)}, both),
    ]
    loop = ("Does what the loop asks about change? g.sum(axis=0) leaves g as it is, and returns a new array: "
            "g = g.sum(axis=0).")
    return [replace(case, slow=loop) for case in found]


EXERCISE = Exercise({"it": TASK}, cases)
