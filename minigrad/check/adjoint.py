"""Checking a pair of linear operations, such as im2col and col2im: is one the transpose of the other?

Aᵀ is the adjoint of A when ⟨A x, y⟩ = ⟨x, Aᵀ y⟩ for all x and y. For random x and y that is one number on
either side; where they differ, the two matrices are written down, column by column, and compared.
"""
from __future__ import annotations

import inspect
from typing import Any, Callable, Iterator, NamedTuple, Sequence

import numpy as np

from ..autograd import Tensor
from ..backend.arrays import to_numpy
from .adjoint_diagnoses import explain
from .diagnosis import CannotCheck, Diagnosis
from .numbers import plain
from .problem import called, listed
from .report import Report

Shape = tuple[int, ...]
LARGEST = 2_000             # rows and columns together, of matrices that are written down


class Pair(NamedTuple):
    """A and its supposed adjoint as functions of arrays, at one shape of x."""

    op: Callable[[np.ndarray], np.ndarray]
    adjoint: Callable[[np.ndarray], np.ndarray]
    shape: Shape


def adjoint_check(op: Callable[..., Any], adjoint: Callable[..., Any], shape: Shape | Sequence[Shape], *,
                  draws: int = 5, rtol: float = 1e-9, seed: int = 0, name: str | None = None,
                  raise_exception: bool = True) -> Report:
    """Check ⟨op(x), y⟩ = ⟨x, adjoint(y)⟩ with random x and y: that one is the transpose of the other.

    Args:
        op: takes an array x, returns an array; linear.
        adjoint: takes an array y of the shape of op(x), returns one of the shape of x. If it has a second
            parameter without a default, it is given the shape of x.
        shape: of x, or several; they are tried from the smallest on. A shape that fails is made smaller
            along its axes as long as the pair takes it and still fails, so that the message is short.
        draws: how many random x and y are tried for each shape.
        rtol: by how much the two sides may differ, relative to the lengths of op(x) and y.
        name: in the message; by default that of adjoint.
        raise_exception: False returns the report of a failure instead of raising it.

    Returns a ``Report``: passed, kind, text.

    Raises GradCheckError when op or adjoint is not linear, or adjoint is not the transpose: with the sign,
    the factor, the axes or the entries in which the two differ.

    >>> import numpy as np
    >>> def repeat(x):
    ...     return np.repeat(x, 2)
    >>> minigrad.check.adjoint_check(repeat, lambda y: y.reshape(-1, 2).sum(1), (3,)).passed
    True
    >>> def take_first(y):
    ...     return y[::2]
    >>> print(minigrad.check.adjoint_check(repeat, take_first, (3,), raise_exception=False))
    take_first: not the adjoint of repeat for x of shape (1,)
      ⟨A x, y⟩ = 0.3908, ⟨x, Aᵀ y⟩ = 0.1942
      1 of 2 connections is lost, and the others are right: an entry of x that is
        used several times receives from one use only. Add the parts up (+= instead
        of =).
      first at x[0] and y[1]: weight 0, expected 1
    """
    title = name or called(adjoint)
    shapes: list[Any] = [shape] if not shape or isinstance(shape[0], int) else list(shape)
    problem = None
    for one in sorted(shapes, key=np.prod):
        problem = _smallest_failure(op, adjoint, tuple(one), draws, rtol, seed)
        if problem is not None:
            break
    report = Report(title, [], problem)
    if raise_exception:
        report.raise_if_failed()
    return report


def _smallest_failure(op: Callable[..., Any], adjoint: Callable[..., Any], shape: Shape, draws: int,
                      rtol: float, seed: int) -> Diagnosis | None:
    """What is wrong at this shape, or at a smaller one that fails in the same way."""
    found = _check(op, adjoint, shape, draws, rtol, seed)
    if found is None:
        return None
    for smaller in _smaller(shape):
        try:
            again = _check(op, adjoint, smaller, draws, rtol, seed)
        except Exception:           # the pair does not take this shape, whatever it says to it
            continue
        if again is not None and again.kind == found.kind:
            return _smallest_failure(op, adjoint, smaller, draws, rtol, seed)
    return found


def _smaller(shape: Shape) -> Iterator[Shape]:
    """The shapes with one axis made shorter: first to 1, then by half, then by one."""
    for axis, n in enumerate(shape):
        for size in dict.fromkeys((1, n // 2, n - 1)):
            if 0 < size < n:
                yield (*shape[:axis], size, *shape[axis + 1:])


def _check(op: Callable[..., Any], adjoint: Callable[..., Any], shape: Shape, draws: int, rtol: float,
           seed: int) -> Diagnosis | None:
    """One shape: linearity, shapes, and the two inner products."""
    pair = Pair(lambda x: _array(op, x), _with_shape(adjoint, shape), shape)
    names = called(op), called(adjoint)
    random = np.random.default_rng([seed, 2718])
    x = random.standard_normal(shape)
    try:
        y_shape = pair.op(x).shape
        bent = _not_linear(pair.op, shape, names[0], random, rtol)
        back = pair.adjoint(random.standard_normal(y_shape))
    except CannotCheck as error:
        return error.diagnosis
    if bent is not None:
        return bent
    if back.shape != shape:
        return Diagnosis("wrong_shape", f"returned the shape {listed(back.shape)} for y of shape "
                         f"{listed(y_shape)}; expected {listed(shape)}, the shape of x.")
    bent = _not_linear(pair.adjoint, y_shape, names[1], random, rtol)
    if bent is not None:
        return bent
    for _ in range(draws):
        x, y = random.standard_normal(shape), random.standard_normal(y_shape)
        ahead, back = pair.op(x), pair.adjoint(y)
        left, right = float(np.sum(ahead * y)), float(np.sum(x * back))
        size = float(np.linalg.norm(ahead) * np.linalg.norm(y) + np.linalg.norm(x) * np.linalg.norm(back))
        if not abs(left - right) <= rtol * size:
            return _difference(pair, y_shape, names, left, right)
    return None


def _not_linear(f: Callable[[np.ndarray], np.ndarray], shape: Shape, name: str, random: np.random.Generator,
                rtol: float) -> Diagnosis | None:
    """What of f(a·u + b·v) = a·f(u) + b·f(v) does not hold."""
    u, v = random.standard_normal(shape), random.standard_normal(shape)
    fu, fv, nothing = f(u), f(v), f(np.zeros(shape))
    scale = 1e-12 + rtol * float(np.abs(fu).max(initial=0.0) + np.abs(fv).max(initial=0.0))
    if not np.allclose(fu, f(u), 0, scale):
        return Diagnosis("random", f"{name} returned something else when it was called again with the same "
                         "array.")
    if np.abs(nothing).max(initial=0.0) > scale:
        made = plain(float(nothing.flat[int(np.abs(nothing).argmax())]))
        return Diagnosis("not_linear", f"{name} is not linear: of zeros it makes {made}, not 0. Leave "
                         "out the constant (a bias, a padding value).")
    if not np.allclose(f(2 * u - 3 * v), 2 * fu - 3 * fv, 0, 10 * scale):
        half = np.allclose(f(2 * u), 2 * fu, 0, 10 * scale)
        return Diagnosis("not_linear", f"{name} is not linear: f(2u − 3v) is not 2 f(u) − 3 f(v)"
                         + (", though f(2u) = 2 f(u)" if half else "") + ". Only linear operations have an "
                         "adjoint; for others check the gradient.")
    return None


def _difference(pair: Pair, y_shape: Shape, names: tuple[str, str], left: float, right: float) -> Diagnosis:
    """The two matrices, compared."""
    lines = [f"not the adjoint of {names[0]} for x of shape {listed(pair.shape)}",
             f"⟨A x, y⟩ = {plain(left)}, ⟨x, Aᵀ y⟩ = {plain(right)}"]
    n, m = int(np.prod(pair.shape)), int(np.prod(y_shape))
    if n + m > LARGEST:
        return Diagnosis("not_adjoint", "\n  ".join(lines))
    right_one = _matrix(pair.op, pair.shape).T                   # Aᵀ: (n, m)
    found = _matrix(pair.adjoint, y_shape)                       # what adjoint does: (n, m)
    diagnosis = explain(right_one, found, pair.shape)
    if diagnosis is not None:
        lines.append(diagnosis.text)
    i, j = np.argwhere(~np.isclose(found, right_one, rtol=1e-6, atol=1e-9))[0]
    at_x, at_y = (list(map(int, np.unravel_index(k, s))) for k, s in ((i, pair.shape), (j, y_shape)))
    lines.append(f"first at x{at_x} and y{at_y}: weight {found[i, j]:.6g}, expected {right_one[i, j]:.6g}")
    return Diagnosis(diagnosis.kind if diagnosis else "not_adjoint", "\n  ".join(lines))


def _matrix(f: Callable[[np.ndarray], np.ndarray], shape: Shape) -> np.ndarray:
    """The matrix of a linear f: its values for one 1 at each place, as columns."""
    columns = []
    for index in np.ndindex(shape):
        unit = np.zeros(shape)
        unit[index] = 1
        columns.append(f(unit).ravel())
    return np.stack(columns, axis=1)


def _array(f: Callable[..., Any], *arguments: Any) -> np.ndarray:
    """f's result as an array; the argument has to stay as it was."""
    handed = arguments[0].copy()
    result = f(handed, *arguments[1:])
    if not np.array_equal(handed, arguments[0]):
        raise CannotCheck("changes_input", f"{called(f)} changed its input in place: work on x.copy().")
    array = to_numpy(result._array) if isinstance(result, Tensor) else np.asarray(result)
    if array.dtype.kind not in "fiub":
        raise CannotCheck("wrong_type", f"{called(f)} returned {type(result).__name__}; expected an array of "
                          "numbers.")
    return np.array(array, np.float64)


def _with_shape(adjoint: Callable[..., Any], shape: Shape) -> Callable[[np.ndarray], np.ndarray]:
    """The adjoint as a function of y alone."""
    try:
        parameters = list(inspect.signature(adjoint).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    required = [p for p in parameters if p.default is p.empty
                and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(required) > 1:
        return lambda y: _array(adjoint, y, shape)
    return lambda y: _array(adjoint, y)
