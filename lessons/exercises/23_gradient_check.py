"""Exercise 23: a gradient check of your own.

How do you know that a backward pass is right? Measure. Move one entry of x a little to each side,
and see how much the result changes; then the next entry:

    ∂f/∂x[i] ≈ (f(x with x[i] + h) − f(x with x[i] − h)) / 2h

To both sides, because then the error shrinks with h², not with h. One entry at a time, because a
gradient has a number for each. And put every entry back before you go on.

How different may a measured and a computed gradient be? An error of 0.001 is much beside 0.001 and
nothing beside 1,000. So compare the largest difference with the size of what is compared:

    error = max |a − b| / max(max |a|, max |b|)       0 if both are 0 everywhere

On paper: f(x) = x₀³ + x₁ at x = [1, 5] with h = 1: (8 − 0) / 2 = 4 for x₀ (the slope is 3; a
smaller h comes closer), and (7 − 5) / 2 = 1 for x₁.

Grade it:  python -m lessons check 23
"""
from __future__ import annotations

from typing import Callable

import numpy as np


def measured(f: Callable[[np.ndarray], float], x: np.ndarray, h: float) -> np.ndarray:
    """The gradient of f at x, by central differences.

    Args:
        f: takes an array of the shape of x, returns one number.
        x: an array of any shape, of float64. After the call it holds what it held before.
        h: how far to go to each side.

    Returns slopes, of the shape of x.

    >>> print(measured(lambda x: x[0] ** 3 + x[1], np.array([1.0, 5.0]), 1.0))
    [4. 1.]
    """
    raise NotImplementedError


def relative_error(a: np.ndarray, b: np.ndarray) -> float:
    """How different two gradients are, beside their size.

    Args:
        a, b: arrays of one shape, of any number of axes.

    Returns error, one number from 0 to 2.

    >>> float(relative_error(np.array([4.0, 1.0]), np.array([4.0, 2.0])))
    0.25
    """
    raise NotImplementedError
