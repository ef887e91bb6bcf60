"""What a wrong result other than a gradient has in common with the right one."""
from __future__ import annotations

import numpy as np

from .model import Attempt, Finding, same


def diagnose(attempt: Attempt) -> Finding | None:
    """The first explanation that fits a wrong result of the right shape, or None."""
    for name, right in attempt.expected.items():
        got = attempt.got[name]
        everywhere = " everywhere." if got.size > 1 else "."
        if attempt.right(name):
            continue
        if not got.any() and right.any():
            return Finding("zero", f"{name} is 0{everywhere}")
        if same(got, -right):
            return Finding("sign", f"{name} has the wrong sign{everywhere}")
        at = np.unravel_index(int(np.argmax(np.abs(right))), right.shape) if right.size else ()
        ratio = float(got[at] / right[at]) if right.size and right[at] else 0.0
        if ratio and np.count_nonzero(right) > 1 and same(got, right * ratio):
            return Finding("factor", f"{name} is {ratio:.4g} times what it should be, everywhere.")
    return None


def diagnose_shape(what: str, got: np.ndarray, right: np.ndarray) -> Finding:
    """What turns a result of the wrong shape into the right one."""
    if not right.ndim:
        return Finding("no number", f"{what} is an array of shape {got.shape}; expected is one number: the "
                       "sum or the mean over its entries is missing.", enough=True)
    if not got.ndim and not (right.any() and same(got, right.sum())):
        return Finding("one number", f"{what} is one number; expected is an array of shape {right.shape}, a "
                       "number for each entry.", enough=True)
    if not got.size:
        return Finding("empty", f"{what} is empty, of shape {got.shape}; expected is {right.shape}. A slice "
                       "ends where it begins: x[p:-p] takes all but p at both ends, but nothing for p = 0.",
                       enough=True)
    text = f"{what} has shape {got.shape}; expected is {right.shape}."
    if got.ndim == 2 and same(got.T, right):
        return Finding("transposed", f"{text} Transposed, it is right.")
    if got.size == right.size and same(got.reshape(right.shape), right):
        return Finding("reshaped", f"{text} The numbers are right: reshape it, or keep the axis with "
                       "keepdims=True.")
    return Finding("wrong_shape", text)
