"""Contributions that were lost: an entry that acts on many outputs collects a gradient from each."""
from __future__ import annotations

from itertools import combinations
from typing import Iterator

import numpy as np

from ..case import Case
from ..diagnosis import Diagnosis

LARGEST = 300_000           # entries of a Jacobian whose parts are looked through
ORDINAL = {0: "first", -1: "last"}


def one_output(case: Case) -> Diagnosis | None:
    """a = J₀ᵀ v₀: of several outputs, one alone is counted."""
    jacobian, upstream = case.jacobian, case.problem.upstream
    if jacobian is None or len(upstream) < 2:
        return None
    parts = [case.applied([j], [v]) for j, v in zip(jacobian, upstream)]
    for k, part in enumerate(parts):
        if case.fits(part):
            return Diagnosis("one_output", f"It equals the part of output {k} alone, in {case.count()}: the "
                             f"parts of all {len(parts)} outputs add up.", str(k))
        if len(parts) > 2 and case.fits(case.numeric - part):
            return Diagnosis("one_output", f"The part of output {k} is missing, in {case.count()}: the parts "
                             f"of all {len(parts)} outputs add up.", f"not {k}")
    return None


def one_slice(case: Case) -> Diagnosis | None:
    """a = the part of one index along an axis of the output (the last sample), not the sum over it."""
    for axes, parts in _parts(case, most=1):
        shared = int((~case.zero(parts)).sum(0).max(initial=0)) > 1
        for k in range(len(parts)):
            if shared and case.fits(parts[k]):
                n = len(parts)
                which = f"the {ORDINAL[k - n if k else 0]} one" if k in (0, n - 1) else f"number {k}"
                return Diagnosis("not_summed", f"It is not summed over axis {axes[0]} of the output: it "
                                 f"equals the part of one index there, {which} of {n}, in {case.count()}.",
                                 f"{axes} {k}")
    return None


def last_use(case: Case) -> Diagnosis | None:
    """a = the part of the last output that each entry acts on: written with = instead of +=."""
    for axes, parts in _parts(case, most=5):
        used = ~case.zero(parts)                                    # (positions, x.shape)
        if int(used.sum(0).max(initial=0)) < 2:
            continue
        backwards = used[::-1].argmax(0)
        for which, k in (("last", len(parts) - 1 - backwards), ("first", used.argmax(0))):
            if case.fits(np.take_along_axis(parts, k[None], 0)[0]):
                several = int(((used.sum(0) > 1) & case.known).sum())
                return Diagnosis("not_accumulated", f"Only the {which} use of each entry is counted, in "
                                 f"{case.count()}, but {several} are used more than once: add the parts up "
                                 "(+= instead of =).", which)
    return None


def _parts(case: Case, most: int) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    """The gradient in parts, one for each position along some axes of the output, summed over the others.

    For every choice of up to ``most`` axes: these axes, and an array (positions, *x.shape).
    """
    y, v, jacobian = case.output, case.upstream, case.jacobian
    if y is None or v is None or jacobian is None or not y.ndim or jacobian[0].size > LARGEST:
        return
    whole = (v.ravel()[:, None] * jacobian[0]).reshape(*y.shape, *case.x.shape)
    whole = np.where(case.known, whole, np.nan)
    for count in range(1, min(most, y.ndim) + 1):
        for axes in combinations(range(y.ndim), count):
            others = tuple(k for k in range(y.ndim) if k not in axes)
            yield axes, whole.sum(others).reshape(-1, *case.x.shape)
