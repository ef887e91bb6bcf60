"""The website's pages: every lesson opens, numbers are those measured, nothing is left untranslated."""
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lessons.__main__ import main
from lessons.grading.catalog import EXERCISES
from lessons.player.catalog import Lesson, all_lessons
from lessons.player.cells import read_cells
from lessons.player.notebook import notebook_of
from lessons.site import build, catalogs, execute, start, update
from lessons.site.catalogs import LOCALES, messages_of, read_catalog, translated, written
from lessons.site.chinese import aim_of, audit_entries, in_full, lesson_page, untranslated
from lessons.site.lesson_pages import OPENING, link_from, page_of
from lessons.site.sources import exercise_page
from lessons.site.texts import linked

LESSONS = all_lessons()
RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"
EACH = pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.name for lesson in LESSONS])


# ── lessons ───────────────────────────────────────────────────────────────────────────────────────

@EACH
def test_a_page_opens_with_what_one_will_know_and_ends_with_how_to_go_on(lesson: Lesson) -> None:
    cells = json.loads(page_of(lesson, notebook_of(lesson, []), LESSONS))["cells"]
    first, last = ("".join(cells[at]["source"]) for at in (0, -1))
    assert first.startswith(f"# {lesson.number} · ") and ":::{admonition} You will know" in first
    assert f"python -m lessons {lesson.number} --step" in last
    following = [x for x in LESSONS if x.number > lesson.number]
    assert not following or f"({following[0].path.stem}.ipynb)" in last
    for entry in EXERCISES:
        assert (f"(../exercises/{entry.file[:-3]}.md)" in last) == (entry.lesson == lesson.number)


@EACH
def test_folded_cells_are_those_that_the_lesson_hides(lesson: Lesson) -> None:
    cells = [cell for cell in json.loads(page_of(lesson, notebook_of(lesson, []), LESSONS))["cells"]
             if cell["cell_type"] == "code"]
    read = [cell for cell in read_cells(lesson.path) if not cell.is_text]
    assert [bool(cell["metadata"]["tags"]) for cell in cells] == ["hidden" in cell.tags for cell in read]
    assert all(cell["metadata"]["mystnb"]["image"]["alt"] for cell in cells)


def test_a_short_run_does_not_pass_for_the_whole_lesson() -> None:
    lesson = next(x for x in LESSONS if x.name == "mnist_cnn")
    first = "".join(json.loads(page_of(lesson, notebook_of(lesson, []), LESSONS))["cells"][0]["source"])
    assert "--quick --data rendered" in first and "A full run takes 6 min" in first


def test_lessons_and_exercises_that_a_text_names_are_linked() -> None:
    link = link_from(LESSONS)
    assert linked("See lesson 9 (losses).", link) == "See [lesson 9 (losses)](09_losses.ipynb)."
    assert linked("exercise 4", link) == "[exercise 4](../exercises/04_matmul.md)"
    for text in ("`lesson 9`", "lesson 999", "[lesson 9](x)"):
        assert linked(text, link) == text


@pytest.mark.parametrize("entry", EXERCISES, ids=[entry.name for entry in EXERCISES])
def test_an_exercise_says_how_to_begin(entry: Any) -> None:
    text = exercise_page(entry, LESSONS)
    assert f"<../files/exercise_{entry.file}>" in text and f"python -m lessons check {entry.number}`" in text
    assert "raise NotImplementedError" in text


# ── runs, and where the website goes ──────────────────────────────────────────────────────────────

def test_a_lesson_is_run_again_only_when_what_it_depends_on_changes(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "98_small.py"
    lesson = Lesson(98, "small", path, "", "", "1 s", "")
    path.write_text("# %%\nprint(1)\n", encoding="utf-8")
    key = execute.key_of(lesson)
    assert execute.key_of(lesson) == key
    path.write_text("# %%\nprint(2)\n", encoding="utf-8")
    assert execute.key_of(lesson) != key
    target = tmp_path / "kept" / f"98_small-{execute.key_of(lesson)}.ipynb"
    target.parent.mkdir()
    target.write_text('{"cells": []}', encoding="utf-8")
    monkeypatch.setattr(execute, "run", None)               # a run would fail
    assert execute.executed([lesson], folder=target.parent) == {98: {"cells": []}}


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    assert build.build([], tmp_path, 1) == 2
    assert "files of something else" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_new_website_replaces_the_earlier_one_whole(tmp_path: Path) -> None:
    made = tmp_path / ".building-1" / "website"
    made.mkdir(parents=True)
    (made / "index.html").write_text("new")
    (tmp_path / build.MARK).touch()
    (tmp_path / "old.html").touch()
    assert build.is_free(tmp_path)
    build.replace(tmp_path, made)
    assert {path.name for path in tmp_path.iterdir()} == {".building-1", build.MARK, "index.html"}


def test_the_command_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                          capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(__import__("sys").modules, "furo", None)
    assert main(["--site", str(tmp_path / "new")]) == 2 and not (tmp_path / "new").exists()
    assert 'pip install -e ".[site]"' in capsys.readouterr().err


# ── the start page ────────────────────────────────────────────────────────────────────────────────

def numbers_in(content: Any) -> list[float]:
    if isinstance(content, dict):
        return [number for value in content.values() for number in numbers_in(value)]
    if isinstance(content, list):
        return [number for value in content for number in numbers_in(value)]
    return [float(content)] if isinstance(content, (int, float)) and not isinstance(content, bool) else []


def test_numbers_on_the_start_page_are_those_in_the_results() -> None:
    """Each is in the file it names, rounded, or counted over that file; with the date that stands there."""
    pages = start.english_page(LESSONS), start.chinese_page(LESSONS)
    for fact in start.facts():
        assert all(f"**{fact.value}**" in page and fact.date in page and fact.file in page for page in pages)
        text = (RESULTS / fact.file).read_text(encoding="utf-8")
        assert fact.date in text
        content = json.loads(text)
        for number in re.findall(r"0\.\d+|1\.\d+", fact.value):
            places = len(number.partition(".")[2])
            assert fact.value.startswith(number + ";") or number in {
                f"{value:.{places}f}" for value in numbers_in(content)}, fact
    programs = json.loads((RESULTS / "torch_programs.json").read_text(encoding="utf-8"))["programs"]
    assert start.facts()[0].value == f"{sum(p['runs'] for p in programs)} of {len(programs)}"


def test_the_map_leads_to_every_lesson_in_order() -> None:
    stems = re.findall(r'href="lessons/(\w+)\.html"', start.course_map(LESSONS))
    assert stems == [lesson.path.stem for lesson in LESSONS]


# ── Chinese ───────────────────────────────────────────────────────────────────────────────────────

def test_nothing_that_a_chinese_reader_sees_is_untranslated() -> None:
    assert untranslated(LESSONS) == []


def test_three_lessons_are_translated_in_full() -> None:
    assert {1, 11, 23} <= {lesson.number for lesson in in_full(LESSONS)}
    for lesson in in_full(LESSONS):
        cells = json.loads(lesson_page(lesson, notebook_of(lesson, []), LESSONS, {}))["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        prose = re.sub(r"```.*?```|<[^>]*>|`[^`]*`", "", text, flags=re.DOTALL)
        assert len(re.findall(r"[\u4e00-\u9fff]", prose)) > 800
        assert not re.findall(r"(?:\b[a-z]{2,}\b ){5,}", prose)     # no English sentence is left


def test_the_audit_is_read_whole() -> None:
    text = (RESULTS.parents[1] / "lessons" / "AUDIT.md").read_text(encoding="utf-8")
    assert len(audit_entries()) == len(re.findall(r"^### ", text, re.MULTILINE)) > 180


def test_updating_the_catalogs_keeps_what_is_translated_and_adds_what_is_not(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for module in (catalogs, update):
        monkeypatch.setattr(module, "LOCALES", tmp_path)
    folder = tmp_path / "zh_CN"
    folder.mkdir()
    title = LESSONS[0].title
    (folder / "course.po").write_text(written({title: "", "gone": ""}, {title: "译", "gone": "旧"}, "zh_CN"),
                                      encoding="utf-8")
    assert update.main(["5"]) == 1 and update.main(["no such lesson"]) == 2
    assert f"lesson 2: {LESSONS[1].title}" in capsys.readouterr().out
    assert read_catalog(folder / "course.po") == {title: "译"}
    assert "Gradient descent" in (folder / "05_gradient_descent.po").read_text(encoding="utf-8")


def test_the_catalogs_are_as_the_command_writes_them() -> None:
    begun = {lesson.path.stem: lesson for lesson in in_full(LESSONS)}
    for name, messages in update.current(LESSONS, begun).items():
        path = LOCALES / "zh_CN" / f"{name}.po"
        text = written(dict.fromkeys(messages), read_catalog(path), "zh_CN")
        assert path.read_text(encoding="utf-8") == text, name


def test_a_changed_paragraph_appears_in_english() -> None:
    known = {"One.": "一。"}
    assert translated("One.\n\nTwo.", known) == "一。\n\nTwo."


def test_catalogs_are_read_as_they_are_written(tmp_path: Path) -> None:
    messages = {'a "quoted" \\ text': "译文", "two\nlines": "两\n行", "not yet": ""}
    path = tmp_path / "x.po"
    path.write_text(written(messages, messages, "zh_CN"), encoding="utf-8")
    assert read_catalog(path) == {key: value for key, value in messages.items() if value}


def test_catalogs_hold_no_message_that_nothing_says_any_more() -> None:
    said = {x.path.stem: set(messages_of(x)) for x in LESSONS}
    said["course"] = {text for x in LESSONS for text in (x.title, aim_of(x))}
    said["audit"] = {text for x in audit_entries() for text in (x.about, x.why)}
    for path in LOCALES.rglob("*.po"):
        assert set(read_catalog(path)) <= said[path.stem], path.name


def test_every_lesson_opens_as_the_pages_read_it() -> None:
    assert all(OPENING.fullmatch(read_cells(lesson.path)[0].source.strip()) for lesson in LESSONS)


def test_the_chinese_readme_has_the_commands_and_numbers_of_the_english_one() -> None:
    english, chinese = ((RESULTS.parents[1] / name).read_text(encoding="utf-8")
                        for name in ("README.md", "README.zh-CN.md"))
    blocks = re.findall(r"```(?:sh|python)?\n(.*?)```", chinese, re.DOTALL)
    commands = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    assert len(commands) > 10 and [line for line in commands if line not in english] == []
    programs = re.search(r"of (\d+) that others\s+wrote, (\d+) do", english)
    assert programs is not None and f"{programs[1]} 个程序里，有 {programs[2]} 个可以" in chinese
    for place in re.findall(r"\]\(([\w./-]+)\)", chinese):
        assert (RESULTS.parents[1] / place).exists(), place
