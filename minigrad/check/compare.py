"""The gradients that backward computes beside the slopes that are measured, entry by entry."""
from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .case import Case
from .diagnoses import diagnose
from .diagnosis import CannotCheck, Diagnosis
from .problem import Problem
from .refine import Verdict, measure
from .slopes import EPSILON, Across, Line, Outputs, Slopes, slopes
from .ties import torn
from .wording import description


@dataclass
class Comparison:
    """One input: its gradient by ``backward`` and by measurement.

    Both are in the input's shape, except for an ``analytic`` that came in a wrong one.

    >>> x = minigrad.tensor([3.0], requires_grad=True)
    >>> (found,) = minigrad.check.compare(lambda x: x.detach() * x, x)      # a factor 2 is missing
    >>> found.passed, found.worst, round(float((found.numeric / found.analytic)[0]), 4)
    (False, (0,), 2.0)
    >>> print(found.diagnoses[0].text)
    analytic / numeric is 0.5000 everywhere: a factor 2 is missing.
    """

    position: int               # among the function's inputs, from 0
    name: str
    analytic: np.ndarray
    numeric: np.ndarray
    wrong: np.ndarray           # bool: the two differ by more than the tolerance
    kinks: np.ndarray           # bool: no derivative exists here, and backward chose a valid slope
    unknown: np.ndarray         # bool: the slope cannot be measured well enough to tell
    recorded: bool = True       # False: no gradient came at all; analytic is 0 then
    case: Case | None = field(default=None, repr=False, compare=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """The input's shape."""
        return self.numeric.shape

    @property
    def left_out(self) -> np.ndarray:
        """Where nothing can be said: at kinks, and where measuring is too rough."""
        return np.asarray(self.kinks | self.unknown)

    @property
    def compared(self) -> int:
        """How many entries were compared: all except those left out."""
        return int(self.numeric.size - self.left_out.sum())

    @property
    def passed(self) -> bool:
        """Nothing is wrong, and something was compared (an empty input has nothing to compare)."""
        return not self.wrong.any() and self.fits and (self.compared > 0 or not self.numeric.size)

    @property
    def fits(self) -> bool:
        """Whether the gradient has the shape of its input."""
        return self.analytic.shape == self.numeric.shape

    @property
    def worst(self) -> tuple[int, ...]:
        """The index of the largest difference; NaN counts as the largest."""
        if not self.fits:
            return ()
        with np.errstate(invalid="ignore"):
            difference = np.abs(self.analytic - self.numeric)
        difference = np.where(self.wrong, np.where(np.isnan(difference), np.inf, difference), -1.0)
        return tuple(int(i) for i in np.unravel_index(int(np.argmax(difference)), self.shape))

    @cached_property
    def diagnoses(self) -> list[Diagnosis]:
        """What explains the failure, the most telling first; empty when it passed or nothing fits."""
        if self.passed or self.case is None:
            return []
        if not self.recorded and self.wrong.any():
            return [Diagnosis("no_gradient", self.case.problem.absent)]
        if self.fits and not self.wrong.any():
            return [Diagnosis("not_compared", f"All {self.numeric.size} entries lie at a kink or cannot be "
                              "measured. Move the input.")]
        return diagnose(self.case)

    @property
    def kind(self) -> str:
        """The kind of the first diagnosis; "wrong" or "wrong_shape" if none fits, "" if it passed."""
        if self.passed:
            return ""
        return self.diagnoses[0].kind if self.diagnoses else "wrong" if self.fits else "wrong_shape"

    def describe(self) -> str:
        """What is wrong, in a few lines: where, how much, and why."""
        return description(self)


UNREPEATABLE = ("the function returned something else when it was called again with the same inputs, so that "
                "no slope can be measured. Seed its randomness inside of it, or switch it off (dropout: "
                "model.eval()); and let it change nothing that the next call sees.")


def compare_problem(problem: Problem, eps: float | None, rtol: float, atol: float | None,
                    nondet_tol: float) -> list[Comparison]:
    """Compare the gradient of every checked input with the slopes; f has to give the same once more."""
    result = []
    numeric: dict[int, np.ndarray] = {}
    for i, analytic in zip(problem.checked, problem.analytic):
        with np.errstate(all="ignore"):
            line = problem.line(i)
            if not same(problem.outputs, line.here, nondet_tol):
                raise CannotCheck("random", UNREPEATABLE)
            measured = slopes(line, eps)
            close = absolute(line, measured) if atol is None else atol
            found = _compared(line, measured, problem, i, analytic, rtol, close)
        numeric[i] = np.where(found.left_out, np.nan, found.numeric)
        found.case = Case(problem, i, found.analytic, numeric, measured.step, (rtol, close))
        result.append(found)
    return result


def absolute(line: Line, measured: Slopes) -> float:
    """The absolute tolerance: 10⁻⁷, or a thousandth of the largest slope where all of them are small.

    Small slopes may be nothing but rounding. They are not if a larger step gives the same, and if moving x
    by as much as itself would be seen in L.
    """
    size = np.where(np.isfinite(measured.central), np.abs(measured.central), 0.0)
    largest = float(size.max(initial=0.0))
    if not 0 < largest < 1e-4 or largest * float(np.abs(line.x).max()) < 1e3 * EPSILON * line.size:
        return 1e-7
    index = tuple(int(i) for i in np.unravel_index(int(size.argmax()), size.shape))
    step = float(measured.step[index])
    if abs(line.across(index, 16 * step).central - measured.central[index]) > 0.01 * largest:
        return 1e-7
    return min(1e-7, 1e-3 * largest + 10 * line.noise(step, line.size))


def _compared(line: Line, first: Slopes, problem: Problem, i: int, gradient: np.ndarray | None, rtol: float,
              atol: float) -> Comparison:
    """One input: every entry's gradient is judged; ``first`` takes up what is measured anew."""
    shape = first.central.shape
    analytic = np.zeros(shape) if gradient is None else gradient
    result = Comparison(i, problem.names[i], analytic, first.central, np.zeros(shape, bool),
                        np.zeros(shape, bool), np.zeros(shape, bool), gradient is not None)
    if not result.fits:
        result.wrong[...] = True
        return result
    close = np.isclose(analytic, first.central, rtol=rtol, atol=atol)
    doubtful = ~close | first.bent()
    for index in map(tuple, np.argwhere(doubtful)) if doubtful.any() else ():
        sides = Across(first.central[index], first.right[index], first.left[index])
        again = measure(line, index, sides, float(first.step[index]), float(analytic[index]), rtol, atol)
        if close[index] and again.verdict is not Verdict.WRONG:
            continue
        first.central[index], first.step[index] = again.slope, again.step
        result.wrong[index] = again.verdict is Verdict.WRONG
        result.kinks[index] = again.verdict is Verdict.KINK
        result.unknown[index] = again.verdict is Verdict.UNKNOWN
    if int(result.kinks.sum()) > 1:
        for group, slope in list(torn(line, result.kinks, analytic, rtol, atol)):
            result.wrong |= group
            result.kinks &= ~group
            first.central[group] = slope / int(group.sum())
    return result


def same(outputs: Outputs, again: Outputs, tolerance: float) -> bool:
    """Whether two calls returned the same, up to a tolerance both relative and absolute."""
    return len(outputs) == len(again) and all(
        y.shape == z.shape and np.allclose(y, z, tolerance, tolerance, equal_nan=True)
        for y, z in zip(outputs, again))
