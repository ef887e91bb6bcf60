"""Slopes of a function, measured by moving one entry at a time.

The derivative of L at x along entry i is the limit of (L(x + h·eᵢ) − L(x − h·eᵢ)) / 2h. The error of
that central difference falls as h², that of rounding grows as 1/h; in float64 both meet near
h = ∛ε ≈ 6·10⁻⁶.
"""
from __future__ import annotations

from typing import Callable, NamedTuple

import numpy as np

STEP = 6e-6                 # ∛ε of float64, relative to the entry where it is larger than 1

Outputs = list[np.ndarray]


class Slopes(NamedTuple):
    """For every entry of x (each array in its shape): the slope across it, and to either side."""

    central: np.ndarray
    right: np.ndarray
    left: np.ndarray

    def kinks(self) -> np.ndarray:
        """Where the slopes to the right and to the left differ: no derivative exists there.

        On a smooth curve they differ by h·L″ only, which is far below one thousandth.
        """
        scale = np.maximum(1.0, np.minimum(np.abs(self.right), np.abs(self.left)))
        with np.errstate(invalid="ignore"):
            differ: np.ndarray = np.abs(self.right - self.left) > 1e-3 * scale
        return differ


def slopes(run: Callable[[np.ndarray], Outputs], x: np.ndarray, weights: Outputs,
           eps: float | None = None) -> Slopes:
    """The slopes of L(x) = Σ weights · run(x) along every entry of x, one entry after the other.

    Differences are taken before they are summed, so that outputs which do not move add no rounding.
    """
    def change(a: Outputs, b: Outputs) -> float:
        with np.errstate(invalid="ignore"):         # ∞ − ∞: NaN, which agrees with nothing
            return float(sum(np.sum(w * (p - q)) for w, p, q in zip(weights, a, b)))

    here = run(x.copy("K"))
    result = Slopes(np.zeros(x.shape), np.zeros(x.shape), np.zeros(x.shape))
    for index in np.ndindex(x.shape):
        h = STEP * max(1.0, abs(float(x[index]))) if eps is None else eps
        above, below = x.copy("K"), x.copy("K")
        above[index] += h
        below[index] -= h
        up, down = run(above), run(below)
        to_right, to_left = above[index] - x[index], x[index] - below[index]    # h, as rounded
        result.central[index] = change(up, down) / (to_right + to_left)
        result.right[index] = change(up, here) / to_right
        result.left[index] = change(here, down) / to_left
    return result
