"""Every diagnosis is made where its mistake was planted, for several functions and many random shapes."""
from __future__ import annotations

from typing import Any, Callable, NamedTuple

import numpy as np
import pytest

from minigrad.check import KINDS, Report, gradcheck_function

Random = np.random.Generator
Array = Any


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


class Op(NamedTuple):
    """A function of arrays and its right gradients; ``draw`` makes inputs of random shapes."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    draw: Callable[[Random], list[Array]]


def shape(random: Random, low: int = 1, high: int = 3, least: int = 2) -> tuple[int, ...]:
    return tuple(int(n) for n in random.integers(least, 5, int(random.integers(low, high + 1))))


def one(random: Random) -> list[Array]:
    return [random.uniform(0.3, 2, shape(random))]


def two(random: Random) -> list[Array]:
    chosen = shape(random)
    return [random.uniform(0.3, 2, chosen), random.uniform(0.3, 2, chosen)]


def signed(random: Random) -> list[Array]:
    """Of both signs, and at least one of each; none near 0."""
    x = random.uniform(0.2, 2, shape(random, least=3)) * 1.0
    sign = random.choice([-1.0, 1.0], x.shape)
    sign.flat[0], sign.flat[1], sign.flat[2] = 1, -1, 1
    return [x * sign]


def square(random: Random) -> list[Array]:
    n = int(random.integers(2, 5))
    return [random.standard_normal((n, n)), random.standard_normal((n, n))]


def matrices(random: Random) -> list[Array]:
    n, k, m = (int(i) for i in random.integers(2, 5, 3))
    return [random.standard_normal((n, k)), random.standard_normal((k, m))]


def affine(random: Random) -> list[Array]:
    n, m = (int(i) for i in random.integers(2, 5, 2))
    return [random.standard_normal((n, m)), random.standard_normal(m)]


def distinct(random: Random) -> list[Array]:
    chosen = shape(random, least=3)
    return [random.permutation(int(np.prod(chosen))).reshape(chosen) * 0.37]


EXP = Op(np.exp, lambda g, x: g * np.exp(x), one)
SIN = Op(np.sin, lambda g, x: g * np.cos(x), signed)
SQUARE = Op(lambda x: x * x, lambda g, x: g * 2 * x, one)
CUBE = Op(lambda x: x ** 3, lambda g, x: g * 3 * x * x, one)
SIGMOID = Op(sigmoid, lambda g, x: g * sigmoid(x) * (1 - sigmoid(x)), signed)
TANH = Op(np.tanh, lambda g, x: g * (1 - np.tanh(x) ** 2), signed)
LOG = Op(np.log, lambda g, x: g / x, one)
RELU = Op(lambda x: np.maximum(x, 0), lambda g, x: g * (x > 0), signed)
LEAKY = Op(lambda x: np.where(x > 0, x, 0.1 * x), lambda g, x: g * np.where(x > 0, 1, 0.1), signed)
MUL = Op(lambda x, w: x * w, lambda g, x, w: (g * w, g * x), two)
DIV = Op(lambda x, w: x / w, lambda g, x, w: (g / w, -g * x / w ** 2), two)
SUM = Op(lambda x: np.sum(x * x), lambda g, x: g * 2 * x, one)
MEAN = Op(lambda x: np.mean(np.exp(x)), lambda g, x: g * np.exp(x) / x.size, one)
MATMUL = Op(lambda x, w: x @ w, lambda g, x, w: (g @ w.T, x.T @ g), matrices)
SQUARE_MATMUL = MATMUL._replace(draw=square)
LINEAR = Op(lambda x, b: np.tanh(x + b), lambda g, x, b: (
    g * (1 - np.tanh(x + b) ** 2), (g * (1 - np.tanh(x + b) ** 2)).sum(0)), affine)
MAX = Op(lambda x: x.max(-1), lambda g, x: (x == x.max(-1, keepdims=True)) * g[..., None], distinct)


def wrong(op: Op, change: Callable[..., Any], which: int = 0) -> Op:
    """``op`` with one of its gradients changed: change(gradient, g, *inputs)."""
    def backward(g: Array, *inputs: Array) -> Any:
        right = op.backward(g, *inputs)
        several = list(right) if isinstance(right, tuple) else [right]
        several[which] = change(several[which], g, *inputs)
        return tuple(several)
    return op._replace(backward=backward)


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def normalized(x: Array) -> Array:
    return (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True)


ROWS = [0, 0, 1, 1, 1]


def last_row_only(a: Array, g: Array, x: Array) -> Array:
    out = np.zeros_like(x)
    out[ROWS] = g
    return out


def windows(x: Array) -> Array:
    """Windows of 2, one step apart: every inner entry is in two of them."""
    return np.stack([x[:-1], x[1:]], -1)


def overwritten(g: Array, x: Array) -> Array:
    out = np.zeros_like(x)
    out[:-1] = g[:, 0]
    out[1:] = g[:, 1]
    return out


def rolled(k: int, axis: int) -> Callable[..., Any]:
    return lambda a, g, *_: np.roll(a, k, axis)


def zero_padded(a: Array, g: Array, *_: Any) -> Array:
    out = np.zeros_like(a)
    out[1:] = a[:-1]
    return out


def at_least(n: int, draw: Callable[[Random], list[Array]] = one) -> Callable[[Random], list[Array]]:
    """Inputs whose axes are n at least."""
    def drawn(random: Random) -> list[Array]:
        while True:
            inputs = draw(random)
            if all(min(x.shape) >= n for x in inputs):
                return inputs
    return drawn


def vectors(random: Random) -> list[Array]:
    return [random.standard_normal((int(random.integers(3, 7)), int(random.integers(3, 5))))]


def cubes(random: Random) -> list[Array]:
    n, m = int(random.integers(2, 4)), int(random.integers(2, 4))
    return [random.standard_normal((m, n, n))]


def images(random: Random) -> list[Array]:
    n, c, h = (int(i) for i in random.integers(2, 4, 3))
    return [random.standard_normal((n, c, h, 2)), random.standard_normal((1, c, 1, 1))]


def last_use_of_rows(forward_rows: list[int]) -> Op:
    return Op(lambda x: x[forward_rows] ** 2,
              lambda g, x: last_row_only(None, 2 * g * x[forward_rows], x), vectors)


PLANTED: dict[str, list[Op]] = {
    "sign": [wrong(op, lambda a, *_: -a) for op in (EXP, SIN, MEAN, CUBE)]
    + [wrong(op, lambda a, *_: -a, 1) for op in (DIV, MATMUL, LINEAR)],
    "factor": [wrong(SQUARE, lambda a, *_: a / 2), wrong(CUBE, lambda a, *_: a / 3),
               wrong(SUM, lambda a, *_: a / 2), wrong(MEAN, lambda a, g, x: a * x.size),
               wrong(MEAN, lambda a, g, x: a * x.shape[0]),
               wrong(EXP, lambda a, g, x: a / x.shape[0]), wrong(EXP, lambda a, *_: a * np.log(2)),
               wrong(MATMUL, lambda a, g, x, w: a / np.sqrt(x.shape[1]), 0),
               wrong(LINEAR, lambda a, g, x, b: a / len(x), 1), wrong(SIN, lambda a, *_: -2 * a),
               wrong(SIN, lambda a, *_: 0.7312 * a)],
    "transposed": [wrong(SQUARE_MATMUL, lambda a, *_: a.T, 0), wrong(SQUARE_MATMUL, lambda a, *_: a.T, 1),
                   wrong(MUL._replace(draw=square), lambda a, *_: a.T, 1),
                   wrong(MATMUL._replace(draw=lambda r: [r.normal(size=(2, 3)), r.normal(size=(3, 4))]),
                         lambda a, *_: a.T, 1),
                   wrong(SIN._replace(draw=cubes), lambda a, *_: a.swapaxes(1, 2))],
    "transpose_missing": [
        wrong(SQUARE_MATMUL, lambda a, g, x, w: g @ w, 0), wrong(SQUARE_MATMUL, lambda a, g, x, w: x @ g, 1),
        Op(lambda x: np.cumsum(x, -1), lambda g, x: np.cumsum(g, -1), at_least(3))],
    "wrong_input": [wrong(MUL, lambda a, g, x, w: g * x, 0), wrong(MUL, lambda a, g, x, w: g * w, 1),
                    wrong(SQUARE_MATMUL, lambda a, g, x, w: x.T @ g, 0),
                    wrong(DIV, lambda a, g, x, w: g / w, 1)],
    "reversed": [wrong(SIN, lambda a, *_: np.flip(a, -1)), wrong(CUBE, lambda a, *_: np.flip(a)),
                 Op(lambda x: np.flip(x, 0), lambda g, x: g, one)],
    "shifted": [wrong(SIN._replace(draw=at_least(3, one)), rolled(1, 0)),
                wrong(SIN._replace(draw=at_least(3, one)), rolled(-1, -1)),
                wrong(EXP._replace(draw=at_least(4, one)), zero_padded)],
    "reshaped": [wrong(op, lambda a, *_: a.T.reshape(a.shape), k)
                 for op, k in ((MATMUL._replace(draw=lambda r: [r.standard_normal((3, 2)),
                                                                r.standard_normal((2, 4))]), 1),
                               (SIN._replace(draw=lambda r: [r.standard_normal(
                                   (int(r.integers(3, 5)), 2))]), 0))],
    "not_summed": [wrong(LINEAR, lambda a, g, x, b: g * (1 - np.tanh(x + b) ** 2), 1),
                   wrong(LINEAR, lambda a, g, x, b: (g * (1 - np.tanh(x + b) ** 2))[-1], 1),
                   wrong(LINEAR, lambda a, g, x, b: (g * (1 - np.tanh(x + b) ** 2))[0], 1),
                   Op(lambda x, b: x * b, lambda g, x, b: (g * b, g * x), images),
                   Op(lambda x, b: x * b,
                      lambda g, x, b: (g * b, (g * x).sum((0, 2), keepdims=True)), images)],
    "upstream_ignored": [Op(np.exp, lambda g, x: np.exp(x), one), Op(np.sin, lambda g, x: np.cos(x), signed),
                         Op(MATMUL.forward, lambda g, x, w: (np.ones_like(g) @ w.T, x.T @ g), matrices)],
    "upstream_twice": [Op(np.exp, lambda g, x: g * g * np.exp(x), one),
                       Op(MATMUL.forward, lambda g, x, w: (g ** 2 @ w.T, x.T @ g), matrices)],
    "not_accumulated": [Op(lambda x: x[ROWS], lambda g, x: last_row_only(None, g, x), vectors),
                        last_use_of_rows(ROWS), Op(lambda x: windows(x[:, 0]), lambda g, x: np.pad(
                            overwritten(g, x[:, 0])[:, None], ((0, 0), (0, x.shape[1] - 1))), vectors)],
    "one_output": [Op(lambda x: (np.sin(x), x * x), lambda gs, x: gs[1] * 2 * x, one),
                   Op(lambda x: (np.sin(x), x * x, np.exp(x)),
                      lambda gs, x: gs[0] * np.cos(x) + gs[1] * 2 * x, one)],
    "mask_inverted": [Op(RELU.forward, lambda g, x: g * (x <= 0), signed),
                      Op(LEAKY.forward, lambda g, x: g * np.where(x > 0, 0.1, 1), signed),
                      Op(MAX.forward, lambda g, x: (x != x.max(-1, keepdims=True)) * g[..., None], distinct)],
    "missing_slices": [
        wrong(SIN._replace(draw=vectors), lambda a, *_: a * (np.arange(len(a)) == 0)[:, None]),
        wrong(EXP._replace(draw=vectors), lambda a, *_: a * (np.arange(len(a)) != 1)[:, None])],
    "wrong_place": [Op(sigmoid, lambda g, x: g * x * (1 - x), signed),
                    Op(np.tanh, lambda g, x: g * (1 - x * x), signed),
                    Op(sigmoid, lambda g, x: g * sigmoid(sigmoid(x)) * (1 - sigmoid(sigmoid(x))), signed),
                    Op(np.exp, lambda g, x: g * x, one), Op(np.log, lambda g, x: g / np.log(x), one)],
    "missing_factor": [Op(CUBE.forward, lambda g, x: g, one), Op(CUBE.forward, lambda g, x: g * 3 * x, one),
                       Op(RELU.forward, lambda g, x: g, signed), Op(sigmoid, lambda g, x: g, signed),
                       Op(sigmoid, lambda g, x: g * sigmoid(x), signed), Op(LOG.forward, lambda g, x: g, one),
                       wrong(MUL, lambda a, g, x, w: g, 0)],
    "extra_factor": [wrong(DIV, lambda a, g, x, w: -g * x / w, 1), wrong(EXP, lambda a, g, x: a * x),
                     wrong(MUL, lambda a, g, x, w: a * w * w, 0)],
    "upstream": [Op(lambda x: np.sin(x) * np.cos(3 * x), lambda g, x: g, one),
                 wrong(SQUARE_MATMUL, lambda a, g, x, w: g, 0)],
    "missing_term": [Op(lambda x: x * x + x, lambda g, x: g * 2 * x, one),
                     Op(lambda x, w: x * w + x ** 2, lambda g, x, w: (g * w, g * x), two),
                     Op(softmax, lambda g, x: g * softmax(x), at_least(3)),
                     Op(normalized, lambda g, x: (g - g.mean(-1, keepdims=True))
                        / x.std(-1, keepdims=True), at_least(3)),
                     Op(lambda x: x - x.mean(0), lambda g, x: g, at_least(3))],
    "whole_numbers": [Op(lambda x: 7 * x ** 3, lambda g, x: (g * 21 * x ** 2).astype(int), one)],
    "single_precision": [wrong(SIN, lambda a, *_: (a + 3000).astype(np.float32) - np.float32(3000)),
                         wrong(MATMUL, lambda a, *_: (a + 3000).astype(np.float32) - np.float32(3000))],
    "zero": [wrong(op, lambda a, *_: 0 * a) for op in (EXP, MEAN, MATMUL)],
    "not_finite": [wrong(EXP, lambda a, *_: a * np.nan), wrong(SIN, lambda a, *_: a / 0)],
    "needs_broadcast": [Op(lambda x: x.sum(-1), lambda g, x: g, at_least(2)),
                        Op(lambda x: x.sum(), lambda g, x: g, at_least(2))],
    "function_not_finite": [Op(lambda x: 1 / (x - x), lambda g, x: -g / (x - x) ** 2, one)],
    "summed_too_much": [wrong(EXP._replace(draw=at_least(2)), lambda a, *_: a.sum(0))],
}


def test_every_kind_is_listed() -> None:
    assert set(PLANTED) <= set(KINDS)


def found(op: Op, seed: int) -> Report:
    inputs = op.draw(np.random.default_rng(seed))
    with np.errstate(all="ignore"):
        return gradcheck_function(op.forward, op.backward, inputs, raise_exception=False)


@pytest.mark.parametrize("kind, number", [(k, i) for k, ops in PLANTED.items() for i in range(len(ops))])
def test_a_planted_mistake_is_named(kind: str, number: int) -> None:
    for seed in range(6):
        report = found(PLANTED[kind][number], seed)
        assert not report.passed and report.kind == kind, f"seed {seed}: {report}"
