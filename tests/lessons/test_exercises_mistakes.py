"""Mistakes that students make: each fails in the case that is meant for it, and is told by its name."""
from __future__ import annotations

from pathlib import Path
from typing import Iterator, NamedTuple

import pytest

from lessons.grading.catalog import EXERCISES, find
from lessons.grading.command import check
from lessons.grading.results import FAILED
from lessons.grading.sandbox import Sandbox

SOLUTIONS = Path(__file__).parent / "solutions"


class Mistake(NamedTuple):
    """A solution with one part replaced; the first case that fails, and the kind that is named there."""

    exercise: str
    right: str
    wrong: str
    case: str
    kind: str


MISTAKES = [
    # 1: the derivative of a formula
    Mistake("derivative", "* (y + 1)", "* y", "f at x = 2, y = 3", "used twice"),
    Mistake("derivative", "2 * inner * (y + 1), 2 * inner * x", "2 * inner, 2 * inner",
            "f at x = 2, y = 3", "inner derivative"),
    Mistake("derivative", "2 * inner * (y + 1), 2 * inner * x", "inner * (y + 1), inner * x",
            "f at x = 2, y = 3", "factor"),
    Mistake("derivative", "2 * inner * (y + 1), 2 * inner * x", "2 * inner * x, 2 * inner * (y + 1)",
            "f at x = 2, y = 3", "wrong_input"),
    Mistake("derivative", "(2 * x - x ** 2)", "(2 * x + x ** 2)", "g at x = 1", "inner derivative"),
    Mistake("derivative", "(2 * x - x ** 2)", "2 * x", "g at x = 1", "product rule"),
    Mistake("derivative", "(2 * x - x ** 2)", "-2 * x", "g at x = 1", "product rule"),
    # 2: mul, pow, tanh
    Mistake("elementwise", "g * y, g * x", "g * x, g * y", "mul: 2 · 5", "wrong_input"),
    Mistake("elementwise", "g * y, g * x", "y, x", "mul: 2 · 5", "upstream_ignored"),
    Mistake("elementwise", "g * y, g * x", "-g * y, g * x", "mul: 2 · 5", "sign"),
    Mistake("elementwise", "    if n == 0:\n        return np.zeros_like(x)\n", "", "pow: x⁰ at 0",
            "nan"),
    Mistake("elementwise", "g * n * x ** (n - 1)", "g * n * x ** n", "pow: x²", "exponent"),
    Mistake("elementwise", "g * n * x ** (n - 1)", "g * x ** (n - 1)", "pow: x²", "factor"),
    Mistake("elementwise", "np.tanh(x) ** 2", "x ** 2", "tanh: near 0", "wrong number"),
    Mistake("elementwise", "np.tanh(x) ** 2", "np.tanh(x)", "tanh: near 0", "square"),
    Mistake("elementwise", "np.tanh(x) ** 2",
            "((np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))) ** 2",
            "tanh: at ±1000", "nan"),
    # 3: broadcasting
    Mistake("broadcast", "    return grad.sum(axis=repeated, keepdims=True)", "    return grad",
            "(2, 1) became (2, 3)", "not_summed"),
    Mistake("broadcast", "axis=repeated, keepdims=True", "axis=repeated", "(2, 1) became (2, 3)",
            "reshaped"),
    Mistake("broadcast", "grad.sum(axis=repeated", "grad.mean(axis=repeated", "(2, 1) became (2, 3)",
            "factor"),
    Mistake("broadcast", "range(g.ndim - len(shape))", "range(len(shape), g.ndim)",
            "(3,) became (2, 3)", "wrong_shape"),
    Mistake("broadcast", "grad = g.sum(axis=tuple(range(g.ndim - len(shape))))",
            "grad = g[(0,) * (g.ndim - len(shape))]", "(3,) became (2, 3)", "not summed"),
    # 4: matmul
    Mistake("matmul", "w.T", "w", "one sample, one unit", "exception"),
    Mistake("matmul", "w.T", "(w if len(w) == len(w.T) else w.T)", "2×2 by 2×2", "transpose"),
    Mistake("matmul", "x.T @ g", "-x.T @ g", "one sample, one unit", "sign"),
    Mistake("matmul", "x.T @ g", "(g.T @ x)", "one sample, one unit", "transposed"),
    Mistake("matmul", "x.T @ g", "x.T @ g / len(x)", "2×2 by 2×2", "factor"),
    Mistake("matmul", "grad_x = g @ w.T", "grad_x = (w @ g.T).reshape(x.shape)", "2×2 by 2×2",
            "reshaped"),
    # 5: the walk
    Mistake("walk", "parent.grad += ", "parent.grad = ", "gradients: a diamond", "accumulate"),
    Mistake("walk", "order[::-1]", "order", "order: a chain of three", "reversed"),
    Mistake("walk", "elif id(node) not in seen:", "else:", "order: a diamond", "visited twice"),
    Mistake("walk", "    root.grad = 1.0\n", "", "gradients: a chain of three", "seed"),
    Mistake("walk", "    order, seen = [], set()", """\
    order, seen = [], set()
    def visit(node):
        if id(node) not in seen:
            seen.add(id(node))
            for parent in node.parents:
                visit(parent)
            order.append(node)
    visit(root)
    return order[::-1]
""", "order: a chain of 10,000", "recursion"),
    Mistake("walk", "    order, seen = [], set()", """\
    order, waiting = [root], [root]
    while waiting:
        node = waiting.pop(0)
        for parent in node.parents:
            if parent not in order:
                order.append(parent)
                waiting.append(parent)
    return order
""", "order: a short way and a long way", "order"),
    # 6: cross-entropy
    Mistake("cross_entropy", "logits - logits.max(axis=1, keepdims=True)", "logits", "scores of 1000",
            "nan"),
    Mistake("cross_entropy", "return loss, grad / n", "return loss, grad", "two samples", "mean"),
    Mistake("cross_entropy", ".mean()", ".sum()", "two samples", "mean"),
    Mistake("cross_entropy", "    grad[np.arange(n), target] -= 1\n", "", "two equal scores", "one-hot"),
    Mistake("cross_entropy", "grad = np.exp(log_p)", "grad = -np.exp(log_p)", "two equal scores",
            "value"),
    Mistake("cross_entropy", "axis=1, keepdims=True", "axis=0, keepdims=True", "two equal scores",
            "axis"),
    Mistake("cross_entropy", "log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
            "p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)\n"
            "    log_p = np.log(p + 1e-12)", "certain, and wrong", "clipped"),
    # 7: SGD
    Mistake("sgd", "p - lr", "p + lr", "the first step", "sign"),
    Mistake("sgd", "lr * new_v, new_v", "lr * v, new_v", "the first step", "old velocity"),
    Mistake("sgd", "momentum * v + g\n    return p - lr * new_v",
            "momentum * v + lr * g\n    return p - new_v",
            "the first step", "rate inside"),
    Mistake("sgd", "momentum * v + g", "momentum * v + (1 - momentum) * g", "the first step",
            "dampening"),
    Mistake("sgd", "momentum * v + g", "g", "a step with velocity", "no momentum"),
    Mistake("sgd", "p - lr * new_v", "p - lr * (g + momentum * new_v)", "the first step", "nesterov"),
    Mistake("sgd", "    new_v = momentum * v + g\n", "    v *= momentum\n    v += g\n    new_v = v\n",
            "the first step", "changed"),
    # 8: Adam
    Mistake("adam", "    m_hat = m / (1 - beta1 ** t)\n    v_hat = v / (1 - beta2 ** t)\n",
            "    m_hat, v_hat = m, v\n", "the first step", "bias correction"),
    Mistake("adam", "v / (1 - beta2 ** t)", "v", "the first step", "bias correction"),
    Mistake("adam", "** t", "", "the second step", "t"),
    Mistake("adam", "np.sqrt(v_hat) + eps", "np.sqrt(v_hat + eps)", "a small gradient and a large ε",
            "epsilon"),
    Mistake("adam", "np.sqrt(v_hat) + eps", "v_hat + eps", "the first step", "root"),
    Mistake("adam", "(1 - beta2) * g ** 2", "(1 - beta2) * g", "the first step", "square"),
    Mistake("adam", "(np.sqrt(v_hat) + eps), m, v", "(np.sqrt(v_hat) + eps), m_hat, v_hat",
            "the first step",
            "state"),
    Mistake("adam", "p - lr", "p + lr", "the first step", "sign"),
    # 9: im2col
    Mistake("im2col", "+= windows", "= windows", "col2im: overlapping windows", "overlap"),
    Mistake("im2col", "cols.reshape(n * oh * ow, c * k * k)",
            "cols.transpose(0, 1, 2, 4, 5, 3).reshape(n * oh * ow, c * k * k)", "im2col: two channels",
            "order"),
    Mistake("im2col", "cols[:, :, :, :, i, j] = ", "cols[:, :, :, :, j, i] = ",
            "im2col: 3×3, windows of 2×2",
            "order"),
    Mistake("im2col", "x[:, :, padding:padding + h, padding:padding + w]", "x", "col2im: padding 1",
            "wrong_shape"),
    Mistake("im2col", "    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))\n",
            "",
            "im2col: padding 1", "exception"),
    # 10: max-pool
    Mistake("max_pool", """\
            row, column = np.unravel_index(window.argmax(), window.shape)
            grad_x[i * stride + row, j * stride + column] += g[i, j]
""", """\
            rows, columns = np.nonzero(window == window.max())
            grad_x[i * stride + rows, j * stride + columns] += g[i, j]
""", "two equal maxima in one window", "tie"),
    Mistake("max_pool", "window.argmax()", "window.size - 1 - window.ravel()[::-1].argmax()",
            "two equal maxima in one window", "tie"),
    Mistake("max_pool", "column] += g", "column] = g", "two windows share a maximum", "overlap"),
    Mistake("max_pool", "window.argmax()", "np.maximum(window, 0).argmax()", "all negative", "negative"),
    Mistake("max_pool", "+= g[i, j]", "+= 1", "one window", "upstream"),
    Mistake("max_pool", "+= g[i, j]", "+= window.max()", "one window", "values"),
    Mistake("max_pool", "            grad_x[i * stride + row, j * stride + column] += g[i, j]",
            "            grad_x[i * stride:i * stride + k, j * stride:j * stride + k] += "
            "g[i, j] / k ** 2",
            "one window", "average"),
    # 11: dropout
    Mistake("dropout", "x * (u >= p) / (1 - p)", "x * (u >= p)", "p = ½ by hand", "scale"),
    Mistake("dropout", "x * (u >= p) / (1 - p)", "x * (u < p) / (1 - p)", "p = ½ by hand", "inverted"),
    Mistake("dropout", "x * (u >= p) / (1 - p)", "x * (u > p) / (1 - p)", "p = ½ by hand", "boundary"),
    Mistake("dropout", "    if not training:\n        return x\n", "", "evaluation", "evaluation"),
    Mistake("dropout", "g * (u >= p) / (1 - p)", "g / (1 - p)", "backward: p = ¼ by hand",
            "nothing dropped"),
    # 12: batch norm
    Mistake("batch_norm",
            "(grad_hat - grad_hat.mean(axis=0) - x_hat * (grad_hat * x_hat).mean(axis=0)) / s",
            "grad_hat / s", "two samples", "constants"),
    Mistake("batch_norm", " - x_hat * (grad_hat * x_hat).mean(axis=0)", "", "two samples", "variance"),
    Mistake("batch_norm", "(grad_hat - grad_hat.mean(axis=0) - x_hat", "(grad_hat - x_hat",
            "two samples", "mean"),
    Mistake("batch_norm", "grad_hat = g * gamma", "grad_hat = g", "two features", "gamma"),
    Mistake("batch_norm", "(g * x_hat).sum(axis=0)", "g * x_hat", "two samples", "not_summed"),
    Mistake("batch_norm", "g.sum(axis=0)", "g.mean(axis=0)", "two samples", "factor"),
    Mistake("batch_norm", "x.var(axis=0)", "x.var(axis=0, ddof=1)", "two samples", "divisor"),
    # 13: binary cross-entropy
    Mistake("bce_with_logits", "np.where(z >= 0, 1, small) / (1 + small)", "np.exp(z) / (1 + np.exp(z))",
            "z = 1000, y = 0", "nan"),
    Mistake("bce_with_logits", "(np.maximum(z, 0) - z * y + np.log1p(small)).mean()",
            "(np.log(1 + np.exp(-z)) + (1 - y) * z).mean()", "z = −1000, y = 1", "nan"),
    Mistake("bce_with_logits", "(sigma - y) / len(z)", "(sigma - y)", "two samples", "mean"),
    Mistake("bce_with_logits", "(sigma - y)", "(y - sigma)", "z = 0, y = 1", "sign"),
    Mistake("bce_with_logits", "(sigma - y)", "(sigma - y) * sigma * (1 - sigma)", "z = 0, y = 1",
            "sigmoid slope"),
    Mistake("bce_with_logits", "(np.maximum(z, 0) - z * y + np.log1p(small)).mean()",
            "(y * np.log(1 + np.exp(-np.clip(z, -700, 700)))).mean()", "z = 2, y = 0", "second term"),
    # 14: schedule
    Mistake("schedule", "peak * (step + 1) / (warmup + 1)", "peak * step / warmup",
            "one step of warm-up",
            "warm-up"),
    Mistake("schedule", "np.pi * s", "180 * s", "one step of warm-up", "cosine"),
    Mistake("schedule", "0.5 * (1 + np", "(1 + np", "one step of warm-up", "half"),
    Mistake("schedule", "(step - warmup) / (total - warmup)", "step / total", "one step of warm-up",
            "start"),
    Mistake("schedule", "min(1.0, (step - warmup) / (total - warmup))",
            "(step - warmup) / (total - warmup)",
            "after the end", "after the end"),
    Mistake("schedule", "final + (peak - final)", "peak", "down to a rate above 0", "final"),
    # 15: attention
    Mistake("attention", "k.T / np.sqrt(q.shape[1])", "k.T", "d = 4", "scale"),
    Mistake("attention", "np.where(mask, q @ k.T / np.sqrt(q.shape[1]), -np.inf)",
            "np.where(mask, -1e9, q @ k.T / np.sqrt(q.shape[1]))", "one query, two keys",
            "mask inverted"),
    Mistake("attention", "np.where(mask, q @ k.T / np.sqrt(q.shape[1]), -np.inf)",
            "q @ k.T / np.sqrt(q.shape[1])",
            "a causal mask", "mask ignored"),
    Mistake("attention", "np.where(mask, q @ k.T / np.sqrt(q.shape[1]), -np.inf)",
            "np.where(mask, q @ k.T / np.sqrt(q.shape[1]), 0.0)", "a causal mask", "mask of zeros"),
    Mistake("attention", "e / e.sum(axis=1, keepdims=True)", "e / e.sum(axis=0, keepdims=True)",
            "one query, two keys", "axis"),
    Mistake("attention", "np.exp(scores - scores.max(axis=1, keepdims=True))", "np.exp(scores)",
            "large scores",
            "nan"),
    Mistake("attention", "(grad_p - (grad_p * p).sum(axis=1, keepdims=True))", "grad_p",
            "backward: one query, two keys", "softmax"),
    Mistake("attention", "keepdims=True)) / np.sqrt(q.shape[1])", "keepdims=True))", "backward: d = 4",
            "scale"),
    # 16: the network
    Mistake("network", "delta2 = (y - t)", "delta2 = (t - y)", "gradients: all weights zero", "sign"),
    Mistake("network", "(y - t) * y * (1 - y)", "(y - t)", "gradients: all weights zero",
            "output slope"),
    Mistake("network", " * h * (1 - h)", "", "gradients: small integers", "hidden slope"),
    Mistake("network", "(w2 @ delta2) * h * (1 - h)", "(w2 @ delta2) * sigmoid(h) * (1 - sigmoid(h))",
            "gradients: small integers", "slope of h"),
    Mistake("network", "0.5 * ((y - t) ** 2).sum()", "((y - t) ** 2).sum()", "forward: all zero",
            "half"),
    Mistake("network", "np.outer(x, delta1)", "np.outer(delta1, x)", "gradients: all weights zero",
            "transposed"),
    Mistake("network", "x @ w1 + b1) @ w2", "x @ w1) @ w2", "forward: small integers", "hidden bias"),
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def test_every_exercise_has_three_mistakes_at_least() -> None:
    for entry in EXERCISES:
        assert sum(mistake.exercise == entry.name for mistake in MISTAKES) >= 3, entry.name


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: f"{m.exercise}-{m.kind}-{m.wrong[:20]}")
def test_a_mistake_is_caught_and_named(mistake: Mistake, sandbox: Sandbox, tmp_path: Path) -> None:
    entry = find(mistake.exercise)
    assert entry is not None
    solution = (SOLUTIONS / entry.file).read_text(encoding="utf-8")
    assert mistake.right in solution
    path = tmp_path / entry.file
    path.write_text(solution.replace(mistake.right, mistake.wrong), encoding="utf-8")
    seconds = 4 if "seen" in mistake.right else None            # one of them goes on for ever
    result = check(sandbox, entry, path, seed=0, seconds=seconds)
    failed = [case for case in result.cases if case.status == FAILED]
    assert failed, "the mistake is not caught"
    assert (failed[0].name, failed[0].kind) == (mistake.case, mistake.kind), failed[0].message
