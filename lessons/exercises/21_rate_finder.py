"""Exercise 21: a learning-rate finder.

Which learning rate? Try them all, in one short run: begin with a tiny rate, multiply it by the
same factor after each step, and write down the loss. Too small, and the loss stays; at some rate it
begins to fall; too large, and it explodes. A good rate lies where it falls fastest.

The rates, count of them from low to high, each the same *factor* larger than the one before:

    rates[k] = low · (high / low)^(k / (count − 1))

Losses jump from batch to batch. So they are smoothed, like Adam's means, and corrected for the
start at 0:

    mₜ = β mₜ₋₁ + (1 − β) lossₜ,   m₀ = 0,   smoothₜ = mₜ / (1 − βᵗ)       t = 1, 2, …

The suggestion: look at the steps before the smooth loss is, for the first time, larger than four
times the smallest before it. Between neighbors of these the slope is

    (smooth[k + 1] − smooth[k]) / (ln rates[k + 1] − ln rates[k])

and the suggested rate is rates[k], with the k whose slope is the lowest; the first of equal ones.

On paper: rates = [1, 10, 100, 1000], losses = [4, 3, 1, 9], β = 0. From 3 to 1 the loss falls
fastest, so the suggestion is 10. The 9 is more than 4 · 1; what comes from there on is not looked
at.

Grade it:  python -m lessons check 21
"""
from __future__ import annotations

import numpy as np


def rates(count: int, low: float, high: float) -> np.ndarray:
    """The rates to try.

    Args:
        count: how many, 2 at least.
        low, high: the first and the last one.

    Returns rates (count,).

    >>> print(rates(4, 0.001, 1.0))
    [0.001 0.01  0.1   1.   ]
    """
    raise NotImplementedError


def smooth(losses: np.ndarray, beta: float) -> np.ndarray:
    """The losses, smoothed, and corrected for the start at 0.

    Args:
        losses: (T,), the loss of each step.
        beta: β, from 0 to 1: how much of the past stays.

    Returns smooth (T,).

    >>> print(smooth(np.array([4.0, 1.0]), 0.5))
    [4. 2.]
    """
    raise NotImplementedError


def suggestion(rates: np.ndarray, losses: np.ndarray, beta: float) -> float:
    """The rate at which the loss falls fastest.

    Args:
        rates: (T,), the rate of each step.
        losses: (T,), its loss, not smoothed yet; at least two come before it explodes.
        beta: β, for ``smooth``.

    Returns rate, one number.

    >>> float(suggestion(np.array([1.0, 10.0, 100.0, 1000.0]), np.array([4.0, 3.0, 1.0, 9.0]), 0.0))
    10.0
    """
    raise NotImplementedError
