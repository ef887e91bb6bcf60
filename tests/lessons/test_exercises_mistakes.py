"""Mistakes that students make: each fails in the case meant for it, with the hint that belongs to it."""
from __future__ import annotations

import importlib
from pathlib import Path
from typing import Iterator

import pytest
from mistakes.mistake import Mistake

from lessons.grading.catalog import EXERCISES, Entry
from lessons.grading.command import check
from lessons.grading.report import Report
from lessons.grading.results import FAILED
from lessons.grading.sandbox import Sandbox

SOLUTIONS = Path(__file__).parent / "solutions"
MISTAKES: dict[Entry, list[Mistake]] = {
    entry: importlib.import_module(f"mistakes.{entry.name}").MISTAKES for entry in EXERCISES}
ALL = [(entry, mistake) for entry, mistakes in MISTAKES.items() for mistake in mistakes]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.mark.parametrize("entry", EXERCISES, ids=lambda entry: entry.name)
def test_every_exercise_has_five_mistakes_of_five_kinds_at_least(entry: Entry) -> None:
    assert len({(m.right, m.wrong) for m in MISTAKES[entry]}) == len(MISTAKES[entry]) >= 5
    assert len({m.kind for m in MISTAKES[entry]}) >= 5
    assert len({m.says for m in MISTAKES[entry]}) >= 5
    assert all(len(m.says) > 12 for m in MISTAKES[entry])


@pytest.mark.parametrize("entry, mistake", [
    # The grader tries all orders of an LSTM's gates, large masks, and walks that don't end.
    pytest.param(e, m, id=f"{e.name}-{m.kind}-{m.wrong[:20]}",
                 marks=[pytest.mark.slow] if e.name in ("lstm", "attention", "walk") else [])
    for e, m in ALL])
def test_a_mistake_is_caught_and_has_its_hint(entry: Entry, mistake: Mistake, sandbox: Sandbox,
                                              tmp_path: Path) -> None:
    solution = (SOLUTIONS / entry.file).read_text(encoding="utf-8")
    assert mistake.right in solution
    path = tmp_path / entry.file
    path.write_text(solution.replace(mistake.right, mistake.wrong), encoding="utf-8")
    endless = mistake.kind == "timeout" or entry.name in ("walk", "engine")
    result = check(sandbox, entry, path, seed=0, seconds=4 if endless else None)
    failed = [case for case in result.cases if case.status == FAILED]
    assert failed, "the mistake is not caught"
    assert (failed[0].name, failed[0].kind) == (mistake.case, mistake.kind), failed[0].message
    report = str(Report(result))
    about = report[report.index(f"  {FAILED:7}  {failed[0].name}"):]
    assert mistake.says in " ".join(about.split()), about
