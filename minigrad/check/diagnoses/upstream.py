"""What was done to the upstream gradient other than multiplying it: ignored, squared, clipped …"""
from __future__ import annotations

import numpy as np

from ..case import Case
from ..diagnosis import Diagnosis

FAR = 1024.0                # a power of two: nothing is rounded


def upstream_ignored(case: Case) -> Diagnosis | None:
    """a = Jᵀ · 1: the derivative of the sum of the outputs, whatever the upstream gradient is."""
    jacobian = case.jacobian
    if jacobian is None:
        return None
    ones = case.applied(jacobian, [np.ones_like(v) for v in case.problem.upstream])
    if case.fits(ones):
        return Diagnosis("upstream_ignored", "The upstream gradient is not in it: it is what ones in its "
                         f"place would give, in {case.count()}.")
    squares = case.applied(jacobian, [v * v for v in case.problem.upstream])
    if case.fits(squares):
        return Diagnosis("upstream_twice", "The upstream gradient is in it twice: it is what its square "
                         f"would give, in {case.count()}.")
    return None


def clipped(case: Case) -> Diagnosis | None:
    """1024 · backward(v / 1024) = n: right for small upstream gradients, cut off for large ones."""
    small = _pulled(case, 1 / FAR)
    if small is None or not case.wrong.any() or case.zero(case.numeric)[case.known].all():
        return None
    if not case.close(FAR * small, case.numeric)[case.known].all():
        return None
    return Diagnosis("upstream_clipped", f"For an upstream gradient 1024 times smaller it agrees in "
                     f"{case.count()}: a large one is clipped. A gradient is linear in the upstream "
                     f"gradient; "
                     "clip in the optimizer, not in backward.")


def by_sign(case: Case) -> Diagnosis | None:
    """backward(2v) = 2 · backward(v), but backward(−v) is not −backward(v): |v|, or v · [v > 0]."""
    twice, back = _pulled(case, 2.0), _pulled(case, -1.0)
    if twice is None or back is None:
        return None
    known, a = case.known, case.analytic
    if not case.close(twice, 2 * a)[known].all() or case.close(back, -a)[known].all():
        return None
    return Diagnosis("upstream_sign", "It depends on the sign of the upstream gradient v: backward(−v) is "
                                      "not "
                     "−backward(v), as with |v| or v · [v > 0]. Take masks from the input, not from v.")


def _pulled(case: Case, scale: float) -> np.ndarray | None:
    """The gradient for an upstream gradient times ``scale``."""
    try:
        with np.errstate(all="ignore"):
            found = case.problem.pull([scale * v for v in case.problem.upstream])
    except (ValueError, ArithmeticError, RuntimeError, AssertionError):
        return None
    gradient = found[case.problem.checked.index(case.position)]
    return gradient if gradient is not None and gradient.shape == case.x.shape else None
