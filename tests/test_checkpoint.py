"""Checkpoints: a resumed run is the uninterrupted run, to the last bit."""
from __future__ import annotations

import errno
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad import nn, optim
from minigrad.train import (Callback, Checkpoint, EarlyStopping, History, LearningRate, WeightAveraging,
                            fit, load_checkpoint, one_cycle, save_checkpoint)
from minigrad.data import DataLoader, TensorDataset
from minigrad.errors import DataError, DTypeError, RangeError
from minigrad.vision.transforms import RandomShift


class Pictures(TensorDataset):
    """Random images, shifted at random, so that every kind of randomness is in the run."""

    shift = RandomShift(1)

    def get_batch(self, indices: np.ndarray) -> Any:
        x, y = super().get_batch(indices)
        return self.shift(x), y


class Stop(Exception):
    pass


class Crash(Callback):
    """Stands for a lost process: ends the run at a step or at an epoch's end, without warning."""

    def __init__(self, epoch: int, batch: int | None) -> None:
        self.at = (epoch, batch)

    def on_batch_begin(self, run: Any) -> None:
        if (run.epoch, run.batch) == self.at:
            raise Stop

    def on_epoch_end(self, run: Any) -> None:
        if (run.epoch, None) == self.at:
            raise Stop


EPOCHS, BATCHES = 4, 5


def train(path: Path, resume: bool = False, crash: Callback | None = None, every: int | None = 2,
          least: float = 0.0, settings: Any = None) -> tuple[Any, History]:
    """A run with dropout, Adam, shuffling, shifts, a schedule, averaging and early stopping."""
    minigrad.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.Dropout(0.3), nn.Linear(8, 3))
    random = np.random.default_rng(0)
    x = random.normal(size=(48, 1, 4, 4)).astype(np.float32)
    y = random.integers(0, 3, 48)
    loader = DataLoader(Pictures(x[:40], y[:40]), batch_size=8, shuffle=True)
    history = fit(
        model, loader, nn.CrossEntropyLoss(), optim.Adam(model.parameters()), epochs=EPOCHS,
        validation=(x[40:], y[40:]),
        callbacks=[LearningRate(one_cycle(0.01)), WeightAveraging(0.9), EarlyStopping(2, min_delta=least),
                   crash or Crash(-1, 0), Checkpoint(path, resume, every, settings)])
    return model, history


def same(a: tuple[Any, History], b: tuple[Any, History]) -> bool:
    return a[1].history == b[1].history and all(
        np.array_equal(v.numpy(), b[0].state_dict()[k].numpy()) for k, v in a[0].state_dict().items())


@pytest.mark.parametrize("epoch, batch", [(0, 1), (0, 3), (1, 0), (1, 4), (2, None), (3, 2), (4, None)])
def test_a_crashed_run_resumes_bit_for_bit(tmp_path: Path, epoch: int, batch: int | None) -> None:
    whole = train(tmp_path / "whole")
    with pytest.raises(Stop):
        train(tmp_path / "part", crash=Crash(epoch, batch))
    assert same(train(tmp_path / "part", resume=True), whole)


def test_crashing_again_and_again(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole")
    for epoch, batch in ((0, 3), (1, 1), (1, 3), (2, None), (3, 4)):
        with pytest.raises(Stop):
            train(tmp_path / "part", resume=True, crash=Crash(epoch, batch))
    assert same(train(tmp_path / "part", resume=True), whole)


class PressCtrlC(Callback):
    """Ctrl-C at one call of one hook."""

    def __init__(self, hook: str, call: int) -> None:
        self.calls, self.at = 0, call
        setattr(self, hook, self.press)

    def press(self, run: Any) -> None:
        self.calls += 1
        if self.calls == self.at:
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("hook, call", [("on_batch_begin", 1), ("on_batch_begin", 8), ("on_batch_end", 5),
                                        ("on_evaluate_begin", 2), ("on_epoch_end", 2),
                                        ("on_epoch_end", EPOCHS), ("on_evaluate_end", 1)])
def test_ctrl_c_resumes_bit_for_bit(tmp_path: Path, hook: str, call: int) -> None:
    whole = train(tmp_path / "whole", every=None)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "part", crash=PressCtrlC(hook, call), every=None)
    assert same(train(tmp_path / "part", resume=True, every=None), whole)


def test_resuming_a_finished_run_gives_its_result(tmp_path: Path) -> None:
    whole = train(tmp_path / "file")
    assert same(train(tmp_path / "file", resume=True), whole)


def test_a_run_that_stopped_early_stays_stopped(tmp_path: Path) -> None:
    whole = train(tmp_path / "file", least=9.0)
    assert len(whole[1]) < EPOCHS
    assert same(train(tmp_path / "file", resume=True, least=9.0), whole)


def test_another_run_is_refused(tmp_path: Path) -> None:
    train(tmp_path / "file", settings={"seed": 0})
    with pytest.raises(DataError, match="seed: 0 in the file, 1 here"):
        train(tmp_path / "file", resume=True, settings={"seed": 1})
    minigrad.save({"a": minigrad.zeros(1)}, tmp_path / "weights")
    with pytest.raises(DataError, match="not a checkpoint"):
        train(tmp_path / "weights", resume=True)
    with pytest.raises(RangeError, match="every"):
        Checkpoint(tmp_path / "file", every=0)


# ── save_checkpoint and load_checkpoint by hand ───────────────────────────────────────────────────

def test_parts_come_back_and_the_rest_is_returned(tmp_path: Path) -> None:
    model, history = nn.Linear(2, 2), History()
    optimizer = optim.Adam(model.parameters())
    model(minigrad.ones(1, 2)).sum().backward()
    optimizer.step()
    history.add({"loss": 0.1}, 1.0)
    path = tmp_path / "run.safetensors"
    save_checkpoint(path, model=model, optimizer=optimizer, history=history, epoch=3,
                    extra={"names": ["a", None], "mean": minigrad.ones(2)})
    next_number = minigrad.rand(1).item()
    other, again = nn.Linear(2, 2), History()
    second = optim.Adam(other.parameters(), lr=7.0)
    rest = load_checkpoint(path, model=other, optimizer=second, history=again)
    assert minigrad.rand(1).item() == next_number
    assert np.array_equal(other.weight.detach().numpy(), model.weight.detach().numpy())
    assert second.param_groups[0]["lr"] == 1e-3 and again["loss"] == [0.1]
    state = second.state_dict()["state"][0]
    assert state["step"] == 1
    assert np.array_equal(state["exp_avg"].numpy(), optimizer.state_dict()["state"][0]["exp_avg"].numpy())
    assert rest["epoch"] == 3 and rest["extra"]["names"] == ["a", None]
    assert rest["extra"]["mean"].tolist() == [1, 1]
    assert set(rest) == {"epoch", "extra"}


def test_looking_changes_nothing(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "file", epoch=1)
    minigrad.rand(1)
    state = minigrad.get_rng_state()
    assert load_checkpoint(tmp_path / "file") == {"epoch": 1}
    assert minigrad.get_rng_state() == state


def test_errors_name_the_file_and_the_part(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    with pytest.raises(DataError, match="run.safetensors"):
        load_checkpoint(path)
    with pytest.raises(DTypeError, match="random"):
        save_checkpoint(path, random=1)
    with pytest.raises(DTypeError, match="thing"):
        save_checkpoint(path, thing=object())
    save_checkpoint(path, epoch=1, model=nn.Linear(1, 1))
    with pytest.raises(DataError, match="no part named optimizer. It holds epoch, model"):
        load_checkpoint(path, optimizer=History())
    with pytest.raises(DTypeError, match="epoch is a int"):
        load_checkpoint(path, epoch=1)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(DataError, match="run.safetensors.*complete"):
        load_checkpoint(path)


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.safetensors"
    save_checkpoint(path, epoch=1)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="No space left"):
        save_checkpoint(path, epoch=2)
    assert load_checkpoint(path) == {"epoch": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["run.safetensors"]


def test_a_part_that_does_not_fit_leaves_all_parts_as_they_were(tmp_path: Path) -> None:
    model, other = nn.Linear(2, 2), nn.Linear(2, 2)
    small = nn.Linear(1, 1)
    path = tmp_path / "run.safetensors"
    save_checkpoint(path, model=model, optimizer=optim.SGD(small.parameters(), lr=0.1))
    weights = other.weight.tolist()
    three = optim.SGD([*other.parameters(), *small.parameters()], lr=0.5)
    with pytest.raises(DataError, match=r"run.safetensors: the part optimizer does not fit.* parameters"):
        load_checkpoint(path, model=other, optimizer=three)
    assert other.weight.tolist() == weights and three.param_groups[0]["lr"] == 0.5
