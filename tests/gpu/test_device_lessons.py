"""Every lesson with ``--device cuda`` on the stand-in: it runs to its end, with its assertions on."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import minigrad
from lessons.player.catalog import Lesson, all_lessons
from minigrad.backend.gpu.on_cpu import compiler

ROOT = Path(__file__).parents[2]
#: Few images where there are convolutions: the stand-in runs kernels a thread at a time.
FEW = {"regularization": "200", "mnist_cnn": "150", "cifar10": "150", "save_and_deploy": "300",
       "model_selection": "300", "transfer": "300"}
#: Lessons that take more than ten seconds there; ``pytest -m slow`` runs them, on a real GPU ``-m gpu``.
SLOW = {"mlp_mnist", "optimizers", "regularization", "cifar10", "second_derivatives", "model_selection",
        "save_and_deploy", "attention", "text_classifier", "gpu", "transfer", "self_attention",
        "smaller_networks", "what_did_it_look_at", "adversarial_networks", "architecture_search",
        "recurrent_networks", "a_small_gpt", "translation", "sound", "federated_learning",
        "differential_privacy", "slope_in_the_loss", "five_steps"}
#: Convolutions for minutes, a thread at a time: on a real GPU alone.
TOO_SLOW = {"without_labels"}
LESSONS = [pytest.param(lesson, id=lesson.name, marks=[pytest.mark.slow] if lesson.name in SLOW else [])
           for lesson in all_lessons() if lesson.name not in TOO_SLOW]
skipped = pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.0.0" or compiler() is None,
                             reason="the stand-in needs NumPy 2 and a C++ compiler")


def run(lesson: Lesson, command: list[str], output: Path, *more: str) -> None:
    """The lesson in a process of its own, quickly, on rendered images if it needs data."""
    done = subprocess.run(
        [sys.executable, *command, str(lesson.number), "--quick", "--output", str(output),
         *(["--data", "rendered"] if lesson.needs else []), *more],
        cwd=ROOT, env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout[-3000:]


@skipped
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_runs_on_the_stand_in(lesson: Lesson, tmp_path: Path) -> None:
    few = ["--images", FEW[lesson.name]] if lesson.name in FEW else []
    run(lesson, ["tests/gpu/run_lesson.py"], tmp_path, *few)


@pytest.mark.gpu
@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.name)
def test_a_lesson_runs_on_a_gpu(lesson: Lesson, tmp_path: Path) -> None:
    if not minigrad.cuda.is_available():
        pytest.skip(f"no GPU: {minigrad.cuda.why_not()}")
    run(lesson, ["-m", "lessons"], tmp_path, "--device", "cuda")
