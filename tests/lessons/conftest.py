"""Each lesson is run once, quickly, for all tests that look at such a run, in whichever process they are."""
from __future__ import annotations

import json
import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Callable, Iterator

import pytest

from lessons.audit.audit import LessonFailed, QuickRun, run_quickly
from lessons.audit.claims import read_claims
from lessons.player.catalog import Lesson, all_lessons

WATCHING = Path(__file__).parent / "watching"
Runs = Callable[[Lesson], tuple[QuickRun, Path]]
ALONE = "PYTEST_XDIST_WORKER" not in os.environ


def run_once(lesson: Lesson, folder: Path) -> None:
    """Run a lesson unless another process of these tests does, and leave what it printed in NAME.json."""
    try:
        (folder / f"{lesson.name}.taken").touch(exist_ok=False)
    except FileExistsError:
        return
    path = os.pathsep.join(filter(None, [str(WATCHING), os.environ.get("PYTHONPATH")]))
    try:
        printed, failed = run_quickly(
            lesson, folder / lesson.name, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1",
            PYTHONWARNINGS="error", PYTHONPATH=path,
            MINIGRAD_STEPS=str(folder / f"{lesson.name}.steps")).printed, ""
    except LessonFailed as error:
        printed, failed = "", str(error)
    done = folder / f"{lesson.name}.part"
    done.write_text(json.dumps([printed, failed]), encoding="utf-8")
    done.rename(folder / f"{lesson.name}.json")


def what_it_printed(lesson: Lesson, folder: Path) -> QuickRun:
    """The run of a lesson, when it is over."""
    limit = time.monotonic() + 600
    while not (folder / f"{lesson.name}.json").exists():
        assert time.monotonic() < limit, f"the process that runs lesson {lesson.name} has ended"
        time.sleep(0.05)
    printed, failed = json.loads((folder / f"{lesson.name}.json").read_text(encoding="utf-8"))
    if failed:
        raise LessonFailed(failed)
    claims = read_claims(folder / lesson.name / "claims.jsonl", f"{lesson.number:02d} {lesson.name}")
    return QuickRun(printed, claims)


@pytest.fixture(scope="session")
def quick_run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
              ) -> Iterator[Runs]:
    """A function from a lesson to its quick run and output folder; two lessons run at a time.

    Every warning in a lesson is an error. ``watching`` looks at its training steps, and writes what it found
    into a file beside the output folder.
    """
    common = tmp_path_factory.getbasetemp() if ALONE else tmp_path_factory.getbasetemp().parent
    folder = common / "quick_runs"
    folder.mkdir(exist_ok=True)
    wanted = {item.callspec.params["lesson"].name for item in request.session.items
              if "quick_run" in getattr(item, "fixturenames", ())
              and "lesson" in getattr(getattr(item, "callspec", None), "params", {})}
    with ThreadPoolExecutor(2 if ALONE else 1) as pool:
        runs: dict[str, Future[None]] = {}

        def start(lesson: Lesson) -> None:
            runs[lesson.name] = pool.submit(run_once, lesson, folder)

        for lesson in all_lessons():
            if lesson.name in wanted:
                start(lesson)

        def get(lesson: Lesson) -> tuple[QuickRun, Path]:
            if lesson.name not in runs:
                start(lesson)
            runs[lesson.name].result()
            return what_it_printed(lesson, folder), folder / lesson.name

        yield get
        for run in runs.values():
            run.cancel()
