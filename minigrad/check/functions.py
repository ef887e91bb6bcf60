"""Checking a backward that was written by hand for a forward, both on plain NumPy arrays."""
from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np

from ..autograd import Tensor
from ..backend.arrays import to_numpy
from ..errors import DTypeError
from .compare import same
from .diagnosis import CannotCheck
from .options import Options
from .problem import Problem, called, cotangents
from .report import Report
from .slopes import Outputs
from .tensors import parameter_names


def gradcheck_function(forward: Callable[..., Any], backward: Callable[..., Any], inputs: Any, *,
                       checked: Sequence[int | str] | None = None, name: str | None = None,
                       names: Sequence[str] | None = None, eps: float | None = None,
                       atol: float | None = None, rtol: float = 1e-5, raise_exception: bool = True,
                       nondet_tol: float = 1e-9, fast_mode: bool = False, time_limit: float | None = None,
                       progress: bool | None = None, strict: bool = False, seed: int = 0) -> Report:
    """Check ``backward(upstream, x, w, …)`` against the slopes of ``forward(x, w, …)``.

    Args:
        forward: takes the inputs, returns an array or a number, or a tuple of them.
        backward: takes the upstream gradient ∂L/∂output (a tuple of them for several outputs) and the
            inputs; returns ∂L/∂input for every floating input, in their order. It may as well return one
            for each input, with None for those that have none, such as labels or targets.
        inputs: arrays, nested lists or numbers. Floating ones are checked, as float64 copies; all others
            (labels, sizes, options) are handed on as they are.
        checked: positions or names, if not all floating inputs have a gradient.
        name, names: of the function and of its inputs in the message; by default as they are in the code.
        eps, atol, rtol, nondet_tol, fast_mode, time_limit, progress, strict, seed: as those of ``gradcheck``.
        raise_exception: False returns the report of a failure instead of raising it.

    Returns a ``Report``: passed, kind, text, and a ``Comparison`` for every checked input.

    Raises GradCheckError when a gradient is wrong, with what is likely wrong with it; NotMeasurable where no
    entry could be compared. What forward or backward raise themselves goes through. DTypeError when no input
    is floating.

    >>> import numpy as np
    >>> def mul(x, w):
    ...     return x * w
    >>> def mul_backward(upstream, x, w):
    ...     return upstream * w, upstream * x           # w is broadcast: its gradient is a sum
    >>> report = minigrad.check.gradcheck_function(
    ...     mul, mul_backward, [np.arange(6.0).reshape(2, 3), np.ones(3)], raise_exception=False)
    >>> print(report)
    mul_backward: the gradient of input 1 (w, shape (3,)) has the wrong shape
      got (2, 3), expected (3,)
      w was broadcast from (3,) to (2, 3); sum the gradient over axis 0. Summed, it
        agrees in 3 of 3 entries.
    >>> report.kind
    'not_summed'
    """
    __tracebackhide__ = True
    title = name or _title(forward, backward)
    options = Options(eps, rtol, atol, nondet_tol, fast_mode, time_limit, progress, seed)
    report = Report.of(title, lambda: function_problem(forward, backward, inputs, checked, names, seed,
                                                       nondet_tol),
                       options, strict)
    if raise_exception:
        report.raise_if_failed()
    return report


def function_problem(forward: Callable[..., Any], backward: Callable[..., Any], inputs: Any,
                     checked: Sequence[int | str] | None, names: Sequence[str] | None, seed: int,
                     tolerance: float) -> Problem:
    """forward at these inputs, with the gradients that backward returns, in float64."""
    given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    known = list(names or parameter_names(forward, len(given)))
    points = [_point(x) for x in given]
    floating = [i for i, x in enumerate(points) if isinstance(x, np.ndarray) and x.dtype == np.float64]
    wanted = floating if checked is None else [known.index(c) if isinstance(c, str) else c for c in checked]
    if not wanted or any(i not in floating for i in wanted):
        raise DTypeError("gradcheck_function: " + _no_slope(points, known, wanted))
    asked, run = wanted, _runner(forward, points)
    outputs = run(wanted[0], points[wanted[0]])
    upstream = cotangents(outputs, seed)
    several = isinstance(_call(forward, points, "forward"), (tuple, list))

    def pull(v: Outputs) -> dict[int, np.ndarray]:
        g = tuple(v) if several else v[0]
        return _gradients(_call(backward, [g, *points], "backward"), points, asked, known)
    gradients, again = pull(upstream), pull(upstream)
    if not same(list(gradients.values()), list(again.values()), tolerance):
        raise CannotCheck("random", "backward returned something else when it was called again with the same "
                          "arguments. Let it keep nothing between calls, and draw nothing at random.")
    if checked is None and gradients:               # of the others, backward says that they have none
        wanted = list(gradients)
    notes = [f"input {i} is {x.dtype}; the check computed with a float64 copy" for i, x in enumerate(given)
             if i in wanted and isinstance(x, (np.ndarray, Tensor)) and x.dtype != np.float64]

    def at(moved: list[Any], another: int = seed) -> Problem:
        return function_problem(forward, backward, moved, checked, known, another, tolerance)
    return Problem("", points, known, wanted, run, outputs, upstream, [gradients.get(i) for i in wanted], at,
                   lambda v: list(map(pull(v).get, wanted)),
                   "backward returned None for it, but the outputs depend on it.", seed, notes)


def _runner(forward: Callable[..., Any], points: list[Any]) -> Callable[[int, np.ndarray], Outputs]:
    def run(i: int, array: np.ndarray) -> Outputs:
        return _outputs(_call(forward, [*points[:i], array, *points[i + 1:]], "forward"))
    return run


def _call(function: Callable[..., Any], arguments: list[Any], role: str) -> Any:
    """The function's result for copies of the arguments, which it has to leave as they are."""
    copies = [_handed(x) for x in arguments]
    with np.errstate(all="ignore"):
        result = function(*copies)
    for k, (x, handed) in enumerate(zip(arguments, copies)):
        if isinstance(x, np.ndarray) and not np.array_equal(x, handed) and not (
                x.dtype.kind == "f" and np.array_equal(x, handed, equal_nan=True)):     # four times slower
            what = "the upstream gradient" if role == "backward" and k == 0 else \
                f"input {k - (role == 'backward')}"
            raise CannotCheck("changes_input", f"{role} changed {what} in place. Others still need it: "
                              "compute a new array (x = x + 1 instead of x += 1), or work on x.copy().")
    return result


def _point(x: Any) -> Any:
    """An input as the check holds it: floating numbers as float64 arrays, all else as it is."""
    if isinstance(x, Tensor):
        x = to_numpy(x._array)
    if not isinstance(x, (list, tuple, float, np.floating, np.ndarray)):
        return x
    array = np.asarray(x)
    if array.dtype.kind == "f":
        return np.array(array, np.float64)
    return array if array.dtype.kind in "iub" else x


def _handed(x: Any) -> Any:
    """An input as forward and backward get it: a copy, and a NumPy number instead of a 0-d array."""
    if isinstance(x, tuple):
        return tuple(_handed(v) for v in x)
    return x.copy()[()] if isinstance(x, np.ndarray) else x


def _outputs(result: Any) -> Outputs:
    several = result if isinstance(result, (tuple, list)) else [result]
    return [_numbers(y, "forward", f"output {k}" if len(several) > 1 else "its result")
            for k, y in enumerate(several)]


def _numbers(value: Any, role: str, what: str) -> np.ndarray:
    """What a function returned, as a floating array."""
    if value is None:
        raise CannotCheck("wrong_type", f"{role} returned None for {what}: is a return missing at its end?")
    if isinstance(value, Tensor):
        value = to_numpy(value._array)
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "fiub":
        raise CannotCheck("wrong_type", f"{role} returned {type(value).__name__} of {array.dtype} for "
                          f"{what}; expected an array of floating numbers.")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _gradients(result: Any, points: list[Any], wanted: list[int], names: list[str]) -> dict[int, np.ndarray]:
    """What backward returned: the gradients of the checked inputs, without those that are None."""
    expected = f"one for each of {', '.join(names[i] for i in wanted)}"
    if result is None:
        raise CannotCheck("wrong_type", f"backward returned None: is a return missing at its end? It returns "
                          f"the gradients, {expected}.")
    numbers = isinstance(result, list) and all(isinstance(g, (int, float, list)) for g in result)
    if not isinstance(result, (tuple, list)) or numbers and len(wanted) == 1:
        result = (result,)
    if len(result) == len(points) and len(points) != len(wanted):
        result = [result[i] for i in wanted]
    if len(result) != len(wanted):
        raise CannotCheck("wrong_count", f"backward returned {len(result)} gradient"
                          f"{'' if len(result) == 1 else 's'}, expected {len(wanted)}: {expected}.")
    return {i: np.array(_numbers(g, "backward", f"the gradient of {names[i]}"), np.float64)
            for i, g in zip(wanted, result) if g is not None}


def _title(forward: Callable[..., Any], backward: Callable[..., Any]) -> str:
    """The name of backward, or that of forward where backward's says nothing."""
    name = called(backward)
    return called(forward) if name in ("backward", "<lambda>") else name


def _no_slope(points: list[Any], names: list[str], wanted: list[int]) -> str:
    kinds = ", ".join(f"{n}: {x.dtype if isinstance(x, np.ndarray) else type(x).__name__}"
                      for n, x in zip(names, points))
    which = ", ".join(names[i] for i in wanted) or "an input"
    return (f"{which} has to be floating to have a slope, but the inputs are {kinds or 'none'}. "
            "Write 1.0 instead of 1.")
