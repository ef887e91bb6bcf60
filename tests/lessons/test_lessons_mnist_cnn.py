"""The lesson on a CNN in its quick mode, stopped, killed and resumed."""
from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import minigrad
from lessons.__main__ import main
from minigrad.errors import DataError
from minigrad.vision import mnist

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ["learning_curves", "confusion_matrix", "mistakes", "filters", "feature_maps"]
DATA = os.environ.get("MINIGRAD_DATA")
TINY = ["--data", "rendered", "--images", "400", "--epochs", "3"]


def environment(tmp_path: Path) -> dict[str, str]:
    """No data, a cache of the test's own, one thread."""
    env = {k: v for k, v in os.environ.items() if k != "MINIGRAD_DATA"}
    return {**env, "XDG_CACHE_HOME": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No MNIST on this machine, and a network that fails at once."""
    def fail(*args: Any, **kwargs: Any) -> None:
        raise DataError("MNIST: no mirror answers.")

    monkeypatch.delenv("MINIGRAD_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(mnist, "download", fail)
    for name in ("argv", "path", "excepthook"):         # the lesson changes them
        monkeypatch.setattr(sys, name, getattr(sys, name))
    monkeypatch.setattr(sys, "path", list(sys.path))


def test_quick_mode_without_data_or_network(tmp_path: Path, offline: None,
                                            capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["mnist_cnn", "--quick", "--output", str(out)]) == 0
    text = capsys.readouterr().out
    assert text.startswith("MNIST is not here (MNIST: no mirror answers.)")
    assert "into a folder and give --data FOLDER." in text
    assert text.count("RenderedDigits instead") == 2
    assert "347,146" in text and text.count("not comparable: other data") == 2
    for name in PICTURES:
        content = (out / f"{name}.png").read_bytes()
        width, height = struct.unpack(">II", content[16:24])
        assert width >= 1200 and height >= 600 and len(content) > 10_000
    results = json.loads((out / "results.json").read_text())
    assert results["data"] == "RenderedDigits" and results["seed"] == 0 and results["document"] == 0.99
    assert results["versions"]["minigrad"] == minigrad.__version__
    for recipe in ("as_printed", "recipe_two"):
        found = results[recipe]
        assert found["test_accuracy"] == found["history"]["val_accuracy"][-1] > 0.6
        assert len(found["seconds"]) == results["epochs"] == 2


@pytest.mark.skipif(DATA is None, reason="set MINIGRAD_DATA to the folder of mnist/")
def test_real_mnist_is_used_where_it_is(tmp_path: Path, offline: None,
                                        capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--images", "300", "--epochs", "1", "--output", str(tmp_path / "out")]
    with pytest.raises(DataError, match="no such folder"):
        main(["mnist_cnn", *options, "--data", str(tmp_path / "nothing")])
    main(["mnist_cnn", *options, "--data", str(Path(DATA or "", "mnist"))])
    text = capsys.readouterr().out
    assert "MNIST: 300 images to train on, 100 to test with" in text and "RenderedDigits" not in text


def test_a_misspelled_option_names_itself(tmp_path: Path, offline: None,
                                          capsys: pytest.CaptureFixture[str]) -> None:
    for bad in (["--epochs", "0"], ["--seed", "-1"], ["--device", "tpu"]):
        with pytest.raises(SystemExit) as stop:
            main(["mnist_cnn", *bad, "--output", str(tmp_path)])
        assert stop.value.code == 2 and bad[1] in capsys.readouterr().err


# ── stopped, killed, resumed ──────────────────────────────────────────────────────────────────────

def run_until(line: str, send: int, out: Path, *options: str) -> tuple[int, str, str]:
    """Run the lesson as a script, and send it a signal as soon as it prints ``line``."""
    command = [sys.executable, str(ROOT / "lessons" / "23_mnist_cnn.py"), *TINY, "--output",
               str(out), *options]
    with subprocess.Popen(command, cwd=out.parent, env=environment(out.parent), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        lines = []
        for text in process.stdout or ():
            lines.append(text)
            if line in text:
                process.send_signal(send)
                break
        rest, errors = process.communicate(timeout=120)
    return process.returncode, "".join(lines) + rest, errors


def test_killed_and_interrupted_runs_end_like_an_undisturbed_one(tmp_path: Path) -> None:
    code, _, errors = run_until("never", signal.SIGINT, tmp_path / "whole")
    assert code == 0, errors

    code, text, _ = run_until("epoch 2/3", signal.SIGKILL, tmp_path / "part")
    assert code == -signal.SIGKILL and "Recipe two" not in text

    code, text, errors = run_until("Recipe two", signal.SIGINT, tmp_path / "part", "--resume")
    assert code == -signal.SIGINT and "Traceback" not in errors
    assert "epoch 1/3" not in text and "epoch 3/3" in text          # only what was left
    assert "Stopped. What was learned is saved" in errors and errors.rstrip().endswith("--resume")

    code, text, errors = run_until("never", signal.SIGINT, tmp_path / "part", "--resume")
    assert code == 0, errors
    for name in ("as_printed.safetensors", "improved.safetensors"):
        assert (tmp_path / "part" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    a, b = (json.loads((tmp_path / x / "results.json").read_text()) for x in ("part", "whole"))
    for recipe in ("as_printed", "recipe_two"):
        assert a[recipe]["history"] == b[recipe]["history"]
        assert a[recipe]["test_accuracy"] == b[recipe]["test_accuracy"]
