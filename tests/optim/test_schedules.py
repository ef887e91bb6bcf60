"""Schedules: what PyTorch's numbers alone don't show; averages of weights."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad import nn, optim
from minigrad.errors import DataError
from minigrad.optim import lr_scheduler as schedules
from minigrad.optim.swa_utils import SWALR, AveragedModel, get_ema_avg_fn, get_ema_multi_avg_fn, update_bn


def sgd(**options: Any) -> optim.SGD:
    return optim.SGD([nn.Parameter(minigrad.ones(1))], lr=1.0, **options)


def rates(schedule: Any, optimizer: Any, steps: int) -> list[float]:
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        schedule.step()
    return found


def test_restarts_are_longer_each_time_and_can_be_set_between_epochs() -> None:
    optimizer = sgd()
    schedule = schedules.CosineAnnealingWarmRestarts(optimizer, 1, T_mult=2)
    assert [k for k, rate in enumerate(rates(schedule, optimizer, 20)) if rate == 1.0] == [0, 1, 3, 7, 15]
    schedule.step(1 + 0.5 * 2)                          # halfway through the second
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.5)
    schedule.step(3.0)
    assert optimizer.param_groups[0]["lr"] == 1.0 and schedule.T_i == 4
    with pytest.raises(ValueError, match="epoch from 0, got -1"):
        schedule.step(-1)


@pytest.mark.torch
@pytest.mark.parametrize("options", [{"T_0": 4}, {"T_0": 3, "T_mult": 2}])
def test_restarts_at_fractions_of_epochs_as_in_pytorch(options: dict[str, int]) -> None:
    torch = pytest.importorskip("torch")
    epochs = [0, 0.25, 0.5, 1, 2.75, 3, 4, 8.5, 9, 11, 21, 30, None, None, 0.5, None, None, None]
    found = []
    for library in (minigrad, torch):
        optimizer = library.optim.SGD([library.nn.Parameter(library.ones(1))], lr=0.1)
        optimizer.step()
        schedule = library.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, **options)
        found.append([])
        for epoch in epochs:
            schedule.step(epoch)
            found[-1].append(optimizer.param_groups[0]["lr"])
    assert np.allclose(*found, rtol=1e-9)


def test_a_constant_rate_of_0_ends() -> None:
    optimizer = sgd()
    assert rates(schedules.ConstantLR(optimizer, 0.0, 2), optimizer, 4) == [0, 0, 1, 1]


def test_the_function_of_multiplicative_lr_is_called_once_a_step() -> None:
    calls: list[int] = []
    optimizer = sgd()
    schedule = schedules.MultiplicativeLR(optimizer, lambda t: calls.append(t) or 0.5)
    rates(schedule, optimizer, 5)
    assert calls == [1, 2, 3, 4, 5] and optimizer.param_groups[0]["lr"] == 0.5 ** 5
    assert schedule.rate(1.0, 3, 0) == 0.5 ** 3


@pytest.mark.parametrize("make, message", [
    (lambda o: schedules.ChainedScheduler([]), "at least one schedule"),
    (lambda o: schedules.ChainedScheduler([schedules.ExponentialLR(o, 0.5),
                                           schedules.ExponentialLR(sgd(), 0.5)]), "another optimizer"),
    (lambda o: schedules.SequentialLR(o, [schedules.ReduceLROnPlateau(o)], []), "without a measure"),
    (lambda o: schedules.SequentialLR(o, [schedules.ExponentialLR(sgd(), 0.5)], []), "another optimizer"),
    (lambda o: schedules.CyclicLR(o, 0.1, 1.0, mode="round"), "mode must be 'triangular'"),
    (lambda o: schedules.CyclicLR(o, 0.1, [1.0, 2.0]), "1 parameter groups, but 2 values of max_lr"),
    (lambda o: schedules.CyclicLR(optim.Adagrad(o.param_groups[0]["params"]), 0.1, 1.0), "no momentum"),
    (lambda o: schedules.ConstantLR(o, 2.0), r"factor must be in \[0, 1\], got 2.0"),
    (lambda o: schedules.CosineAnnealingWarmRestarts(o, 0), "T_0 must be an integer from 1"),
    (lambda o: SWALR(o, 0.1, anneal_strategy="step"), "'cos' or 'linear', got 'step'"),
    (lambda o: AveragedModel(nn.Linear(1, 1), avg_fn=get_ema_avg_fn(), multi_avg_fn=get_ema_multi_avg_fn()),
     "not both"),
    (lambda o: get_ema_avg_fn(1.5), "from 0 to 1")])
def test_mistakes_are_named(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(sgd())


def test_states_of_the_wrong_schedules_are_refused() -> None:
    optimizer = sgd()
    two = schedules.ChainedScheduler([schedules.ExponentialLR(optimizer, 0.5),
                                      schedules.ConstantLR(optimizer)])
    one = schedules.ChainedScheduler([schedules.ExponentialLR(optimizer, 0.5)])
    with pytest.raises(DataError, match="2 schedulers, but the state is of 1"):
        two.load_state_dict(one.state_dict())
    plateau = schedules.ReduceLROnPlateau(optimizer)
    with pytest.raises(DataError, match="mode 'min' or 'max'"):
        plateau.load_state_dict({**plateau.state_dict(), "mode": "mean"})


class Warmup(schedules.LRScheduler):
    """A schedule in PyTorch's form."""

    def __init__(self, optimizer: Any, steps: int) -> None:
        self.steps = steps
        super().__init__(optimizer)

    def get_lr(self) -> list[float]:
        return [base * min(1.0, (self.last_epoch + 1) / self.steps) for base in self.base_lrs]


def test_a_schedule_of_ones_own_in_pytorchs_form() -> None:
    optimizer = sgd()
    schedule = Warmup(optimizer, 4)
    assert rates(schedule, optimizer, 5) == [0.25, 0.5, 0.75, 1.0, 1.0]
    other = Warmup(sgd(), 4)
    other.load_state_dict(schedule.state_dict())
    assert other.last_epoch == 5
    with pytest.raises(DataError):
        other.load_state_dict({**schedule.state_dict(), "steps": 0})
    assert schedules._LRScheduler is schedules.LRScheduler


@pytest.mark.parametrize("make", [
    lambda o: schedules.StepLR(o, 2, 0.5), lambda o: schedules.LambdaLR(o, lambda t: 0.5 ** (t // 2)),
    lambda o: schedules.MultiplicativeLR(o, lambda t: 0.5 if t % 2 == 0 else 1.0)])
def test_a_step_to_an_epoch(make: Any) -> None:
    optimizer = sgd()
    schedule = make(optimizer)
    schedule.step(4)
    assert schedule.get_last_lr() == [0.25] == schedule.get_lr()
    schedule.step()
    schedule.step()
    assert optimizer.param_groups[0]["lr"] == 0.125


# ── averages of weights ───────────────────────────────────────────────────────────────────────────

def model_of(library: Any) -> Any:
    rng = np.random.default_rng(0)
    net = library.nn.Sequential(library.nn.Linear(3, 4), library.nn.BatchNorm1d(4), library.nn.ReLU(),
                                library.nn.Linear(4, 1)).double()
    with library.no_grad():
        for p in net.parameters():
            p.copy_(library.tensor(rng.standard_normal(tuple(p.shape))))
    return net


@pytest.mark.torch
@pytest.mark.parametrize("options", [{}, {"use_buffers": True}, {"avg_fn": "get_ema_avg_fn"},
                                     {"multi_avg_fn": "get_ema_multi_avg_fn"}], ids=str)
def test_averaged_models_are_pytorchs(options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    batches = np.random.default_rng(1).standard_normal((6, 8, 3))
    states, results = [], []
    for library in (minigrad, torch):
        swa = library.optim.swa_utils
        given = {k: getattr(swa, v)(0.9) if isinstance(v, str) else v for k, v in options.items()}
        net = model_of(library)
        averaged = swa.AveragedModel(net, **given)
        optimizer = library.optim.SGD(net.parameters(), lr=0.1)
        for batch in batches:
            x = library.tensor(batch)
            optimizer.zero_grad()
            (net(x) ** 2).mean().backward()
            optimizer.step()
            averaged.update_parameters(net)
        states.append({k: v.numpy().copy() for k, v in averaged.state_dict().items()})
        if not options:
            swa.update_bn([(library.tensor(b), None) for b in batches], averaged)
            averaged.eval()
            states[-1].update({"bn " + k: v.numpy() for k, v in averaged.state_dict().items()})
        results.append(averaged(library.tensor(batches[0])).detach().numpy())
    assert set(states[0]) == set(states[1])
    for name in states[0]:
        assert np.allclose(states[0][name], states[1][name], rtol=1e-10), name
    assert np.allclose(*results, rtol=1e-9)


def test_update_bn_leaves_momentum_and_mode_as_they_were() -> None:
    net = model_of(minigrad).eval()
    momentum = net[1].momentum

    def broken() -> Any:
        yield minigrad.ones(2, 3, dtype=minigrad.float64)
        raise KeyError
    with pytest.raises(KeyError):
        update_bn(broken(), net)
    assert net[1].momentum == momentum and not net.training
    update_bn([], nn.Linear(1, 1))
