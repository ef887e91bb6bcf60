"""What a look at the numbers alone tells: none at all, zero, NaN, whole numbers, float32 or float16."""
from __future__ import annotations

import numpy as np

from ..case import Case
from ..diagnosis import Diagnosis


def not_finite(case: Case) -> Diagnosis | None:
    """a = NaN or ±∞ in some entry, where the slope is a number."""
    bad = ~np.isfinite(case.analytic)
    if not bad.any():
        return None
    first = tuple(int(i) for i in np.argwhere(bad)[0])
    kind = "NaN" if np.isnan(case.analytic).any() else "infinite"
    where = f"at {list(first)}, where {case.name} is {case.x[first]:.6g}" if case.x.ndim else \
        f"where {case.name} is {float(case.x):.6g}"
    return Diagnosis("not_finite", f"It is {kind} in {int(bad.sum())} of {bad.size} entries, first {where}: "
                     "look for a division by 0, log(0), √0 or an overflow there.")


def not_finite_function(case: Case) -> Diagnosis | None:
    """f itself is NaN or ±∞ at this input: then nothing has a slope."""
    if not case.problem.broken or case.known.any():
        return None
    return Diagnosis("function_not_finite", case.problem.broken)


def zero(case: Case) -> Diagnosis | None:
    """a = 0 in every entry, and the slope is not."""
    if case.analytic.size and not np.any(case.analytic):
        return Diagnosis("zero", "It is 0 in every entry: nothing was computed, or what was computed was "
                         "not returned.")
    return None


def whole_numbers(case: Case) -> Diagnosis | None:
    """a = ∂L/∂x with the fractions cut off: an array of integers was filled."""
    a, n = case.analytic, np.where(case.known, case.numeric, 0.0)
    if not np.array_equal(a, np.round(a)) or not np.any(a):
        return None
    for cut, what in ((np.trunc(n), "cut off"), (np.round(n), "rounded away")):
        if np.array_equal(a[case.known], cut[case.known]) and not np.allclose(n, cut, atol=1e-3):
            return Diagnosis("whole_numbers", f"It is the slope with the fractions {what}: it was stored in "
                             "an array of integers. Create that array with dtype float.")
    return None


def single_precision(case: Case) -> Diagnosis | None:
    """a ≈ ∂L/∂x to a few digits only, and every entry of a is a float32 number."""
    a, n = case.analytic, case.numeric
    if not np.any(n[case.known]):
        return None
    error = float(np.max(np.abs(a - n)[case.known]) / np.max(np.abs(n[case.known])))
    for dtype, within in ((np.float16, 0.02), (np.float32, 0.01)):
        with np.errstate(over="ignore"):
            single = np.array_equal(a, a.astype(dtype), equal_nan=True)
        if single and error < within and not np.array_equal(a, np.round(a, 3)):
            name = np.dtype(dtype).name
            return Diagnosis("single_precision", f"It agrees to a relative {error:.1g}, and every entry is a "
                             f"{name} number: it was rounded to {name} on the way.")
    return None
