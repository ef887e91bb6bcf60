"""training_step as it is called: what it takes, what it refuses, and that it leaves no trace."""
from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad import nn, optim
from minigrad.check import MISTAKES, training_step
from minigrad.check.training.snapshot import Snapshot
from minigrad.data import DataLoader, TensorDataset
from minigrad.nn import functional as F

COUNT, KEPT = 0, [1, 2]


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))


def batch() -> tuple[Any, Any]:
    return minigrad.randn(16, 4), minigrad.randint(0, 3, (16,))


def test_all_that_a_step_changes_is_put_back() -> None:
    model, (x, y) = network(), batch()
    adam = optim.Adam(model.parameters(), lr=0.01)
    schedule = optim.lr_scheduler.StepLR(adam, 1)
    own, calls, seen = np.random.default_rng(5), 0, set()

    def step(model: Any, optimizer: Any, batch: Any) -> None:
        global COUNT
        nonlocal calls
        COUNT, calls = COUNT + 1, calls + 1
        KEPT.append(calls)
        seen.add(calls)
        model.calls = calls
        x.mul_(0.5)
        noise = minigrad.tensor(own.normal(size=x.shape).astype(np.float32)) + random.random()
        noise = noise + np.random.rand()
        optimizer.zero_grad()
        F.cross_entropy(model(x + noise * 0.01), y).backward()
        optimizer.step()
        schedule.step()
        model.eval()
        model.train()

    def state() -> list[Any]:
        return [repr(model.state_dict()), repr(adam.state_dict()), repr(schedule.state_dict()), x.tolist(),
                COUNT, calls, list(KEPT), set(seen), own.bit_generator.state, random.getstate(),
                sorted(vars(model)), str(np.random.get_state()), minigrad.get_rng_state(),
                [p.grad for p in model.parameters()]]
    before = state()
    report = training_step(model, None, adam, (x, y), step=step)
    assert len(report.losses) == 5
    assert state() == before


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_all_is_put_back_after_an_error(error: type[BaseException]) -> None:
    model, (x, y) = network(), batch()
    sgd = optim.SGD(model.parameters(), lr=0.1)

    def step(model: Any, optimizer: Any, batch: Any) -> None:
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        raise error("stop")
    before = repr(model.state_dict())
    if error is KeyboardInterrupt:
        with pytest.raises(KeyboardInterrupt):
            training_step(model, None, sgd, (x, y), step=step)
    else:
        assert training_step(model, None, sgd, (x, y), step=step).names == ["error"]
    assert repr(model.state_dict()) == before and "step" not in vars(sgd)
    assert all(p.grad is None and not m.watched() for m in model.modules() for p in m.parameters())


def test_a_graph_that_was_there_before_can_still_be_walked() -> None:
    model, (x, y) = network(), batch()
    loss = F.cross_entropy(model(x), y)
    training_step(model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.1), (x, y))
    loss.backward()
    assert all(p.grad is not None for p in model.parameters())


def test_a_loss_that_refers_to_the_model_itself_trains_it_and_not_a_copy() -> None:
    model, (x, y) = network(), batch()

    def loss(output: Any, target: Any) -> Any:
        return F.cross_entropy(output, target) + 0.01 * sum((p ** 2).sum() for p in model.parameters())
    report = training_step(model, loss, optim.SGD(model.parameters(), lr=0.1), (x, y))
    assert report.findings == [] and all(p.grad is None for p in model.parameters())


def test_the_steps_are_those_of_the_loop_itself() -> None:
    model, (x, y) = nn.Linear(4, 3), batch()
    sgd = optim.SGD(model.parameters(), lr=0.1)
    report = training_step(model, nn.CrossEntropyLoss(), sgd, (x, y))
    losses = []
    for _ in range(5):
        sgd.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        sgd.step()
        losses.append(loss.item())
    assert report.losses == losses


@pytest.mark.parametrize("change, words", [
    (dict(loss=nn.CrossEntropyLoss), r"CrossEntropyLoss itself. Make one of it: CrossEntropyLoss\(\)"),
    (dict(optimizer=optim.SGD), r"SGD\(model.parameters\(\)\)"),
    (dict(model=nn.Linear), "model is the class"),
    (dict(model=3), "Module or a function"), (dict(loss="mse"), "loss must be a function"),
    (dict(optimizer=None), "optimizer must be an optimizer"),
    (dict(batch=minigrad.ones(3)), r"pair \(x, y\)"),
    (dict(batch=DataLoader(TensorDataset(minigrad.ones(3)))), r"next\(iter\(loader\)\)"),
    (dict(step=3), "step must be a function")])
def test_what_cannot_be_a_step_is_refused(change: dict[str, Any], words: str) -> None:
    model = network()
    good = dict(model=model, loss=nn.CrossEntropyLoss(), optimizer=optim.SGD(model.parameters(), lr=0.1),
                batch=batch(), step=None)
    with pytest.raises(TypeError, match=f"training_step: .*{words}"):
        training_step(**{**good, **change})


def test_a_snapshot_forgets_variables_that_are_new() -> None:
    space: dict[str, Any] = {"__name__": "student"}
    exec("def step():\n    global total\n    total = 1", space)
    snapshot = Snapshot(space["step"])
    space["step"]()
    assert space["total"] == 1
    snapshot.restore()
    assert "total" not in space


def test_every_mistake_is_said_in_a_sentence() -> None:
    assert len(MISTAKES) >= 45
    assert all(text.endswith((".", ":")) or text[0].isupper() for text in MISTAKES.values())
