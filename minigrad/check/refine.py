"""The slope at one entry, measured with many steps, where one step was not enough.

A ladder of steps, each a quarter of the one before: h, h/4, h/16, …  From two neighbors the leading
error, which falls as h², is removed (Richardson): C = (16 D(h/4) − D(h)) / 15. How far D still moved is
the estimate of its error (Ridders, "Accurate computation of F′(x) and F′(x)F″(x)", 1982); what rounding
adds grows as 1/h and is added to it.

Right and left slopes tell what the curve is like. Their difference s(h) falls with h on a smooth curve,
stays at a kink, and grows as 1/h at a jump.
"""
from __future__ import annotations

from enum import Enum
from typing import NamedTuple

import numpy as np

from .slopes import EPSILON, SMALLEST, STEP, Across, Index, Line, Outputs

QUARTER = 0.25
DIGITS = 4e-15              # 18 times what float64 can tell apart


class Verdict(Enum):
    """What the gradient of one entry is found to be."""

    RIGHT = "agrees with the slope"
    WRONG = "does not agree"
    KINK = "no derivative exists here, and the gradient is a valid slope between left and right"
    UNKNOWN = "cannot be measured well enough to tell"


class Measured(NamedTuple):
    """The slope of one entry, the step that gave it, and what that says of the gradient."""

    verdict: Verdict
    slope: float
    step: float


class Smooth(NamedTuple):
    """An extrapolated slope, its error, the step, and the part of rounding in the error."""

    slope: float
    error: float
    step: float
    noise: float


class Limit(NamedTuple):
    """The slope that one side leads to, its error, and the rung that gave it."""

    slope: float
    error: float
    rung: int


class Rungs:
    """The ladder at one entry: arrays over the steps, from the largest to the smallest."""

    def __init__(self, line: Line, index: Index) -> None:
        entry = abs(float(line.x[index]))
        self.h = _steps(entry)
        self.central, self.right, self.left = np.array([line.across(index, float(h)) for h in self.h]).T
        slope = np.where(np.isfinite(self.central), np.abs(self.central), 0.0)
        size = line.weigh(reach(line, index, float(np.nanmax(self.h))))
        rounding = 4 * EPSILON * (size + entry * slope) + SMALLEST
        self.coarse = 1e3 * EPSILON * (size + max(1.0, entry))
        self.floor = rounding / self.h                                      # of a slope, from L alone
        self.noise = np.maximum(rounding, self._quantum()) / self.h         # and from inside of f
        self.jump = np.abs(self.right - self.left)

    def _quantum(self) -> float:
        """The least by which L moves, if small steps do not move it at all, and larger ones to both sides.

        f then rounds more coarsely inside, as log(1 − p) does near p = 1.
        """
        up, down = np.abs(self.right * self.h), np.abs(self.left * self.h)
        moves, still = np.flatnonzero((up > 0) & (down > 0)), np.flatnonzero((up == 0) & (down == 0))
        if not moves.size or not still.size or still[-1] < moves[0]:
            return 0.0
        return float(np.minimum(up, down)[moves].min())

    def still(self, slope: float, *sides: np.ndarray) -> float:
        """The most that the slope of these sides can be, if L stands still there from some step on; else ∞.

        Where that slope, seen at larger steps, would move L by no more than numbers of size 1, x or L are
        rounded to, standing still says nothing: 1 + x² does so below 10⁻⁸.
        """
        moving = np.flatnonzero(np.any([side != 0 for side in sides], axis=0) & np.isfinite(self.h))
        first = moving[-1] + 1 if moving.size else 0
        if not np.isfinite(self.h[first:]).any() or abs(slope) * np.nanmax(self.h[first:]) <= self.coarse * (
                1 + abs(slope)):
            return np.inf if slope else float(np.nanmin(self.floor[first:], initial=np.inf))
        return float(np.nanmin(self.floor[first:], initial=np.inf))

    def smooth(self) -> list[Smooth]:
        """The extrapolated slopes of all rungs where left and right approach each other.

        Where D does not converge as h² does, by a factor of 16 from step to step, all that it still moved
        is taken for its error.
        """
        found = []
        moved = np.abs(np.diff(self.central))
        slopes = (16 * self.central[1:] - self.central[:-1]) / 15
        for k in range(len(moved)):
            error = moved[k]
            if k > 0 and moved[k - 1] >= 8 * moved[k]:
                error = min(error / 15, max(abs(slopes[k] - slopes[k - 1]), 1e-3 * error))
            noise = self._rough(k + 1, k, slopes[k])
            shrinks = self.jump[k + 1] <= max(0.5 * self.jump[k], 4 * noise)
            if shrinks and np.isfinite(error + noise):
                found.append(Smooth(float(slopes[k]), float(error + noise), float(self.h[k + 1]),
                                    float(self.noise[k + 1])))
            noise = self._rough(k, k, self.central[k])
            if self.jump[k] <= 4 * noise and moved[k] <= noise < np.inf:    # two agree: the larger is better
                found.append(Smooth(float(self.central[k]), float(2 * moved[k] + noise), float(self.h[k]),
                                    float(self.noise[k])))
        return found

    def _rough(self, rung: int, k: int, slope: float) -> float:
        """What a slope at one rung may be off by: rounding, or what smaller steps moved L by otherwise.

        f may round more coarsely inside, or have more detail than these steps see.
        """
        otherwise = np.abs(self.central[k + 2:] - slope) * self.h[k + 2:]
        most = float(np.max(otherwise, initial=0.0, where=np.isfinite(otherwise)))
        return float(max(self.noise[rung], most / self.h[rung]))

    def limits(self) -> tuple[Limit, Limit]:
        """Where the slopes to the right and to the left lead to."""
        right, left = self._limit(self.right), self._limit(self.left)
        known = [abs(side.slope) for side in (right, left) if np.isfinite(side.slope)]
        exact = 1e-3 * max(known, default=0.0) + 1e-7
        return tuple(  # type: ignore[return-value]
            side if side.error <= exact else self._vertical(of) for side, of in
            ((right, self.right), (left, self.left)))

    def _limit(self, side: np.ndarray) -> Limit:
        """The extrapolated slope of one side with the least error; NaN where f has no values."""
        coarse, fine = side[:-1], side[1:]
        errors = np.abs(fine - coarse) / 3 + self.noise[1:]
        if not np.isfinite(errors).any():
            return Limit(np.nan, np.inf, 0)
        k = int(np.nanargmin(np.where(np.isfinite(errors), errors, np.nan)))
        return Limit(float((4 * fine[k] - coarse[k]) / 3), float(errors[k]), k)

    def _vertical(self, side: np.ndarray) -> Limit:
        """±∞ for a jump or a vertical tangent; NaN where the slopes lead nowhere."""
        clear = side[np.isfinite(side) & (np.abs(side) > 100 * self.noise)]
        if len(clear) >= 5:
            growth = clear[-4:] / clear[-5:-1]
            if bool(((growth > 1.3) & (growth < 6)).all()):
                return Limit(float(np.copysign(np.inf, clear[-1])), 0.0, 0)
        return Limit(np.nan, np.inf, 0)

    def bend(self, k: int) -> float:
        """The smallest difference of left and right from rung k on: above 0 only where there is a kink."""
        known = self.jump[k:] + self.noise[k:]
        known = known[np.isfinite(known)]
        return float(known.min()) if known.size else 0.0


def _steps(entry: float) -> np.ndarray:
    """From a tenth, relative to entries above 1, down to some digits of it, each a quarter of the last.

    Below 10⁻³⁰ there is a gap (NaN) between both scales, and subnormal entries are taken for 0.
    """
    def ladder(largest: float, smallest: float) -> np.ndarray:
        count = 2 + int(np.log(largest / smallest) / np.log(4))
        return np.asarray(largest * QUARTER ** np.arange(count))
    if entry >= 1e-30:
        return ladder(0.1 * max(1.0, entry), DIGITS * entry)
    near = ladder(0.1 * entry, 1e-6 * entry) if entry > 1e-300 else np.zeros(0)
    return np.concatenate([ladder(0.1, 1e-12), [np.nan][:near.size], near])


def reach(line: Line, index: Index, largest: float) -> Outputs:
    """The outputs that depend on this entry as far as steps of many sizes can show.

    A step that is absorbed by a large output (10¹⁶ + 10⁻⁶) moves nothing. A larger one moves it, and so
    tells that this output may hide a slope.
    """
    spread = float(np.max(np.abs(line.x), initial=0.0, where=np.isfinite(line.x)))
    found = line.reached(index, largest)
    for h in dict.fromkeys((10 * largest, 1e3 * largest, 1e6 * largest, spread)):
        if all(bool(mask.all()) for mask in found):
            break
        if h > largest:
            for mask, more in zip(found, line.reached(index, h)):
                mask |= more
    if not any(bool(mask.any()) for mask in found):         # nothing moved: then any of them may hide it
        return [~mask for mask in found]
    return found


def settled(line: Line, index: Index, first: Across, h: float, gradient: float,
            rtol: float, atol: float, quick: bool = False) -> Measured | None:
    """Judge one gradient entry that the first step did not confirm, by two more; None where that needs a
    ladder.

    ``first`` is what the step h gave. Three steps that agree on a smooth curve settle it. ``quick``: they may
    agree to three digits only, if the gradient is off by far more; fine stairs look like that, too.
    """
    second = line.across(index, QUARTER * h)
    if np.isnan(gradient):
        return Measured(Verdict.WRONG, second.central, h)
    if _straight(first) and _straight(second) and abs(gradient) > atol and second.central:
        slope = (16 * second.central - first.central) / 15
        off, allowed = abs(gradient - slope), atol + rtol * abs(slope)
        clear = off > max(allowed, 1e-2 * abs(slope))       # below, f may round inside: a closer look
        margin = min(0.05 * off, 1e-3 * abs(slope)) if clear and quick else 0.2 * allowed
        doubt = abs(second.central - first.central) + line.noise(QUARTER * h, line.size)
        if (clear or off <= allowed) and doubt <= margin and \
                abs(line.across(index, 16 * h).central - first.central) <= margin:
            return Measured(Verdict.WRONG if clear else Verdict.RIGHT, slope, h)
    if first == second == (0.0, 0.0, 0.0) and abs(gradient) <= atol:
        bound = line.noise(h, line.weigh(reach(line, index, h)))
        if bound <= atol:
            return Measured(Verdict.RIGHT, 0.0, h)
    return None


def _straight(found: Across) -> bool:
    """Left and right agree, as on a smooth curve and away from its extrema."""
    return abs(found.right - found.left) <= 1e-3 * max(abs(found.right), abs(found.left))


def climbed(line: Line, index: Index, gradient: float, rtol: float, atol: float, h: float) -> Measured:
    """Judge one gradient entry by a ladder of steps."""
    rungs = Rungs(line, index)
    if not (np.isfinite(rungs.right) | np.isfinite(rungs.left)).any():
        line.run(_moved(line, index, float(rungs.h[-1])))      # if f raises an error here, let it be seen
        return Measured(Verdict.WRONG, float("nan"), h)
    smooth = rungs.smooth()
    seen = min(smooth, key=lambda found: found.error).slope if smooth else 0.0
    both = rungs.still(seen, rungs.right, rungs.left)
    either = min(rungs.still(seen, rungs.right), rungs.still(seen, rungs.left))
    if abs(gradient) <= atol and either <= atol:
        return Measured(Verdict.RIGHT if both <= atol else Verdict.KINK, 0.0, h)
    credible = [s for s in smooth if s.error <= 1e-2 * abs(s.slope) + 4 * atol]     # the noise is fourfold
    agreeing = [s for s in credible or smooth if abs(gradient - s.slope) <= atol + rtol * abs(s.slope)]
    if agreeing and (credible or abs(gradient) > atol and len({s.step for s in agreeing}) > 1):
        found = min(agreeing, key=lambda s: s.error)                # two hardly agree by chance
        return Measured(Verdict.RIGHT, found.slope, found.step)
    kink = _at_kink(rungs, gradient, atol)
    if kink is not None:
        return kink
    if not smooth:
        return Measured(Verdict.UNKNOWN, float(rungs.central[-1]), h)
    best = min(smooth, key=lambda found: found.error)
    off = abs(gradient - best.slope)
    if off > 2 * best.error + atol + rtol * abs(best.slope):
        clear = best.error <= 0.1 * abs(best.slope) + 4 * (atol + best.noise)
        if abs(gradient) <= both < 0.5 * abs(best.slope):       # small steps tell another slope
            return Measured(Verdict.UNKNOWN, 0.0, h)
        if not clear or _supported(smooth, best, off) < 3:       # two may agree by chance
            return Measured(Verdict.UNKNOWN, best.slope, best.step)
        return Measured(Verdict.WRONG, best.slope, best.step)
    exact = best.error <= 1e-3 * abs(best.slope) + atol         # three digits, where rounding leaves no more
    return Measured(Verdict.RIGHT if exact else Verdict.UNKNOWN, best.slope, best.step)


def _supported(smooth: list[Smooth], best: Smooth, off: float) -> int:
    """At how many steps the slope is found to be the same, far more exactly than the gradient is off."""
    return len({s.step for s in smooth if s.error <= 0.2 * off
                and abs(s.slope - best.slope) <= 2 * (s.error + best.error)})


def _at_kink(rungs: Rungs, gradient: float, atol: float) -> Measured | None:
    """The verdict where left and right lead to different slopes; None where they do not."""
    (right, right_error, k), (left, left_error, j) = rungs.limits()
    step = STEP * 10 * float(rungs.h[0])
    if np.isnan(right) and np.isnan(left):
        return None
    if np.isnan(right) or np.isnan(left):                       # f ends here, as √x does at 0
        missing = rungs.right if np.isnan(right) else rungs.left
        if np.isfinite(missing).any():
            return None
        right = left = left if np.isnan(right) else right
    elif right == left and np.isfinite(right):
        return None
    elif np.isfinite(right) and np.isfinite(left):
        bend = abs(right - left)
        if bend <= 10 * (right_error + left_error) or rungs.bend(max(j, k)) < 0.5 * bend:
            return None
    slack = atol + 1e-5 * max([abs(v) for v in (right, left) if np.isfinite(v)], default=0.0)
    vertical = right == left and np.isinf(right)                # any number would do
    known = [v for v in (right, left) if np.isfinite(v)]
    middle = sum(known) / len(known) if known else right
    if vertical or min(right, left) - slack <= gradient <= max(right, left) + slack:
        return Measured(Verdict.KINK, middle, step)
    return Measured(Verdict.WRONG, middle, step)


def _moved(line: Line, index: Index, by: float) -> np.ndarray:
    x = line.x.copy("K")
    x[index] += by
    return x
