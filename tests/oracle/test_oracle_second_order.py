"""Second derivatives against PyTorch's: of every function of entries, and of a network's gradient penalty."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad.ops.pointwise import TABLE, Pairwise
from oracle_compare import array_of

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

#: Where a function is tried, unless from 0.1 to 0.9, where all others are smooth.
ELSEWHERE = {"acosh": (1.1, 3.0), "log": (0.1, 3.0), "tan": (-1.3, 1.3), "hardswish": (-4.0, 4.0),
             **dict.fromkeys(["exp", "erf", "sinh", "cosh", "atan", "softsign", "tanhshrink", "logsigmoid",
                              "silu"], (-2.0, 2.0))}
OPERATIONS = [op for op in TABLE if op.__name__ != "Hardsigmoid"]       # PyTorch has none of that


def twice(library: Any, function: Any, *arrays: np.ndarray) -> list[np.ndarray]:
    """First derivatives, and the gradients of the sum of their squares."""
    xs = [library.tensor(a, requires_grad=True) for a in arrays]
    first = library.autograd.grad(function(*xs).sum(), xs, create_graph=True)
    recorded = [g for g in first if g.requires_grad]
    if recorded:
        sum((g * g).sum() for g in recorded).backward()
    second = [library.zeros_like(x) if x.grad is None else x.grad for x in xs]
    return [array_of(g) for g in (*first, *second)]


def named(library: Any, name: str) -> Any:
    return getattr(library, name, None) or getattr(library.nn.functional, name)


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.__name__)
def test_functions_of_entries(op: Any) -> None:
    name, rng = op.__name__.lower(), np.random.default_rng(0)
    low, high = ELSEWHERE.get(name, (0.1, 0.9))
    arrays = [rng.uniform(low, high, 20) for _ in range(2 if issubclass(op, Pairwise) else 1)]
    ours, theirs = (twice(library, named(library, name), *arrays) for library in (minigrad, torch))
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, 1e-9, 1e-9)


def test_the_gradient_penalty_of_a_network() -> None:
    """‖∂L/∂x‖², differentiated by the weights."""
    rng = np.random.default_rng(0)
    x, w, v, b = (rng.standard_normal(shape) for shape in ((2, 1, 5, 5), (3, 1, 3, 3), (12, 2), (3,)))

    def derivatives(library: Any) -> list[np.ndarray]:
        xs = [library.tensor(a, requires_grad=True) for a in (x, w, v, b)]
        functional = library.nn.functional
        h = functional.max_pool2d(functional.conv2d(xs[0], xs[1], xs[3]).tanh(), 2, 1).reshape(2, -1) @ xs[2]
        (g,) = library.autograd.grad((h * h).sum(), xs[0], create_graph=True)
        (g * g).sum().backward()
        return [leaf.grad.numpy() for leaf in xs]
    for ours, theirs in zip(derivatives(minigrad), derivatives(torch)):
        np.testing.assert_allclose(ours, theirs, 1e-9, 1e-9)
