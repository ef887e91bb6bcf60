"""Exercise 2: backward of mul, pow and tanh."""
from __future__ import annotations

from typing import Iterator

from typing import Any

import numpy as np

from ..model import Attempt, Case, Exercise, Finding, Task, same
from ..numbers import array, decimals, integers
from ..oracle import gradients
from ..slopes import Slopes


def mul(g: Any, x: Any, y: Any) -> tuple[np.ndarray, ...]:
    """The gradients of x · y."""
    return gradients(lambda x, y: x * y, g, x, y)


def power(g: Any, x: Any, n: float) -> np.ndarray:
    """The gradient of xⁿ."""
    return gradients(lambda x: x ** n, g, x)[0]


def tanh(g: Any, x: Any) -> np.ndarray:
    """The gradient of tanh x."""
    return gradients(lambda x: x.tanh(), g, x)[0]


def recognize_mul(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    g, x, y = (attempt.arguments[name] for name in "gxy")
    if attempt.is_("grad_x", g * x) and attempt.is_("grad_y", g * y):
        yield Finding("wrong input", "Each gradient has the wrong factor: x is multiplied by y, so a small "
                      "step h of x changes z by h·y.")


def recognize_pow(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    g, x, n = (attempt.arguments[name] for name in "gxn")
    right = attempt.expected["grad_x"]
    if n and attempt.is_("grad_x", right / n):
        yield Finding("factor", "The factor n is missing: differentiating puts the exponent in front.")
    if attempt.is_("grad_x", right * x):
        yield Finding("exponent", "The exponent of x is one too high: differentiating lowers it by 1.")
    if attempt.is_("grad_x", n * g * (x ** n - 1)) or attempt.is_("grad_x", n * g * x ** n - 1):
        yield Finding("parentheses", "x ** n - 1 is (xⁿ) − 1, for a power is computed before a difference: "
                      "the exponent n − 1 needs parentheses.")
    if attempt.is_("grad_x", g * x ** n):
        yield Finding("no derivative", "This is g times xⁿ itself: its slope is asked for.")
    got, by_n = attempt.got["grad_x"], g * x ** n * np.log(np.where(x > 0, x, np.nan))
    if np.isfinite(by_n).any() and same(got[x > 0], by_n[x > 0]):
        yield Finding("wrong variable", "xⁿ · ln x is the derivative by the exponent n. Asked for is the one "
                      "by x, for a fixed n.")


def recognize_tanh(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    g, x = attempt.arguments["g"], attempt.arguments["x"]
    z = np.tanh(x)
    for kind, slope, text in (
            ("wrong place", 1 - x ** 2, "1 − x² takes x for the result: the slope is 1 − z² with "
             "z = tanh x."),
            ("square", 1 - z, "A square is missing: the slope is 1 − z², with z = tanh x."),
            ("sigmoid's slope", z * (1 - z), "z(1 − z) is the slope of the sigmoid. That of tanh is 1 − z²."),
            ("plus", 1 + z ** 2, "1 + z² has the wrong sign: the slope of tanh is at most 1, so it is "
             "1 − z²."),
            ("no derivative", z, "This is g times tanh x itself: its slope is asked for."),
            ("wrong input", 1 - np.tanh(g) ** 2, "tanh was taken of g. The slope belongs to x; g only "
             "multiplies it.")):
        if attempt.is_("grad_x", g * slope):
            yield Finding(kind, text)


ALIKE = {"g": "nm", "x": "nm", "y": "nm"}
TASKS = {
    "mul": Task("mul_backward", ("g", "x", "y"), ("grad_x", "grad_y"), mul, axes=ALIKE,
                recognize=recognize_mul, slopes=Slopes(lambda x, y: x * y, {"grad_x": "x", "grad_y": "y"})),
    "pow": Task("pow_backward", ("g", "x", "n"), ("grad_x",), power, axes={"g": "nm", "x": "nm"},
                recognize=recognize_pow, slopes=Slopes(lambda x, n: x ** n, {"grad_x": "x"})),
    "tanh": Task("tanh_backward", ("g", "x"), ("grad_x",), tanh, axes={"g": "nm", "x": "nm"},
                 recognize=recognize_tanh, slopes=Slopes(lambda x: x.tanh(), {"grad_x": "x"})),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    product = "A small step h of x changes x·y by h·y, and L by g times that."
    power_rule = "Write down the slope of xⁿ, then multiply by g."
    slope = "The slope of tanh can be written with tanh x itself. It is 1 at 0, and 0 far away."
    large = "Nothing here may overflow: e¹⁰⁰⁰ does, np.tanh does not."
    return [
        Case("mul: 2 · 5", "mul", {"g": array(10), "x": array(2), "y": array(5)}, product),
        Case("mul: random arrays", "mul", {"g": decimals(random, 4, 5), "x": decimals(random, 4, 5),
                                           "y": decimals(random, 4, 5)}, product),
        Case("pow: x²", "pow", {"g": array(2, 10), "x": array(3, -1), "n": 2}, power_rule),
        Case("pow: x³ at 0, too", "pow", {"g": array(2, 3), "x": array(0, 2), "n": 3}, power_rule),
        Case("pow: x⁰ at 0", "pow", {"g": array(1, 1), "x": array(0, 2), "n": 0},
             "x⁰ is 1 everywhere, so its slope is 0; but n·xⁿ⁻¹ at n = 0, x = 0 is 0 · ∞, which is NaN."),
        Case("pow: x⁻² of random numbers", "pow", {"g": integers(random, 12), "x": decimals(random, 12) + 4,
                                                   "n": -2}, power_rule),
        Case("tanh: near 0", "tanh", {"g": array(1, 4), "x": array(0, 1)}, slope),
        Case("tanh: random numbers", "tanh",
             {"g": decimals(random, 4, 5), "x": decimals(random, 4, 5)}, slope),
        Case("tanh: at ±1000", "tanh", {"g": array(1, 1), "x": array(1000, -1000)}, large),
    ]


EXERCISE = Exercise(TASKS, cases)
