"""What the gradient is right beside a point where no derivative exists.

At a kink or a tie a gradient is right if it lies between gradients at points nearby: those of max(a, b) at
a = b are (1, 0) and (0, 1), and (½, ½) lies between them. The points are drawn at random, and with single
entries pushed up and down, since of many equal entries each is the largest but rarely.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator

import numpy as np

from .problem import Problem
from .slopes import STEP, Line

Random = np.random.Generator
NEAR = 1e-4                 # how far away, relative to entries above 1
AWAY = 1e-3                 # far enough for what a value such as 0 is treated to be over
STEPS = (1e-8, 1e-7, 1e-6, STEP)  # with which the gradient is measured there
DRAWS = 24                  # random points
PUSHED = 32                 # entries that are pushed up and down
DIRECTIONS = 5              # along which a gradient has to be right there


@dataclass(frozen=True)
class Limits:
    """For each entry the least and the largest gradient at the points nearby, (2, *x.shape)."""

    low: np.ndarray
    high: np.ndarray

    def hold(self, gradient: np.ndarray, atol: float) -> np.ndarray:
        """Where a gradient lies between them. An infinite one isn't a limit, even of others like it."""
        with np.errstate(invalid="ignore"):
            slack = 1e-3 * (self.high - self.low) + atol
        between = (gradient >= self.low - slack) & (gradient <= self.high + slack)
        return np.asarray(np.isfinite(gradient) & between)

    def apart(self, atol: float) -> np.ndarray:
        """Where they differ, as they do only at a kink or a tie."""
        return np.asarray(self.high - self.low > 1e-2 * np.maximum(np.abs(self.high),
                                                                   np.abs(self.low)) + atol)


def limits(problem: Problem, position: int, entries: np.ndarray, rtol: float, atol: float) -> Limits | None:
    """The gradients of one input at points nearby; None where those ``entries`` are wrong there, too."""
    random = np.random.default_rng(577)
    low = high = None
    trusted = 0
    for k, shift in enumerate(_shifts(problem, position, entries, random)):
        looking = np.random.default_rng([5, k]) if k < 3 else None
        gradient, right = _there(problem, position, shift, entries, looking, rtol, atol)
        trusted += right
        if gradient is None or k == 2 and trusted < 2:
            return None
        low = gradient if low is None else np.minimum(low, gradient)
        high = gradient if high is None else np.maximum(high, gradient)
    return None if low is None or high is None else Limits(low, high)


def _shifts(problem: Problem, position: int, entries: np.ndarray,
            random: Random) -> Iterator[dict[int, np.ndarray]]:
    """How the inputs are moved: at random; rising and falling along the entries; one entry up or down."""
    shapes = {i: problem.inputs[i].shape for i in problem.checked}
    for _ in range(DRAWS):
        yield {i: random.uniform(-1, 1, shape) for i, shape in shapes.items()}
    for sign in (1.0, -1.0):
        yield {i: sign * np.linspace(1, 2, int(np.prod(shape))).reshape(shape) for i, shape in shapes.items()}
    for index in map(tuple, np.argwhere(entries)[:PUSHED]):
        for sign in (2.0, -2.0):
            shift = {i: random.uniform(-1, 1, shape) for i, shape in shapes.items()}
            shift[position][index] = sign
            yield shift


def _there(problem: Problem, position: int, shift: dict[int, np.ndarray],
           entries: np.ndarray, random: Random | None, rtol: float,
           atol: float) -> tuple[np.ndarray | None, bool]:
    """The gradient at a point nearby, and whether it is right there in these entries: with random numbers
    for directions that is looked at, with None it is not."""
    moved: list[Any] = list(problem.inputs)
    for i, by in shift.items():
        moved[i] = np.asarray(moved[i] + NEAR * np.maximum(1.0, np.abs(moved[i])) * by)
    try:
        with np.errstate(all="ignore"):
            there = problem.at(moved)
            gradient = there.analytic[there.checked.index(position)]
            if gradient is None or gradient.shape != moved[position].shape:
                return None, False
            line = there.line(position)
            return gradient, random is not None and all(
                _first(line, gradient, entries, random, 2 * rtol, atol) for _ in range(DIRECTIONS))
    except (ValueError, ArithmeticError, RuntimeError, AssertionError):
        return None, False


def _first(line: Line, gradient: np.ndarray, entries: np.ndarray, random: Random, rtol: float,
           atol: float) -> bool:
    """What the smallest step says that shows anything: of these entries, since a wrong one would be lost
    among many that are right, or of all where these alone do not move L enough."""
    known = (_agrees(line, gradient, moved, h, rtol, atol, random)
             for moved in (entries, np.ones(entries.shape, bool)) for h in STEPS)
    return next((agrees for agrees in known if agrees is not None), False)


def _agrees(line: Line, gradient: np.ndarray, entries: np.ndarray, h: float, rtol: float, atol: float,
            random: Random) -> bool | None:
    """Whether L moves along a random direction as the gradient says; None where rounding hides it."""
    step = random.standard_normal(line.x.shape) * h * np.maximum(1.0, np.abs(line.x)) * entries
    distance = np.asarray((line.x + step) - (line.x - step))
    change, _, _ = line.along(step)
    size = float(np.linalg.norm(gradient * distance))
    rounding = 2 * line.noise(1.0, line.size)
    allowed = rtol * size + atol * float(np.linalg.norm(distance))
    if not np.isfinite(size):
        return False
    if rounding > allowed:                              # nothing could be seen
        return None
    return abs(change - float(np.sum(gradient * distance))) <= allowed + rounding


def right_beside(problem: Problem, position: int, rtol: float, atol: float) -> bool:
    """Whether the gradient is right where all inputs are moved by a thousandth, off ties and kinks."""
    random = np.random.default_rng(577)
    moved: list[Any] = list(problem.inputs)
    for i in problem.checked:
        x: np.ndarray = problem.inputs[i]
        sign = random.choice([-1.0, 1.0], x.shape)
        moved[i] = np.asarray(x + sign * random.uniform(0.5, 1, x.shape) * AWAY * np.maximum(1.0, np.abs(x)))
    try:
        with np.errstate(all="ignore"):
            there = problem.at(moved)
            gradient = there.analytic[there.checked.index(position)]
            if gradient is None or gradient.shape != moved[position].shape:
                return False
            line = there.line(position)
            everywhere = np.ones(gradient.shape, bool)
            return all(_first(line, gradient, everywhere, random, rtol, atol) for _ in range(DIRECTIONS))
    except (ValueError, ArithmeticError, RuntimeError, AssertionError):
        return False
