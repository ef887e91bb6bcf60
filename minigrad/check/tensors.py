"""A function of Tensors as a ``Problem``: its outputs, and the gradients that backward computes."""
from __future__ import annotations

import inspect
from typing import Any, Callable, Sequence

import numpy as np

from ..autograd import Function, Tensor, enable_grad, grad
from ..autograd.tensor import wrap
from ..backend.arrays import device_of, move, to_numpy
from ..errors import GraphError, ShapeError
from .diagnosis import CannotCheck, Diagnosis
from .problem import Problem, called, cotangents
from .slopes import Outputs

CUT = ("No gradient came for it, but the outputs depend on it: the path is cut on the way, by .detach(), "
       ".data, .numpy(), .item() or no_grad().")


def problem_of(f: Callable[..., Any], inputs: Tensor | Sequence[Any], seed: int,
               names: Sequence[str] | None = None) -> Problem:
    """f at these inputs, in float64. Raises GraphError when no input requires a gradient."""
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    points = [in_float64(x) if isinstance(x, Tensor) else x for x in given]
    checked = [i for i, x in enumerate(points) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise GraphError(_none_required(given))
    leaves = [points[i] for i in checked]
    with enable_grad():
        outputs = floating_outputs(f(*points))
        arrays = [to_numpy(y._array) for y in outputs]
        upstream = cotangents(arrays, seed)
        analytic = _gradients(outputs, leaves, upstream)
    notes = [f"input {i} is {given[i].dtype}; the check computed with a float64 copy" for i in checked
             if given[i].dtype != np.float64]
    values = [to_numpy(x._array) if isinstance(x, Tensor) else x for x in points]
    known = list(names or parameter_names(f, len(points)))

    def at(moved: list[Any], another: int = seed) -> Problem:
        there = [_like(m, x) if isinstance(x, Tensor) else x for m, x in zip(moved, points)]
        return problem_of(f, there, another, names)

    def pull(v: Outputs) -> list[np.ndarray | None]:
        with enable_grad():
            return _gradients(floating_outputs(f(*points)), leaves, v)
    return Problem(called(f), values, known, checked, _runner(f, points), arrays, upstream, analytic, at,
                   pull,
                   CUT, seed, notes)


def _like(array: np.ndarray, x: Tensor) -> Tensor:
    """Other numbers instead of those of x."""
    moved = wrap(move(array, x.device))
    moved.requires_grad = x.requires_grad
    return moved


def _gradients(outputs: list[Tensor], inputs: list[Tensor], upstream: Outputs) -> list[np.ndarray | None]:
    needed = [(y, wrap(move(v, y.device))) for y, v in zip(outputs, upstream) if y.requires_grad]
    if not needed:
        return [None] * len(inputs)
    try:
        found = grad([y for y, _ in needed], inputs, [v for _, v in needed], allow_unused=True)
    except ShapeError as error:
        raw = _of_one_operation(outputs, inputs, upstream)
        if raw is None:
            raise CannotCheck("wrong_shape", f"backward failed with a ShapeError. {error}") from None
        return raw
    return [None if g is None else np.asarray(to_numpy(g._array), np.float64) for g in found]


def _of_one_operation(outputs: list[Tensor], inputs: list[Tensor],
                      upstream: Outputs) -> list[np.ndarray | None] | None:
    """What the backward methods of a single operation return, in whatever shape; None if f is more."""
    node = outputs[0].grad_fn if len(outputs) == 1 else None
    if not isinstance(node, Function) or node.saved is None:
        return None
    place = {id(edge): k for k, edge in enumerate(node.edges)}
    if len(place) != len(node.edges) or not set(map(id, inputs)) <= set(place):
        return None
    g = move(upstream[0], outputs[0].device)
    return [np.asarray(to_numpy(node.backwards[place[id(x)]](node, g)), np.float64) for x in inputs]


def _runner(f: Callable[..., Any], points: list[Any]) -> Callable[[int, np.ndarray], Outputs]:
    """f as a function of the array of one input; the other inputs stay as they are."""
    def run(i: int, array: np.ndarray) -> Outputs:
        moved = wrap(move(array, device_of(points[i]._array)))
        moved.requires_grad = True              # f may take gradients itself
        with enable_grad():
            result = f(*points[:i], moved, *points[i + 1:])
        return [np.array(to_numpy(y._array)) for y in floating_outputs(result)]
    return run


def floating_outputs(result: Any) -> list[Tensor]:
    """The floating tensors among what a function returned: one tensor, or several, as an LSTM's (y, (h, c)).

    Raises GradCheckError where there is none.
    """
    several = _flat(result)
    found = [y for y in several if isinstance(y, Tensor) and y.is_floating_point()]
    if not found:
        raise CannotCheck("wrong_type", f"the function returned {_described(several)}, but a gradient needs "
                          "a floating Tensor, or a tuple of them. Return the Tensor itself: .item(), "
                          ".numpy() and argmax cut the graph.")
    return found


def _flat(result: Any) -> list[Any]:
    return [y for part in result for y in _flat(part)] if isinstance(result, (tuple, list)) else [result]


def in_float64(x: Tensor) -> Tensor:
    """x as a leaf of its own, in its own memory layout where it is float64 already."""
    out = x.detach()
    if out.is_floating_point() and out.dtype != np.float64:
        out = out.to(dtype=np.float64)
    out.requires_grad = x.requires_grad
    return out


def _described(values: list[Any]) -> str:
    kinds = [f"a Tensor of {v.dtype}" if isinstance(v, Tensor) else type(v).__name__ for v in values]
    return " and ".join(kinds) if kinds else "an empty tuple"


def _none_required(given: list[Any]) -> str:
    text = "gradcheck: no input requires a gradient. Create one with requires_grad=True."
    for i, x in enumerate(given):
        if isinstance(x, Tensor) and not x.is_floating_point():
            text += f" Input {i} is {x.dtype}: whole numbers have no slope; use float64."
        elif isinstance(x, (np.ndarray, float)):
            text += (f" Input {i} is of type {type(x).__name__}: wrap it in minigrad.tensor(…), or check "
                     "plain functions of arrays with gradcheck_function.")
    return text


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


def undefined_as_zero(f: Callable[..., Any], inputs: Tensor | Sequence[Any], seed: int) -> Diagnosis | None:
    """What is wrong where only one of several outputs has an upstream gradient: as if the others' were 0."""
    problem = problem_of(f, inputs, seed)
    if len(problem.upstream) < 2:
        return None
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    points = [in_float64(x) if isinstance(x, Tensor) else x for x in given]
    for k, v in enumerate(problem.upstream):
        alone = [np.zeros_like(u) for u in problem.upstream]
        alone[k] = v
        with enable_grad():
            output = floating_outputs(f(*points))[k]
            found = _gradients([output], [points[i] for i in problem.checked], [v])
        for i, a, b in zip(problem.checked, found, problem.pull(alone)):
            a, b = (np.zeros(1) if g is None else g for g in (a, b))
            if not np.allclose(a, b, 1e-9, 1e-12, equal_nan=True):
                return Diagnosis("undefined_grad", f"with an upstream gradient for output {k} alone, the "
                                 f"gradient of input {i} ({problem.names[i]}) is another than with 0 for the "
                                 "other outputs. None has to count as 0.")
    return None


def dtypes_kept(f: Callable[..., Any], inputs: Tensor | Sequence[Any]) -> Diagnosis | None:
    """What is wrong if a gradient has another dtype than its input, as it was given."""
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    points = [x.detach() if isinstance(x, Tensor) else x for x in given]
    for old, new in zip(given, points):
        if isinstance(new, Tensor):
            new.requires_grad = old.requires_grad
    leaves = [x for x in points if isinstance(x, Tensor) and x.requires_grad]
    with enable_grad():
        outputs = [y for y in floating_outputs(f(*points)) if y.requires_grad]
        if not outputs:
            return None
        found = grad(outputs, leaves, [wrap(y._array * 0 + 1) for y in outputs], allow_unused=True)
    for x, g in zip(leaves, found):
        if g is not None and g.dtype != x.dtype:
            return Diagnosis("grad_dtype", f"a gradient is {g.dtype}, but its input is {x.dtype}.")
    return None
