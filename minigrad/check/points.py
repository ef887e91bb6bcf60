"""Inputs for a gradient check: away from kinks, of a sensible size, and short to read. For hypothesis."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence

import numpy as np

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

GRID = 64                   # numbers are multiples of 1/64: exact in binary, and short in decimals


def points(shape: int | Sequence[int], low: float = -2.0, high: float = 2.0, *,
           kinks: Sequence[float] = (0.0,),
           away: float = 0.1, distinct: bool = True) -> SearchStrategy[np.ndarray]:
    """A hypothesis strategy for float64 arrays of a shape at which a gradient can be measured.

    Entries lie between ``low`` and ``high``, at least ``away`` from each of the ``kinks`` (0 for ReLU and
    |x|), and with ``distinct`` no two are equal, since a tie of maxima has no derivative either. They are
    multiples of 1/64, and shrink to the one that is nearest to 1, so that a failure is shown at small
    readable inputs. A check of some size takes longer than the 0.2 s that hypothesis allows for an example:
    set ``deadline=None``.

    Raises ValueError when no such numbers are left, ImportError when hypothesis is not installed.

    >>> hypothesis = __import__("pytest").importorskip("hypothesis")
    >>> import minigrad, numpy as np
    >>> @hypothesis.given(minigrad.check.points((2, 3)))
    ... @hypothesis.settings(max_examples=20, deadline=None, database=None)
    ... def test_relu(x):
    ...     minigrad.check.gradcheck_function(lambda x: np.maximum(x, 0), lambda g, x: g * (x > 0), [x])
    >>> test_relu()
    """
    try:
        from hypothesis import strategies
    except ImportError as error:
        raise ImportError("minigrad.check.points needs hypothesis: pip install hypothesis. "
                          "Without it, @minigrad.check.gradient_test draws inputs at random.") from error
    wanted = (shape,) if isinstance(shape, int) else tuple(shape)
    count = int(np.prod(wanted))
    allowed = grid(low, high, kinks, away)
    if len(allowed) < (count if distinct else 1):
        raise ValueError(f"points: between {low} and {high}, {away} away from {list(kinks)}, there are "
                         f"{len(allowed)} multiples of 1/{GRID}; the shape {wanted} needs {count}"
                         + (" distinct ones." if distinct else "."))
    unique: dict[str, Any] = {"unique": True} if distinct else {}
    lists = strategies.lists(strategies.sampled_from(allowed), min_size=count, max_size=count, **unique)
    return lists.map(lambda values: np.array(values, np.float64).reshape(wanted))


def grid(low: float, high: float, kinks: Sequence[float], away: float) -> list[float]:
    """The numbers that are allowed, those nearest to 1 first."""
    first, last = int(np.ceil(low * GRID)), int(np.floor(high * GRID))
    values = [k / GRID for k in range(first, last + 1)]
    kept = [v for v in values if all(abs(v - kink) >= away for kink in kinks)]
    return sorted(kept, key=lambda v: (abs(v - 1), v))
