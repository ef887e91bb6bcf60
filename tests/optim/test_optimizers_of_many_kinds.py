"""Optimizers that are more than one formula for each weight: L-BFGS, Muon, Adafactor; hooks; options."""
from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad import nn, optim
from minigrad.errors import ShapeError
from minigrad.optim.muon import orthogonalized


def rosenbrock(library: Any, options: dict[str, Any], steps: int, dtype: Any = np.float64) -> tuple[Any, ...]:
    """Steps in the banana-shaped valley (1 − x)² + 100 (y − x²)², in two parameters."""
    x, y = (library.tensor(np.array(v, dtype), requires_grad=True) for v in ([-1.2, 0.5], [1.0, 0.3]))
    optimizer = library.optim.LBFGS([x, y], **options)
    losses = []

    def closure() -> Any:
        optimizer.zero_grad()
        loss = ((1 - x) ** 2 + 100 * (y - x * x) ** 2).sum()
        loss.backward()
        return loss
    for _ in range(steps):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")                 # PyTorch warns of its own float(loss)
            losses.append(optimizer.step(closure).item())
    return losses, x, y, optimizer, closure


WAYS: list[dict[str, Any]] = [
    {"line_search_fn": "strong_wolfe"}, {"lr": 0.5, "line_search_fn": "strong_wolfe", "max_iter": 7},
    {"lr": 1e-3}, {"lr": 2e-3, "history_size": 3, "max_iter": 5},
    {"line_search_fn": "strong_wolfe", "history_size": 2, "max_eval": 9},
    {"line_search_fn": "strong_wolfe", "tolerance_grad": 0.1, "tolerance_change": 1e-3}]


@pytest.mark.torch
@pytest.mark.parametrize("options", WAYS, ids=str)
def test_lbfgs_takes_pytorchs_steps(options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = (rosenbrock(library, options, 5) for library in (minigrad, torch))
    assert np.allclose(ours[0], theirs[0], rtol=1e-6, atol=1e-12)
    for k in (1, 2):
        assert np.allclose(ours[k].detach().numpy(), theirs[k].detach().numpy(), rtol=1e-7)
    a, b = (x[3].state_dict()["state"][0] for x in (ours, theirs))
    assert set(a) == set(b) and a["n_iter"] == b["n_iter"] and a["func_evals"] == b["func_evals"]
    assert len(a["old_dirs"]) == len(b["old_dirs"])


def test_lbfgs_finds_the_minimum_and_continues_from_its_state(tmp_path: Any) -> None:
    options = {"line_search_fn": "strong_wolfe"}
    losses, x, y, *_ = rosenbrock(minigrad, options, 4)
    assert losses[-1] < 1e-10 < losses[0] and np.allclose([*x.tolist(), *y.tolist()], 1)
    straight = rosenbrock(minigrad, {"max_iter": 4, **options}, 4)
    first, x, y, optimizer, _ = rosenbrock(minigrad, {"max_iter": 4, **options}, 2)
    minigrad.save(optimizer.state_dict(), tmp_path / "state")
    _, x2, y2, resumed, closure = rosenbrock(minigrad, {"max_iter": 4, **options}, 0)
    with minigrad.no_grad():
        x2.copy_(x)
        y2.copy_(y)
    resumed.load_state_dict(minigrad.load(tmp_path / "state"))
    assert first + [resumed.step(closure).item() for _ in range(2)] == straight[0]
    assert x2.tolist() == straight[1].tolist()


@pytest.mark.torch
@pytest.mark.parametrize("source", ["torch", "minigrad"])
def test_a_state_of_lbfgs_changes_sides(source: str) -> None:
    torch = pytest.importorskip("torch")
    first, second = (torch, minigrad) if source == "torch" else (minigrad, torch)
    options = {"max_iter": 4, "line_search_fn": "strong_wolfe"}
    losses, x, y, optimizer, _ = rosenbrock(first, options, 2)
    _, x2, y2, resumed, closure = rosenbrock(second, options, 0)

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: moved(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [moved(v) for v in value]
        return second.tensor(value.detach().numpy().copy()) if hasattr(value, "detach") else value
    with second.no_grad():
        x2.copy_(moved(x))
        y2.copy_(moved(y))
    resumed.load_state_dict(moved(optimizer.state_dict()))
    losses += [resumed.step(closure).item() for _ in range(2)]
    assert np.allclose(losses, rosenbrock(torch, options, 4)[0], rtol=1e-6)


def test_lbfgs_refuses() -> None:
    x, y = nn.Parameter(minigrad.ones(1)), nn.Parameter(minigrad.ones(1))
    with pytest.raises(TypeError, match="LBFGS.step: needs a closure"):
        optim.LBFGS([x]).step()
    with pytest.raises(ValueError, match="one group only"):
        optim.LBFGS([{"params": [x]}, {"params": [y]}])
    with pytest.raises(ValueError, match="'strong_wolfe', got 'armijo'"):
        optim.LBFGS([x], line_search_fn="armijo")


# ── Muon ──────────────────────────────────────────────────────────────────────────────────────────

def test_orthogonalized_keeps_the_directions_and_levels_the_sizes() -> None:
    v, _, w = np.linalg.svd(np.random.default_rng(0).standard_normal((4, 6)), full_matrices=False)
    for u in ((v * [3.0, 1.0, 0.5, 0.2]) @ w, ((v * [3.0, 1.0, 0.5, 0.2]) @ w).T):
        out = orthogonalized(u, (3.4445, -4.7750, 2.0315), 5, 1e-7)
        sizes = np.diag(v.T @ (out if out.shape == (4, 6) else out.T) @ w.T)
        assert out.shape == u.shape and (np.abs(sizes - 1) < 0.35).all()
        assert np.allclose(out, (v * sizes) @ w if out.shape == (4, 6) else ((v * sizes) @ w).T)


@pytest.mark.torch
@pytest.mark.parametrize("options", [{}, {"nesterov": False, "lr": 0.02, "weight_decay": 0.0},
                                     {"adjust_lr_fn": "match_rms_adamw", "momentum": 0.5}], ids=str)
def test_muon_is_pytorchs_but_for_its_rounding_to_bfloat16(options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    start = np.random.default_rng(1).standard_normal((6, 3)).astype(np.float32)
    moved = []
    for library in (minigrad, torch):
        w = library.nn.Parameter(library.tensor(start.copy()))
        optimizer = library.optim.Muon([w], **options)
        for _ in range(50):
            optimizer.zero_grad()
            ((w - 1) ** 4).sum().backward()
            optimizer.step()
        moved.append(w.detach().numpy() - start)
        assert list(optimizer.state_dict()["state"][0]) == ["momentum_buffer"]
    assert np.abs(moved[0] - moved[1]).max() < 0.02 * np.abs(moved[1]).max()


def test_muon_refuses_what_is_not_a_matrix() -> None:
    with pytest.raises(ShapeError, match=r"Muon: expected matrices, got a parameter of shape \(3,\)"):
        optim.Muon([nn.Parameter(minigrad.ones(3))])
    with pytest.raises(ValueError, match="adjust_lr_fn"):
        optim.Muon([nn.Parameter(minigrad.ones(3, 3))], adjust_lr_fn="mine")


# ── what all have ─────────────────────────────────────────────────────────────────────────────────

KINDS = ["ASGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Muon", "NAdam", "RAdam",
         "RMSprop", "Rprop", "SGD"]


@pytest.mark.parametrize("name", KINDS)
def test_blocks_and_layouts_do_not_matter(name: str) -> None:
    values = np.random.default_rng(0).standard_normal((70, 1000)).astype(np.float32)
    results = []
    for start in (values, np.asfortranarray(values)):
        w = nn.Parameter(minigrad.tensor(start))
        optimizer = getattr(optim, name)([w], lr=0.01)
        for _ in range(3):
            optimizer.zero_grad()
            (w ** 2).sum().backward()
            optimizer.step()
        results.append(w.detach().numpy())
        assert w.dtype == np.float32 and np.abs(results[-1] - values).max() > 1e-5
    assert np.allclose(*results, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", KINDS)
def test_resuming_continues_to_the_bit(name: str, tmp_path: Any) -> None:
    start = np.random.default_rng(0).standard_normal((3, 2)).astype(np.float32)

    def run(w: Any, optimizer: Any, steps: int) -> Any:
        for _ in range(steps):
            optimizer.zero_grad()
            (w * w * 0.5).sum().backward()
            optimizer.step()
        return optimizer
    straight, first = (nn.Parameter(minigrad.tensor(start)) for _ in range(2))
    run(straight, getattr(optim, name)([straight], lr=0.05), 10)
    minigrad.save(run(first, getattr(optim, name)([first], lr=0.05), 6).state_dict(), tmp_path / "state")
    second = nn.Parameter(first.detach().clone())
    resumed = getattr(optim, name)([second], lr=0.5)
    resumed.load_state_dict(minigrad.load(tmp_path / "state"))
    run(second, resumed, 4)
    assert np.array_equal(second.detach().numpy(), straight.detach().numpy())


def test_hooks_run_before_and_after_a_step() -> None:
    w = nn.Parameter(minigrad.tensor([1.0]))
    optimizer, other = optim.SGD([w], lr=0.1), optim.SGD([w], lr=0.1)
    seen: list[Any] = []
    before = optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append((o, w.item())))
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append((o, w.item())))
    w.grad = minigrad.tensor([1.0])
    optimizer.step()
    before.remove()
    optimizer.step()
    assert [o for o, _ in seen] == [optimizer] * 3
    assert [x for _, x in seen] == pytest.approx([1.0, 0.9, 0.8])
    other.step()
    assert len(seen) == 3


def test_options_that_change_no_result_are_accepted_and_others_refused_by_name() -> None:
    w = [nn.Parameter(minigrad.ones(2, 2))]
    for name in KINDS:
        if name != "Muon":
            getattr(optim, name)(w, foreach=True)
    optim.AdamW(w, fused=True)
    for name in ("Adam", "Adadelta", "RAdam", "Rprop"):
        with pytest.raises(NotImplementedError, match=f"{name}: capturable=True is not supported"):
            getattr(optim, name)(w, capturable=True)


@pytest.mark.parametrize("make, message", [
    (lambda w: optim.Adadelta([w], rho=1.5), "Adadelta: rho must be from 0 to 1"),
    (lambda w: optim.Rprop([w], etas=(1.5, 1.2)), "Rprop: etas must be"),
    (lambda w: optim.NAdam([w], momentum_decay=-1), "NAdam: momentum_decay must not be negative"),
    (lambda w: optim.Adafactor([w], d=0.5), "d at least 1, got -0.8 and 0.5"),
    (lambda w: optim.Adafactor([w], eps=1e-8), "eps must be a pair"),
    (lambda w: optim.RAdam([w], betas=(0.9, 1.0)), "betas"),
    (lambda w: optim.ASGD([w], lambd=-1), "ASGD: lambd must not be negative"),
    (lambda w: optim.Adamax([w], lr=-1), "Adamax: lr must not be negative")])
def test_mistakes_are_named(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(nn.Parameter(minigrad.ones(2, 2)))


class Mine(optim.Optimizer):
    """An optimizer in PyTorch's form: it defines ``step``."""

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})

    def step(self, closure: Any = None) -> Any:
        loss = None if closure is None else closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = 0
                    state["velocity"] = minigrad.zeros_like(p.data)
                state["step"] += 1
                state["velocity"].mul_(0.9).add_(p.grad.data)
                p.data.add_(state["velocity"], alpha=-group["lr"])
        return loss


def test_an_optimizer_of_ones_own_in_pytorchs_form(tmp_path: Any) -> None:
    first, reference = (nn.Parameter(minigrad.tensor([1.0, -2.0])) for _ in range(2))
    pairs = [(first, Mine([first])), (reference, optim.SGD([reference], lr=0.1, momentum=0.9))]
    for w, optimizer in pairs:
        for _ in range(3):
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()
    assert np.allclose(first.detach().numpy(), reference.detach().numpy(), rtol=1e-6)
    minigrad.save(pairs[0][1].state_dict(), tmp_path / "state")
    other = Mine([nn.Parameter(minigrad.zeros(2))])
    other.load_state_dict(minigrad.load(tmp_path / "state"))
    loaded, = other.state.values()
    kept = pairs[0][1].state[first]
    assert loaded["step"] == 3 and loaded["velocity"].tolist() == kept["velocity"].tolist()
    with pytest.raises(ValueError, match="another optimizer's"):
        optim.Adam([nn.Parameter(minigrad.zeros(2))]).load_state_dict(minigrad.load(tmp_path / "state"))
