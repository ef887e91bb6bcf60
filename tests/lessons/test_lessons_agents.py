"""What the lessons on reinforcement learning share: networks side by side, and how long a pole stays up."""
from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad
from lessons.support.agents import Networks, balance
from minigrad import nn


def alone(networks: Networks, which: int, activation: type[nn.Module]) -> nn.Sequential:
    """One of the networks, as layers of its own."""
    layers: list[nn.Module] = []
    for i in range(networks.layers):
        weight, bias = (getattr(networks, f"{name}{i}").detach().numpy()[which]
                        for name in ("weight", "bias"))
        layer = nn.Linear(*weight.shape)
        layer.load_state_dict({"weight": minigrad.tensor(weight.T.copy()), "bias": minigrad.tensor(bias[0])})
        layers += [layer, activation()]
    return nn.Sequential(*layers[:-1])


@pytest.mark.parametrize(("name", "activation"), [("tanh", nn.Tanh), ("relu", nn.ReLU)])
def test_networks_side_by_side_are_networks_alone(name: str, activation: type[nn.Module]) -> None:
    """Outputs, and the gradients of a sum of losses."""
    rng = np.random.default_rng(0)
    networks = Networks((4, 5, 6, 2), 3, rng, name)
    x = minigrad.tensor(rng.normal(size=(3, 7, 4)).astype(np.float32))
    y = networks(x)
    weights = minigrad.tensor([1.0, 2.0, 3.0]).reshape(3, 1, 1)
    (weights * y ** 2).sum().backward()
    for which in range(3):
        one = alone(networks, which, activation)
        out = one(x[which])
        assert np.allclose(out.detach().numpy(), y.detach().numpy()[which], atol=1e-6)
        ((which + 1.0) * out ** 2).sum().backward()
        first = [layer for layer in one if isinstance(layer, nn.Linear)][0]
        assert np.allclose(first.weight.grad.numpy().T, networks.weight0.grad.numpy()[which], atol=1e-4)


def test_inputs_are_scaled_and_the_last_layer_can_start_small() -> None:
    plain, scaled = (Networks((2, 3, 1), 1, np.random.default_rng(0), scale=scale) for scale in ((), (2, 5)))
    x = minigrad.tensor([[[1.0, 1.0]]])
    assert np.allclose(plain(x * minigrad.tensor([2.0, 5.0])).detach().numpy(), scaled(x).detach().numpy())
    small = Networks((2, 3, 1), 1, np.random.default_rng(0), last=0.01)
    assert np.allclose(small.weight1.detach().numpy(), 0.01 * plain.weight1.detach().numpy())
    assert np.array_equal(small.weight0.detach().numpy(), plain.weight0.detach().numpy())


def test_balance_counts_the_first_episode_of_each_cart() -> None:
    def choose(seen: np.ndarray) -> np.ndarray:
        """The first agent balances, the second always pushes left."""
        rule = (seen[..., 2] + 0.3 * seen[..., 3] > 0).astype(int)
        return np.stack([rule[0], 0 * rule[1]])
    length = balance(choose, seeds=2, seed=0, episodes=4)
    assert length[0] == 500 and 8 <= length[1] <= 11


# ── beside PyTorch ────────────────────────────────────────────────────────────────────────────────

LESSON = Path(__file__).resolve().parents[2] / "lessons" / "41_policy_gradients.py"
GAMMA, LAMBDA, CLIP = 0.99, 0.95, 0.2


def functions_of_the_lesson(*names: str) -> Any:
    """Functions of lesson 41 (policy gradients), without running it."""
    tree = ast.parse(LESSON.read_text(encoding="utf-8"))
    wanted = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in names]
    place: dict[str, Any] = {"np": np, "minigrad": minigrad, "Tensor": minigrad.Tensor, "GAMMA": GAMMA,
                             "Arrays": dict}
    exec(compile(ast.Module(wanted, []), str(LESSON), "exec"), place)
    return [place[name] for name in names]


@pytest.mark.torch
def test_ppo_has_the_values_and_the_slopes_of_a_reference_in_pytorch() -> None:
    """The reference weights the larger of two losses, as most programs do; some are beyond the clip."""
    torch = pytest.importorskip("torch")
    (policy_loss,) = functions_of_the_lesson("policy_loss")
    rng = np.random.default_rng(0)
    old, new = -rng.uniform(0.1, 2.0, (2, 3, 40))
    A, weight = rng.normal(size=(3, 40)), (rng.random((3, 40)) < 0.8) * 1.0
    ours, theirs = minigrad.tensor(new, requires_grad=True), torch.tensor(new, requires_grad=True)
    found = policy_loss(ours, *map(minigrad.tensor, (old, A, weight)), CLIP)
    found.sum().backward()
    ratio = (theirs - torch.tensor(old)).exp()
    assert (ratio > 1 + CLIP).any() and (ratio < 1 - CLIP).any()
    gain, kept = torch.tensor(A), torch.tensor(weight)
    each = torch.max(-gain * ratio, -gain * ratio.clamp(1 - CLIP, 1 + CLIP))
    right = (each * kept).sum(1) / kept.sum(1)
    right.sum().backward()
    np.testing.assert_allclose(found.detach().numpy(), right.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-10, atol=1e-14)


def test_advantages_are_the_weighted_sums_of_later_surprises() -> None:
    """The definition as a double sum, without a recursion: the reference for episodes that end on the way."""
    (advantages,) = functions_of_the_lesson("advantages")
    rng = np.random.default_rng(1)
    V, after = rng.normal(size=(2, 30, 2, 4))
    fell, cut = rng.random((2, 30, 2, 4)) < 0.1
    found = advantages({"fell": fell, "cut": cut & ~fell}, V, after, LAMBDA)
    delta = 1 + GAMMA * np.where(fell, 0.0, after) - V
    right = np.zeros_like(V)
    for t in range(30):
        alive = np.ones((2, 4))
        for k in range(t, 30):
            right[t] += alive * (GAMMA * LAMBDA) ** (k - t) * delta[k]
            alive = alive * ~(fell | cut)[k]
    np.testing.assert_allclose(found, right, rtol=1e-12)
