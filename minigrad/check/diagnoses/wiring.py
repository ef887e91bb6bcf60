"""The right operands in a wrong arrangement: matrix products, kernels, axes, who receives the gradient."""
from __future__ import annotations

from itertools import combinations
from typing import Any, Iterator

import numpy as np

from ..case import Case
from ..diagnosis import Diagnosis


def matmul_order(case: Case) -> Diagnosis | None:
    """n = v wᵀ and a = wᵀ v, or another order of the same two matrices, transposed or not."""
    right, wrong = None, None
    for text, product in _products(case):
        if right is None and product.shape == case.x.shape and \
                bool(case.close(product, case.numeric)[case.known].all()):
            right = text
        elif wrong is None and case.fits(product):
            wrong = text
    if right is None or wrong is None:
        return None
    return Diagnosis("matmul_order", f"It is {wrong} in {case.count()}; {right} is right.",
                     f"{wrong} {right}")


def _products(case: Case) -> Iterator[tuple[str, np.ndarray]]:
    """Every product of the upstream gradient, or of v · f′ for a common f, with another input."""
    v, y = case.upstream, case.output
    if v is None or y is None or v.ndim != 2 or case.x.ndim != 2:
        return
    grown = {"v": v, "v·(1 − y²)": v * (1 - y * y), "v·y·(1 − y)": v * y * (1 - y), "v·[y > 0]": v * (y > 0)}
    for i, w in enumerate(case.problem.inputs):
        if i == case.position or not isinstance(w, np.ndarray) or w.ndim != 2 or w.dtype.kind != "f":
            continue
        name = case.problem.names[i]
        for g_name, g in grown.items():
            short = g_name if g_name == "v" else f"({g_name})"
            for a, a_name in ((g, short), (g.T, f"{short}ᵀ")):
                for b, b_name in ((w, name), (w.T, f"{name}ᵀ")):
                    if a.shape[1] == b.shape[0]:
                        yield f"{a_name} @ {b_name}", a @ b
                    if b.shape[1] == a.shape[0]:
                        yield f"{b_name} @ {a_name}", b @ a


def other_input_turned(case: Case) -> Diagnosis | None:
    """a = the right gradient for another input that is transposed or read backwards, as a kernel may be."""
    if case.measure is None or case.x.size > LARGEST:
        return None
    for i, w in enumerate(case.problem.inputs):
        if i == case.position or not isinstance(w, np.ndarray) or w.dtype.kind != "f":
            continue
        for what, turned in _turned(w):
            if np.array_equal(turned, w):
                continue
            inputs: list[Any] = list(case.problem.inputs)
            inputs[i] = np.ascontiguousarray(turned)
            there = _measured(case, inputs)
            if there is not None and case.fits(there):
                return Diagnosis("input_turned", f"It is the gradient for {case.problem.names[i]} {what}, in "
                                 f"{case.count()}.", f"{i} {what}")
    return None


LARGEST = 400               # entries of an input that is measured again for it


def _measured(case: Case, inputs: list[Any]) -> np.ndarray | None:
    try:
        with np.errstate(all="ignore"):
            problem = case.problem.at(inputs, case.problem.seed)
    except Exception:           # the function may refuse it
        return None
    same = [y.shape for y in problem.outputs] == [y.shape for y in case.problem.outputs]
    there = case.measure(problem, case.position) if same and case.measure is not None else None
    return None if there is None else there.numeric


def _turned(w: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    if w.ndim >= 2 and w.shape[-1] == w.shape[-2]:
        yield "transposed", w.swapaxes(-1, -2)
    for count in (1, 2):
        for axes in combinations(range(w.ndim), count):
            if all(w.shape[k] > 1 for k in axes):
                yield f"read backwards along {'axis' if count == 1 else 'the axes'} " \
                      f"{axes[0] if count == 1 else axes}", np.flip(w, axes)


def wrong_axis(case: Case) -> Diagnosis | None:
    """a = v · ∂y/∂x summed over other axes of y than those along which x was repeated."""
    y, v, jacobian = case.output, case.upstream, case.jacobian
    if y is None or v is None or jacobian is None or y.ndim < 2 or y.ndim <= case.x.ndim:
        return None
    parts = v * jacobian[0].sum(1).reshape(y.shape)
    sums = {axes: parts.sum(axes) for axes in combinations(range(y.ndim), y.ndim - case.x.ndim)}
    fitting = {axes: s for axes, s in sums.items() if s.shape == case.x.shape}
    right = [axes for axes, s in fitting.items() if case.close(s, case.numeric)[case.known].all()]
    for axes, s in fitting.items():
        if right and axes not in right and case.fits(s):
            return Diagnosis("wrong_axis", f"It is summed over {_named(axes)} of the output in "
                                           f"{case.count()}; "
                             f"{case.name} was repeated along {_named(right[0])}.", str(axes))
    return None


def _named(axes: tuple[int, ...]) -> str:
    return f"axis {axes[0]}" if len(axes) == 1 else f"the axes {axes}"


def not_selected(case: Case) -> Diagnosis | None:
    """a = v for all entries from which the largest was taken, not for that one alone."""
    v = case.upstream
    if v is None or not case.zero(case.numeric)[case.known].any():
        return None
    for spread in _spread(v, case.x.shape):
        if case.fits(spread) and not case.wrong[case.known & ~case.zero(case.numeric)].any():
            return Diagnosis("not_selected", "Every entry receives the upstream gradient: but the output is "
                                             "one "
                             "of them, the largest say, and its entry alone has a slope. It is right there, "
                             f"and has to be 0 in the other {int(case.wrong.sum())}.")
    return None


def _spread(v: np.ndarray, shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    """v repeated to a shape: along one axis, or over windows side by side."""
    for axis in range(len(shape)):
        for kept in (v, np.expand_dims(v, axis) if v.ndim == len(shape) - 1 else v):
            try:
                wide = np.broadcast_to(kept, shape)
            except ValueError:
                continue
            if kept.shape != shape:
                yield wide
    if v.ndim == len(shape) and all(n and m % n == 0 for m, n in zip(shape, v.shape)) and v.shape != shape:
        wide = v
        for axis, (m, n) in enumerate(zip(shape, v.shape)):
            wide = np.repeat(wide, m // n, axis)
        yield wide
