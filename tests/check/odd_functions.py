"""Further families of right gradients that are hard to measure: where f itself is odd.

Solutions of equations that were iterated up to a tolerance, numbers rounded inside of f, networks with a unit
at 0 exactly, sawteeth, kinks as dense as a step, long recurrences, matrices that can hardly be inverted,
saturated units, empty and single entries, 10⁵ outputs of a few entries. As in ``hard_functions``, all
choices are drawn from a seed, and ``benchmarks/gradcheck_families.py`` checks thousands.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np
from hard_functions import Array, Hard, Random, pick, shape, sizes


def iterated(random: Random) -> Hard:
    """Fixed points by Newton, stopped at a tolerance that L shows as noise; their gradients are implicit."""
    tolerance = float(10.0 ** random.uniform(-14, -8))     # above, the steps' own slope is another

    def root(x: Array) -> Array:                    # y³ + y = x
        y = np.zeros_like(x)
        while np.any(np.abs(y ** 3 + y - x) > tolerance):
            y = y - 0.7 * (y ** 3 + y - x) / (3 * y * y + 1)
        return y

    def kepler(x: Array) -> Array:                  # y − ½ sin y = x
        y = x
        while np.any(np.abs(y - 0.5 * np.sin(y) - x) > tolerance):
            y = x + 0.5 * np.sin(y)
        return y

    def exact(f: Callable[[Array], Array], df: Callable[[Array], Array]) -> Callable[[Array, Array], Array]:
        def backward(v: Array, x: Array) -> Array:
            y = f(x)
            for _ in range(60):                     # to the last digit
                y = x + 0.5 * np.sin(y) if f is kepler else y - (y ** 3 + y - x) / (3 * y * y + 1)
            return v / df(y)
        return backward
    x = random.uniform(-2, 2, shape(random))
    noise = 1e2 * tolerance / 2 ** -52 * x.size
    return pick(random, [Hard(root, exact(root, lambda y: 3 * y * y + 1), x, noise),
                         Hard(kepler, exact(kepler, lambda y: 1 - 0.5 * np.cos(y)), x, noise)])


def rounded_inside(random: Random) -> Hard:
    """Smooth but for numbers that are rounded on the way: to float32, or to so many digits."""
    k = int(random.integers(5, 15))
    f, df = pick(random, [(np.sin, np.cos), (np.exp, np.exp), (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
                          (lambda x: x ** 3, lambda x: 3 * x * x)])
    cut, unit = pick(random, [(lambda x: x.astype(np.float32).astype(float), 1e-7),
                              (lambda x: np.round(x, k), 10.0 ** -k)])
    x = random.uniform(-2, 2, shape(random))
    return pick(random, [
        Hard(lambda x: cut(f(x)), lambda v, x: v * df(x), x, 30 * unit / 2 ** -52 * x.size),
        Hard(lambda x: f(cut(x)), lambda v, x: v * df(x), x, 30 * unit / 2 ** -52 * x.size),
        Hard(lambda x: cut(f(x)).sum(), lambda v, x: v * df(x), x, 30 * unit / 2 ** -52 * x.size)])


def units_at_zero(random: Random) -> Hard:
    """A ReLU network of small whole numbers: a unit, or inputs, stand at 0, and get the gradient 0 there."""
    n, m = int(random.integers(1, 4)), int(random.integers(2, 6))
    w, u = random.integers(-1, 2, (m, 5)) * 1.0, random.standard_normal((5, 2))
    b = random.integers(-1, 2, 5) + 0.5 * (np.arange(5) > 0)            # where two meet, no gradient is right
    x = random.integers(-1, 2, (n, m)) * 1.0
    return pick(random, [
        Hard(lambda x: np.maximum(x @ w + b, 0) @ u, lambda v, x: (v @ u.T * (x @ w + b > 0)) @ w.T, x),
        Hard(lambda x: np.maximum(x, 0) @ w, lambda v, x: v @ w.T * (x > 0), x),
        Hard(lambda x: np.maximum(x, 0) ** 2 @ w, lambda v, x: 2 * v @ w.T * np.maximum(x, 0), x)])


def sawtooth(random: Random) -> Hard:
    """Jumps and slopes together: x mod m, the fraction of x, x · ⌊x⌋, right beside a jump or anywhere."""
    m = float(10.0 ** random.uniform(-2, 2))
    x = sizes(random, shape(random), -1, 3)
    if random.random() < 0.5:
        x = np.round(x / m) * m + m * random.choice([-1.0, 1.0], x.shape) * 10.0 ** random.uniform(-9, -1)
    return Hard(*pick(random, [
        (lambda x: np.mod(x, m), lambda v, x: v + 0 * x), (lambda x: x - np.floor(x), lambda v, x: v + 0 * x),
        (lambda x: x * np.floor(x / m), lambda v, x: v * np.floor(x / m)),
        (lambda x: np.abs(np.mod(x, 2 * m) - m), lambda v, x: v * np.where(np.mod(x, 2 * m) > m, 1, -1)),
        (lambda x: np.sin(x) + np.sign(np.sin(x / m)), lambda v, x: v * np.cos(x))]), x)


def dense_kinks(random: Random) -> Hard:
    """Piecewise linear with many pieces: tables that are interpolated, sums of |x − aᵢ| close together."""
    spacing = float(10.0 ** random.uniform(-6, -1))
    knots = spacing * np.arange(-50, 51) + random.uniform(0, spacing)
    heights = spacing * random.standard_normal(101)

    def slope(x: Array) -> Array:
        k = np.clip(np.searchsorted(knots, x) - 1, 0, 99)
        inside = (x > knots[0]) & (x < knots[-1])
        return np.where(inside, (heights[k + 1] - heights[k]) / spacing, 0)
    x = random.uniform(-40, 40, shape(random)) * spacing
    a = knots[random.integers(0, 101, 12)]
    return Hard(*pick(random, [
        (lambda x: np.interp(x, knots, heights), lambda v, x: v * slope(x)),
        (lambda x: np.abs(x[..., None] - a).sum(-1), lambda v, x: v * np.sign(x[..., None] - a).sum(-1)),
        (lambda x: np.max(x[..., None] * a - a * a / 2, -1), lambda v, x: v * a[np.argmax(
            x[..., None] * a - a * a / 2, -1)])]), x)


def recurrence(random: Random) -> Hard:
    """Many steps of the same map: slopes that vanish, explode, or belong to chaos."""
    steps, r = int(random.integers(5, 80)), float(random.uniform(2.0, 4.0))
    w = float(random.uniform(0.3, 1.8))
    x = random.uniform(0.1, 0.9, shape(random))

    def through(f: Callable[[Array], Array], df: Callable[[Array], Array]) -> tuple[Any, Any]:
        def forward(x: Array) -> Array:
            for _ in range(steps):
                x = f(x)
            return x

        def backward(v: Array, x: Array) -> Array:
            for _ in range(steps):
                v, x = v * df(x), f(x)
            return v
        return forward, backward
    forward, backward = pick(random, [
        through(lambda x: r * x * (1 - x), lambda x: r * (1 - 2 * x)),
        through(lambda x: np.tanh(w * x), lambda x: w * (1 - np.tanh(w * x) ** 2)),
        through(lambda x: 0.9 * x + 0.1 * np.cos(x), lambda x: 0.9 - 0.1 * np.sin(x))])
    growth = float(np.max(np.abs(backward(np.ones(x.shape), x)), initial=1.0))
    return Hard(forward, backward, x, 10 * growth ** 2)     # steps have to be shorter than 1 / growth


def nearly_singular(random: Random) -> Hard:
    """Inverse, determinant and solutions of systems whose condition is up to 10⁹."""
    n = int(random.integers(2, 5))
    u, _, w = np.linalg.svd(random.standard_normal((n, n)))
    scale = 10.0 ** -random.uniform(0, 9)
    x = u @ np.diag(np.geomspace(1, scale, n)) @ w
    b = random.standard_normal(n)
    inverse, t = np.linalg.inv, np.transpose
    inside = float(np.linalg.norm(inverse(x))) ** 2 * 10 * n
    return pick(random, [
        Hard(inverse, lambda v, x: -t(inverse(x)) @ v @ t(inverse(x)), x, inside),
        Hard(np.linalg.det, lambda v, x: v * np.linalg.det(x) * t(inverse(x)), x, 10.0),
        Hard(lambda x: np.linalg.solve(x, b), lambda v, x: -np.outer(
            np.linalg.solve(x.T, v), np.linalg.solve(x, b)), x, inside),
        Hard(lambda x: np.linalg.slogdet(x)[1], lambda v, x: v * t(inverse(x)), x, 100 / scale)])


def saturated(random: Random) -> Hard:
    """Units far out: slopes of 0, of 10⁻³⁰, or of 1 less 10⁻³⁰."""
    x = sizes(random, shape(random), 0, 3)
    s = lambda x: 0.5 * (1 + np.tanh(0.5 * x))
    e = lambda x: np.exp(x - x.max(-1, keepdims=True))
    soft = lambda x: e(x) / e(x).sum(-1, keepdims=True)
    return Hard(*pick(random, [
        (s, lambda v, x: v * s(x) * s(-x)), (lambda x: np.logaddexp(0, x), lambda v, x: v * s(x)),
        (lambda x: x * s(x), lambda v, x: v * s(x) * (1 + x * s(-x))),
        (soft, lambda v, x: soft(x) * (v - (v * soft(x)).sum(-1, keepdims=True))),
        (lambda x: np.log(e(x).sum(-1)) + x.max(-1), lambda v, x: v[..., None] * soft(x)),
        (lambda x: np.exp(-x * x), lambda v, x: -2 * v * x * np.exp(-x * x)),
        (np.arctan, lambda v, x: v / (1 + x * x)), (lambda x: np.clip(x, -3, 3), lambda v, x: v * (
            np.abs(x) < 3))]), x)


def odd_shapes(random: Random) -> Hard:
    """No entries, one, one with many axes, and functions that ignore some or all of theirs."""
    x = random.uniform(-2, 2, pick(random, [(), (0,), (1,), (3, 0), (1, 1, 1, 1), (2, 1, 3), (7,)]))
    big = float(10.0 ** random.uniform(0, 12))
    some = random.random(x.shape) < 0.5
    return Hard(*pick(random, [
        (np.sin, lambda v, x: v * np.cos(x)), (lambda x: x.sum(), lambda v, x: v + 0 * x),
        (lambda x: np.where(some, x, 1.0) ** 2, lambda v, x: v * np.where(some, 2 * x, 0)),
        (lambda x: big + 0 * x.sum(), lambda v, x: 0 * x),
        (lambda x: np.array(big), lambda v, x: 0 * x),
        (lambda x: np.where(some, x, 0).sum() * 1e-12, lambda v, x: 1e-12 * v * some),
        (lambda x: np.append(np.where(some, x, 0), big), lambda v, x: v[:-1].reshape(x.shape) * some)]), x,
        big)


def many_outputs(random: Random) -> Hard:
    """A few entries that act on 10⁵ outputs, each."""
    a = random.standard_normal(100_000)
    x = random.uniform(-2, 2, int(random.integers(1, 4)))
    return Hard(*pick(random, [
        (lambda x: np.sin(np.outer(x, a)), lambda v, x: (v * np.cos(np.outer(x, a)) * a).sum(1)),
        (lambda x: np.maximum(np.outer(x, a), 0), lambda v, x: (v * (np.outer(x, a) > 0) * a).sum(1)),
        (lambda x: np.outer(x, a).mean(1), lambda v, x: v * a.mean()),
        (lambda x: np.cumsum(x[0] * a), lambda v, x: np.append((v * np.cumsum(a)).sum(), 0 * x[1:]))]), x)


ODD: dict[str, Callable[[Random], Hard]] = {
    f.__name__: f for f in (iterated, rounded_inside, units_at_zero, sawtooth, dense_kinks, recurrence,
                            nearly_singular, saturated, odd_shapes, many_outputs)}
