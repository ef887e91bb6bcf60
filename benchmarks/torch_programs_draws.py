"""What both libraries draw when they run the same program, and the losses that are written down.

A draw is decided by what is drawn (uniform or normal numbers, an order, a mask), by its shape, and by how
often that was drawn before. So two libraries that draw the same things get the same numbers, even if they
initialize their weights in another order.
"""
from __future__ import annotations

import os
import types
import zlib
from typing import Any

import numpy as np


class Draws:
    """What NumPy's generator offers, drawn by kind, shape and number."""

    def __init__(self) -> None:
        self.seed = 0
        self.counts: dict[tuple[Any, ...], int] = {}
        self.bit_generator = types.SimpleNamespace(state=None)
        self.stream = types.SimpleNamespace(reset=lambda *a: None, state=lambda: None)

    def reset(self, seed: int = 0) -> None:
        self.seed = int(seed) % 2**32
        self.counts.clear()

    def source(self, kind: str, shape: Any) -> tuple[np.random.Generator, tuple[int, ...]]:
        shape = () if shape is None else tuple(int(n) for n in shape) if np.iterable(shape) else (int(shape),)
        count = self.counts[kind, shape] = self.counts.get((kind, shape), 0) + 1
        return np.random.Generator(np.random.PCG64([self.seed, zlib.crc32(kind.encode()), count,
                                                    *shape])), shape

    def random(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        drawn, shape = self.source("uniform", size)
        return self.nudged(drawn.random(shape), drawn, dtype)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        shape = np.broadcast(low, high).shape if size is None else size
        return low + (np.asarray(high) - low) * self.random(shape)

    def standard_normal(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        drawn, shape = self.source("normal", size)
        return self.nudged(drawn.standard_normal(shape), drawn, dtype)

    def nudged(self, values: Any, drawn: np.random.Generator, dtype: Any) -> Any:
        """The values; for the control run changed by about a millionth."""
        nudge = float(os.environ["PROGRAM_NUDGE"])
        if nudge:
            values = values * (1 + nudge * drawn.standard_normal(np.shape(values)))
        return np.asarray(values, dtype)[()]

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        return loc + scale * self.standard_normal(np.broadcast(loc, scale).shape if size is None else size)

    def exponential(self, scale: Any = 1.0, size: Any = None) -> Any:
        return -scale * np.log1p(-self.random(np.shape(scale) if size is None else size))

    standard_exponential = exponential

    def integers(self, low: Any, high: Any = None, size: Any = None, dtype: Any = np.int64,
                 endpoint: bool = False) -> Any:
        low, high = (0, low) if high is None else (low, high)
        return np.floor(self.uniform(low, np.asarray(high) + endpoint, size)).astype(dtype)[()]

    def permutation(self, x: Any) -> Any:
        x = np.arange(x) if np.ndim(x) == 0 else np.asarray(x)
        return x[self.source("order", len(x))[0].permutation(len(x))]

    def mask(self, shape: Any, p: float) -> np.ndarray:
        drawn, shape = self.source("mask", shape)
        return np.asarray(drawn.random(shape) >= p)

    def gamma(self, shape: Any, scale: Any = 1.0, size: Any = None) -> Any:
        drawn, size = self.source("gamma", np.shape(shape) if size is None else size)
        return drawn.gamma(shape, scale, size)

    standard_gamma = gamma

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source(name, ())[0], name)


class Middle(Draws):
    """For transforms: the middle of every range, so that no image is flipped and crops are central."""

    def random(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        return np.full(() if size is None else size, 0.5, dtype)[()]

    def permutation(self, x: Any) -> Any:
        return np.arange(x) if np.ndim(x) == 0 else np.asarray(x)


draws = Draws()
losses: list[float] = []


class Enough(BaseException):
    """The program has made as many steps as the suite wants to see."""


def record(tensor: Any) -> None:
    """The value on which backward is called (of several, their sum)."""
    if len(losses) == int(os.environ["PROGRAM_STEPS"]):
        raise Enough
    losses.append(float(np.asarray(tensor.detach().numpy(), np.float64).sum()))


def multinomial(weights: np.ndarray, count: int, replacement: bool) -> np.ndarray:
    """Positions drawn in proportion to the weights (N, m), by the rule that minigrad documents."""
    if not replacement:
        with np.errstate(divide="ignore"):
            return np.argsort(np.log(draws.exponential(size=weights.shape)) - np.log(weights), 1)[:, :count]
    ends = (weights / weights.max(1, keepdims=True)).cumsum(1)
    points = draws.random((len(weights), count)) * ends[:, -1:]
    return np.array([np.searchsorted(e, p, side="right") for e, p in zip(ends, points)])


def one_process(options: dict[str, Any]) -> dict[str, Any]:
    """A loader's options without background workers, so that the order of draws is the program's."""
    for name in ("persistent_workers", "prefetch_factor", "multiprocessing_context", "timeout"):
        options.pop(name, None)
    return {**options, "num_workers": 0}
