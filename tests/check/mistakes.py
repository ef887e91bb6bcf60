"""Functions with hand-written gradients, and the mistakes of the catalogue planted in them.

A mistake is a name, the kinds of diagnosis that tell it truly, and a way to spoil a right gradient. Some fit
every function; others belong to one, such as a softmax whose sum runs along the wrong axis.
``benchmarks/gradcheck_mistakes.py`` counts how often each is found, named, and misnamed.
"""
from __future__ import annotations

from typing import Any, Callable, NamedTuple

import numpy as np

Random = np.random.Generator
Array = Any


class Case(NamedTuple):
    """A forward, its right backward, and inputs of about so many entries."""

    name: str
    forward: Callable[..., Any]
    backward: Callable[..., Any]
    inputs: list[Array]


class Mistake(NamedTuple):
    """A wrong backward, and the kinds that name its cause."""

    name: str
    kinds: frozenset[str]
    backward: Callable[..., Any]
    which: int = 0


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def softmax(x: Array, axis: int = -1) -> Array:
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def cdf(x: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x ** 3)))


def pdf(x: Array) -> Array:
    inner = 0.7978845608 * (x + 0.044715 * x ** 3)
    return 0.5 * (1 - np.tanh(inner) ** 2) * 0.7978845608 * (1 + 3 * 0.044715 * x * x)


EPS = 1e-2


def normalize(x: Array, axes: Any = -1) -> tuple[Array, Array]:
    s = np.sqrt(x.var(axes, keepdims=True) + EPS)
    return (x - x.mean(axes, keepdims=True)) / s, s


def normalize_back(v: Array, x: Array, axes: Any = -1) -> Array:
    y, s = normalize(x, axes)
    return (v - v.mean(axes, keepdims=True) - y * (v * y).mean(axes, keepdims=True)) / s


# ── functions of one array, entry by entry ────────────────────────────────────────────────────────

ELEMENTWISE: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "exp": (np.exp, np.exp), "sin": (np.sin, np.cos), "cos": (np.cos, lambda x: -np.sin(x)),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
    "cube": (lambda x: x ** 3, lambda x: 3 * x * x),
    "log(1 + x²)": (lambda x: np.log(1 + x * x), lambda x: 2 * x / (1 + x * x)),
    "gelu": (lambda x: x * cdf(x), lambda x: cdf(x) + x * pdf(x)),
    "silu": (lambda x: x * sigmoid(x), lambda x: sigmoid(x) * (1 + x * (1 - sigmoid(x)))),
    "softplus": (lambda x: np.log1p(np.exp(x)), sigmoid), "arctan": (np.arctan, lambda x: 1 / (1 + x * x)),
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0),
    "leaky": (lambda x: np.where(x > 0, x, 0.1 * x), lambda x: np.where(x > 0, 1, 0.1)),
    "elu": (lambda x: np.where(x > 0, x, np.exp(x) - 1), lambda x: np.where(x > 0, 1, np.exp(x))),
    "bell": (lambda x: np.exp(-x * x), lambda x: -2 * x * np.exp(-x * x)),
    "sqrt(1 + x²)": (lambda x: np.sqrt(1 + x * x), lambda x: x / np.sqrt(1 + x * x))}


def of_one(random: Random, shape: tuple[int, ...]) -> list[Case]:
    x = random.standard_normal(shape) + 0.1
    found = [Case(name, f, lambda v, x, df=df: v * df(x), [x]) for name, (f, df) in ELEMENTWISE.items()]
    n = shape[-1]
    found += [
        Case("sum of squares", lambda x: np.sum(x * x), lambda v, x: v * 2 * x, [x]),
        Case("mean of exp", lambda x: np.mean(np.exp(x)), lambda v, x: v * np.exp(x) / x.size, [x]),
        Case("logsumexp", lambda x: np.log(np.exp(x).sum(-1)), lambda v, x: v[..., None] * softmax(x), [x]),
        Case("cumsum", lambda x: np.cumsum(x, -1), lambda v, x: np.cumsum(v[..., ::-1], -1)[..., ::-1], [x]),
        Case("softmax", softmax, lambda v, x: softmax(x) * (v - (v * softmax(x)).sum(-1, keepdims=True)),
             [x]),
        Case("log softmax", lambda x: np.log(softmax(x)), lambda v,
             x: v - softmax(x) * v.sum(-1, keepdims=True), [x]),
        Case("layer norm", lambda x: normalize(x)[0], normalize_back, [x]),
        Case("rows of length 1", lambda x: x / np.sqrt((x * x).sum(-1, keepdims=True)), unit_back, [x])]
    return [c for c in found if n > 2 or c.name not in ("layer norm",)]


def unit_back(v: Array, x: Array) -> Array:
    norm = np.sqrt((x * x).sum(-1, keepdims=True))
    y = x / norm
    return (v - y * (v * y).sum(-1, keepdims=True)) / norm


def of_two(random: Random, shape: tuple[int, ...]) -> list[Case]:
    n, m = shape[0], shape[-1]
    x, w = random.standard_normal((n, m)), random.standard_normal((n, m))
    b, square = random.standard_normal(m), random.standard_normal((m, m))
    full = random.standard_normal((m, m))
    w2 = random.standard_normal((m, 3))
    return [
        Case("mul", lambda x, w: x * w, lambda v, x, w: (v * w, v * x), [x, w]),
        Case("div", lambda x, w: x / w, lambda v, x, w: (v / w, -v * x / w ** 2), [x, w + 3]),
        Case("matmul", lambda x, w: x @ w, lambda v, x, w: (v @ w.T, x.T @ v), [x, w2]),
        Case("square matmul", lambda x, w: x @ w, lambda v, x, w: (v @ w.T, x.T @ v), [full, square]),
        Case("linear", lambda x, b: np.tanh(x + b), lambda v, x, b: (
            v * (1 - np.tanh(x + b) ** 2), (v * (1 - np.tanh(x + b) ** 2)).sum(0)), [x, b]),
        Case("square linear", lambda x, b: np.sin(x + b), lambda v, x, b: (
            v * np.cos(x + b), (v * np.cos(x + b)).sum(0)), [full, b]),
        Case("mse", lambda p, t: np.mean((p - t) ** 2), lambda v, p, t: (
            2 * v * (p - t) / p.size, -2 * v * (p - t) / p.size), [x, w]),
        Case("sums and products", lambda x, w: (x + w, x * w), lambda vs, x, w: (
            vs[0] + vs[1] * w, vs[0] + vs[1] * x), [x, w]),
        Case("x w + x²", lambda x, w: x * w + x * x, lambda v, x, w: (v * (w + 2 * x), v * x), [x, w]),
        Case("maximum", np.maximum, lambda v, x, w: (v * (x > w), v * (x <= w)), [x, w])]


# ── mistakes that fit every function ──────────────────────────────────────────────────────────────

Change = Callable[[Array, Array, Array], Array]


def spoiled(case: Case, which: int, change: Callable[..., Array]) -> Callable[..., Any]:
    def backward(v: Array, *inputs: Array) -> Any:
        right = case.backward(v, *inputs)
        several = list(right) if isinstance(right, tuple) else [right]
        several[which] = change(np.asarray(several[which]), v, inputs[which])
        return tuple(several)
    return backward


def lose(a: Array, at: Any) -> Array:
    out = np.array(a)
    out[at] = 0
    return out


GENERAL: dict[str, tuple[set[str], Callable[..., Array]]] = {
    "sign": ({"sign"}, lambda a, v, x: -a),
    "factor 2": ({"factor"}, lambda a, v, x: 2 * a),
    "factor 1/2": ({"factor"}, lambda a, v, x: a / 2),
    "factor n": ({"factor"}, lambda a, v, x: a * x.size),
    "nothing": ({"zero"}, lambda a, v, x: 0 * a),
    "times x": ({"extra_factor", "missing_factor", "wrong_place"}, lambda a, v, x: a * x),
    "first entry lost": ({"lost_entries", "missing_slices"}, lambda a, v, x: lose(a, (0,) * a.ndim)),
    "last row lost": ({"missing_slices", "lost_entries"}, lambda a, v, x: lose(a, -1)),
    "NaN": ({"not_finite"}, lambda a, v, x: a / (np.arange(a.size) > 0).reshape(a.shape)),
    "backwards": ({"reversed", "wrong_place"}, lambda a, v, x: a[..., ::-1]),
    "shifted": ({"shifted", "reversed"}, lambda a, v, x: np.roll(a, 1, -1)),
    "transposed": ({"transposed"}, lambda a, v, x: a.T),
    "clipped": ({"upstream_clipped"}, None),                    # type: ignore[dict-item]
    "guided": ({"upstream_sign"}, None),                        # type: ignore[dict-item]
    "|v|": ({"upstream_sign"}, None),                           # type: ignore[dict-item]
    "whole numbers": ({"whole_numbers", "zero"}, lambda a, v, x: (a * 1.0).astype(int)),
    "float16": ({"single_precision"}, lambda a, v, x: a.astype(np.float16)),
    "upstream alone": ({"upstream", "missing_factor", "branch", "mask_inverted", "missing_term", "factor",
                        "not_accumulated", "diagonal_only"},
                       lambda a, v, x: v * np.ones(a.shape)),
    "one entry + 1": (set(), lambda a, v, x: a + (np.arange(a.size) == a.size // 2).reshape(a.shape)),
    "noise": (set(), lambda a, v, x: a + np.random.default_rng(5).standard_normal(a.shape)),
    "wrong below 0": ({"region", "branch", "mask_inverted"}, lambda a, v,
                      x: np.where(x < 0, a * (1.5 + x * x), a)),
}


def upstream_changed(case: Case, which: int, change: Callable[[Array], Array]) -> Callable[..., Any]:
    def backward(v: Any, *inputs: Array) -> Any:
        right = case.backward(v, *inputs)
        spoiled = case.backward(tuple(map(change, v)) if isinstance(v, tuple) else change(v), *inputs)
        if not isinstance(right, tuple):
            return spoiled
        return tuple(s if k == which else r for k, (r, s) in enumerate(zip(right, spoiled)))
    return backward


ALTERED = {"clipped": lambda v: np.clip(v, -0.5, 0.5), "guided": lambda v: v * (v > 0), "|v|": np.abs}


def general(case: Case, which: int) -> list[Mistake]:
    """All mistakes that fit any function; one that changes nothing is left out by who counts."""
    found = []
    x = case.inputs[which]
    for name, (kinds, change) in GENERAL.items():
        if name in ALTERED:
            found.append(Mistake(name, frozenset(kinds), upstream_changed(case, which, ALTERED[name]), which))
            continue
        if name == "transposed" and (x.ndim != 2 or x.shape[0] != x.shape[1]) or \
                name == "shifted" and x.shape[-1] < 3 or name == "upstream alone" and \
                np.shape(case.forward(*case.inputs)) != x.shape:
            continue
        found.append(Mistake(name, frozenset(kinds), spoiled(case, which, change), which))
    return found


# ── mistakes that belong to a function ────────────────────────────────────────────────────────────

def own(case: Case) -> list[Mistake]:
    """The classic mistakes of this function."""
    make = lambda name, kinds, backward, which=0: Mistake(name, frozenset(kinds.split()), backward, which)
    s, back = softmax, case.backward
    return {
        "sigmoid": [make("σ(1 + σ)", "sign_inside", lambda v, x: v * sigmoid(x) * (1 + sigmoid(x))),
                    make("f′ at x", "wrong_place", lambda v, x: v * x * (1 - x)),
                    make("f′ at σ", "wrong_place", lambda v, x: v * sigmoid(sigmoid(x))
                         * (1 - sigmoid(sigmoid(x)))),
                    make("1 − σ missing", "missing_factor", lambda v, x: v * sigmoid(x))],
        "tanh": [make("1 + y²", "sign_inside", lambda v, x: v * (1 + np.tanh(x) ** 2)),
                 make("f′ at x", "wrong_place", lambda v, x: v * (1 - x * x))],
        "gelu": [make("second term", "product_rule", lambda v, x: v * cdf(x)),
                 make("first term", "product_rule", lambda v, x: v * x * pdf(x))],
        "silu": [make("second term", "product_rule", lambda v, x: v * sigmoid(x))],
        "relu": [make("mask inverted", "mask_inverted", lambda v, x: v * (x <= 0)),
                 make("no mask", "missing_factor branch", lambda v, x: v)],
        "leaky": [make("0 below 0", "branch extra_factor", lambda v, x: v * (x > 0)),
                  make("mask inverted", "mask_inverted", lambda v, x: v * np.where(x > 0, 0.1, 1))],
        "softmax": [make("diagonal", "diagonal_only", lambda v, x: v * s(x) * (1 - s(x))),
                    make("no sum", "missing_term", lambda v, x: v * s(x)),
                    make("wrong axis", "wrong_axis", lambda v,
                         x: s(x) * (v - (v * s(x)).sum(0, keepdims=True)))],
        "log softmax": [make("diagonal", "diagonal_only", lambda v, x: v - s(x) * v),
                        make("wrong axis", "wrong_axis", lambda v, x: v - s(x) * v.sum(0, keepdims=True))],
        "logsumexp": [make("not divided", "row_factor", lambda v, x: v[..., None] * np.exp(x))],
        "layer norm": [make("mean detached", "missing_term", lambda v,
                            x: back(v, x) + v.mean(-1, keepdims=True)
                            / normalize(x)[1]),
                       make("variance detached", "missing_term",
                            lambda v, x: (v - v.mean(-1, keepdims=True)) / normalize(x)[1]),
                       make("both detached", "missing_term", lambda v, x: v / normalize(x)[1]),
                       make("not divided", "row_factor", lambda v, x: back(v, x) * normalize(x)[1])],
        "rows of length 1": [make("norm missing", "row_factor",
                                  lambda v, x: back(v, x) * np.sqrt((x * x).sum(-1, keepdims=True)))],
        "cumsum": [make("same direction", "transpose_missing reversed", lambda v, x: np.cumsum(v, -1))],
        "mean of exp": [make("1/n missing", "factor", lambda v, x: v * np.exp(x))],
        "square matmul": [make("wᵀ v", "matmul_order", lambda v, x, w: (w.T @ v, x.T @ v)),
                          make("v w", "transpose_missing matmul_order", lambda v, x, w: (v @ w, x.T @ v)),
                          make("x v", "transpose_missing matmul_order", lambda v, x, w: (v @ w.T, x @ v), 1),
                          make("v xᵀ", "matmul_order", lambda v, x, w: (v @ w.T, v @ x.T), 1)],
        "square linear": [make("wrong axis", "wrong_axis", lambda v, x, b: (
            v * np.cos(x + b), (v * np.cos(x + b)).sum(1)), 1)],
        "linear": [make("last row only", "not_summed", lambda v, x, b: (
            v * (1 - np.tanh(x + b) ** 2), (v * (1 - np.tanh(x + b) ** 2))[-1]), 1),
            make("mean for sum", "factor", lambda v, x, b: (
                v * (1 - np.tanh(x + b) ** 2), (v * (1 - np.tanh(x + b) ** 2)).mean(0)), 1)],
        "mul": [make("swapped", "wrong_input", lambda v, x, w: (v * x, v * x)),
                make("one lost", "missing_factor upstream", lambda v, x, w: (v, v * x))],
        "div": [make("1/w² → 1/w", "extra_factor missing_factor", lambda v, x, w: (v / w, -v * x / w), 1)],
        "mse": [make("1/n missing", "factor", lambda v, p, t: (2 * v * (p - t), -2 * v * (p - t) / p.size))],
        "sums and products": [make("one output", "one_output", lambda vs, x,
                                   w: (vs[1] * w, vs[0] + vs[1] * x))],
        "x w + x²": [make("one use", "missing_term", lambda v, x, w: (v * w, v * x))],
    }.get(case.name, [])


def shapes(random: Random, count: int) -> list[tuple[int, ...]]:
    """Shapes of matrices with few (2 to 12) entries, and with more, by turns."""
    few = [(1, 2), (1, 3), (2, 2), (1, 5), (2, 3), (3, 3), (2, 4), (2, 6), (3, 4)]
    more = [(4, 4), (3, 7), (5, 6), (6, 6), (2, 15), (8, 5)]
    return [(few if k % 2 else more)[int(random.integers(len(few if k % 2 else more)))] for k in range(count)]
