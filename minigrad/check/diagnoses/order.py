"""The right numbers in the wrong place: another input's gradient, swapped axes, shifted, reversed."""
from __future__ import annotations

from itertools import permutations

import numpy as np

from ..case import Case
from ..diagnosis import Diagnosis
from ..problem import listed

FLIPPED = " Its sign is flipped, too."


def wrong_input(case: Case) -> Diagnosis | None:
    """a = ∂L/∂(another input), as it is or transposed."""
    for i, other in case.all_numeric.items():
        if i == case.position:
            continue
        what = f"input {i} ({case.problem.names[i]})"
        sign = case.fits(other, signs=True)
        if sign:
            return Diagnosis("wrong_input", f"It equals the gradient of {what} in {case.count()}: two "
                             "gradients are swapped, or the wrong input is used."
                             + (FLIPPED if sign < 0 else ""), f"{i} {sign}")
        if other.ndim == 2 and case.fits(other.T):
            return Diagnosis("wrong_input", f"It equals the transposed gradient of {what} in {case.count()}.",
                             f"{i} transposed")
    return None


def axes_swapped(case: Case) -> Diagnosis | None:
    """a = ∂L/∂x with its axes in another order, of a shape that hides it."""
    for order in permutations(range(case.numeric.ndim)):
        candidate = case.numeric.transpose(order)
        if candidate.shape != case.analytic.shape or order == tuple(range(len(order))):
            continue
        sign = case.fits(candidate, signs=True)
        if sign:
            return Diagnosis("transposed", f"{swap(order)} it agrees in {case.count()}."
                             + (FLIPPED if sign < 0 else ""), f"{order} {sign}")
    return None


def swap(order: tuple[int, ...]) -> str:
    """"Transposed" or "With axes 1 and 2 swapped", for the order of axes that undoes a permutation."""
    moved = [k for k, axis in enumerate(order) if k != axis]
    if len(order) == 2:
        return "The gradient is transposed: transposed back,"
    if len(moved) == 2:
        return f"Axes {moved[0]} and {moved[1]} are swapped: swapped back,"
    return f"The axes stand in the order {order}: in the right order"


def reshaped(case: Case) -> Diagnosis | None:
    """a = ∂L/∂x.transpose(…) read off into x's shape: reshape was used where a transpose belongs."""
    a = case.analytic
    if a.ndim < 2 or a.shape != case.numeric.shape:
        return None
    for order in list(permutations(range(a.ndim)))[1:]:
        sign = case.fits(case.numeric.transpose(order).reshape(a.shape), signs=True)
        if sign:
            return Diagnosis("reshaped", "It has the right entries in a wrong order: reshape was used where "
                             f"axes have to be swapped. With the axes in the order {order}, reshaped to "
                             f"{listed(a.shape)}, it agrees in {case.count()}."
                             + (FLIPPED if sign < 0 else ""), f"{order} {sign}")
    return None


def shifted(case: Case) -> Diagnosis | None:
    """a = ∂L/∂x moved along one axis by up to 3; what falls over the edge comes back, or is 0."""
    for axis, n in enumerate(case.numeric.shape):
        if n < 3:
            continue
        for k in [k for k in (1, -1, 2, -2, 3, -3) if abs(k) < n - 1]:
            moved = np.roll(case.numeric, k, axis)
            edge = np.moveaxis(moved, axis, 0)[:k] if k > 0 else np.moveaxis(moved, axis, 0)[k:]
            for what in ("", " (with 0 at the edge)"):
                if what:
                    edge[...] = 0
                if case.fits(moved):
                    return Diagnosis("shifted", f"It is shifted by {k} along axis {axis}{what}: an index is "
                                     f"off by {abs(k)}. Shifted back, it agrees in {case.count()}.",
                                     f"{k} {axis}")
    return None


def reversed_axis(case: Case) -> Diagnosis | None:
    """a = ∂L/∂x read backwards along one axis, or along several."""
    ndim = case.numeric.ndim
    for chosen in range(1, 2 ** ndim):
        axes = tuple(k for k in range(ndim) if chosen >> k & 1)
        if all(case.numeric.shape[k] > 1 for k in axes) and case.fits(np.flip(case.numeric, axes)):
            along = f"axis {axes[0]}" if len(axes) == 1 else f"axes {axes}"
            return Diagnosis("reversed", f"It runs backwards along {along}. Turned around, it agrees in "
                             f"{case.count()}.", along)
    return None


def transpose_missing(case: Case) -> Diagnosis | None:
    """a = J v instead of Jᵀ v: the function itself was applied to the upstream gradient."""
    y, jacobian = case.output, case.jacobian
    if y is None or jacobian is None or y.size != case.x.size or y.size < 2 or case.upstream is None:
        return None
    j = jacobian[0]
    if bool(case.close(j, j.T).all()):
        return None
    sign = case.fits((j @ case.upstream.ravel()).reshape(case.x.shape), signs=True)
    if not sign:
        return None
    return Diagnosis("transpose_missing", "A transpose is missing: it equals J · v instead of Jᵀ · v (w "
                     f"where wᵀ belongs, or a sum that runs the wrong way) in {case.count()}."
                     + (FLIPPED if sign < 0 else ""), str(sign))
