"""The scripts of benchmarks/ run, on the smallest step, for a moment: what they print, not how fast it is."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
MOMENT = ("--rounds", "1", "--round", "0.01", "--warm", "0.01", "--pause", "0", "--threads", "1", "--no-save")


def run(script, *arguments):
    process = subprocess.run([sys.executable, str(BENCHMARKS / script), *arguments], text=True, timeout=120,
                             capture_output=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_a_step_beside_itself():
    out = run("train_step.py", "--peer", "minigrad", "--only", "2-3-1", "--no-floor", *MOMENT)
    heading, row = out.splitlines()[:2]
    assert heading.split()[:3] == ["step", "batch", "peer"]
    assert row.startswith("2-3-1") and "itself" in row and "0e+00" in row


def test_a_peer_that_is_not_installed_is_left_out_with_the_way_to_install_it():
    process = subprocess.run([sys.executable, str(BENCHMARKS / "train_step.py"), "--peer", "dezero", "--only",
                              "2-3-1", "--no-floor", "--python", f"dezero={sys.executable}", *MOMENT],
                             text=True, capture_output=True, timeout=120)
    assert "dezero: skipped" in process.stdout and "To install it" in process.stdout


def test_where_a_step_spends_its_time():
    out = run("per_op.py", "D4", "--steps", "2")
    assert "Dropout forward" in out and "optimizer step" in out and "the rest" in out


def test_how_cost_grows():
    out = run("scaling.py", "--part", "nodes", "--nodes", "10", "20", *MOMENT)
    assert "operations in a chain" in out and "largest / smallest" in out


def test_one_operation_beside_itself():
    out = run("ops.py", "--peer", "minigrad", "--only", "exp", "--size", "small", "--dtype", "float32",
              *MOMENT)
    assert "exp" in out and "float32" in out


EVERY_OPERATION = """
from op_table import ENTRIES
from peers.minigrad import Op
side, count = Op(seed=0, threads=1, options={}), 0
for entry in ENTRIES:
    for dtype in ("float32", "float64"):
        side.choose(entry.name, 0, dtype)
        for both in (False, True)[:1 + entry.backward]:
            side.mode(both)
            assert side.value(side.step(0)) >= 0, entry.name
            count += 1
print(count, "steps")
"""


def test_every_operation_can_be_measured():
    done = subprocess.run([sys.executable, "-c", EVERY_OPERATION], cwd=BENCHMARKS, text=True, timeout=120,
                          capture_output=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 300


def test_every_operation_is_in_the_table_of_operations():
    missing = run("ops.py", "--list").splitlines()[-1].partition(": ")[2].split(", ")
    of_whole_models = {"ConvReLUPool", "BiasReLU", "FusedCrossEntropy"}     # fused; the last two on a GPU
    of_whole_layers = {"Sequence", "LSTMSequence", "GRUSequence"}           # in untuned.py
    assert set(missing) == {"MaxPoolGather", *of_whole_models, *of_whole_layers}    # of second derivatives


def test_an_epoch_beside_itself():
    out = run("train_epoch.py", "--peer", "minigrad", "--images", "1280", *MOMENT)
    assert "loader s" in out and "itself" in out


@pytest.mark.parametrize("script", ["floor.py", "train_step.py", "picture.py", "mnist_accuracy.py",
                                    "run_lessons.py"])
def test_help_says_what_a_script_does(script):
    assert "usage" in run(script, "--help")


def test_a_picture_of_results(tmp_path):
    side = {"milliseconds": {"minigrad": [1.0, 1.0, 1.0], "torch": [2.0, 2.0, 2.0]},
            "ratio": {"torch": [0.4, 0.5, 0.6]}, "title": "a step", "batch": 4}
    record = {"date": "2026-01-01T00:00:00+00:00", "machine": {"cpu": "a processor", "cores": 2},
              "options": {"threads": 2}, "results": {"C3": side}}
    (tmp_path / "step.json").write_text(json.dumps(record))
    run("picture.py", str(tmp_path / "step.json"), str(tmp_path / "step.png"))
    assert (tmp_path / "step.png").stat().st_size > 5000
