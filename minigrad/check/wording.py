"""The text of a failure: where the gradient is wrong, by how much, and what explains it."""
from __future__ import annotations

import numpy as np

from .compare import Comparison
from .numbers import distinct, plain
from .problem import listed


def description(found: Comparison) -> str:
    """"the gradient of input 0 (x, shape (4,)) is wrong in 4 of 4 entries", and what is known of it."""
    what = f"the gradient of input {found.position} ({found.name}, shape {listed(found.shape)})"
    if found.passed:
        if not found.compared and found.shape and found.numeric.size:
            return f"{what} agrees beside this point" + left_out(found)
        along = f" (along {found.directions} random directions)" if found.directions else ""
        return f"{what} agrees in {_entries(found.compared)}{along}" + left_out(found)
    reasons = [d.text for d in found.diagnoses]
    if not found.fits:
        lines = [f"{what} has the wrong shape",
                 f"got {listed(found.analytic.shape)}, expected {listed(found.shape)}", *reasons]
    elif found.nonlinear and not found.wrong.any():
        lines = [f"{what} agrees for one upstream gradient only", *reasons]
    elif not found.wrong.any():
        lines = [f"{what} was not compared", *reasons]
    else:
        lines = [f"{what} is wrong in {int(found.wrong.sum())} of {found.compared} "
                 f"{'measured ' if found.sampled else ''}entries{_place(found)}",
                 _worst(found)]
        if not any("numeric is" in text for text in reasons):
            lines += _ratio(found)
        lines += [text if k == 0 else f"Or: {text}" for k, text in enumerate(reasons)]
    return "\n  ".join(lines) + left_out(found)


def left_out(found: Comparison) -> str:
    """How many entries were left out, and why; on a line of its own."""
    text = ""
    for mask, why in ((found.kinks, "at a kink, where no derivative exists, "),
                      (found.unknown, "whose slope cannot be measured well enough ")):
        count = int(mask.sum())
        if count:
            text += f"\n  {_entries(count)} {why}{'was' if count == 1 else 'were'} left out"
    return text


def _entries(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"


def _place(found: Comparison) -> str:
    """Where the wrong entries are, if they are whole slices along one axis: ", all at index 2 of axis 0"."""
    wrong, compared = found.wrong, ~found.left_out
    if found.sampled:
        return ""
    for axis in range(wrong.ndim):
        others = tuple(k for k in range(wrong.ndim) if k != axis)
        hit = wrong.any(others)
        there = np.expand_dims(hit, others) & compared
        if hit.sum() < compared.any(others).sum() and int(wrong.sum()) > 1 and np.array_equal(there, wrong):
            rows = [int(k) for k in np.flatnonzero(hit)]
            if len(rows) == 1:
                return f": all at index {rows[0]} of axis {axis}"
            if wrong.ndim > 1 and len(rows) <= 6:
                return f": all at the indices {', '.join(map(str, rows))} of axis {axis}"
    return ""


def _worst(found: Comparison) -> str:
    analytic, numeric = float(found.analytic[found.worst]), float(found.numeric[found.worst])
    a, n = distinct(analytic, numeric)
    at = f"worst at {list(found.worst)}: " if found.wrong.ndim else ""
    return f"{at}analytic {a}, numeric {n}"


def _ratio(found: Comparison) -> list[str]:
    """The quotient over all entries: one number, or the range."""
    with np.errstate(all="ignore"):
        sloping = np.abs(found.numeric) > 1e-9 * np.nanmax(np.abs(found.numeric), initial=0.0)
        quotients = (found.analytic / found.numeric)[~found.left_out & sloping]
    quotients = quotients[np.isfinite(quotients)]
    where = "" if sloping.all() else " where the slope is not 0"
    if not quotients.size:
        return []
    low, high = float(quotients.min()), float(quotients.max())
    if low == high or f"{low:.6g}" == f"{high:.6g}":
        return [f"analytic / numeric is {plain(low)}{where}"]
    return [f"analytic / numeric lies between {plain(low)} and {plain(high)}{where}"]
