"""What actions and observations can be: a number of choices, or a box of real numbers."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..errors.arguments import require_sizes


class Space:
    """A set that can be sampled: ``shape``, ``dtype``, ``seed``, ``sample``, ``contains``.

    ``x in space`` asks whether x is in it.

    >>> from minigrad.envs import Discrete, Space
    >>> isinstance(Discrete(2), Space), 1 in Discrete(2), 2 in Discrete(2)
    (True, True, False)
    """

    def __init__(self, shape: tuple[int, ...], dtype: Any, seed: int | None = None) -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self.np_random = np.random.default_rng(seed)

    def seed(self, seed: int | None = None) -> None:
        """Start the samples over from ``seed``."""
        self.np_random = np.random.default_rng(seed)

    def sample(self) -> Any:
        """A random element."""
        raise NotImplementedError(f"{type(self).__name__} doesn't say how it is sampled.")

    def contains(self, x: Any) -> bool:
        """Whether x is an element."""
        raise NotImplementedError(f"{type(self).__name__} doesn't say what it contains.")

    def __contains__(self, x: Any) -> bool:
        return self.contains(x)


class Discrete(Space):
    """The integers start, …, start + n − 1.

    Raises TypeError or ShapeError when ``n`` isn't an int from 1.

    >>> from minigrad.envs import Discrete
    >>> actions = Discrete(2, seed=42)
    >>> [int(actions.sample()) for _ in range(5)], actions
    ([0, 1, 1, 0, 0], Discrete(2))
    """

    def __init__(self, n: int, seed: int | None = None, start: int = 0) -> None:
        require_sizes("Discrete", n=n)
        require_sizes("Discrete", least=None, start=start)
        super().__init__((), np.int64, seed)
        self.n = int(n)
        self.start = int(start)

    def sample(self) -> np.int64:
        """Each with the same probability."""
        return np.int64(self.start + self.np_random.integers(self.n))

    def contains(self, x: Any) -> bool:
        """Whether x is an integer of that range; a bool or a float is not."""
        if isinstance(x, np.ndarray) and x.shape == ():
            x = x[()]
        return isinstance(x, (int, np.integer)) and not isinstance(x, bool) \
            and self.start <= int(x) < self.start + self.n

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Discrete) and (self.n, self.start) == (other.n, other.start)

    __hash__ = None     # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Discrete({self.n})" if self.start == 0 else f"Discrete({self.n}, start={self.start})"


class Box(Space):
    """Arrays with low ≤ x ≤ high in every entry; a bound may be infinite.

    ``low`` and ``high`` are arrays of one shape. Raises ValueError when they differ in shape or cross.

    >>> from minigrad.envs import Box
    >>> box = Box([-1, 0], [1, float("inf")])
    >>> box.contains([0.5, 7.0]), box.contains([0.5, -7.0]), box.shape
    (True, False, (2,))
    """

    def __init__(self, low: Any, high: Any, dtype: Any = np.float32, seed: int | None = None) -> None:
        self.low, self.high = np.array(low, dtype), np.array(high, dtype)
        if self.low.shape != self.high.shape or not (self.low <= self.high).all():
            raise ValueError(f"Box: expected low ≤ high, arrays of one shape, got {low} and {high}.")
        super().__init__(self.low.shape, dtype, seed)

    def sample(self) -> np.ndarray:
        """Uniform between two bounds, normal without any, exponential away from the only one.

        The order of the draws is gymnasium's, entries without bounds first.
        """
        below, above = np.isfinite(self.low), np.isfinite(self.high)
        drawn = np.empty(self.shape)
        free, floor, ceiling, both = ~below & ~above, below & ~above, ~below & above, below & above
        drawn[free] = self.np_random.normal(size=free.sum())
        drawn[floor] = self.low[floor] + self.np_random.exponential(size=floor.sum())
        drawn[ceiling] = self.high[ceiling] - self.np_random.exponential(size=ceiling.sum())
        drawn[both] = self.np_random.uniform(self.low[both], self.high[both], size=both.sum())
        return drawn.astype(self.dtype)

    def contains(self, x: Any) -> bool:
        """Whether x has this shape and lies within the bounds; NaN does not."""
        x = np.asarray(x)
        return x.shape == self.shape and bool(((self.low <= x) & (x <= self.high)).all())

    def __repr__(self) -> str:
        return f"Box({self.low}, {self.high}, {self.shape}, {self.dtype})"
