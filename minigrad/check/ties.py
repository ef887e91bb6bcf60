"""Ties: entries that share a maximum have no derivative each, but together they have one.

With max(a, b) at a = b the slopes of a are 0 to the left and 1 to the right, and a gradient of 1 is as good
as one of 0 or ½. Moved together, a and b have the slope 1. Gradients of 1 for both would add up to 2: the
common mistake of a max-pool backward with a mask x == max.
"""
from __future__ import annotations

from typing import Iterator

import numpy as np

from .slopes import Line, first_step

QUARTER = 0.25


def torn(line: Line, kinks: np.ndarray, gradient: np.ndarray, rtol: float,
         atol: float) -> Iterator[tuple[np.ndarray, float]]:
    """The groups of equal entries, each at a kink, whose gradients do not add up to the slope of moving all
    of them together: (where they are, that slope)."""
    for value in np.unique(line.x[kinks]):
        group = line.x == value             # all of them: a tie with those that are left behind would end
        torn_apart = kinks & group
        if int(torn_apart.sum()) < 2:
            continue
        h = first_step(float(value))
        _, right, left = (change / h for change in line.along(h * group))
        smaller = line.along(QUARTER * h * group)[1] / (QUARTER * h)
        slope, total = (right + left) / 2, float(gradient[group].sum())
        smooth = max(abs(right - left), abs(right - smaller)) <= 1e-4 * max(abs(right), abs(left), atol)
        size = float(np.abs(gradient[group]).sum())
        if smooth and abs(total - slope) > 1e-3 * (abs(slope) + size) + atol + rtol * size:
            yield torn_apart, slope - float(gradient[group & ~kinks].sum())
