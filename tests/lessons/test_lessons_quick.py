"""Every lesson in its quick mode, with its assertions on, and the audit that the lessons make."""
from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, Callable

import pytest

from lessons.audit import claims as claims_module
from lessons.audit.audit import AUDIT, LessonFailed, run_quickly
from lessons.audit.claims import Claim, appendix, claim, read_claims, report
from lessons.player.catalog import Lesson, all_lessons

LESSONS = all_lessons()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_a_lesson_runs_and_leaves_pictures_and_results(lesson: Lesson,
                                                       quick_run: Callable[..., Any]) -> None:
    run, output = quick_run(lesson)
    assert run.printed.strip()
    pictures = list(output.glob("*.png"))
    assert pictures, "a lesson draws at least one picture"
    for path in pictures:
        content = path.read_bytes()
        width, height = struct.unpack(">II", content[16:24])
        assert width >= 450 and height >= 300 and len(content) > 4000, path.name
    results = json.loads((output / "results.json").read_text(encoding="utf-8"))
    assert results["lesson"] == lesson.name and results["quick"] is True and results["seed"] == 0


def test_audit_is_up_to_date(quick_run: Callable[..., Any]) -> None:
    found = [made for lesson in LESSONS for made in quick_run(lesson)[0].claims]
    assert report(found) == AUDIT.read_text(encoding="utf-8"), \
        "lessons/AUDIT.md is stale: run python -m lessons audit"


def test_a_lesson_that_fails_is_named_with_the_end_of_its_output(tmp_path: Path) -> None:
    path = tmp_path / "99_broken.py"
    lesson = Lesson(99, "broken", path, "", "", "", "")
    with pytest.raises(LessonFailed, match=r"lesson 99 \(broken\) failed:\n(.|\n)*no lesson '99'"):
        run_quickly(lesson, tmp_path / "output")


# ── claims ────────────────────────────────────────────────────────────────────────────────────────

GOOD: dict[str, Any] = dict(where="A §4.1.1", about="the first step", printed="−0.04", computed="+0.08",
                            verdict="wrong", shown=True, why="the factor x is lost")


def test_a_claim_is_collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "claims.jsonl"
    monkeypatch.setenv(claims_module.COLLECT, str(path))
    made = claim(**GOOD, seen="the loss\nrises")
    claim(**{**GOOD, "verdict": "right"})
    printed, *_ = made.body().splitlines()
    assert printed == "printed    −0.04" and "seen       the loss\n           rises" in made.body()
    first, second = read_claims(path, "02 gradient_descent")
    assert (first.verdict, second.verdict, first.lesson) == ("wrong", "right", "02 gradient_descent")


def test_an_appendix_uses_the_lessons_variables_and_prints_one_table(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(claims_module, "FOLDER", tmp_path)
    monkeypatch.delenv(claims_module.COLLECT, raising=False)
    (tmp_path / "appendix").mkdir()
    text = (f"loss = after - 1\nclaim(**{GOOD!r} | {{'shown': loss > before}})\n"
            f"claim(**{GOOD!r} | {{'verdict': 'right', 'about': {'word ' * 20!r}}})\n")
    (tmp_path / "appendix" / "steps.py").write_text(text, encoding="utf-8")
    variables = {"before": 8, "after": 10, "loss": 0}
    appendix("steps", variables)
    assert variables == {"before": 8, "after": 10, "loss": 0}
    head, first, *others, where = capsys.readouterr().out.strip().splitlines()
    assert first == "  A §4.1.1  the first step" + " " * 42 + "wrong" and "AUDIT.md" in where
    assert [line.rstrip().endswith("right") for line in others] == [True, False]
    assert max(map(len, others)) < 80
    with pytest.raises(AssertionError, match="does not show that it is wrong"):
        appendix("steps", {"before": 9, "after": 10})


def test_every_appendix_has_its_lesson() -> None:
    """Each file is run by the lesson of its name, which the quick runs above have done."""
    files = (claims_module.FOLDER / "appendix").glob("*.py")
    names = {path.stem for path in files} - {"__init__"}
    assert names <= {lesson.name for lesson in LESSONS} and len(names) > 10
    for lesson in LESSONS:
        calls = lesson.path.read_text(encoding="utf-8").count(f'appendix("{lesson.name}", ')
        assert calls == (lesson.name in names), lesson.name


def test_nothing_is_collected_without_being_asked(monkeypatch: pytest.MonkeyPatch,
                                                  tmp_path: Path) -> None:
    monkeypatch.delenv(claims_module.COLLECT, raising=False)
    monkeypatch.chdir(tmp_path)
    claim(**GOOD)
    assert list(tmp_path.iterdir()) == [] and read_claims(tmp_path / "none", "x") == []


def test_a_claim_that_the_lesson_does_not_show_stops_it() -> None:
    with pytest.raises(AssertionError, match="does not show that it is wrong"):
        claim(**{**GOOD, "shown": False})


@pytest.mark.parametrize("change", [{"verdict": "false"}, {"where": "F §1"}, {"where": "A 4.1"}])
def test_a_claim_of_another_form_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="must be"):
        claim(**{**GOOD, **change})


def test_the_report_is_ordered_and_counted() -> None:
    made = [Claim(where, "x", "p", "c", verdict, "why", lesson="02 gradient_descent")
            for where, verdict in (("B §4.2", "right"), ("A §4.10", "wrong"), ("A §4.2", "wrong"))]
    text = report(made)
    assert text == report(made[::-1])
    assert text.index("### A §4.2") < text.index("### A §4.10") < text.index("### B §4.2")
    assert "| A | 0 | 2 | 0 |" in text and "| all | 1 | 2 | 0 |" in text
    assert "[lesson 02](02_gradient_descent.py)" in text
