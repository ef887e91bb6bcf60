"""Exercise 22: weights in eight bits, with a scale for each row."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals


def quantize(w: np.ndarray, most: Any = None, steps: float = 127.0, zero: float = 1.0) -> tuple[np.ndarray,
                                                                                                ...]:
    """Whole numbers and scales; the options are mistakes."""
    scale = (np.abs(w).max(1) if most is None else np.broadcast_to(most, len(w))) / steps
    scale = np.where(scale == 0, zero, scale)
    return (w / scale[:, None]).round(), scale


def dequantize(q: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Each row times its scale."""
    return np.einsum("oi,o->oi", q, scale)


def linear(x: np.ndarray, q: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The layer."""
    return np.einsum("ni,oi,o->no", x, q, scale)


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    w, scale = attempt.arguments["w"], attempt.expected["scale"]
    for kind, options, text in (
            ("one scale", {"most": np.abs(w).max()}, "One scale for all of w. Each row has its own, so that "
             "small weights are not lost beside large ones: max(axis=1)."),
            ("sign", {"most": w.max(1)}, "The scale comes from the largest weight. It comes from the "
             "largest |w|: a weight of −5 needs room as well."),
            ("range", {"steps": 128.0}, "The scale is divided by 128. So the largest weight would become "
             "128, which eight bits with a sign do not hold."),
            ("range", {"steps": 255.0}, "255 steps are for both signs together; to each side there are 127."),
            ("range", {"most": w.max(1) - w.min(1), "steps": 255.0}, "The scale comes from the distance of "
             "largest and smallest weight. Here the range is the same to both sides: largest |w| / 127.")):
        with np.errstate(all="ignore"):
            if attempt.is_("scale", quantize(w, **options)[1]):
                yield Finding(kind, text)
    if attempt.is_("scale", 1 / scale) or attempt.is_("scale", np.where(w.any(1), 1 / scale, 0)):
        yield Finding("upside down", "The scale is upside down: it says what a step of 1 is worth, largest "
                      "|w| / 127.")
    empty = ~w.any(1)
    if empty.any() and attempt.right("q") and np.array_equal(attempt.wrong("scale"), empty) \
            or empty.any() and np.isnan(attempt.got["q"][empty]).all():
        yield Finding("row of zeros", "A row of zeros has the scale 1: 0/0 isn't a number.")
    if attempt.right("scale"):
        exact = w / scale[:, None]
        for kind, wrong, text in (
                ("rounding", np.trunc(exact), "The fractions are cut off. The nearest whole number is off "
                 "by half a step at most; cutting is off by up to a whole one."),
                ("rounding", np.floor(exact), "The numbers are rounded down. Take the nearest: np.rint."),
                ("rounding", exact, "The numbers are not rounded: eight bits hold whole numbers only.")):
            if attempt.is_("q", wrong):
                yield Finding(kind, text)


def recognize_back(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    q, scale = attempt.arguments["q"], attempt.arguments["scale"]
    if len(q) == q.shape[1] and attempt.is_("w", q * scale):
        yield Finding("columns", "The columns are multiplied by the scales. There is one for each row: "
                      "scale[:, None] is (O, 1).")
    if attempt.is_("w", q / scale[:, None]):
        yield Finding("divided", "q is divided by the scale. A step of 1 is worth scale, so it is "
                      "multiplied.")
    if attempt.is_("w", q * scale.max()):
        yield Finding("one scale", "All rows have one scale; each has its own.")


def recognize_linear(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    x, q, scale = (attempt.arguments[name] for name in ("x", "q", "scale"))
    if attempt.is_("y", x @ q.T):
        yield Finding("no scale", "The scales are missing: y[n, o] = scale[o] · Σᵢ x[n, i] · q[o, i].")
    if len(x) == len(q) and attempt.is_("y", (x @ q.T) * scale[:, None]):
        yield Finding("rows", "The rows of y are multiplied by the scales. Each belongs to an output, a "
                      "column of y.")
    if len(q) == q.shape[1]:
        if attempt.is_("y", (x * scale) @ q.T):
            yield Finding("inputs", "The inputs are multiplied by the scales. Each belongs to an output.")
        if attempt.is_("y", (x @ q) * scale):
            yield Finding("transpose", "q is (O, I), a row for each output: y = x qᵀ.")


TASKS = {
    "quantize": Task("quantize", ("w",), ("q", "scale"), quantize, axes={"w": "oi"}, recognize=recognize),
    "dequantize": Task("dequantize", ("q", "scale"), ("w",), dequantize, axes={"q": "oi", "scale": "o"},
                       recognize=recognize_back),
    "linear": Task("linear", ("x", "q", "scale"), ("y",), linear, axes={"x": "ni", "q": "oi", "scale": "o"},
                   recognize=recognize_linear),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    each = "scale = largest |w| of the row / 127, q = w / scale, rounded."
    row = "Row o has the scale scale[o]: scale[:, None] has the shape (O, 1), and fits to (O, I)."
    output = "Output o has the scale scale[o], for all samples."
    w = random.normal(size=(5, 7)) * array([1], [10], [0.1], [3], [0.01])
    q, scale = quantize(w)
    return [
        Case("one row", "quantize", {"w": array([1.27, -0.5])}, each),
        Case("the largest is negative", "quantize", {"w": array([1, -2.54, 0.03])}, each),
        Case("two rows", "quantize", {"w": array([127, 1, -3.2], [0.0127, 0.00634, -0.0001])}, each),
        Case("a row of zeros", "quantize", {"w": array([0, 0], [2.54, -1])}, each),
        Case("random", "quantize", {"w": w}, each),
        Case("back: one row", "dequantize", {"q": array([127, -50]), "scale": array(0.02)}, row),
        Case("back: two rows", "dequantize", {"q": array([127, -50], [3, 4]), "scale": array(0.5, 2)}, row),
        Case("back: random", "dequantize", {"q": q, "scale": scale}, row),
        Case("linear: one sample", "linear", {"x": array([1, 2]), "q": array([3, -4], [1, 5]),
                                              "scale": array(0.5, 2)}, output),
        Case("linear: two samples", "linear", {"x": array([1, 0], [2, 3]), "q": array([127, -50], [1, 3]),
                                               "scale": array(0.02, 2)}, output),
        Case("linear: random", "linear", {"x": decimals(random, 4, 7), "q": q, "scale": scale}, output),
    ]


EXERCISE = Exercise(TASKS, cases)
