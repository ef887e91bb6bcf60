"""Exercise 1: the derivative of a formula."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from minigrad.autograd import Tensor

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import decimals, integers
from ..oracle import gradients
from ..slopes import Slopes

TWICE = "x stands twice in f, and both places count: the bracket x·y + x grows by (y + 1)·h, not by y·h."


def f(x: Tensor, y: Tensor) -> Tensor:
    """(x·y + x)²."""
    return (x * y + x) ** 2


def g(x: Tensor) -> Tensor:
    """x² · e⁻ˣ."""
    return x ** 2 * (-x).exp()


def f_slopes(x: Any, y: Any) -> tuple[np.ndarray, ...]:
    """∂f/∂x and ∂f/∂y."""
    return gradients(f, 1.0, x, y)


def g_slope(x: Any) -> np.ndarray:
    """dg/dx."""
    return gradients(g, 1.0, x)[0]


def recognize_f(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    x, y = attempt.arguments["x"], attempt.arguments["y"]
    first = gradients(lambda x, y: (x * y + x.detach()) ** 2, 1.0, x, y)[0]
    if attempt.is_("df_dx", first):
        yield Finding("used twice", TWICE)
    inner = gradients(lambda b: b ** 2, 1.0, x * y + x)[0]
    if attempt.is_("df_dx", inner) or attempt.right("df_dx") and attempt.is_("df_dy", inner):
        yield Finding("inner derivative", "This is the derivative of the square alone. By the chain rule it "
                      "is multiplied by the derivative of what stands in the bracket.")
    apart = gradients(lambda x, y: (x * y) ** 2 + x ** 2, 1.0, x, y)
    if attempt.is_("df_dx", apart[0]) or attempt.is_("df_dy", apart[1]):
        yield Finding("square of a sum", "The square of a sum is not the sum of the squares: (a + b)² = a² + "
                      "2ab + b². With the chain rule nothing needs to be multiplied out.")
    if attempt.is_("df_dx", x * y + x) and attempt.is_("df_dy", x * y + x):
        yield Finding("no derivative", "Both are the bracket itself; no derivative was taken.")


def recognize_g(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    x = attempt.arguments["x"]
    square = gradients(lambda x: x ** 2 * (-x.detach()).exp(), 1.0, x)[0]
    exponential = gradients(lambda x: x.detach() ** 2 * (-x).exp(), 1.0, x)[0]
    power = gradients(lambda x: x ** 2, 1.0, x)[0]
    if not np.any(exponential):
        return
    if attempt.is_("dg_dx", square - exponential):
        yield Finding("inner derivative", "A sign is lost: the derivative of e⁻ˣ is −e⁻ˣ, for the exponent "
                      "has the derivative −1.")
    if attempt.is_("dg_dx", square) or attempt.is_("dg_dx", exponential):
        yield Finding("one factor", "g is a product, and only one of its factors was differentiated: "
                      "(u·v)′ = u′·v + u·v′.")
    if attempt.is_("dg_dx", power * -np.exp(-x)):
        yield Finding("product rule", "The derivative of a product is not the product of the derivatives: "
                      "(u·v)′ = u′·v + u·v′.")
    if attempt.is_("dg_dx", square - x ** 3 * np.exp(-x - 1)):
        yield Finding("power rule", "The power rule is for powers of x, as x². In e⁻ˣ the variable stands in "
                      "the exponent: its derivative is −e⁻ˣ.")
    if any(attempt.is_("dg_dx", (power + sign * x ** 2) * np.exp(x)) for sign in (-1, 1)):
        yield Finding("sign of the exponent", "This has eˣ where the formula has e⁻ˣ.")
    if attempt.is_("dg_dx", x ** 2 * np.exp(-x)):
        yield Finding("no derivative", "This is g itself, not its derivative.")


TASKS = {
    "f": Task("f_slopes", ("x", "y"), ("df_dx", "df_dy"), f_slopes, axes={"x": "n", "y": "n"},
              recognize=recognize_f, slopes=Slopes(f, {"df_dx": "x", "df_dy": "y"})),
    "g": Task("g_slope", ("x",), ("dg_dx",), g_slope, axes={"x": "n"}, recognize=recognize_g,
              slopes=Slopes(g, {"dg_dx": "x"})),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    chain = "Take the derivative of the square first, then multiply by that of the bracket."
    product = "g is a product of x² and e⁻ˣ: (u·v)′ = u′·v + u·v′."
    return [
        Case("f at x = 2, y = 3", "f", {"x": 2.0, "y": 3.0}, chain),
        Case("f at x = −1, y = 2", "f", {"x": -1.0, "y": 2.0}, chain),
        Case("f of arrays", "f", {"x": integers(random, 3), "y": integers(random, 3)}, chain),
        Case("f at random points", "f", {"x": decimals(random, 20), "y": decimals(random, 20)}, chain),
        Case("g at x = 1", "g", {"x": 1.0}, product),
        Case("g at x = −2", "g", {"x": -2.0}, product),
        Case("g at random points", "g", {"x": decimals(random, 20)}, product),
    ]


EXERCISE = Exercise(TASKS, cases)
