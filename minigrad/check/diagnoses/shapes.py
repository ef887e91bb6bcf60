"""The gradient has another shape than its input: what brings it into shape, and whether it is right then."""
from __future__ import annotations

from functools import partial
from itertools import combinations, permutations
from typing import Iterator

import numpy as np

from ..case import Case
from ..diagnosis import Diagnosis
from ..problem import listed
from .order import swap


def wrong_shape(case: Case) -> Diagnosis | None:
    """The first repair after which a agrees in all entries; else the sum that broadcasting calls for."""
    best: Diagnosis | None = None
    for kind, text, repaired in repairs(case):
        fixed = case.with_gradient(partial(_given, repaired))
        right = int((fixed.known & ~fixed.wrong).sum())
        found = Diagnosis(kind, text.format(f"it agrees in {right} of {int(fixed.known.sum())} entries."))
        if right and right == int(fixed.known.sum()):
            return found
        if best is None and kind == "not_summed" and _broadcast(case):
            best = found
    return best


def _given(array: np.ndarray, case: Case) -> np.ndarray:
    return array


def summed(case: Case) -> np.ndarray:
    """The gradient summed over the axes that broadcasting added, to look at its numbers in turn."""
    for kind, _, array in repairs(case):
        if kind == "not_summed":
            return array
    return case.analytic


def repairs(case: Case) -> Iterator[tuple[str, str, np.ndarray]]:
    """What may bring the gradient into shape: (kind, sentence with a place for the evidence, array)."""
    a, want, name = case.analytic, case.x.shape, case.name
    if a.ndim > len(want) or a.size > case.x.size:
        for axes in broadcast_axes(a.shape, want):
            along = f"axis {axes[0]}" if len(axes) == 1 else f"the axes {axes}"
            start = "Sum the gradient"
            if _broadcast(case):
                start = f"{name} was broadcast from {listed(want)} to {listed(a.shape)}; sum the gradient"
            yield "not_summed", f"{start} over {along}. Summed, {{}}", a.sum(axes).reshape(want)
    for i, other in case.all_numeric.items():
        if i != case.position and other.shape == a.shape and case.close(a, other)[np.isfinite(other)].all():
            what = f"It is the gradient of input {i} ({case.problem.names[i]})"
            yield "wrong_input", what + ": return the gradients in the order of the inputs.", case.numeric
    for order in permutations(range(a.ndim)) if a.ndim == len(want) else ():
        if a.transpose(order).shape == want:
            yield "transposed", f"{swap(order)} {{}}", a.transpose(order)
    if a.size == case.x.size:
        yield "reshaped", f"Brought into the shape {listed(want)}, {{}}", a.reshape(want)
    if a.size < case.x.size:
        for axes in broadcast_axes(want, a.shape):
            along = f"axis {axes[0]}" if len(axes) == 1 else f"the axes {axes}"
            kept = a.reshape([1 if k in axes else n for k, n in enumerate(want)])
            if case.close(kept, case.numeric.sum(axes, keepdims=True)).all():
                yield ("summed_too_much", f"It is the gradient summed over {along}, along which every entry "
                       f"of {name} is one of its own: leave the sum out.", case.numeric)
            yield "needs_broadcast", f"Repeated along {along}, {{}}", np.broadcast_to(kept, want)


def broadcast_axes(wide: tuple[int, ...], narrow: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The choices of axes whose sums lead from one shape to the other; first what broadcasting added."""
    extra = len(wide) - len(narrow)
    target = tuple(n for n in narrow if n != 1)
    first = tuple(k for k, n in enumerate(wide)
                  if k < extra or extra >= 0 and narrow[k - extra] == 1 and n > 1)
    choices = [first] if first else []
    choices += [axes for count in range(1, len(wide) + 1) for axes in combinations(range(len(wide)), count)]
    for axes in dict.fromkeys(choices):
        if tuple(n for k, n in enumerate(wide) if k not in axes and n != 1) == target:
            yield axes


def _broadcast(case: Case) -> bool:
    """Whether the gradient has the shape of an output to which x was broadcast."""
    shape = case.analytic.shape
    try:
        return any(y.shape == shape for y in case.problem.outputs) and \
            np.broadcast_shapes(shape, case.x.shape) == shape
    except ValueError:
        return False
