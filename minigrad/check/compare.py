"""The gradients that backward computes beside the slopes that are measured, entry by entry."""
from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .beside import limits, right_beside
from .case import Case
from .diagnoses import diagnose
from .diagnosis import CannotCheck, Diagnosis
from .directions import FEW, MANY, Look, Search, sample
from .options import Clock, Options
from .problem import Problem
from .refine import Verdict, climbed, settled
from .slopes import EPSILON, Across, Line, Outputs, Slopes, slopes
from .ties import torn
from .upstream import NONLINEAR, nonlinear


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
    nonlinear: bool = False     # backward is not linear in the upstream gradient
    directions: int = 0         # along how many random directions it was compared first
    sampled: bool = False       # a part of the entries was measured: there are too many
    unfinished: int = 0         # entries for which there was no time left
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
        entries = np.isfinite(self.numeric) if self.sampled else np.ones(self.shape, bool)
        return int((entries & ~self.left_out).sum())

    @property
    def passed(self) -> bool:
        """Nothing is wrong, and something was compared (an empty input has nothing to compare)."""
        return not self.wrong.any() and self.fits and not self.nonlinear and not self.unfinished and (
            self.compared > 0 or not self.numeric.size or self.beside)

    @cached_property
    def beside(self) -> bool:
        """The gradient is right beside this point. It decides where all entries lie at kinks."""
        return bool(self.kinks.any()) and self.case is not None and right_beside(
            self.case.problem, self.position, self.case.rtol, self.case.atol)

    @property
    def not_compared(self) -> bool:
        """Nothing is known to be wrong, and nothing could be compared."""
        return not self.passed and self.fits and not self.wrong.any() and not self.nonlinear

    @property
    def silent(self) -> bool:
        """All slopes are 0, and so is the gradient: a backward that returns 0 would pass as well."""
        known = self.numeric[np.isfinite(self.numeric)]
        return bool(known.size) and self.passed and not np.any(np.abs(known) > 1e-7) and not np.any(
            np.abs(self.analytic) > 1e-7) and self._flat(known)

    def _flat(self, known: np.ndarray) -> bool:
        """Whether the slopes are no larger than the tolerance."""
        return self.case is not None and bool(np.all(np.abs(known) <= self.case.atol))

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
        if self.nonlinear and not self.wrong.any():
            return [Diagnosis("not_linear_upstream", NONLINEAR)]
        if self.not_compared:
            if self.case.problem.broken:
                return [Diagnosis("function_not_finite", self.case.problem.broken)]
            return [Diagnosis("not_compared", f"All {self.numeric.size} entries lie at a kink or cannot be "
                              "measured. Move the input.")]
        return diagnose(self.case)

    @property
    def kind(self) -> str:
        """The kind of the first diagnosis; "wrong" or "wrong_shape" if none fits, "" if it passed."""
        if self.passed:
            return ""
        return self.diagnoses[0].kind if self.diagnoses else "wrong" if self.fits else "wrong_shape"


LADDERS = 12                # entries of a sample that are measured with many steps; the others are not
UNREPEATABLE = ("the function returned something else when it was called again with the same inputs, so that "
                "no slope can be measured. Seed its randomness inside of it, or switch it off (dropout: "
                "model.eval()); and let it change nothing that the next call sees.")


def compare_problem(problem: Problem, options: Options) -> list[Comparison]:
    """Compare the gradient of every checked input with the slopes; f has to give the same once more."""
    narrow = [y.dtype for y in problem.outputs if y.dtype.itemsize < 8]
    if narrow:
        raise CannotCheck("single_precision", f"the function returns {narrow[0]}, though its input is "
                                              f"float64: "
                          "with so few digits no slope can be measured. Compute in float64 for the check.")
    result = []
    numeric: dict[int, np.ndarray] = {}
    clock = Clock(options)
    bent = nonlinear(problem)
    for i, analytic in zip(problem.checked, problem.analytic):
        with np.errstate(all="ignore"):
            line = problem.line(i)
            _repeat(problem, line.here, options)
            found = _compared(line, problem, i, analytic, options, clock)
            _repeat(problem, line.run(line.x.copy("K")), options)       # nor has it changed since
        found.nonlinear = i in bent
        numeric[i] = _filled(found)
        assert found.case is not None
        found.case.all_numeric, found.case.numeric = numeric, numeric[i]
        result.append(found)
    return result


def _case(problem: Problem, position: int, options: Options) -> Case | None:
    """One input at another point; None where it cannot be measured there."""
    numeric: dict[int, np.ndarray] = {}
    case = None
    try:
        for i, analytic in zip(problem.checked, problem.analytic):
            with np.errstate(all="ignore"):
                found = _compared(problem.line(i), problem, i, analytic, options, Clock(options), False)
            numeric[i] = _filled(found)
            if i == position:
                case = found.case
    except (ValueError, ArithmeticError, RuntimeError, AssertionError):
        return None
    if case is not None:
        case.all_numeric, case.numeric = numeric, numeric[position]
    return case


def _filled(found: Comparison) -> np.ndarray:
    """The slopes, without those that were left out; where all others agree along directions, with theirs."""
    numeric = np.where(found.left_out, np.nan, found.numeric)
    if found.directions and found.fits and not found.sampled:
        numeric = np.where(np.isnan(found.numeric) & ~found.left_out, found.analytic, numeric)
    return np.asarray(numeric)


def _repeat(problem: Problem, again: Outputs, options: Options) -> None:
    finite = [np.where(np.isfinite(y), y, 0.0) for y in problem.outputs]
    if not same(finite, [np.where(np.isfinite(y), z, 0.0) for y, z in zip(problem.outputs, again)]
                if len(again) == len(finite) and all(y.shape == z.shape for y, z in zip(again, finite))
                else again, options.nondet_tol):
        raise CannotCheck("random", UNREPEATABLE)


def absolute(line: Line, measured: Slopes) -> float:
    """The absolute tolerance: 10⁻⁷, or a thousandth of the largest slope where all of them are small.

    Small slopes may be nothing but rounding. They are not if a larger step gives the same, and if moving x
    by as much as itself would be seen in L. Where it would be lost beside 1, f may be rounded as coarsely
    inside, as x · (1 + erf(x)) is where erf(x) is near −1: a step of a tenth has to give about the same then.
    """
    size = np.where(np.isfinite(measured.central), np.abs(measured.central), 0.0)
    largest = float(size.max(initial=0.0))
    if not 0 < largest < 1e-4 or largest * float(np.abs(line.x).max()) < 1e3 * EPSILON * line.size:
        return 1e-7
    index = tuple(int(i) for i in np.unravel_index(int(size.argmax()), size.shape))
    step = float(measured.step[index])
    if abs(line.across(index, 16 * step).central - measured.central[index]) > 0.01 * largest:
        return 1e-7
    if largest * float(np.abs(line.x).max()) < 1e3 * EPSILON:
        tenth = line.across(index, 0.1 * max(1.0, abs(float(line.x[index])))).central
        if not abs(tenth - measured.central[index]) <= 0.5 * largest:
            return 1e-7
    return min(1e-7, 1e-3 * largest + 10 * line.noise(step, line.size))


def _compared(line: Line, problem: Problem, i: int, gradient: np.ndarray | None, options: Options,
              clock: Clock, at_kinks: bool = True) -> Comparison:
    """One input: along directions where it is large, and entry by entry where a direction fails."""
    shape = line.x.shape
    analytic = np.zeros(shape) if gradient is None else gradient
    none = np.zeros(shape, bool)
    result = Comparison(i, problem.names[i], analytic, np.full(shape, np.nan), none.copy(), none.copy(),
                        none.copy(), gradient is not None)
    large, looks = line.x.size > MANY, iter([Look(~none, False, 0)])
    if large and not (at_kinks and result.fits):    # at another point a part shows the same mistake
        looks = iter([Look(sample(shape) if at_kinks else sample(shape, FEW), True, 0)])
    elif result.fits and (options.fast_mode or large or options.time_limit is not None):
        search = Search(line, analytic, clock)
        result.directions, result.unknown = search.directions, search.unknown.copy()
        if search.passed or large:
            looks = search.looks()
    atol = 0.0
    for look in looks:
        result.sampled = look.sampled
        atol = _entries(result, line, problem, look.entries | result.wrong, options, clock)
        if result.wrong.sum() > look.share * result.compared:
            break
    if at_kinks and result.fits and (result.wrong.any() or result.unknown.any()
                                     or int(result.kinks.sum()) > 1):
        _forgive(result, line, problem, options.rtol, atol)
    return result


def _entries(result: Comparison, line: Line, problem: Problem, chosen: np.ndarray, options: Options,
             clock: Clock) -> float:
    """The chosen entries, one by one; returns the absolute tolerance."""
    first = slopes(line, options, clock, chosen)
    result.unfinished = int((chosen & (first.step == 0)).sum())
    atol = absolute(line, first) if options.atol is None else options.atol
    result.numeric = first.central
    result.case = Case(problem, result.position, result.analytic, {result.position: first.central},
                       first.step,
                       (options.rtol, atol), lambda there, position: _case(there, position, options))
    if not result.fits:
        result.wrong[...] = True
    else:
        result.wrong[...] = False
        _judge(result, line, first, options.rtol, atol, clock)
    return atol


def _judge(result: Comparison, line: Line, first: Slopes, rtol: float, atol: float, clock: Clock) -> None:
    """Every measured entry's gradient is judged; ``first`` takes up what is measured again."""
    analytic = result.analytic
    measured = first.step > 0
    close = np.isclose(analytic, first.central, rtol=rtol, atol=atol)
    with np.errstate(divide="ignore"):
        absorbed = (first.central == 0) & (line.noise(1.0, line.size) / first.step > atol)
    doubtful = measured & (~close | first.bent() | absorbed)
    ladders = LADDERS if result.sampled else -1
    problem_is_whole = not any(bool(s.any()) for s in line.silent)
    for index in clock.over(map(tuple, np.argwhere(doubtful)), int(doubtful.sum()), "measuring again"):
        sides = Across(first.central[index], first.right[index], first.left[index])
        h, gradient = float(first.step[index]), float(analytic[index])
        again = settled(line, index, sides, h, gradient, rtol, atol, result.sampled)
        if again is None and not ladders:
            first.central[index], first.step[index] = np.nan, 0.0
            continue
        if again is None:
            ladders -= 1
            again = climbed(line, index, gradient, rtol, atol, h)
        if close[index] and again.verdict is not Verdict.WRONG and not absorbed[index]:
            continue
        first.central[index], first.step[index] = again.slope, again.step
        result.wrong[index] = again.verdict is Verdict.WRONG
        result.kinks[index] = again.verdict is Verdict.KINK
        result.unknown[index] = again.verdict is Verdict.UNKNOWN
        if not problem_is_whole and not np.isfinite(analytic[index]):      # 0 · NaN, of an output left out
            result.wrong[index], result.unknown[index] = False, True


def _forgive(result: Comparison, line: Line, problem: Problem, rtol: float, atol: float) -> None:
    """Where no derivative exists, a limit of gradients nearby is right; equal entries have to add up."""
    doubted = result.wrong | result.unknown
    if doubted.any():
        near = limits(problem, result.position, doubted, rtol, atol)
        if near is not None:
            inside = near.hold(result.analytic, atol) & (result.wrong | result.unknown & near.apart(atol))
            result.wrong &= ~inside
            result.unknown &= ~inside
            result.kinks |= inside
    if int(result.kinks.sum()) > 1:
        for group, slope in list(torn(line, result.kinks, result.analytic, rtol, atol)):
            result.wrong |= group
            result.kinks &= ~group
            result.numeric[group] = slope / int(group.sum())


def same(outputs: Outputs, again: Outputs, tolerance: float) -> bool:
    """Whether two calls returned the same, up to a tolerance both relative and absolute."""
    return len(outputs) == len(again) and all(
        y.shape == z.shape and np.allclose(y, z, tolerance, tolerance, equal_nan=True)
        for y, z in zip(outputs, again))
