"""Slopes of a function, measured by moving one entry at a time.

The derivative of L at x along entry i is the limit of (L(x + h·eᵢ) − L(x − h·eᵢ)) / 2h. The error of
that central difference falls as h², that of rounding grows as 1/h; in float64 both meet near
h = ∛ε ≈ 6·10⁻⁶. One step for all entries is quick, and right nearly always. Where it may not be (a
kink, a strong curvature, an entry of 10⁻⁸) ``refine.py`` measures again, with many steps.
"""
from __future__ import annotations

from typing import Any, Callable, NamedTuple

import numpy as np

from .options import Clock, Options

STEP = 6e-6                 # ∛ε of float64, relative to the entry where it is larger than 1
EPSILON = 2.0 ** -52        # of float64
SMALLEST = 2.0 ** -1072     # four times the smallest float64 above 0

Outputs = list[np.ndarray]
Run = Callable[[np.ndarray], Outputs]
Index = tuple[int, ...]


class Across(NamedTuple):
    """The slopes at one entry with one step: across it, and to either side."""

    central: float
    right: float
    left: float


class Slopes(NamedTuple):
    """For every entry of x (each array in its shape): the slopes, and the step they were measured with."""

    central: np.ndarray
    right: np.ndarray
    left: np.ndarray
    step: np.ndarray

    def bent(self) -> np.ndarray:
        """Where the slopes to the right and to the left differ: a kink, or a strong curvature.

        On a smooth curve they differ by h·L″ only, which is far below one thousandth.
        """
        scale = np.maximum(1.0, np.minimum(np.abs(self.right), np.abs(self.left)))
        with np.errstate(invalid="ignore"):
            differ: np.ndarray = np.abs(self.right - self.left) > 1e-3 * scale
        return differ


class Line:
    """L = Σ weights · run(x), as a function of one entry of x at a time.

    Outputs that are NaN or infinite at x itself have no slope: they are left out of L.
    """

    def __init__(self, run: Run, x: np.ndarray, weights: Outputs) -> None:
        self.x, self.weights = x, weights
        self.here = run(x.copy("K"))
        self.silent = [~np.isfinite(y) for y in self.here]
        whole = not any(bool(s.any()) for s in self.silent)
        self.run: Run = run if whole else lambda x: self._finite(run(x))
        self.here = self.here if whole else self._finite(self.here)
        self.size = self.weigh(None)

    def _finite(self, outputs: Outputs) -> Outputs:
        return [np.where(s, 0.0, y) for s, y in zip(self.silent, outputs)]

    def weigh(self, reached: Outputs | None) -> float:
        """Σ |weight · output|, over those outputs alone that are ``reached``: what L rounds to."""
        chosen: list[Any] = [True] * len(self.here) if reached is None else list(reached)
        sizes = [np.sum(np.abs(w * y), where=r) for w, y, r in zip(self.weights, self.here, chosen)]
        return float(sum(sizes))

    def noise(self, h: float, size: float) -> float:
        """What rounding adds to a slope measured with the step h, where outputs of that size move.

        It is also the most that a slope can be where L stands still at that step.
        """
        return (4 * EPSILON * size + SMALLEST) / h

    def reached(self, index: Index, h: float) -> Outputs:
        """Which outputs a step of that size moves, or leads to no number."""
        found: Outputs = [np.zeros(y.shape, bool) for y in self.here]
        for step in (h, -h):
            x = self.x.copy("K")
            x[index] += step
            for mask, p, y in zip(found, self._values(x) or [], self.here):
                mask |= p != y
        return found

    def change(self, a: Outputs | None, b: Outputs | None) -> float:
        """L(a) − L(b). Differences are taken before they are summed, so that outputs which do not move
        add no rounding. NaN, which agrees with nothing, where f gave no value, and for ∞ − ∞."""
        if a is None or b is None:
            return float("nan")
        return float(sum([np.sum(w * (p - q)) for w, p, q in zip(self.weights, a, b)]))

    def across(self, index: Index, h: float) -> Across:
        """The slopes at one entry, with the step h as the floating numbers around x allow it."""
        x = self.x
        above, below = x.copy("K"), x.copy("K")
        above[index] += h
        below[index] -= h
        to_right, to_left = above[index] - x[index], x[index] - below[index]    # h, as rounded
        if not (to_right and to_left):
            return Across(np.nan, np.nan, np.nan)
        up, down = self._values(above), self._values(below)
        return Across(self.change(up, down) / (to_right + to_left),
                      self.change(up, self.here) / to_right, self.change(self.here, down) / to_left)

    def along(self, step: np.ndarray) -> tuple[float, float, float]:
        """L's change across x in the direction of ``step``, that to the right and that to the left."""
        up, down = self._values(np.asarray(self.x + step)), self._values(np.asarray(self.x - step))
        return self.change(up, down), self.change(up, self.here), self.change(self.here, down)

    def moved(self, index: Index, h: float) -> Outputs:
        """The slope of every output by itself, not weighted: one column of the Jacobian."""
        above, below = self.x.copy("K"), self.x.copy("K")
        above[index] += h
        below[index] -= h
        distance = above[index] - below[index]
        return [(p - q) / distance for p, q in zip(self.run(above), self.run(below))]

    def _values(self, x: np.ndarray) -> Outputs | None:
        """f at x; None where it refuses (a probability above 1), as long as it takes the other side."""
        try:
            return self.run(x)
        except (ValueError, ArithmeticError):
            return None


def first_step(entry: float) -> float:
    """∛ε, or ∛ε of the entry where that is larger."""
    return STEP * max(1.0, abs(entry))


def slopes(line: Line, options: Options, clock: Clock, chosen: np.ndarray) -> Slopes:
    """The slopes of L along the entries of x, one after the other, with one step each.

    Of entries that are not ``chosen``, or that there was no time for, the slopes are NaN and the step is 0.
    """
    shape = line.x.shape
    central, right, left = [np.full(shape, np.nan) for _ in range(3)]
    result = Slopes(central, right, left, np.zeros(shape))
    for index in clock.over(map(tuple, np.argwhere(chosen)), int(chosen.sum()), "slopes"):
        h = first_step(float(line.x[index])) if options.eps is None else options.eps
        result.step[index] = h
        result.central[index], result.right[index], result.left[index] = line.across(index, h)
    return result
