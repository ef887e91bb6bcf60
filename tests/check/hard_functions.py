"""Families of functions that are hard to measure, with right gradients: a check has to accept them.

Entries of sizes from 10⁻¹² to 10¹², piecewise constant functions, ties, subnormal numbers, cancellation,
kinks right beside the point, ends of domains, fast and steep functions, 10⁵ entries. All choices are drawn
from a seed. ``benchmarks/gradcheck_families.py`` checks thousands of them.
"""
from __future__ import annotations

from typing import Any, Callable, NamedTuple

import numpy as np

Random = np.random.Generator
Array = Any
EPSILON = 2.0 ** -52


class Hard(NamedTuple):
    """A right gradient. ``inside``: the largest number that f computes on its way, whose rounding L shows."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    x: Array
    inside: float = 0.0

    def measurable(self) -> Array:
        """Where float64 can show the slope: a step of a tenth moves L by 10⁴ times what is rounded."""
        y = np.asarray(self.forward(self.x))
        v = np.random.default_rng([0, 2718]).standard_normal(y.shape)           # that of the check
        g = np.asarray(self.backward(v, self.x))
        rounding = EPSILON * (float(np.nansum(np.abs(v * y))) + self.inside)
        return np.abs(g) * 0.1 * np.maximum(1, np.abs(self.x)) > 1e4 * rounding


def sizes(random: Random, shape: Any, low: float = -12, high: float = 12) -> Array:
    """Of both signs, their logarithms spread evenly."""
    return random.choice([-1.0, 1.0], shape) * 10.0 ** random.uniform(low, high, shape)


def pick(random: Random, choices: list[Any]) -> Any:
    return choices[int(random.integers(len(choices)))]


def shape(random: Random) -> tuple[int, ...]:
    return tuple(int(n) for n in random.integers(1, 6, int(random.integers(1, 3))))


def mixed_sizes(random: Random) -> Hard:
    w = sizes(random, 30, -3, 3)
    return Hard(*pick(random, [
        (lambda x: (x ** 2).mean(), lambda v, x: v * 2 * x / x.size),
        (lambda x: x ** 2, lambda v, x: v * 2 * x),
        (lambda x: (x ** 3).sum(), lambda v, x: v * 3 * x ** 2), (lambda x: x.sum(), lambda v, x: v + 0 * x),
        (lambda x: x * w[:x.size].reshape(x.shape), lambda v, x: v * w[:x.size].reshape(x.shape)),
        (lambda x: x - x.mean(), lambda v, x: v - v.mean()),
        (lambda x: np.sqrt((x * x).sum()), lambda v, x: v * x / np.sqrt((x * x).sum())),
        (lambda x: np.abs(x), lambda v, x: v * np.sign(x)),
        (lambda x: np.maximum(x, 0).sum(), lambda v, x: v * (x > 0)),
        (lambda x: np.tanh(x), lambda v, x: v * (1 - np.tanh(x) ** 2)),
        (lambda x: np.cumsum(x.ravel()), lambda v, x: np.cumsum(v[::-1])[::-1].reshape(x.shape)),
        (lambda x: np.sort(x, -1), lambda v, x: np.take_along_axis(v, np.argsort(np.argsort(
            x, -1, kind="stable"), -1, kind="stable"), -1))]), sizes(random, shape(random)))


def piecewise_constant(random: Random) -> Hard:
    x = sizes(random, shape(random), -3, 6)
    if random.random() < 0.3:
        x = np.round(x)                             # at a jump
    k = int(random.integers(0, 5))
    edges = np.sort(random.uniform(-1e3, 1e3, 20))
    f = pick(random, [np.floor, np.ceil, np.trunc, np.sign, lambda x: np.round(x, k),
                      lambda x: np.round(x * 2 ** k) / 2 ** k, lambda x: (x > 0) * 1.0,
                      lambda x: edges[np.digitize(x, edges) - 1], lambda x: np.floor(x).sum()])
    return Hard(f, lambda v, x: 0 * x, x)


def first(x: Array) -> Array:
    """1 at the first maximum of each row."""
    return (np.arange(x.shape[-1]) == x.argmax(-1)[..., None]) * 1.0


def pooled(x: Array) -> Array:
    return np.lib.stride_tricks.sliding_window_view(x, 3, -1).max(-1)


def pooled_back(v: Array, x: Array) -> Array:
    out = np.zeros_like(x)
    windows = np.lib.stride_tricks.sliding_window_view(x, 3, -1)
    for j, index in enumerate(windows.argmax(-1).T):
        out[np.arange(len(x)), j + index] += v[:, j]
    return out


def median_back(v: Array, x: Array) -> Array:
    out, order = np.zeros_like(x), np.argsort(x, -1, kind="stable")
    np.put_along_axis(out, order[:, x.shape[1] // 2:][:, :1], v[:, None], -1)
    return out


def ties(random: Random) -> Hard:
    n = 2 * int(random.integers(2, 5)) - 1
    x = random.choice([0.0, 0.5, 1.0, -1.0], (int(random.integers(1, 4)), n))
    if random.random() < 0.5:
        x = np.maximum(random.standard_normal(x.shape), 0)      # of a ReLU
    shared = lambda x: (x == x.max(-1, keepdims=True)) / (x == x.max(-1, keepdims=True)).sum(-1,
                                                                                             keepdims=True)
    return Hard(*pick(random, [
        (lambda x: x.max(-1), lambda v, x: first(x) * v[:, None]), (pooled, pooled_back),
        (pooled, pooled_back),
        (lambda x: x.max(-1), lambda v, x: shared(x) * v[:, None]),
        (lambda x: np.sort(x, -1), lambda v, x: np.take_along_axis(v, np.argsort(np.argsort(
            x, -1, kind="stable"), -1, kind="stable"), -1)),
        (lambda x: np.median(x, -1), median_back),
        (lambda x: np.sort(x, -1)[:, -2:], lambda v, x: np.take_along_axis(np.pad(v, ((0, 0), (n - 2, 0))),
         np.argsort(np.argsort(x, -1, kind="stable"), -1, kind="stable"), -1)),
        (lambda x: np.abs(x), lambda v, x: v * np.sign(x)),
        (lambda x: np.clip(x, 0, 1), lambda v, x: v * ((x >= 0) & (x <= 1)))]), x)


def subnormal(random: Random) -> Hard:
    x = random.choice([-1.0, 1.0], shape(random)) * pick(random,
                                                         [5e-324, 1e-310, 1e-320, 2.3e-308, 1e-300, 1e-200])
    x = np.where(random.random(x.shape) < 0.3, sizes(random, x.shape, -2, 1), x)
    return Hard(*pick(random, [
        (lambda x: np.maximum(x, 0), lambda v, x: v * (x > 0)), (np.abs, lambda v, x: v * np.sign(x)),
        (lambda x: np.where(x > 0, x, 0.1 * x), lambda v, x: v * np.where(x > 0, 1, 0.1)),
        (np.tanh, lambda v, x: v * (1 - np.tanh(x) ** 2)), (lambda x: x * x, lambda v, x: v * 2 * x),
        (lambda x: 1e-300 * np.sin(x), lambda v, x: 1e-300 * v * np.cos(x)),
        (lambda x: x.sum(), lambda v, x: v + 0 * x), (np.floor, lambda v, x: 0 * x)]), x)


def cancellation(random: Random) -> Hard:
    c = float(10.0 ** random.uniform(0, 12))
    x = random.uniform(-2, 2, shape(random))
    y = lambda x: np.exp(x - x.max())
    return pick(random, [
        Hard(lambda x: (x + c) - c, lambda v, x: v + 0 * x, x, c * x.size),
        Hard(lambda x: x * c - (x - 1) * c, lambda v, x: 0 * x, x, c * x.size),
        Hard(lambda x: 1 - np.cos(1e-3 * x), lambda v, x: v * 1e-3 * np.sin(1e-3 * x), x, x.size),
        Hard(lambda x: (x + c) ** 2 - c ** 2, lambda v, x: v * 2 * (x + c), x, c * c * x.size),
        Hard(lambda x: np.log(1 - 1 / (1 + np.exp(-x))), lambda v, x: -v / (1 + np.exp(-x)), 12 + 5 * x,
             float(np.exp(22) * x.size)),
        Hard(lambda x: np.sum((x - x.mean()) ** 2), lambda v, x: v * 2 * (x - x.mean()), x + c ** 0.5,
             c ** 0.5 * x.size),
        Hard(lambda x: c + np.log(y(x).sum()) + x.max(), lambda v, x: v * y(x) / y(x).sum(), x, c),
        Hard(lambda x: np.sqrt(c + x) - np.sqrt(c), lambda v, x: v * 0.5 / np.sqrt(c + x), np.abs(x),
             c * x.size)])


def fast_and_steep(random: Random) -> Hard:
    k = float(10.0 ** random.uniform(0, 9))
    x = random.uniform(0.1, 2, shape(random))
    with np.errstate(all="ignore"):
        return pick(random, [
            Hard(lambda x: np.sin(k * x), lambda v, x: v * k * np.cos(k * x), x / pick(random, [1, k]),
                 k * 2),
            Hard(lambda x: np.sin(1 / x), lambda v, x: -v * np.cos(1 / x) / x ** 2, x / k, k * 100),
            Hard(lambda x: np.exp(50 * x), lambda v, x: v * 50 * np.exp(50 * x), x - 1),
            Hard(lambda x: 1 / x, lambda v, x: -v / x ** 2, x / k),
            Hard(lambda x: np.tanh(k * (x - 1)), lambda v, x: v * k / np.cosh(np.clip(k * (x - 1), -300,
                                                                                      300)) ** 2,
                 1 + (x - 1) / k, k * 100),
            Hard(lambda x: np.exp(-(x * k) ** 2), lambda v, x: -v * 2 * k * k * x * np.exp(-(x * k) ** 2),
                 x / k),
            Hard(lambda x: x ** 7, lambda v, x: v * 7 * x ** 6, x * 10)])


def beside_a_kink(random: Random) -> Hard:
    x = random.choice([-1.0, 1.0], shape(random)) * 10.0 ** random.uniform(-15, -2, 1)
    at = pick(random, [0.0, 0.0, 1.0, -30.0])
    return Hard(*pick(random, [
        (lambda x: np.maximum(x - at, 0), lambda v, x: v * (x > at)),
        (lambda x: np.abs(x - at) + x ** 2, lambda v, x: v * (np.sign(x - at) + 2 * x)),
        (lambda x: np.where(x > at, np.exp(x - at), 1.0), lambda v,
         x: v * np.where(x > at, np.exp(x - at), 0)),
        (lambda x: np.abs(x - at).sum() ** 2, lambda v, x: v * 2 * np.abs(x - at).sum() * np.sign(x - at))]),
                at + x)


def end_of_domain(random: Random) -> Hard:
    gap = 10.0 ** random.uniform(-12, 0, shape(random))
    return pick(random, [
        Hard(np.sqrt, lambda v, x: v * 0.5 / np.sqrt(x), gap), Hard(np.log, lambda v, x: v / x, gap),
        Hard(np.arcsin, lambda v, x: v / np.sqrt(1 - x * x), 1 - gap / 2, 1e5),
        Hard(np.log1p, lambda v, x: v / (1 + x), gap - 1, 1e5),
        Hard(lambda x: x ** 0.3, lambda v, x: v * 0.3 * x ** -0.7, gap),
        Hard(lambda x: x * np.log(x), lambda v, x: v * (np.log(x) + 1), gap),
        Hard(lambda x: np.log(x - 0.5), lambda v, x: v / (x - 0.5), gap)])      # NaN below 0.5


def many_entries(random: Random) -> Hard:
    n = 100_000
    x = random.standard_normal(n)
    w = random.standard_normal((100, 3))
    return Hard(*pick(random, [
        (np.sin, lambda v, x: v * np.cos(x)), (lambda x: np.maximum(x, 0), lambda v, x: v * (x > 0)),
        (lambda x: (x ** 2).mean(), lambda v, x: v * 2 * x / x.size),
        (np.cumsum, lambda v, x: np.cumsum(v[::-1])[::-1]),
        (lambda x: x.reshape(-1, 100) @ w, lambda v, x: (v @ w.T).ravel()),
        (lambda x: np.abs(x).sum(), lambda v, x: v * np.sign(x)),
        (lambda x: x.reshape(-1, 10).max(1), lambda v, x: (first(x.reshape(-1, 10)) * v[:, None]).ravel()),
        (np.floor, lambda v, x: 0 * x)]), x)


FAMILIES: dict[str, Callable[[Random], Hard]] = {
    f.__name__: f for f in (mixed_sizes, piecewise_constant, ties, subnormal, cancellation, fast_and_steep,
                            beside_a_kink, end_of_domain, many_entries)}
