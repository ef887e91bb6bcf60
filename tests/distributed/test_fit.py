"""``fit`` in several processes is ``fit`` in one: weights, histories, checkpoints."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest
from kills import ROOT, environment

from minigrad import load
from minigrad.data import DataLoader, TensorDataset
from minigrad.errors import RangeError

Job = Callable[..., list[dict[str, Any]]]

# 21 samples in batches of 6: the last batch has 3, fewer than four ranks.
FIT = """
from pathlib import Path
from minigrad.data import DataLoader, TensorDataset
from minigrad.train import Callback, Checkpoint, fit
epochs, path, stop_at = 4, sys.argv[2], int(sys.argv[3])
minigrad.set_default_dtype(minigrad.float64)
minigrad.manual_seed(0)
random = np.random.default_rng(0)
data = TensorDataset(random.normal(size=(21, 5)), random.integers(0, 3, 21))
held_out = TensorDataset(random.normal(size=(7, 5)), random.integers(0, 3, 7))
model = nn.Sequential(nn.Linear(5, 8, bias=False), nn.SyncBatchNorm(8), nn.Tanh(), nn.Linear(8, 3))
optimizer = optim.Adam(model.parameters(), lr=0.01)

class Stop(Callback):
    def on_safe_point(self, run):
        if run.epoch * 4 + run.batch == stop_at:
            report(stopped=True)
            sys.exit()

callbacks = [Stop()] if path == "none" else [Checkpoint(path, resume=True, every=1), Stop()]
history = fit(model, DataLoader(data, batch_size=6, shuffle=True), nn.CrossEntropyLoss(), optimizer,
              epochs=epochs, validation=held_out, callbacks=callbacks)
report(history=history.history, weights=[w.tolist() for w in model.state_dict().values()],
       hash=hash_of(model), next=minigrad.rand(1).item())
"""


def close(found: Any, expected: Any) -> bool:
    if isinstance(expected, (list, tuple)):
        return len(found) == len(expected) and all(map(close, found, expected))
    return abs(found - expected) <= 1e-12


@pytest.mark.mpi
@pytest.mark.parametrize("ranks", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_history_and_weights_are_those_of_one_process(job: Job, ranks: int) -> None:
    (alone,), found = job(1, FIT, "none", "-1"), job(ranks, FIT, "none", "-1")
    assert all(rank["hash"] == found[0]["hash"] and rank["history"] == found[0]["history"] for rank in found)
    assert all(rank["next"] == alone["next"] for rank in found), "afterwards all have one source of numbers"
    assert close(found[0]["weights"], alone["weights"])
    assert set(alone["history"]) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    for name, values in alone["history"].items():
        assert close(found[0]["history"][name], values), name


@pytest.mark.mpi
@pytest.mark.parametrize("before, after", [
    (2, 1), pytest.param(1, 2, marks=pytest.mark.slow), pytest.param(4, 2, marks=pytest.mark.slow),
    pytest.param(2, 4, marks=pytest.mark.slow)])
def test_a_run_goes_on_with_another_number_of_processes(job: Job, tmp_path: Path, before: int,
                                                        after: int) -> None:
    path = str(tmp_path / "run.safetensors")
    (alone,) = job(1, FIT, "none", "-1")
    assert job(before, FIT, path, "6")[0] == {"stopped": True}          # in the middle of the second epoch
    found = job(after, FIT, path, "-1")
    assert close(found[0]["weights"], alone["weights"])
    for name, values in alone["history"].items():
        assert close(found[0]["history"][name], values), name


def test_a_batch_is_dealt_out_whole_and_once() -> None:
    def parts(rank: int, ranks: int) -> list[tuple[list[int], int]]:
        loader = DataLoader(TensorDataset(np.arange(11)), batch_size=4)
        loader.share(rank, ranks)
        return [(x.tolist(), loader.counted) for (x,) in loader]
    assert parts(0, 4) == [([0], 1), ([4], 1), ([8], 1)]
    assert parts(3, 4) == [([3], 1), ([7], 1), ([8], 0)], "a stand-in where there is no sample left"
    assert parts(1, 2) == [([1, 3], 2), ([5, 7], 2), ([9], 1)]
    with pytest.raises(RangeError, match="single samples"):
        DataLoader(TensorDataset(np.arange(3)), batch_size=None).share(0, 2)
    with pytest.raises(RangeError, match="rank must be an integer from 0 to 1, got 2"):
        parts(2, 2)


@pytest.mark.mpi
@pytest.mark.slow
def test_a_lesson_trains_in_two_processes(tmp_path: Path) -> None:
    """Rank 0 prints once and writes; the accuracies are those of one process."""
    found = []
    for ranks in (1, 2):
        output = tmp_path / str(ranks)
        done = subprocess.run([sys.executable, str(ROOT / "lessons" / "23_mnist_cnn.py"), "--data",
                               "rendered", "--epochs", "1", "--images", "300", "--ranks", str(ranks),
                               "--output", str(output)], env=environment(), capture_output=True,
                              encoding="utf-8", timeout=300)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("Recipe one, as printed") == 1
        found.append((sorted(p.name for p in output.iterdir()),
                      load(output / "as_printed.safetensors")["6.weight"]))
    (files, alone), (shared_files, together) = found
    assert files == shared_files
    assert np.allclose(alone.numpy(), together.numpy(), atol=1e-5)
