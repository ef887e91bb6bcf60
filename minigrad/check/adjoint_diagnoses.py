"""How the matrix of a supposed adjoint differs from the transpose that it should be."""
from __future__ import annotations

from itertools import permutations

import numpy as np

from .diagnoses.scale import number
from .diagnosis import Diagnosis

Shape = tuple[int, ...]


def explain(right: np.ndarray, found: np.ndarray, x_shape: Shape) -> Diagnosis | None:
    """``right``: Aᵀ, ``found``: the matrix of the adjoint, both (entries of x, entries of y)."""
    return (_scaled(right, found) or _transposed(right, found) or _axes(right, found, x_shape)
            or _averaged(right, found) or _lost(right, found) or _inverse(right, found))


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.allclose(a, b, rtol=1e-6, atol=1e-9))


def _scaled(right: np.ndarray, found: np.ndarray) -> Diagnosis | None:
    """B = c · Aᵀ."""
    at = np.unravel_index(int(np.argmax(np.abs(right))), right.shape)
    if not right[at] or not found[at]:
        return None
    c = float(found[at] / right[at])
    if not _same(found, c * right):
        return None
    if abs(c + 1) < 1e-6:
        return Diagnosis("sign", "It is the adjoint with its sign flipped.")
    return Diagnosis("factor", f"It is the adjoint times {number(c)}: a constant factor is "
                     f"{'too many' if abs(c) > 1 else 'missing'}.")


def _inverse(right: np.ndarray, found: np.ndarray) -> Diagnosis | None:
    """B A = I."""
    if _same(found @ right.T, np.eye(len(right))):
        return Diagnosis("inverse", "It is the inverse, which undoes A, not the transpose: A followed by it "
                         "changes nothing.")
    return None


def _transposed(right: np.ndarray, found: np.ndarray) -> Diagnosis | None:
    """B = A."""
    if right.shape[0] == right.shape[1] and _same(found, right.T):
        return Diagnosis("transpose_missing", "It does the same as A itself: a transpose is missing.")
    return None


def _axes(right: np.ndarray, found: np.ndarray, shape: Shape) -> Diagnosis | None:
    """B = Aᵀ with the axes of its result in another order, or backwards."""
    shaped = right.reshape(*shape, -1)
    for order in list(permutations(range(len(shape))))[1:]:
        turned = shaped.transpose(*order, len(shape))
        if turned.shape == shaped.shape and _same(found, turned.reshape(right.shape)):
            return Diagnosis("transposed", "It is the adjoint with the axes of its result in the order "
                             f"{order}.")
    for axis in range(len(shape)):
        if _same(found, np.flip(shaped, axis).reshape(right.shape)):
            return Diagnosis("reversed", f"It is the adjoint with its result backwards along axis {axis}.")
    return None


def _averaged(right: np.ndarray, found: np.ndarray) -> Diagnosis | None:
    """B = Aᵀ with each row divided by the number of its uses."""
    uses = np.maximum((right != 0).sum(1, keepdims=True), 1)
    if _same(found, right / uses):
        return Diagnosis("averaged", "An entry of x that is used several times receives the mean of its "
                         "parts: add them up.")
    return None


def _lost(right: np.ndarray, found: np.ndarray) -> Diagnosis | None:
    """B = Aᵀ with 0 in some places."""
    lost = ~np.isclose(found, right, rtol=1e-6, atol=1e-9)
    if found[lost].any():
        return None
    count, total = int(lost.sum()), int((right != 0).sum())
    start = f"{count} of {total} connections {'is' if count == 1 else 'are'} lost, and the others are right: "
    kept = (found != 0).sum(1)
    if bool((kept[lost.any(1)] == 1).all()):
        return Diagnosis("not_accumulated", start + "an entry of x that is used several times receives from "
                         "one use only. Add the parts up (+= instead of =).")
    return Diagnosis("lost_entries", start + "some entries of y are left out.")
