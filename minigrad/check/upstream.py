"""A backward is linear in the upstream gradient: ∂L/∂x = Jᵀ v. With another v it is still Jᵀ v."""
from __future__ import annotations

import numpy as np

from .problem import Problem

SCALE = -1024.0             # a power of two, so that nothing is rounded; large enough to meet any clipping

TINY = 1e-300               # what subnormal numbers are rounded by, and more

NONLINEAR = ("It is not linear in the upstream gradient v: backward(−1024 · v) is not −1024 · backward(v), "
             "as "
             "with |v|, clip(v) or v · [v > 0]. Whatever the function is, a gradient is Jᵀ · v: multiply v, "
             "and decide nothing by it.")


def nonlinear(problem: Problem) -> list[int]:
    """The positions of the inputs whose gradients do not grow with the upstream gradient."""
    with np.errstate(all="ignore"):
        larger = problem.pull([SCALE * v for v in problem.upstream])
        return [i for i, a, b in zip(problem.checked, problem.analytic, larger)
                if a is not None and b is not None and not _close(SCALE * a, b)]


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    finite = np.isfinite(a)
    most = float(np.max(np.abs(a), initial=0.0, where=finite))
    return a.shape == b.shape and bool((np.abs(a - b) <= 1e-9 * np.abs(a) + 1e-12 * most
                                        + TINY)[finite].all())
