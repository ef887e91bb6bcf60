"""Right in some places only: a mask the wrong way round, slices left at 0, a range of values."""
from __future__ import annotations

from math import comb

import numpy as np

from ..case import Case
from ..diagnosis import Diagnosis
from ..beside import right_beside
from ..numbers import plain

CHANCE = 1e-3               # wrong entries that stand together are reported when chance is rarer than this


def this_point(case: Case) -> Diagnosis | None:
    """a is right beside this point: a tie, a kink or a value such as 0 is treated wrongly."""
    difference = np.abs(case.analytic - case.numeric)[case.known]
    if float(difference.max()) < 1e-3 * float(np.abs(case.numeric[case.known]).max()):
        return None                         # too little to be seen along a direction
    if not right_beside(case.problem, case.position, case.rtol, case.atol):
        return None
    return _tie(case) or Diagnosis(
        "this_point", "It is wrong at this point alone: where all inputs are moved by a thousandth, it "
        "agrees. Look at ties, kinks and special values such as 0. (Where several kinks meet in one "
        "entry, no gradient is right: move the input.)")


def _tie(case: Case) -> Diagnosis | None:
    """Equal entries, each with a gradient that is right for one of them alone."""
    value = case.x[case.wrong][0]
    group = case.wrong & (case.x == value)
    shared, count = case.numeric[group], int(group.sum())           # measured for all of them together
    if count < 2 or not case.close(shared, np.full(count, shared[0])).all():
        return None
    return Diagnosis("tie", f"{count} entries are equal, {value:.4g}: a tie. Their gradients add up to "
                     f"{plain(float(case.analytic[group].sum()))}, but moved together they have the slope "
                     f"{plain(float(shared.sum()))}. Pass the gradient on to one of them, or share it.")


def mask_inverted(case: Case) -> Diagnosis | None:
    """a passes the gradient on where it should stop it, and the other way round.

    Entry by entry with two slopes p and q: a = (p + q − slope) · v. Otherwise: a ≠ 0 just where n = 0.
    """
    slopes, v = case.diagonal, case.upstream
    if slopes is not None and v is not None:
        values = np.unique(np.round(slopes[case.known], 5))
        if len(values) == 2 and case.fits((values.sum() - slopes) * v):
            return Diagnosis("mask_inverted", f"The mask is inverted: the slope is {values[0]:g} or "
                             f"{values[1]:g}, and each was used where the other belongs, in {case.count()}.")
    flat, known = case.zero(case.numeric), case.known
    silent = case.analytic == 0
    stopped, passed = int((silent & ~flat & known).sum()), int((~silent & flat & known).sum())
    if np.array_equal(silent[known], ~flat[known]) and stopped and passed and stopped + passed > 2:
        return Diagnosis("mask_inverted", f"The mask is inverted: the gradient is 0 in all {stopped} entries "
                         f"that have a slope, and not 0 in all {passed} that have none.")
    return None


def missing_slices(case: Case) -> Diagnosis | None:
    """a = 0 in whole rows (slices along one axis), and right in all others."""
    wrong = case.wrong
    if not wrong.any() or np.any(case.analytic[wrong]):
        return None
    for axis, n in enumerate(wrong.shape):
        others = tuple(k for k in range(wrong.ndim) if k != axis)
        lost = wrong.any(others)
        right = [int(k) for k in np.flatnonzero(~lost)]
        empty = ~np.any(np.where(case.known, case.analytic, 0), others)
        if right and n > 2 and bool(empty[lost].all()) and _whole(case, np.asarray(lost), axis):
            zeros = [int(k) for k in np.flatnonzero(lost)]
            where = (f"right at {_indices(right)} only, and 0 at the other {len(zeros)} indices"
                     if len(right) < len(zeros) else f"0 at {_indices(zeros)}, and right at all others")
            return Diagnosis("missing_slices", f"Along axis {axis} it is {where}: go over the whole axis.",
                             f"{axis} {zeros}")
    return None


def lost_entries(case: Case) -> Diagnosis | None:
    """a = 0 in a few entries that have a slope, always the same, and right in all others."""
    lost = [tuple(int(k) for k in index) for index in np.argwhere(case.wrong)]
    known = int(case.known.sum())
    if not 0 < len(lost) <= 4 or 2 * len(lost) > known or 2 * known < case.x.size or \
            np.any(case.analytic[case.wrong]):
        return None
    places = ", ".join(str(list(index)) for index in lost)
    return Diagnosis("lost_entries", f"It is 0 at {places}, and right in all others: these entries are left "
                     "out. Look at where loops and slices begin and end.", places)


def _whole(case: Case, lost: np.ndarray, axis: int) -> bool:
    """Whether all that has a slope in the lost slices is wrong, and it is more than one entry."""
    there = np.moveaxis(case.known & ~case.zero(case.numeric), axis, 0)[lost]
    return bool(np.moveaxis(case.wrong, axis, 0)[lost][there].all()) and int(there.sum()) > 1


def _indices(rows: list[int]) -> str:
    return f"index {rows[0]}" if len(rows) == 1 else "the indices " + ", ".join(map(str, rows[:6])) + (
        ", …" if len(rows) > 6 else "")


def region(case: Case) -> Diagnosis | None:
    """a is wrong just for the entries x in an interval, here and at the other points. By chance that happens
    in (m − k + 1) / (m over k) of all ways to choose k wrong entries of m."""
    cases = [case, *case.elsewhere]
    values = np.concatenate([c.x[c.known] for c in cases])
    wrong = np.concatenate([c.wrong[c.known] for c in cases])
    m, k = wrong.size, int(wrong.sum())
    if not 0 < k < m or (m - k + 1) / comb(m, k) > CHANCE:
        return None
    low, high = float(values[wrong].min()), float(values[wrong].max())
    if ((values[~wrong] >= low) & (values[~wrong] <= high)).any():
        return None
    below, above = values[~wrong][values[~wrong] < low], values[~wrong][values[~wrong] > high]
    if not below.size:
        where = f"up to {high:.4g}, and right from {above.min():.4g} on"
        where = "below 0, and right above" if high <= 0 <= above.min() else where
    elif not above.size:
        where = f"from {low:.4g} on, and right up to {below.max():.4g}"
        where = "above 0, and right below" if below.max() <= 0 <= low else where
    else:
        where = (f"from {low:.4g} to {high:.4g}, and right up to {below.max():.4g} and from "
                 f"{above.min():.4g} on")
    return Diagnosis("region", f"It is wrong for all {case.name} {where}: a condition on {case.name} is "
                     "wrong there.")
