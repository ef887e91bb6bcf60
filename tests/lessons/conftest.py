"""Each lesson is run once, quickly, for all tests that look at such a run."""
from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Callable, Iterator

import pytest

from lessons.audit.audit import QuickRun, run_quickly
from lessons.player.catalog import Lesson, all_lessons

WATCHING = Path(__file__).parent / "watching"
Runs = Callable[[Lesson], tuple[QuickRun, Path]]


@pytest.fixture(scope="session")
def quick_run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
              ) -> Iterator[Runs]:
    """A function from a lesson to its quick run and output folder; two lessons run at a time.

    Every warning in a lesson is an error. ``watching`` looks at its training steps, and writes what it found
    into a file beside the output folder.
    """
    folder = tmp_path_factory.mktemp("lessons")
    wanted = {item.callspec.params["lesson"].name for item in request.session.items
              if "quick_run" in getattr(item, "fixturenames", ())
              and "lesson" in getattr(getattr(item, "callspec", None), "params", {})}
    with ThreadPoolExecutor(2) as pool:
        runs: dict[str, Future[QuickRun]] = {}

        def start(lesson: Lesson) -> None:
            path = os.pathsep.join(filter(None, [str(WATCHING), os.environ.get("PYTHONPATH")]))
            runs[lesson.name] = pool.submit(run_quickly, lesson, folder / lesson.name,
                                            OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1",
                                            PYTHONWARNINGS="error", PYTHONPATH=path,
                                            MINIGRAD_STEPS=str(folder / f"{lesson.name}.steps"))

        for lesson in all_lessons():
            if lesson.name in wanted:
                start(lesson)

        def get(lesson: Lesson) -> tuple[QuickRun, Path]:
            if lesson.name not in runs:
                start(lesson)
            return runs[lesson.name].result(), folder / lesson.name

        yield get
        for run in runs.values():
            run.cancel()
