"""The slope along a random direction: two calls of the function for all entries of an input at once."""
from __future__ import annotations

from typing import Any

import numpy as np

from .problem import Problem
from .slopes import STEP

AWAY = 1e-3                 # how far "beside this point" is, relative to entries above 1


def directions_agree(problem: Problem, position: int, gradient: np.ndarray | None, h: float, rtol: float,
                     atol: float, seed: int, count: int = 2) -> bool:
    """Whether the slopes along random directions in one input are those that its gradient gives."""
    x: np.ndarray = problem.inputs[position]
    if gradient is None or gradient.shape != x.shape:
        return False
    line, random = problem.line(position), np.random.default_rng([seed, 314])
    with np.errstate(all="ignore"):
        for _ in range(count):
            step = random.standard_normal(x.shape) * h * np.maximum(1.0, np.abs(x))
            above, below = np.asarray(x + step), np.asarray(x - step)
            slope = line.change(line.run(above), line.run(below)) / h
            if not np.isclose(float(np.sum(gradient * (above - below))) / h, slope, rtol=rtol, atol=atol):
                return False
    return True


def right_beside(problem: Problem, position: int, rtol: float, atol: float) -> bool:
    """Whether the gradient is right where all checked inputs are moved a little, off ties and kinks."""
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
            return directions_agree(there, position, gradient, STEP, rtol, atol, 1, count=3)
    except (ValueError, ArithmeticError, RuntimeError):
        return False
