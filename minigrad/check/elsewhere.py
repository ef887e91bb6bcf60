"""The same mistake looked at in other places: further random points, near enough for the function's domain.

Numbers can fit an explanation by chance, most of all when there are few of them. A mistake in the code is
made everywhere: so the entries are shuffled, scaled, and signs are changed where both occur, and the upstream
gradient is another. Where the function refuses such inputs, they are moved less.
"""
from __future__ import annotations

from typing import Any, Callable, Iterator

import numpy as np

from .problem import Problem

Random = np.random.Generator
Move = Callable[[np.ndarray, Random], np.ndarray]
TRIES = 3                   # of each kind of move
ENOUGH = 40                 # entries, over all points


def shuffled(x: np.ndarray, random: Random) -> np.ndarray:
    """The entries in another order, each times 0.7 to 1.3, with other signs if there are both."""
    moved = random.permutation(x.ravel()).reshape(x.shape) * random.uniform(0.7, 1.3, x.shape)
    if (x > 0).any() and (x < 0).any():
        moved = moved * random.choice([-1.0, 1.0], x.shape)
    return moved


def scaled(x: np.ndarray, random: Random) -> np.ndarray:
    """Each entry times 0.7 to 1.3."""
    return x * random.uniform(0.7, 1.3, x.shape)


def nudged(x: np.ndarray, random: Random) -> np.ndarray:
    """Each entry times 0.97 to 1.03."""
    return x * random.uniform(0.97, 1.03, x.shape)


MOVES: tuple[Move, ...] = (shuffled, scaled, nudged)


def problems(problem: Problem, size: int) -> Iterator[Problem]:
    """The problem at further points, at most as many as give ``ENOUGH`` entries."""
    random = np.random.default_rng(161)
    wanted = max(2, min(8, -(-ENOUGH // max(1, size))))
    for move in MOVES:
        for _ in range(TRIES * wanted):
            found = _moved(problem, move, random)
            if found is not None:
                wanted -= 1
                yield found
            if not wanted:
                return


def _moved(problem: Problem, move: Move, random: Random) -> Problem | None:
    """The problem where all checked inputs were moved; None where the function has no values there."""
    inputs: list[Any] = list(problem.inputs)
    for i in problem.checked:
        inputs[i] = np.asarray(move(problem.inputs[i], random))
    try:
        with np.errstate(all="ignore"):
            there = problem.at(inputs, int(random.integers(1, 2 ** 31)))
    except Exception:           # whatever the function says to inputs it does not take
        return None
    fine = there.checked == problem.checked and all(
        bool(np.isfinite(y).all()) for y in there.outputs)
    return there if fine else None
