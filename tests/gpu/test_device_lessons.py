"""Every lesson with ``--device cuda`` on the stand-in: it runs to its end, with its assertions on."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import minigrad
from lessons.catalog import Lesson, all_lessons
from minigrad.backend.gpu.on_cpu import compiler

ROOT = Path(__file__).parents[2]
FEW = {"rendered": "300"}                       # images: the stand-in runs kernels a thread at a time
skipped = pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.0.0" or compiler() is None,
                             reason="the stand-in needs NumPy 2 and a C++ compiler")


def run(lesson: Lesson, command: list[str], output: Path) -> None:
    """The lesson in a process of its own, quickly, on few rendered images if it needs data."""
    done = subprocess.run(
        [sys.executable, *command, str(lesson.number), "--quick", "--output", str(output),
         *(["--data", "rendered"] if lesson.needs else [])],
        cwd=ROOT, env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout[-3000:]


@skipped
@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.name)
def test_a_lesson_runs_on_the_stand_in(lesson: Lesson, tmp_path: Path) -> None:
    run(lesson, ["tests/gpu/run_lesson.py"], tmp_path)


@pytest.mark.gpu
@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.name)
def test_a_lesson_runs_on_a_gpu(lesson: Lesson, tmp_path: Path) -> None:
    if not minigrad.cuda.is_available():
        pytest.skip(f"no GPU: {minigrad.cuda.why_not()}")
    run(lesson, ["-m", "lessons", "--"], tmp_path)
