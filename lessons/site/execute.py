"""The lessons, run once for the book: by two processes, and kept until something they depend on changes."""
from __future__ import annotations

import hashlib
import json
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Iterable

import numpy as np
from tqdm import tqdm

from lessons.player.catalog import FOLDER, Lesson
from lessons.player.notebook import LessonStopped, notebook_of, run
from minigrad.backend.cache import cache_folder
from minigrad.files.writing import write_atomically

Notebook = dict[str, Any]
SHARED = ("appendix", "audit", "figures", "listings", "player", "support")
ON_RENDERED = ["--quick", "--data", "rendered"]  # images that minigrad draws itself: no download


def options_of(lesson: Lesson) -> list[str]:
    """How a lesson is run for the book; the longer ones in their shortest run, and without a download."""
    return ON_RENDERED if lesson.needs else []


def key_of(lesson: Lesson) -> str:
    """A hash of all that decides what a lesson prints: itself, lessons it goes on from, minigrad."""
    digest = hashlib.sha256()
    for path in [*_with_earlier(lesson.path), *_sources()]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    digest.update(f"{np.__version__} {sys.version_info[:2]} {options_of(lesson)}".encode())
    return digest.hexdigest()[:24]


def _with_earlier(path: Path) -> list[Path]:
    found = [path]
    for name in re.findall(r'earlier\("(\w+)"\)', path.read_text(encoding="utf-8")):
        found += _with_earlier(next(FOLDER.glob(f"[0-9][0-9]_{name}.py")))
    return found


def _sources() -> Iterable[Path]:
    folders = [FOLDER / name for name in SHARED] + [FOLDER.parent / "minigrad"]
    for folder in folders:
        yield from (
            path
            for path in sorted(folder.rglob("*"))
            if path.is_file()
            and path.name != "__main__.py"
            and path.suffix in (".py", ".c", ".h", ".txt", ".css", ".js", ".html")
        )


def executed(lessons: list[Lesson], processes: int = 2, folder: Path | None = None) -> dict[int, Notebook]:
    """For each lesson's number its notebook with outputs. Raises LessonStopped when a lesson fails.

    ``folder`` is where notebooks are kept; by default one in the user's cache.
    """
    folder = folder if folder is not None else cache_folder() / "site"
    folder.mkdir(parents=True, exist_ok=True)
    places = {lesson.number: folder / f"{lesson.path.stem}-{key_of(lesson)}.ipynb" for lesson in lessons}
    missing = [lesson for lesson in lessons if not places[lesson.number].exists()]
    missing.sort(key=_minutes, reverse=True)  # the longest first, so that no process waits at the end
    with ProcessPoolExecutor(processes) as pool:
        jobs = [(lesson, pool.submit(_run, lesson, places[lesson.number])) for lesson in missing]
        for lesson, job in tqdm(jobs, desc="lessons", unit="lesson", disable=None):
            try:
                job.result()
            except LessonStopped as error:
                pool.shutdown(cancel_futures=True)
                raise LessonStopped(f"lesson {lesson.number} ({lesson.name}) failed:\n{error}") from None
    for path in folder.glob("*.ipynb"):
        if path.stem[:2] in {place.stem[:2] for place in places.values()} and path not in places.values():
            path.unlink()  # of an earlier state
    return {number: json.loads(path.read_text(encoding="utf-8")) for number, path in places.items()}


def _minutes(lesson: Lesson) -> float:
    number, _, unit = lesson.time.partition(" ")
    return float(number) * (1 if unit.startswith("min") else 1 / 60)


def _run(lesson: Lesson, target: Path) -> None:
    made = run(notebook_of(lesson, options_of(lesson)))
    write_atomically(target, json.dumps(made, ensure_ascii=False).encode())
