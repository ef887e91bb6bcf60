"""Exercise 23: a gradient check."""
from __future__ import annotations

from typing import Iterator

import numpy as np

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, integers
from ..ways import WAYS


def measured(x: np.ndarray, h: float, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The central difference of Σ (a x³ + b x²) + (Σ x)², in closed form."""
    return a * (3 * x ** 2 + h ** 2) + 2 * b * x + 2 * x.sum()


def one_side(x: np.ndarray, h: float, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The difference to one side."""
    return a * (3 * x ** 2 + 3 * x * h + h ** 2) + b * (2 * x + h) + 2 * x.sum() + h


def relative_error(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The largest difference beside the largest number."""
    most = np.abs(np.stack([a, b])).max()
    return np.asarray(np.abs(a - b).max() / (most if most else 1.0))


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    x, h, a, b = (attempt.arguments[name] for name in ("x", "h", "a", "b"))
    right = attempt.expected["slopes"]
    for kind, wrong, text in (
            ("one side", one_side(x, h, a, b), "Moved to one side only: f(x + h) − f(x). Go to both sides, "
             "so that the error shrinks with h²."),
            ("one side", one_side(x, -h, a, b), "Moved to one side only: f(x) − f(x − h). Go to both sides, "
             "so that the error shrinks with h²."),
            ("half", 2 * right, "From left to right it is 2h, not h: the slopes are twice too large."),
            ("half", right * h / 2 if h != 2 else right, "/ 2 * h divides by 2 and multiplies by h. Write / "
             "(2 * h)."),
            ("half", right * h * h, "/ 2 * h divides by 2 and multiplies by h. Write / (2 * h)."),
            ("not divided", right * 2 * h, "The difference is not divided by the distance, 2h."),
            ("sign", -right, "Left and right are exchanged: all slopes have the wrong sign."),
            ("a limit", measured(x, 0.0, a, b), "The h that was given is not used, but another, smaller "
                                 "one.")):
        if attempt.is_("slopes", wrong):
            yield Finding(kind, text)
    n = x.size
    together = np.full(x.shape, (a * (3 * x ** 2 + h ** 2) + 2 * b * x).sum() + 2 * n * x.sum())
    if n > 1 and attempt.is_("slopes", together):
        yield Finding("all at once", "All entries are moved at once, so that all slopes are the same. Move "
                      "one, measure, put it back; then the next.")
    moved = x.copy()
    stays = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        stays[place] = measured(moved, h, a, b)[place]
        moved[place] -= h
    if n > 1 and attempt.is_("slopes", stays):
        yield Finding("not put back", "The entries before stay moved. Put each one back before the next has "
                      "its turn.")


def recognize_error(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a, b = attempt.arguments["a"], attempt.arguments["b"]
    largest, difference = np.abs(np.stack([a, b])).max(), np.abs(a - b)
    if not largest:
        yield Finding("both zero", "Two gradients that are 0 everywhere agree: the error is 0. 0/0 isn't "
                      "a number.")
        return
    with np.errstate(all="ignore"):
        for kind, wrong, text in (
                ("absolute", difference.max(), "This is the difference itself. Divide it by the largest "
                                            "number of both."),
                ("no |…|", (a - b).max() / largest, "The sign is still there: a − b may be negative where "
                 "they differ most. Take |a − b|."),
                ("one of both", difference.max() / np.abs(a).max(), "Divided by the largest of a alone. "
                 "Take the largest of both: either may be 0."),
                ("one of both", difference.max() / np.abs(b).max(), "Divided by the largest of b alone. "
                 "Take the largest of both: either may be 0."),
                ("sum", difference.max() / (np.abs(a).max() + np.abs(b).max()), "Divided by the sum of "
                 "both; take the larger of them."),
                ("mean", difference.mean() / largest, "The mean of the differences hides a single wrong "
                 "entry. Take the largest."),
                ("entry by entry", (difference / np.maximum(np.abs(a), np.abs(b))).max(), "Each difference "
                 "is divided by its own entry, so that rounding in an entry near 0 looks like a large "
                 "error. Take the largest number of all.")):
            if attempt.is_("error", wrong):
                yield Finding(kind, text)


TASKS = {
    "measured": Task("measured", ("f", "x", "h"), ("slopes",), measured, way=WAYS["measured"],
                     axes={"x": "n", "a": "n", "b": "n"}, recognize=recognize),
    "error": Task("relative_error", ("a", "b"), ("error",), relative_error, axes={"a": "n", "b": "n"},
                  recognize=recognize_error),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    def case(name: str, x: np.ndarray, h: float, a: np.ndarray, b: np.ndarray) -> Case:
        """A case of the first function."""
        return Case(name, "measured", {"x": x, "h": h, "a": a, "b": b}, "Move one entry to both sides, "
                    "divide the difference by 2h, put it back; then the next.")

    largest = "The largest |a − b|, divided by the largest number of both."
    return [
        case("one number", array(2), 1.0, array(1), array(0)),
        case("one number, h = ½", array(1), 0.5, array(2), array(1)),
        case("two numbers", array(1, 5), 1.0, array(1, 0), array(0, 2)),
        case("a matrix", array([1, 2], [-1, 3]), 0.5, array([1, -1], [2, 0]), array([0, 1], [1, -2])),
        case("random, three axes", integers(random, 2, 3, 2), 0.25, integers(random, 2, 3, 2),
             integers(random, 2, 3, 2)),
        Case("error: one entry differs", "error", {"a": array(4, 1), "b": array(4, 2)}, largest),
        Case("error: below", "error", {"a": array(1, -4), "b": array(1, -1)}, largest),
        Case("error: an entry near 0", "error", {"a": array(100, 0.001), "b": array(100, 0.002)}, largest),
        Case("error: both zero", "error", {"a": array(0, 0), "b": array(0, 0)}, largest),
        Case("error: a matrix", "error", {"a": integers(random, 3, 4), "b": integers(random, 3, 4) * 2.0},
             largest),
    ]


EXERCISE = Exercise(TASKS, cases)
