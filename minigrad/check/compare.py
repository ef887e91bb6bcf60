"""The gradients that backward computes beside the slopes that are measured, entry by entry."""
from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any, Callable, Sequence

import numpy as np

from ..autograd import Function, Tensor, enable_grad, grad
from ..autograd.tensor import wrap
from ..backend.arrays import device_of, move, to_numpy
from ..errors import GradCheckError, GraphError
from .slopes import Outputs, slopes


@dataclass
class Comparison:
    """One input: its gradient by ``backward`` and by measurement, both in the input's shape.

    >>> import minigrad
    >>> x = minigrad.tensor([3.0], requires_grad=True)
    >>> (found,) = minigrad.check.compare(lambda x: x.detach() * x, x)      # a factor 2 is missing
    >>> found.passed, found.worst, round(float((found.numeric / found.analytic)[0]), 4)
    (False, (0,), 2.0)
    """

    position: int               # among the function's inputs, from 0
    name: str
    analytic: np.ndarray
    numeric: np.ndarray
    wrong: np.ndarray           # bool: the two differ by more than the tolerance
    kinks: np.ndarray           # bool: no derivative exists here, and backward chose a valid slope

    @property
    def shape(self) -> tuple[int, ...]:
        """The input's shape."""
        return self.analytic.shape

    @property
    def compared(self) -> int:
        """How many entries were compared: all except those at a kink."""
        return int(self.analytic.size - self.kinks.sum())

    @property
    def passed(self) -> bool:
        """Nothing is wrong, and something was compared (an empty input has nothing to compare)."""
        return not self.wrong.any() and (self.compared > 0 or not self.analytic.size)

    @property
    def worst(self) -> tuple[int, ...]:
        """The index of the largest difference; NaN counts as the largest."""
        difference = np.abs(self.analytic - self.numeric)
        difference = np.where(self.wrong, np.where(np.isnan(difference), np.inf, difference), -1.0)
        return tuple(int(i) for i in np.unravel_index(int(np.argmax(difference)), self.shape))

    def describe(self) -> str:
        """What is wrong, in two lines."""
        what = f"input {self.position} ({self.name}, shape {self.shape})"
        if not self.wrong.any():
            return (f"the gradient of {what} was not compared: all {self.analytic.size} entries lie at "
                    "a kink, where no derivative exists. Move the input.")
        analytic, numeric = float(self.analytic[self.worst]), float(self.numeric[self.worst])
        ratio = f"{analytic / numeric:.6g}" if numeric else "undefined"
        text = (f"the gradient of {what} is wrong in {int(self.wrong.sum())} of {self.compared} entries\n"
                f"  worst at {list(self.worst)}: analytic {analytic:.6g}, numeric {numeric:.6g}, "
                f"analytic / numeric {ratio}")
        left_out = int(self.kinks.sum())
        return text + (f"\n  {left_out} entries at a kink were left out" if left_out else "")


def compare(f: Callable[..., Any], inputs: Tensor | Sequence[Any], *, eps: float | None = None,
            rtol: float = 1e-5, atol: float = 1e-7, seed: int = 0,
            names: Sequence[str] | None = None) -> list[Comparison]:
    """Compare the gradient of every input that requires one; all is computed in float64.

    f's outputs are made one number, L = Σ v · f(inputs), with random v: with v = 1 a mistake would stay
    hidden wherever the outputs add up to a constant, as those of softmax do.

    Raises GraphError when no input requires a gradient, GradCheckError when f is not deterministic.

    >>> import minigrad
    >>> x = minigrad.tensor([3.0, 4.0], requires_grad=True)
    >>> (found,) = minigrad.check.compare(lambda x: x * x, x)
    >>> found.name, found.shape, found.passed
    ('x', (2,), True)
    """
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    points = [_in_float64(x) if isinstance(x, Tensor) else x for x in given]
    checked = [i for i, x in enumerate(points) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise GraphError("gradcheck: no input requires a gradient. Create one with requires_grad=True.")
    with enable_grad():
        outputs = floating_outputs(f(*points))
        weights = cotangents(outputs, seed)
        needed = [(y, v) for y, v in zip(outputs, weights) if y.requires_grad]
        analytic: Sequence[Tensor | None] = [None] * len(checked)
        if needed:
            analytic = grad([y for y, _ in needed], [points[i] for i in checked],
                            [wrap(move(v, y.device)) for y, v in needed], allow_unused=True)
    names = parameter_names(f, len(points)) if names is None else names
    result = []
    for i, g in zip(checked, analytic):
        x = to_numpy(points[i]._array)
        run = _runner(f, points, i)
        _require_same(outputs, run(x.copy("K")))
        measured = slopes(run, x, weights, eps)
        found = np.zeros(x.shape) if g is None else np.asarray(to_numpy(g._array), np.float64)
        close = np.isclose(found, measured.central, rtol=rtol, atol=atol)
        kinks = measured.kinks() & ~close & _between(found, measured.left, measured.right, atol)
        result.append(Comparison(i, names[i], found, measured.central,
                                 ~close & ~kinks, kinks))
    return result


def floating_outputs(result: Any) -> list[Tensor]:
    """The floating tensors among what a function returned: one tensor, or several."""
    several = result if isinstance(result, (tuple, list)) else [result]
    return [y for y in several if isinstance(y, Tensor) and y.is_floating_point()]


def cotangents(outputs: Sequence[Tensor], seed: int) -> Outputs:
    """Random numbers of each output's shape and dtype: the upstream gradients of the check."""
    random = np.random.default_rng(seed)
    return [np.asarray(random.standard_normal(y.shape), y.dtype) for y in outputs]


def _in_float64(x: Tensor) -> Tensor:
    """x as a leaf of its own, in its own memory layout where it is float64 already."""
    out = x.detach()
    if out.is_floating_point() and out.dtype != np.float64:
        out = out.to(dtype=np.float64)
    out.requires_grad = x.requires_grad
    return out


def _runner(f: Callable[..., Any], points: list[Any], i: int) -> Callable[[np.ndarray], Outputs]:
    """f as a function of the array of input i alone; the other inputs stay as they are."""
    def run(array: np.ndarray) -> Outputs:
        moved = wrap(move(array, device_of(points[i]._array)))
        moved.requires_grad = True              # f may take gradients itself
        with enable_grad():
            result = f(*points[:i], moved, *points[i + 1:])
        return [np.array(to_numpy(y._array)) for y in floating_outputs(result)]
    return run


def _require_same(outputs: list[Tensor], again: Outputs) -> None:
    # Not exactly: another layout in memory may add up in another order.
    if not all(np.allclose(to_numpy(y._array), z, 1e-6, 1e-9, equal_nan=True)
               for y, z in zip(outputs, again)):
        raise GradCheckError("gradcheck: the function returned something else when it was called again, so "
                             "that no slope can be measured. Seed it, or switch its randomness off.")


def _between(value: np.ndarray, a: np.ndarray, b: np.ndarray, atol: float) -> np.ndarray:
    """Whether a gradient at a kink is one of the slopes between left and right."""
    slack = atol + 1e-5 * np.maximum(np.abs(a), np.abs(b))
    inside: np.ndarray = (value >= np.minimum(a, b) - slack) & (value <= np.maximum(a, b) + slack)
    return inside


def parameter_names(f: Callable[..., Any], count: int) -> list[str]:
    """The names of f's parameters; x0, x1, … where it has none to tell."""
    owner = getattr(f, "__self__", None)
    if isinstance(owner, type) and issubclass(owner, Function):     # MyFunction.apply
        f = owner.forward.__get__(owner)
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return names[:count] + [f"x{i}" for i in range(len(names), count)]
