"""One page of notes for each lesson: all parts, as the lesson says, printed in 80 columns."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

from lessons.__main__ import main
from lessons.player.catalog import Lesson, all_lessons
from lessons.player.cells import read_cells
from lessons.player.markdown import for_terminal
from lessons.player.notes import page_of
from lessons.player.wrap import columns

LESSONS = all_lessons()
EACH = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)


def parts_of(lesson: Lesson) -> dict[str, str]:
    """The page by headings; what comes before the first one is under ""."""
    text = page_of(lesson).read_text(encoding="utf-8")
    pieces = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    return {"": pieces[0], **dict(zip(pieces[1::2], pieces[2::2]))}


@EACH
def test_a_page_opens_as_its_lesson_does(lesson: Lesson) -> None:
    head = parts_of(lesson)[""]
    name = lesson.name.replace("_", " ")
    assert head.startswith(f"# Notes for lesson {lesson.number} ({name})\n\n**Aim:** ")
    opening = read_cells(lesson.path)[0].source
    for field in ("Time", "You need"):
        said, meant = (re.sub(r"\s+", " ", re.search(rf"\*\*{field}:\*\* ([^.]+)\.", text)[1])  # type: ignore
                       for text in (head, opening))
        assert said == meant


@EACH
def test_a_page_has_all_parts(lesson: Lesson) -> None:
    parts = parts_of(lesson)
    assert list(parts) == ["", "In class", "Questions", "Mistakes to expect"]
    assert len(parts["In class"].split()) > 15
    asked = re.compile(r"^(\d)\. ([^\n](?:.|\n)*?)\n\n   ((?:.|\n)*?)\n\n", re.MULTILINE)
    questions = asked.findall(parts["Questions"])
    assert [number for number, _, _ in questions] == ["1", "2", "3"]
    assert all("?" in question and len(answer.split()) >= 4 for _, question, answer in questions)
    points = re.sub(r"\n  ", " ", parts["Mistakes to expect"])
    mistakes = re.findall(r"^- \*\*(.+?)\*\* (.+)", points, re.MULTILINE)
    assert len(mistakes) == 3 and all(len(said.split()) >= 5 for _, said in mistakes)


@EACH
def test_a_page_is_one_page(lesson: Lesson) -> None:
    lines = page_of(lesson).read_text(encoding="utf-8").splitlines()
    assert 25 <= len(lines) <= 50 and max(map(columns, lines)) <= 80


def test_every_page_belongs_to_a_lesson() -> None:
    assert {path.stem for path in page_of(LESSONS[0]).parent.iterdir()} == {x.path.stem for x in LESSONS}


@pytest.mark.parametrize("width", ["60", "80", "200"])
def test_the_command_prints_a_page(width: str, capsys: pytest.CaptureFixture[str],
                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert main(["notes", "5", "fit_a_line"]) == 0
    printed = capsys.readouterr().out
    assert "Notes for lesson 5 (gradient descent)\n" in printed and "lesson 6 (fit a line)" in printed
    assert max(map(columns, printed.splitlines())) <= min(int(width), 80)
    assert "**" not in printed and "\n   " in printed, "an answer stands under its question"


def test_an_unknown_lesson_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notes", "99"]) == 2 and main(["notes", "nothing"]) == 2
    assert "There is no lesson 'nothing'" in capsys.readouterr().err


def test_a_paragraph_under_a_point_keeps_its_place() -> None:
    text = "1. A question that is\n   long?\n\n   The answer is\n   longer."
    assert for_terminal(text, 16, str) == "1. A question\n   that is long?\n\n   The answer is\n   longer."


def test_pages_are_packaged() -> None:
    root = Path(__file__).resolve().parents[2]
    assert "teaching/*.md" in (root / "setup.cfg").read_text(encoding="utf-8")
