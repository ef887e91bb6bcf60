"""Checkpoints that were damaged or made by hand: one named error, and nothing has changed."""
from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest

import minigrad
from minigrad import amp, nn, optim
from minigrad.train import (Checkpoint, EarlyStopping, Schedule, WeightAveraging, fit, load_checkpoint,
                            save_checkpoint)
from minigrad.data import DataLoader, TensorDataset
from minigrad.errors import DataError, DTypeError
from minigrad.optim import lr_scheduler

X = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
Y = np.arange(12) % 2


class Parts:
    """Everything that a run consists of, after so many epochs."""

    def __init__(self, path: Path, epochs: int, resume: bool = False, seed: int = 0) -> None:
        minigrad.manual_seed(seed)
        self.path, self.epochs = path, epochs
        self.model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
        self.optimizer = optim.Adam(self.model.parameters(), lr=0.01, amsgrad=True)
        self.schedule = lr_scheduler.StepLR(self.optimizer, 2)
        self.averaging = WeightAveraging(0.9)
        self.loader = DataLoader(TensorDataset(X, Y), 4, shuffle=True, generator=minigrad.Generator(seed))
        self.callbacks = [Schedule(self.schedule), self.averaging, EarlyStopping(9, "loss"),
                          Checkpoint(path, resume)]

    def train(self) -> Any:
        return fit(self.model, self.loader, nn.CrossEntropyLoss(), self.optimizer, self.epochs,
                   callbacks=self.callbacks)

    def snapshot(self) -> str:
        """All that loading could change, to the last bit."""
        return repr([[(k, v.numpy().tobytes()) for k, v in self.model.state_dict().items()],
                     [(i, {k: v.numpy().tobytes() if hasattr(v, "numpy") else v for k, v in s.items()})
                      for i, s in self.optimizer.state_dict()["state"].items()],
                     self.optimizer.state_dict()["param_groups"], self.schedule.state_dict(),
                     self.averaging.steps, self.averaging.average, self.loader.state_dict(),
                     self.loader.__dict__["_resume"], minigrad.get_rng_state()])


def settings_of(content: dict[str, Any], name: str) -> dict[str, Any]:
    """A callback's part of the run, by a name that is in it."""
    return next(state for state in content["run"]["callbacks"] if name in state)


#: What is done to a good checkpoint, by the name of the mistake.
DAMAGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no random state": lambda c: c.pop("random"),
    "random state of another type": lambda c: c.update(random=5),
    "random state that is no JSON": lambda c: c.update(random="x"),
    "random state of another generator": lambda c: c.update(random='{"bit_generator": "MT19937"}'),
    "random state without its numbers": lambda c: c.update(random='{"bit_generator": "PCG64"}'),
    "random state with a negative number": lambda c: c.update(
        random=c["random"].replace('"state": {"state": ', '"state": {"state": -')),
    "random state of a device": lambda c: c.update(random=c["random"][:-1] + ', "device": [1]}'),
    "random state, deeply nested": lambda c: c.update(random="[" * 100_000),
    "no model": lambda c: c.pop("model"),
    "a model that is a list": lambda c: c.update(model=[1, 2]),
    "a weight that is a number": lambda c: c["model"].update({"0.weight": 3}),
    "a weight of another shape": lambda c: c["model"].update({"0.weight": minigrad.ones(1)}),
    "no param_groups": lambda c: c["optimizer"].pop("param_groups"),
    "no state": lambda c: c["optimizer"].pop("state"),
    "an optimizer that is a number": lambda c: c.update(optimizer=1),
    "groups without parameters": lambda c: c["optimizer"]["param_groups"][0].pop("params"),
    "no exp_avg_sq": lambda c: c["optimizer"]["state"][2].pop("exp_avg_sq"),
    "exp_avg_sq None": lambda c: c["optimizer"]["state"][2].update(exp_avg_sq=None),
    "no step": lambda c: c["optimizer"]["state"][0].pop("step"),
    "no max_exp_avg_sq": lambda c: c["optimizer"]["state"][0].pop("max_exp_avg_sq"),
    "a negative step": lambda c: c["optimizer"]["state"][0].update(step=-1),
    "a step that is text": lambda c: c["optimizer"]["state"][0].update(step="1"),
    "a step that is NaN": lambda c: c["optimizer"]["state"][0].update(step=float("nan")),
    "a mean that is text": lambda c: c["optimizer"]["state"][0].update(exp_avg="x"),
    "a state that is a list": lambda c: c["optimizer"]["state"].update({0: [1]}),
    "empty betas": lambda c: c["optimizer"]["param_groups"][0].update(betas=()),
    "betas above 1": lambda c: c["optimizer"]["param_groups"][0].update(betas=(0.9, 2.0)),
    "betas that are text": lambda c: c["optimizer"]["param_groups"][0].update(betas="0.9"),
    "a rate that is text": lambda c: c["optimizer"]["param_groups"][0].update(lr="x"),
    "a rate that is NaN": lambda c: c["optimizer"]["param_groups"][0].update(lr=float("nan")),
    "no rate but None": lambda c: c["optimizer"]["param_groups"][0].update(lr=None),
    "a loader of other batches": lambda c: c["loader"].update(batches=9),
    "a loader beyond its end": lambda c: c["loader"].update(done=99),
    "a loader with a bad generator": lambda c: c["loader"].update(generator="{}"),
    "a loader with a negative seed": lambda c: c["loader"].update(seed=-1, done=1),
    "no settings": lambda c: c.pop("settings"),
    "settings that are a list": lambda c: c.update(settings=[1]),
    "no run": lambda c: c.pop("run"),
    "a run without epoch": lambda c: c["run"].pop("epoch"),
    "a run beyond its end": lambda c: c["run"].update(epoch=10**9),
    "a batch beyond the end": lambda c: c["run"].update(batch=10**9),
    "a history of text": lambda c: c["run"]["history"]["history"].update(loss=["x"]),
    "means without loss": lambda c: c["run"]["means"].pop("loss"),
    "a callback too few": lambda c: c["run"]["callbacks"].pop(),
    "a callback that is None": lambda c: c["run"]["callbacks"].__setitem__(0, None),
    "a schedule without last_epoch": lambda c: settings_of(c, "scheduler")["scheduler"].pop("last_epoch"),
    "a schedule of steps of 0": lambda c: settings_of(c, "scheduler")["scheduler"].update(step_size=0),
    "a schedule without rates": lambda c: settings_of(c, "scheduler")["scheduler"].update(base_lrs=[]),
    "a schedule that replaces a method": lambda c: settings_of(c, "scheduler")["scheduler"].update(step=3),
    "an average of another model": lambda c: settings_of(c, "average")["average"].pop("0.weight"),
    "an average of another shape": lambda c: settings_of(c, "average")["average"].update(
        {"0.weight": minigrad.ones(1)}),
    "best weights of another model": lambda c: settings_of(c, "weights")["weights"].pop("0.weight"),
    "a best value that is text": lambda c: settings_of(c, "weights").update(best="x"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_is_refused_by_name_and_changes_nothing(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "run.safetensors"
    Parts(path, 2).train()
    content = minigrad.load(path)
    DAMAGES[damage](content)
    minigrad.save(content, path)
    resumed = Parts(path, 2, resume=True, seed=1)
    before = resumed.snapshot()
    with pytest.raises(DataError, match="run.safetensors"):
        resumed.train()
    assert resumed.snapshot() == before


def test_resuming_from_a_plain_checkpoint_says_what_it_lacks(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "run.safetensors", 1, resume=True)
    save_checkpoint(parts.path, model=parts.model, optimizer=parts.optimizer)
    with pytest.raises(DataError, match="run.safetensors has no part named settings. It holds model, optim"):
        parts.train()


@pytest.mark.parametrize("value", [[1, 2], 3, {1: "a"}, {}])
def test_what_is_no_checkpoint_is_refused_by_name(tmp_path: Path, value: Any) -> None:
    minigrad.save(value, tmp_path / "file")
    with pytest.raises(DataError, match="file is not a checkpoint"):
        load_checkpoint(tmp_path / "file")


def test_a_loader_within_an_epoch_goes_on_with_it_after_a_refusal(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "run.safetensors", 1)
    save_checkpoint(parts.path, loader=parts.loader, other=1)
    content = minigrad.load(parts.path)
    minigrad.save({**content, "random": "x"}, parts.path)
    left_early = iter(parts.loader)
    next(left_early)
    with pytest.raises(DataError):
        load_checkpoint(parts.path, loader=parts.loader)
    assert len(list(left_early)) == 2
    assert len(list(parts.loader)) == 3         # a whole epoch, as before the refusal


def test_a_part_of_ones_own_is_put_back(tmp_path: Path) -> None:
    class Fragile:
        def __init__(self, value: Any) -> None:
            self.value = value

        def state_dict(self) -> dict[str, Any]:
            return {"value": self.value}

        def load_state_dict(self, state: dict[str, Any]) -> None:
            self.value = state["value"]
            if self.value == "bad":
                raise KeyError("bad")

    save_checkpoint(tmp_path / "file", good=Fragile(1), fragile=Fragile("bad"))
    good, fragile = Fragile(5), Fragile(6)
    with pytest.raises(DataError, match="file: the part fragile does not fit.*KeyError: 'bad'"):
        load_checkpoint(tmp_path / "file", good=good, fragile=fragile)
    assert (good.value, fragile.value) == (5, 6)


# ── each load_state_dict by itself ────────────────────────────────────────────────────────────────

def optimizer() -> optim.Optimizer:
    return optim.SGD([nn.Parameter(minigrad.ones(2))], lr=1.0, momentum=0.9)


SCHEDULES: dict[str, Callable[[optim.Optimizer], Any]] = {
    "step": lambda o: lr_scheduler.StepLR(o, 2),
    "multi": lambda o: lr_scheduler.MultiStepLR(o, [1, 3]),
    "lambda": lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + t)),
    "exponential": lambda o: lr_scheduler.ExponentialLR(o, 0.5),
    "linear": lambda o: lr_scheduler.LinearLR(o, 0.5, total_iters=3),
    "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, 4),
    "one cycle": lambda o: lr_scheduler.OneCycleLR(o, 1.0, total_steps=8),
    "sequential": lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.LinearLR(o, 0.5, total_iters=2), lr_scheduler.ExponentialLR(o, 0.5)], [2]),
    "plateau": lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=1),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_goes_on_from_its_state_and_refuses_another(name: str) -> None:
    first, second = SCHEDULES[name](optimizer()), SCHEDULES[name](optimizer())
    arguments = (1.0,) if name == "plateau" else ()
    for _ in range(3):
        first.step(*arguments)
    state = copy.deepcopy(first.state_dict())
    before = copy.deepcopy(second.state_dict())
    for key in state:
        for wrong in (None, "x", [], {}, float("nan")):
            try:
                second.load_state_dict({**state, key: wrong})
            except DataError as error:
                assert "load_state_dict" in str(error)
                assert second.state_dict() == before
            else:
                second.step(*arguments)         # what was accepted can go on
                second = SCHEDULES[name](optimizer())
        if not key.startswith("_"):             # a private one may be missing, as in a state of PyTorch's
            with pytest.raises(DataError, match=f"lacks {key}"):
                second.load_state_dict({k: v for k, v in state.items() if k != key})
            assert second.state_dict() == before
    second.load_state_dict(state)
    assert second.state_dict() == first.state_dict()


def test_each_load_state_dict_checks_before_it_changes() -> None:
    scaler = amp.GradScaler(init_scale=8.0)
    for state in ({}, {"scale": "x", "good_steps": 0}, {"scale": 0.0, "good_steps": 0}, 5,
                  {"scale": 2.0, "good_steps": -1}, {"scale": float("nan"), "good_steps": 1}):
        with pytest.raises(DataError, match="GradScaler"):
            scaler.load_state_dict(state)       # type: ignore[arg-type]
    assert scaler.state_dict() == {"scale": 8.0, "good_steps": 0}
    generator = minigrad.Generator(3)
    before = generator.get_state()
    for text in ("", "[]", "{}", before[:-1] + ', "device": [1, -1]}', before.replace("PCG64", "MT19937")):
        with pytest.raises(DataError, match="Generator.set_state"):
            generator.set_state(text)
    assert generator.get_state() == before
    model = nn.Linear(2, 2)
    weights = model.weight.tolist()
    for wrong in ([1], {"weight": minigrad.zeros(2, 2), "bias": "x"}, None):
        with pytest.raises(DTypeError, match="load_state_dict"):
            model.load_state_dict(wrong)        # type: ignore[arg-type]
    assert model.weight.tolist() == weights


@pytest.mark.parametrize("make, needed", [
    (lambda p: optim.RMSprop(p, centered=True, momentum=0.9), ["step", "square_avg", "grad_avg",
                                                               "momentum_buffer"]),
    (lambda p: optim.Adagrad(p), ["step", "sum"]), (lambda p: optim.AdamW(p), ["step", "exp_avg"])])
def test_a_state_without_what_the_next_step_needs_is_refused(make: Any, needed: list[str]) -> None:
    w = nn.Parameter(minigrad.ones(2))
    trained = make([w])
    (w * w).sum().backward()
    trained.step()
    fresh = make([nn.Parameter(minigrad.ones(2))])
    for name in needed:
        state = trained.state_dict()
        del state["state"][0][name]
        with pytest.raises(ValueError, match=f"parameter 0 lacks {name}"):
            fresh.load_state_dict(state)
        assert not fresh.state
    fresh.load_state_dict(trained.state_dict())
    assert set(fresh.state_dict()["state"][0]) == set(trained.state_dict()["state"][0])
