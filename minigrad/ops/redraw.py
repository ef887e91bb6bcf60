"""Filling a tensor with random numbers, in place: ``x.normal_(0, 0.02)``. Each method returns x."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import array_of, as_array
from ..backend.arrays import device_of, to_numpy
from ..backend.random import Generator, generator_of
from ..errors import RangeError
from .attach import attach
from .inplace import store


def _drawn(x: Tensor, name: str, generator: Generator | None, draw: Callable[[Any], Any]) -> Tensor:
    """What ``draw`` makes of NumPy's generator, in the dtype of x and in its memory."""
    drawn = np.broadcast_to(draw(generator_of(generator)), x.shape)
    return store(x, as_array(drawn, x.dtype, device_of(x._array)), name)


def _require(name: str, holds: Any, expected: str, got: Any) -> None:
    if not np.all(holds):
        raise RangeError(f"{name}: expected {expected}, got {got}.")


def _on_host(value: Any) -> Any:
    return to_numpy(array_of(value)) if isinstance(value, Tensor) else value


def normal_(x: Tensor, mean: Any = 0.0, std: Any = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Normal numbers with this mean and standard deviation (else RangeError)."""
    mean, std = _on_host(mean), _on_host(std)
    _require("normal", np.asarray(std) >= 0, "a std of 0 or more", std)
    return _drawn(x, "normal_", generator, lambda random: random.standard_normal(x.shape) * std + mean)


def log_normal_(x: Tensor, mean: float = 1.0, std: float = 2.0, *,
                generator: Generator | None = None) -> Tensor:
    """eⁿ for normal numbers n with this mean and standard deviation (else RangeError)."""
    _require("log_normal", std > 0, "a std above 0", std)
    return _drawn(x, "log_normal_", generator, lambda random: random.lognormal(mean, std, x.shape))


def uniform_(x: Tensor, low: float = 0.0, high: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Numbers from low up to high, all equally likely. Raises RangeError when low is above high."""
    _require("uniform", low <= high, "low ≤ high", (low, high))
    return _drawn(x, "uniform_", generator, lambda random: random.random(x.shape) * (high - low) + low)


def random_(x: Tensor, low: int | None = None, high: int | None = None, *,
            generator: Generator | None = None) -> Tensor:
    """Integers from low up to, not including, high; ``random_(high)`` starts at 0; else all x can hold."""
    if high is None:
        most = np.iinfo(x.dtype).max if x.dtype.kind in "iu" else \
            2 if x.dtype.kind == "b" else 2 ** (np.finfo(x.dtype).nmant + 1)
        low, high = 0, most if low is None else low
    _require("random_", (low or 0) < high, "low < high", (low, high))
    return _drawn(x, "random_", generator, lambda random: random.integers(low or 0, high, x.shape))


def bernoulli_(x: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """1 with the probability p, a number or a tensor that broadcasts, else 0. Raises RangeError."""
    p = _on_host(p)
    _require("bernoulli_", (np.asarray(p) >= 0) & (np.asarray(p) <= 1), "probabilities from 0 to 1", p)
    return _drawn(x, "bernoulli_", generator, lambda random: random.random(x.shape) < p)


def exponential_(x: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Waiting times for what happens λ times per unit: p(x) = λ e^(−λx). Raises RangeError for λ ≤ 0."""
    _require("exponential", lambd > 0, "lambd above 0", lambd)
    return _drawn(x, "exponential_", generator, lambda random: random.exponential(1 / lambd, x.shape))


def geometric_(x: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """How many trials it takes until one succeeds, each with the chance p. Raises RangeError."""
    _require("geometric", 0 < p < 1, "p between 0 and 1", p)
    return _drawn(x, "geometric_", generator, lambda random: random.geometric(p, x.shape))


def cauchy_(x: Tensor, median: float = 0.0, sigma: float = 1.0, *,
            generator: Generator | None = None) -> Tensor:
    """Numbers of a Cauchy distribution: a quotient of two normal ones, · sigma + median. Else RangeError."""
    _require("cauchy", sigma > 0, "sigma above 0", sigma)
    return _drawn(x, "cauchy_", generator, lambda random: random.standard_cauchy(x.shape) * sigma + median)


attach(normal_=normal_, log_normal_=log_normal_, uniform_=uniform_, random_=random_, bernoulli_=bernoulli_,
       exponential_=exponential_, geometric_=geometric_, cauchy_=cauchy_)
