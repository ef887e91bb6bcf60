"""What a diagnosis looks at: one wrong gradient beside everything that is known of the function."""
from __future__ import annotations

from functools import cached_property
from typing import Any, Callable, Iterator

import numpy as np

from .elsewhere import problems
from .problem import Problem
from .slopes import EPSILON, Outputs

RTOL = 3e-6                     # of a match: tighter than the check, for chance to have no part in it
LARGEST_JACOBIAN = 1_000_000    # entries; above it, the diagnoses that need the Jacobian stay silent


class Case:
    """A wrong gradient ``analytic`` beside the measured one, and the function they belong to.

    Entries that are left out of the comparison are NaN in ``numeric``, and in all that is made of it.
    """

    def __init__(self, problem: Problem, position: int, analytic: np.ndarray,
                 numeric: dict[int, np.ndarray], steps: np.ndarray, tolerances: tuple[float, float],
                 measure: Callable[[Problem, int], Case | None] | None = None) -> None:
        self.problem, self.position, self.analytic = problem, position, analytic
        self.all_numeric = numeric                          # of every checked input, by its position
        self.numeric = numeric[position]
        self.steps, (self.rtol, self.atol) = steps, tolerances
        self.x: np.ndarray = problem.inputs[position]
        self.name = problem.names[position]
        self.measure = measure                              # the same input of the same function elsewhere

    def with_gradient(self, repair: Callable[[Case], np.ndarray]) -> Case:
        """The same function with its gradient repaired in part, to see what else is wrong, also elsewhere."""
        other: Case = object.__new__(Case)
        other.__dict__.update(self.__dict__, analytic=repair(self))
        for name in ("wrong", "elsewhere"):
            other.__dict__.pop(name, None)
        if "measure" in self.__dict__ and self.measure is not None:
            measure = self.measure

            def repaired(problem: Problem, position: int) -> Case | None:
                found = measure(problem, position)
                return None if found is None else found.with_gradient(repair)
            other.measure = repaired
        return other

    @cached_property
    def elsewhere(self) -> list[Case]:
        """The same mistake at further random points; those where nothing is wrong are left out."""
        if self.measure is None:
            return []
        found = []
        for problem in problems(self.problem, self.x.size):
            case = self.measure(problem, self.position)
            if case is not None and (case.analytic.shape != case.x.shape or case.wrong.any()):
                found.append(case)
        return found

    @cached_property
    def known(self) -> np.ndarray:
        """Where a slope was measured."""
        return np.isfinite(self.numeric)

    @cached_property
    def wrong(self) -> np.ndarray:
        """Where the gradient differs from the slope."""
        differs: np.ndarray = ~np.isclose(self.analytic, self.numeric, rtol=self.rtol, atol=self.atol)
        return differs & self.known

    @property
    def left_out(self) -> np.ndarray:
        """Where no slope was measured."""
        return ~self.known

    @property
    def output(self) -> np.ndarray | None:
        """What f returned, if it returned one array."""
        return self.problem.outputs[0] if len(self.problem.outputs) == 1 else None

    @property
    def upstream(self) -> np.ndarray | None:
        """The upstream gradient, if f returned one array."""
        return self.problem.upstream[0] if len(self.problem.upstream) == 1 else None

    @cached_property
    def noise(self) -> float:
        """What rounding adds to most measured slopes. A few were measured with a far shorter step."""
        size = sum(float(np.sum(np.abs(v * y), where=np.isfinite(y)))
                   for v, y in zip(self.problem.upstream, self.problem.outputs))
        steps = self.steps[self.steps > 0]
        return 4 * EPSILON * size / float(np.median(steps)) if steps.size and np.isfinite(size) else 0.0

    def zero(self, values: np.ndarray) -> np.ndarray:
        """Where values are 0, as far as measuring can tell."""
        finite = np.abs(values[np.isfinite(values)])
        most = float(finite.max()) if finite.size else 0.0
        return np.asarray(np.abs(values) <= 1e-7 * most + 10 * self.noise)

    def close(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Where two gradients are the same, as far as measuring can tell."""
        finite = np.abs(b[np.isfinite(b)])
        most = float(finite.max()) if finite.size else 0.0
        with np.errstate(invalid="ignore"):
            same: np.ndarray = np.abs(a - b) <= RTOL * np.abs(b) + 1e-7 * most + 10 * self.noise
        return same

    def fits(self, candidate: np.ndarray, signs: bool = False) -> int:
        """Whether the wrong gradient is this candidate: 1, or −1 for its negative, or 0.

        It has to be, in every entry that is known, in at least half of all, and in one that is wrong.
        """
        if candidate.shape != self.analytic.shape or not candidate.size:
            return 0
        valid = np.isfinite(candidate) & self.known
        if 2 * valid.sum() < self.known.sum() or not (valid & self.wrong).any():
            return 0
        if bool(self.zero(candidate)[valid].all()):
            return 0
        for sign in (1, -1) if signs else (1,):
            if bool(self.close(self.analytic, sign * candidate)[valid].all()):
                return sign
        return 0

    def count(self) -> str:
        """"6 of 6 entries": of how many entries a match speaks."""
        known = int(self.known.sum())
        return f"{known} of {known} entries"

    @cached_property
    def jacobian(self) -> list[np.ndarray] | None:
        """For each output the slopes J of all its entries along all entries of x, (output.size, x.size).

        None where it would be too large, or where vᵀ J is not the gradient that was measured.
        """
        outputs, x = self.problem.outputs, self.x
        if not x.size or sum(y.size for y in outputs) * x.size > LARGEST_JACOBIAN:
            return None
        line = self.problem.line(self.position)
        columns: list[list[np.ndarray]] = [[] for _ in outputs]
        with np.errstate(all="ignore"):
            for index in np.ndindex(x.shape):
                try:
                    moved = line.moved(index, float(self.steps[index]))
                except (ValueError, ArithmeticError):
                    return None
                for column, slopes in zip(columns, moved):
                    column.append(np.ravel(slopes))
        jacobian = [np.stack(column, axis=1) for column in columns]
        return jacobian if self._consistent(jacobian) else None

    def _consistent(self, jacobian: list[np.ndarray]) -> bool:
        total = self.applied(jacobian, self.problem.upstream)
        if not all(np.isfinite(j).all() for j in jacobian):
            return False
        return bool(np.isclose(total, self.numeric, rtol=1e-5, atol=self.atol)[self.known].all())

    def applied(self, jacobian: list[np.ndarray], upstream: Outputs) -> np.ndarray:
        """vᵀ J: the gradient for other upstream gradients than those of the check."""
        total = sum(v.ravel() @ j for v, j in zip(upstream, jacobian))
        return np.where(self.known, np.reshape(total, self.x.shape), np.nan)

    @cached_property
    def diagonal(self) -> np.ndarray | None:
        """∂yᵢ/∂xᵢ in x's shape, if f works entry by entry; otherwise None."""
        y = self.output
        if y is None or y.shape != self.x.shape or self.jacobian is None:
            return None
        j = self.jacobian[0]
        slopes = np.diagonal(j)
        if not self.zero(j)[~np.eye(len(j), dtype=bool)].all():
            return None
        return np.where(self.known, slopes.reshape(self.x.shape), np.nan)

    def variables(self) -> Iterator[tuple[str, np.ndarray]]:
        """What a factor of this gradient may be made of: the inputs and the output, as x is shaped."""
        shape = self.x.shape
        values: list[tuple[str, Any]] = [(self.name, self.x)]
        others = [i for i in range(len(self.problem.inputs)) if i != self.position]
        values += [(self.problem.names[i], self.problem.inputs[i]) for i in others]
        if self.output is not None:
            values.append(("y" if "y" not in self.problem.names else "output", self.output))
        for name, value in values:
            array = np.asarray(value) if isinstance(value, (np.ndarray, float)) else np.zeros(0, int)
            if array.dtype.kind == "f":
                try:
                    yield name, array if array.shape == shape else np.broadcast_to(array, shape)
                except ValueError:
                    continue
