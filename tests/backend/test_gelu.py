"""GELU in float32: as exact as float32 is, in any shape, and differentiable twice."""
import math

import numpy as np
import pytest

import minigrad
import minigrad.nn.functional as F
from minigrad.backend.tuning import GELU as BLOCK


def test_gelu_is_exact_to_float32() -> None:
    x = np.concatenate([np.linspace(-14, 14, 40001), [0.0, -0.0, 1e-30, 300.0, -300.0]]).astype(np.float32)
    exact = np.array([v * 0.5 * math.erfc(-v / math.sqrt(2)) for v in x.astype(float)])
    slope = np.array([0.5 * math.erfc(-v / math.sqrt(2)) + v * math.exp(-v * v / 2) / math.sqrt(2 * math.pi)
                      for v in x.astype(float)])
    t = minigrad.tensor(x, requires_grad=True)
    y = F.gelu(t)
    y.sum().backward()
    assert y.dtype == np.float32 and t.grad is not None
    np.testing.assert_allclose(y.detach().numpy(), exact, rtol=2e-7, atol=5e-7)
    np.testing.assert_allclose(t.grad.numpy(), slope, rtol=0, atol=5e-7)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 5), (7, 4681), (2, BLOCK), (3, BLOCK - 1)])
def test_gelu_in_any_shape(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    found = F.gelu(minigrad.tensor(x)).numpy()
    assert found.shape == shape
    np.testing.assert_allclose(found, F.gelu(minigrad.tensor(x.astype(np.float64))).numpy(), atol=5e-7)
    turned = np.random.default_rng(1).normal(size=(6, 4)).astype(np.float32).T
    exact = F.gelu(minigrad.tensor(turned.astype(np.float64))).numpy()
    np.testing.assert_allclose(F.gelu(minigrad.tensor(turned)).numpy(), exact, atol=5e-7)


def test_gelu_leaves_its_input_and_takes_a_second_derivative() -> None:
    x = minigrad.tensor([-1.5, 0.3, 2.0], requires_grad=True)
    before = x.detach().numpy().copy()
    (first,) = minigrad.autograd.grad(F.gelu(x).sum(), x, create_graph=True)
    first.sum().backward()
    v = before.astype(float)
    density = np.exp(-v * v / 2) / math.sqrt(2 * math.pi)
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), density * (2 - v * v), atol=2e-6)     # y″ = φ (2 − x²)
    assert (x.detach().numpy() == before).all()
    assert isinstance(F.gelu(minigrad.ones(2).double()).numpy()[0], np.float64)


def test_infinities_and_nan():
    y = F.gelu(minigrad.tensor([math.inf, -math.inf, math.nan])).numpy()
    assert y[0] == math.inf and y[1] == 0 and math.isnan(y[2])
