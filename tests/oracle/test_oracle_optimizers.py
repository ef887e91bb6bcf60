"""Fifty steps of every optimizer and schedule beside PyTorch's, states that change sides, resuming."""
from __future__ import annotations

import warnings
from typing import Any, Callable

import numpy as np
import pytest

import minigrad
from oracle_compare import difference

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

rng = np.random.default_rng(0)
START = [rng.standard_normal(shape) for shape in [(4, 3), (3,), ()]]
BATCHES = rng.standard_normal((50, 6, 4))
STEPS = 50

OPTIMIZERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.05}), ("SGD", {"lr": 0.05, "momentum": 0.9}), ("SGD", {"lr": 0.05, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"lr": 1e-3, "momentum": 0.5, "maximize": True}), ("SGD", {}),
    ("Adam", {}), ("Adam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3}),
    ("Adam", {"lr": 0.05, "weight_decay": 0.1}), ("Adam", {"lr": 0.05, "amsgrad": True, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.01, "maximize": True, "amsgrad": True}),
    ("AdamW", {}), ("AdamW", {"lr": 0.05, "weight_decay": 0.3, "amsgrad": True}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.0, "maximize": True}),
    ("AdamW", {"lr": 0.05, "betas": (0.0, 0.9), "eps": 1e-2}),
    ("RMSprop", {}), ("RMSprop", {"lr": 0.02, "alpha": 0.8, "eps": 1e-3}),
    ("RMSprop", {"lr": 0.02, "momentum": 0.7}), ("RMSprop", {"lr": 0.02, "centered": True}),
    ("RMSprop", {"lr": 0.02, "centered": True, "momentum": 0.7, "weight_decay": 0.1}),
    ("RMSprop", {"lr": 1e-3, "maximize": True}),
    ("Adagrad", {}), ("Adagrad", {"lr": 0.1, "lr_decay": 0.1}), ("Adagrad", {"lr": 0.1, "weight_decay": 0.1}),
    ("Adagrad", {"lr": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3}),
    ("Adagrad", {"lr": 0.01, "maximize": True}),
    ("Adadelta", {}), ("Adadelta", {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weight_decay": 0.1}),
    ("Adadelta", {"maximize": True, "lr": 0.1}),
    ("Adamax", {}), ("Adamax", {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
    ("Adamax", {"lr": 1e-3, "maximize": True}),
    ("NAdam", {}), ("NAdam", {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3, "momentum_decay": 0.1}),
    ("NAdam", {"weight_decay": 0.1, "maximize": True}),
    ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {}), ("RAdam", {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("Rprop", {}), ("Rprop", {"lr": 0.02, "etas": (0.4, 1.1), "step_sizes": (1e-3, 0.05)}),
    ("Rprop", {"lr": 1e-3, "maximize": True}),
    ("ASGD", {}), ("ASGD", {"lr": 0.05, "lambd": 0.1, "alpha": 0.5, "t0": 5, "weight_decay": 0.1}),
    ("ASGD", {"lr": 1e-3, "maximize": True, "t0": 0}),
    ("Adafactor", {}), ("Adafactor", {"lr": 0.1, "beta2_decay": -0.5, "eps": (1e-3, 0.1), "d": 2.0}),
    ("Adafactor", {"weight_decay": 0.1, "maximize": True}),
]
NAMES = [f"{n}-{','.join(f'{k}={v}' for k, v in o.items())}" for n, o in OPTIMIZERS]


def parameters(library: Any) -> list[Any]:
    return [library.nn.Parameter(library.tensor(a.copy())) for a in START]


def train(library: Any, optimizer: Any, params: list[Any], first: int = 0, last: int = STEPS,
          after: Callable[[int, float], None] | None = None) -> list[float]:
    """Steps ``first`` to ``last`` on small noisy batches, and the losses."""
    losses = []
    w, b, scale = params
    for k in range(first, last):
        optimizer.zero_grad()
        x = library.tensor(BATCHES[k])
        error = (x @ w + b).tanh() * scale - x[:, :3]
        loss = (error * error).mean()
        if k % 7 == 3:
            loss = (w * w).mean()                       # then b and scale have no gradient
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if after is not None:
            after(k, losses[-1])
    return losses


def assert_same(ours: list[Any], theirs: list[Any]) -> None:
    for i, (p, q) in enumerate(zip(ours, theirs)):
        assert difference(f"parameter {i}", p.detach(), q.detach()) is None


@pytest.mark.parametrize("name, options", OPTIMIZERS, ids=NAMES)
def test_fifty_steps(name: str, options: dict[str, Any]) -> None:
    ours, theirs = parameters(minigrad), parameters(torch)
    mine = getattr(minigrad.optim, name)(ours, **options)
    other = getattr(torch.optim, name)(theirs, **options)
    a, b = train(minigrad, mine, ours), train(torch, other, theirs)
    assert np.allclose(a, b, rtol=1e-9)
    assert_same(ours, theirs)
    assert all(not np.allclose(p.detach().numpy(), s) for p, s in zip(ours, START))


def numbers(value: Any) -> Any:
    """A state with every tensor as an array."""
    if isinstance(value, dict):
        return {k: numbers(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [numbers(v) for v in value]
    return np.asarray(value.detach().numpy()) if hasattr(value, "detach") else value


def tensors(library: Any, value: Any) -> Any:
    """A state with every array as a tensor of the library."""
    if isinstance(value, dict):
        return {k: tensors(library, v) for k, v in value.items()}
    if isinstance(value, list):
        return [tensors(library, v) for v in value]
    return library.tensor(value.copy()) if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize("name, options", OPTIMIZERS, ids=NAMES)
def test_states_have_pytorchs_keys_and_values(name: str, options: dict[str, Any]) -> None:
    ours, theirs = parameters(minigrad), parameters(torch)
    mine = getattr(minigrad.optim, name)(ours, **options)
    other = getattr(torch.optim, name)(theirs, **options)
    train(minigrad, mine, ours, 0, 3), train(torch, other, theirs, 0, 3)
    a, b = numbers(mine.state_dict()), numbers(other.state_dict())
    assert list(a) == list(b) and list(a["state"]) == list(b["state"])
    for i in b["state"]:
        known = {k: v for k, v in b["state"][i].items() if v is not None}
        assert {k for k, v in a["state"][i].items() if v is not None} == set(known)
        for key, value in known.items():
            assert np.allclose(a["state"][i][key], value, rtol=1e-9, atol=1e-15), (i, key)
    for ours_group, their_group in zip(a["param_groups"], b["param_groups"]):
        assert set(ours_group) <= set(their_group)
        assert all(v == their_group[k] or np.allclose(v, their_group[k]) for k, v in ours_group.items())
        implementation = {"foreach", "capturable", "differentiable", "fused", "decoupled_weight_decay"}
        assert set(their_group) - set(ours_group) <= implementation


@pytest.mark.parametrize("name, options", OPTIMIZERS, ids=NAMES)
@pytest.mark.parametrize("source, goal", [("torch", "minigrad"), ("minigrad", "minigrad"),
                                          ("minigrad", "torch")])
def test_half_of_the_steps_on_each_side(name: str, options: dict[str, Any], source: str, goal: str) -> None:
    libraries = {"torch": torch, "minigrad": minigrad}
    first, second = libraries[source], libraries[goal]
    params = parameters(first)
    optimizer = getattr(first.optim, name)(params, **options)
    train(first, optimizer, params, 0, 25)
    moved = [second.nn.Parameter(second.tensor(p.detach().numpy().copy())) for p in params]
    resumed = getattr(second.optim, name)(moved, lr=123.0)
    resumed.load_state_dict(tensors(second, numbers(optimizer.state_dict())))
    train(second, resumed, moved, 25, 50)
    theirs = parameters(torch)
    train(torch, getattr(torch.optim, name)(theirs, **options), theirs)
    assert_same(moved, theirs)


def test_parameter_groups_with_their_own_options() -> None:
    results = []
    for library in (minigrad, torch):
        params = parameters(library)
        optimizer = library.optim.AdamW([{"params": params[:1], "lr": 0.1, "weight_decay": 0.5},
                                         {"params": params[1:2]}], lr=0.02)
        optimizer.add_param_group({"params": params[2], "betas": (0.5, 0.6)})
        train(library, optimizer, params)
        results.append(params)
    assert_same(*results)


def test_a_closure() -> None:
    results = []
    for library in (minigrad, torch):
        params = parameters(library)
        optimizer = library.optim.SGD(params, lr=0.1)

        def closure() -> Any:
            optimizer.zero_grad()
            loss = sum((p * p).sum() for p in params)
            loss.backward()
            return loss
        losses = [float(optimizer.step(closure).item()) for _ in range(5)]
        results.append((losses, params))
    assert np.allclose(results[0][0], results[1][0], rtol=1e-12)
    assert_same(results[0][1], results[1][1])


Make = Callable[[Any, Any], Any]           # (the library's lr_scheduler module, optimizer) → schedule
SCHEDULES: dict[str, Make] = {
    "StepLR": lambda s, o: s.StepLR(o, 7, 0.5),
    "StepLR-default": lambda s, o: s.StepLR(o, step_size=20),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [10, 30, 30, 40], gamma=0.3),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.95),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 50),
    "CosineAnnealingLR-again": lambda s, o: s.CosineAnnealingLR(o, T_max=12, eta_min=1e-3),
    "LinearLR": lambda s, o: s.LinearLR(o),
    "LinearLR-down": lambda s, o: s.LinearLR(o, 1.0, 0.1, 30),
    "LinearLR-zero": lambda s, o: s.LinearLR(o, 0.5, 0.0, 20),
    "LambdaLR": lambda s, o: s.LambdaLR(o, lambda t: 1 / (1 + t)),
    "LambdaLR-each": lambda s, o: s.LambdaLR(o, [lambda t: 0.9 ** t, lambda t: 1.0]),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, 0.2, total_steps=60),
    "OneCycleLR-linear": lambda s, o: s.OneCycleLR(o, [0.2, 0.1], epochs=5, steps_per_epoch=11,
                                                   anneal_strategy="linear", pct_start=0.4),
    "OneCycleLR-phases": lambda s, o: s.OneCycleLR(o, 0.2, 52, three_phase=True, div_factor=10.0,
                                                   final_div_factor=100.0, base_momentum=0.7,
                                                   max_momentum=0.9),
    "OneCycleLR-momentum": lambda s, o: s.OneCycleLR(o, 0.2, 60, cycle_momentum=False),
    "SequentialLR": lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.1, total_iters=5),
                                                    s.CosineAnnealingLR(o, 40)], milestones=[5]),
    "SequentialLR-three": lambda s, o: s.SequentialLR(
        o, [s.LinearLR(o, 0.2, 1.0, 8), s.StepLR(o, 4, 0.7), s.ExponentialLR(o, 0.9)], [8, 30]),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, lambda t: 0.9 + 0.01 * (t % 3)),
    "MultiplicativeLR-each": lambda s, o: s.MultiplicativeLR(o, [lambda t: 0.9, lambda t: 1.01]),
    "ConstantLR": lambda s, o: s.ConstantLR(o), "ConstantLR-long": lambda s, o: s.ConstantLR(o, 0.7, 20),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o),
    "PolynomialLR-long": lambda s, o: s.PolynomialLR(o, 40, power=2.5),
    "ChainedScheduler": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.5, 9), s.ExponentialLR(o, 0.95)]),
    "ChainedScheduler-three": lambda s, o: s.ChainedScheduler(
        [s.LinearLR(o, 0.2), s.StepLR(o, 11, 0.5), s.MultiplicativeLR(o, lambda t: 0.99)], optimizer=o),
    "CyclicLR": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 8),
    "CyclicLR-2": lambda s, o: s.CyclicLR(o, [0.01, 0.02], [0.1, 0.3], 8, 5, mode="triangular2",
                                          base_momentum=0.7, max_momentum=0.95),
    "CyclicLR-exp": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 6, mode="exp_range", gamma=0.97,
                                            cycle_momentum=False),
    "CyclicLR-own": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 6, scale_fn=halved, scale_mode="iterations",
                                            mode="triangular"),
    "CosineAnnealingWarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 7),
    "CosineAnnealingWarmRestarts-longer": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, 2, eta_min=1e-3),
    "SequentialLR-polynomial": lambda s, o: s.SequentialLR(
        o, [s.ConstantLR(o, 0.1, 5), s.PolynomialLR(o, 30, 2.0)], [5]),
    "SWALR": lambda s, o: swa_utils(s).SWALR(o, 0.02, anneal_epochs=12),
    "SWALR-linear": lambda s, o: swa_utils(s).SWALR(o, [0.02, 0.5], 7, "linear"),
    "SWALR-at-once": lambda s, o: swa_utils(s).SWALR(o, 0.02, 0),
}


def halved(t: float) -> float:
    return 0.5 ** (t / 10)


def swa_utils(module: Any) -> Any:
    library = minigrad if module is minigrad.optim.lr_scheduler else torch
    return library.optim.swa_utils


def grouped(library: Any, name: str = "SGD", **options: Any) -> tuple[Any, list[Any]]:
    params = parameters(library)
    groups = [{"params": params[:2]}, {"params": params[2:], "lr": 0.03}]
    optimizer = getattr(library.optim, name)(groups, lr=0.1, **options)
    return optimizer, params


def rates(library: Any, optimizer: Any, make: list[Make], steps: int = STEPS) -> list[list[float]]:
    """The rates (and momenta) of all groups after 0, 1, … steps."""
    history = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")                         # PyTorch's about the order of steps
        schedules = [m(library.optim.lr_scheduler, optimizer) for m in make]
        for _ in range(steps):
            history.append([g["lr"] for g in optimizer.param_groups])
            history[-1] += [g.get("momentum", g.get("betas", (0,))[0]) for g in optimizer.param_groups]
            for schedule in schedules:
                schedule.step()
    return history


BY_FUNCTIONS = ("LambdaLR", "MultiplicativeLR", "ChainedScheduler-three", "CyclicLR-own")   # not in a state


@pytest.mark.parametrize("name", sorted(SCHEDULES))
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_rates_of_fifty_steps(name: str, kind: str) -> None:
    options = {"momentum": 0.8} if kind == "SGD" else {}
    a, b = (rates(library, grouped(library, kind, **options)[0], [SCHEDULES[name]])
            for library in (minigrad, torch))
    assert np.allclose(a, b, rtol=1e-9, atol=1e-16), np.argwhere(~np.isclose(a, b, rtol=1e-9, atol=1e-16))[:5]


@pytest.mark.parametrize("names", [("StepLR", "ExponentialLR"), ("LinearLR", "ExponentialLR"),
                                   ("LinearLR", "MultiStepLR", "StepLR"),
                                   ("ExponentialLR", "CosineAnnealingLR"),
                                   ("MultiplicativeLR", "StepLR"), ("StepLR", "MultiplicativeLR"),
                                   ("ConstantLR", "StepLR"), ("PolynomialLR-long", "ExponentialLR"),
                                   ("StepLR", "SWALR"), ("ExponentialLR", "SWALR-linear"),
                                   ("CosineAnnealingLR-again", "StepLR"), ("ExponentialLR", "LinearLR-down")])
def test_two_schedules_multiply(names: tuple[str, ...]) -> None:
    make = [SCHEDULES[n] for n in names]
    a, b = (rates(library, grouped(library)[0], make) for library in (minigrad, torch))
    assert np.allclose(a, b, rtol=1e-9, atol=1e-16)


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_training_with_a_schedule(name: str) -> None:
    results = []
    for library in (minigrad, torch):
        optimizer, params = grouped(library, "SGD", momentum=0.9)
        schedule = SCHEDULES[name](library.optim.lr_scheduler, optimizer)
        train(library, optimizer, params, after=lambda k, loss: schedule.step())
        results.append(params)
    assert_same(*results)


@pytest.mark.parametrize("name", sorted(n for n in SCHEDULES if not n.startswith(BY_FUNCTIONS)))
def test_a_schedule_continues_from_its_state(name: str) -> None:
    def run(library: Any, pause: bool) -> list[Any]:
        optimizer, params = grouped(library, "SGD", momentum=0.9)
        schedule = SCHEDULES[name](library.optim.lr_scheduler, optimizer)
        train(library, optimizer, params, 0, 20, after=lambda k, loss: schedule.step())
        if pause:
            saved = optimizer.state_dict(), schedule.state_dict()
            kept = params
            optimizer, params = grouped(library, "SGD", momentum=0.9)
            with library.no_grad():
                for p, q in zip(params, kept):
                    p.copy_(q.detach())
            schedule = SCHEDULES[name](library.optim.lr_scheduler, optimizer)
            optimizer.load_state_dict(saved[0])
            schedule.load_state_dict(saved[1])
        train(library, optimizer, params, 20, 50, after=lambda k, loss: schedule.step())
        return params
    assert_same(run(minigrad, True), run(torch, False))


PLATEAU: list[dict[str, Any]] = [
    {}, {"patience": 2, "factor": 0.5}, {"patience": 1, "cooldown": 3, "factor": 0.7},
    {"mode": "max", "patience": 2, "threshold": 0.1},
    {"threshold_mode": "abs", "threshold": 0.2, "patience": 0},
    {"mode": "max", "threshold_mode": "abs", "patience": 3, "min_lr": 0.02}, {"patience": 0, "eps": 0.02},
    {"patience": 1, "min_lr": [0.05, 0.001]}]


@pytest.mark.parametrize("options", PLATEAU)
def test_reduce_on_plateau(options: dict[str, Any]) -> None:
    noise = np.random.default_rng(2).normal(1, 0.2, 30)
    measures = np.concatenate([np.linspace(3, 1, 12), noise, [np.nan, 0.5, -0.3, 0, 0, 0, 0, 0]])
    histories = []
    for library in (minigrad, torch):
        optimizer, _ = grouped(library)
        schedule = library.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        history = []
        for measure in measures:
            schedule.step(library.tensor(measure))
            history.append([g["lr"] for g in optimizer.param_groups])
        histories.append(history)
        assert schedule.get_last_lr() == history[-1]
    assert np.allclose(*histories, rtol=1e-12)


def test_get_last_lr() -> None:
    for library in (minigrad, torch):
        optimizer, _ = grouped(library)
        schedule = library.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
        optimizer.step()
        schedule.step()
        assert schedule.get_last_lr() == pytest.approx([0.05, 0.015])
