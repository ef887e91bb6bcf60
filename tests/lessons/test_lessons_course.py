"""The lessons as a course: references between them, how each opens, and what the student keeps."""
from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

from lessons.player.catalog import Lesson, all_lessons
from lessons.player.cells import read_cells
from lessons.grading.catalog import EXERCISES
from lessons.grading.reading import heading
from lessons.player.wrap import columns

ROOT = Path(__file__).resolve().parents[2]
LESSONS = {lesson.number: lesson for lesson in all_lessons()}
EACH = pytest.mark.parametrize("lesson", LESSONS.values(), ids=lambda lesson: lesson.name)
PLACES = [ROOT / "README.md", *sorted((ROOT / "benchmarks").glob("*.md")),
          *sorted(path for kind in ("py", "md") for path in (ROOT / "lessons").rglob(f"*.{kind}")
                  if path.name != "AUDIT.md")]
REFERENCE = re.compile(r"\b[Ll]essons? (\d+)(?!\d)(?! (?:scripts|runs))(.{0,90})")


def running(text: str) -> str:
    """Source as running text: lines, adjacent strings and comments joined."""
    text = re.sub(r'"\s*\n\s*f?"', "", text)
    return re.sub(r"\s*\n\s*(?:# )?", " ", text)


def complaint(number: int, rest: str) -> str:
    """What is wrong with a reference to lesson ``number`` that goes on with ``rest``; "" if nothing is."""
    lesson = LESSONS.get(number)
    if lesson is None:
        return "there is no such lesson"
    name = lesson.name.replace("_", " ")
    if re.match(rf" \({name}\)|, {name}\b", rest, re.IGNORECASE):
        return ""
    link = re.match(r"\]\((\S+?)\)", rest)
    if link:
        return "" if Path(link.group(1)).name == lesson.path.name else f"the link leads to {link.group(1)}"
    section = re.match(r", “(.+?)”", rest)
    if section:
        words = lesson.path.read_text(encoding="utf-8")
        return "" if f"## {section.group(1)}" in words else f"it has no section {section.group(1)}"
    return f'it must say which: "lesson {number} ({name})"'


@pytest.mark.parametrize("path", PLACES, ids=lambda path: str(path.relative_to(ROOT)))
def test_references_name_the_lesson_that_has_this_number(path: Path) -> None:
    if path.parent.name == "exercises" and path.name == "README.md":
        return                                      # a table, for the next test
    found = [(number, rest) for number, rest in REFERENCE.findall(running(path.read_text(encoding="utf-8")))]
    wrong = {f"lesson {number}{rest[:40]}": why for number, rest in found
             if (why := complaint(int(number), rest)) and not rest.startswith(("     ", " --"))}
    assert not wrong


def test_a_wrong_reference_is_seen() -> None:
    assert complaint(2, " (build an engine)") == "" == complaint(2, ", build an engine) and so on")
    assert "must say which" in complaint(2, " (activations)") and "must say which" in complaint(2, ".")
    assert complaint(2, "](lessons/02_build_an_engine.py)") == "" != complaint(2, "](lessons/02_x.py)")
    assert complaint(2, ", “The diamond: why the order matters”") == "" != complaint(2, ", “The square”")
    assert complaint(99, " (gpu)") == "there is no such lesson"


def test_exercises_lead_to_sections_that_are_there() -> None:
    table = (ROOT / "lessons" / "exercises" / "README.md").read_text(encoding="utf-8")
    for entry in EXERCISES:
        assert heading(entry, LESSONS.values()), f"{entry.name}: lesson {entry.lesson} has no {entry.section}"
        row = rf"^\| {entry.number} \|.*\| lesson {entry.lesson} \|$"
        assert re.search(row, table, re.MULTILINE), entry.name


def test_lessons_are_numbered_without_gaps() -> None:
    assert sorted(LESSONS) == list(range(1, len(LESSONS) + 1))


# ── the engine that a student builds ──────────────────────────────────────────────────────────────

def lesson_named(name: str) -> Lesson:
    return next(lesson for lesson in LESSONS.values() if lesson.name == name)


@pytest.mark.parametrize(("name", "file"), [("build_an_engine", "engine.py"),
                                            ("engine_of_tensors", "tensor_engine.py")])
def test_the_students_engine_runs_by_itself(name: str, file: str, quick_run: Callable[..., Any]) -> None:
    """It learns XOR without minigrad, and the scalar one without anything but Python."""
    _, output = quick_run(lesson_named(name))
    path = output / file
    assert len(path.read_text(encoding="utf-8").splitlines()) < 140
    without = ["-S"] if file == "engine.py" else []
    done = subprocess.run([sys.executable, *without, str(path)], cwd=output, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    numbers = re.search(r"the loss goes from ([\d.]+) to ([\d.]+)", done.stdout.decode("utf-8"))
    assert numbers is not None and float(numbers.group(2)) < float(numbers.group(1)) / 20


def test_the_students_engine_is_right_on_diamonds(quick_run: Callable[..., Any]) -> None:
    _, output = quick_run(lesson_named("build_an_engine"))
    engine = runpy.run_path(str(output / "engine.py"))
    value = top = engine["Value"](3.0)
    for _ in range(2000):                           # deeper than Python's recursion goes
        top = top + value * engine["Value"](2.0)
    engine["backward"](top)
    assert value.grad == 4001.0
    engine["backward"](top)
    assert value.grad == 4001.0, "a second walk must not add to the first"


def test_a_students_file_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from lessons.support import keep, read_options
    arguments, sys.argv = sys.argv, ["lesson", "--output", str(tmp_path)]
    try:
        options = read_options("build_an_engine", "")
    finally:
        sys.argv = arguments
    first = keep("build_an_engine", "engine.py", options)
    assert first == keep("build_an_engine", "engine.py", options) == tmp_path / "engine.py"
    first.write_text("my own", encoding="utf-8")
    second = keep("build_an_engine", "engine.py", options)
    assert second.name == "engine-2.py" and first.read_text(encoding="utf-8") == "my own"
    assert "engine-2.py" in capsys.readouterr().out


# ── how a lesson opens ────────────────────────────────────────────────────────────────────────────

@EACH
def test_a_lesson_opens_with_what_one_will_know_the_time_and_what_it_needs(lesson: Lesson) -> None:
    opening = read_cells(lesson.path)[0].source
    found = re.match(r"# .+\n\n\*\*You will know\*\* .+[.]\n"
                     r"\*\*Time:\*\* .+\. \*\*You need:\*\* (.+?)\.\n\n", running_breaks(opening))
    assert found, opening
    for number in re.findall(r"lesson (\d+)", found.group(1)):
        assert int(number) < lesson.number


def running_breaks(text: str) -> str:
    """Paragraphs in one line each, except that **Time** begins a new one."""
    return re.sub(r"(?<!\n)\n(?!\n|\*\*Time)", " ", text)


@EACH
def test_options_and_results_are_hidden(lesson: Lesson) -> None:
    for cell in read_cells(lesson.path):
        if not cell.is_text and ("read_options(" in cell.source or "write_results(" in cell.source):
            assert "hidden" in cell.tags, cell.source[:60]


# ── a lesson that goes on where another ended ─────────────────────────────────────────────────────

def test_an_earlier_lesson_is_run_silently_and_writes_nothing(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from lessons.support import earlier
    monkeypatch.setattr(sys, "argv", ["lesson", "--output", str(tmp_path)])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    before = earlier("gradient_descent")
    assert abs(before["slope"](lambda x: x * x, 3.0) - 6) < 1e-6 and before["limit"] > 0
    printed = capsys.readouterr().out.strip()
    assert printed == "Lesson 5 (gradient descent) is run first; this one goes on there."
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="no lesson 'gradient'"):
        earlier("gradient")


@EACH
def test_what_goes_on_needs_the_lesson_that_it_runs(lesson: Lesson) -> None:
    cells = read_cells(lesson.path)
    for name in re.findall(r'earlier\("(\w+)"\)', "\n".join(cell.source for cell in cells)):
        needed = re.search(r"\*\*You need:\*\* lesson (\d+)", cells[0].source)
        assert needed is not None and LESSONS[int(needed.group(1))].name == name


# ── pictures ──────────────────────────────────────────────────────────────────────────────────────

def saved_by_itself(source: str) -> list[str]:
    """What in a lesson writes a picture past ``lessons.support.picture``, which also shows it."""
    tree = ast.parse(source)
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "") for f in called}
    files = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)
             and isinstance(node.value, str) and node.value.endswith((".png", ".svg", ".pdf"))]
    shown = any(isinstance(node, ast.ImportFrom) and node.module == "lessons.support"
                and "picture" in [name.name for name in node.names] for node in ast.walk(tree))
    return sorted(names & {"savefig", "save_figure", "imsave"}) + files + \
        ["no picture"] * (not shown or "picture" not in names)


@EACH
def test_a_lesson_shows_its_pictures(lesson: Lesson) -> None:
    assert saved_by_itself(lesson.path.read_text(encoding="utf-8")) == []


def test_a_picture_that_is_only_saved_is_seen() -> None:
    shown = "from lessons.support import picture\npicture(figure, options, 'a')\n"
    assert saved_by_itself(shown) == []
    assert saved_by_itself(shown + "plot.filters(w, path=options.output / 'b.png')") == ["b.png"]
    assert saved_by_itself(shown + "plt.savefig(file)") == ["savefig"]
    assert saved_by_itself("plot.filters(w)") == ["no picture"]


# ── how wide and how long ─────────────────────────────────────────────────────────────────────────

LONGEST = 450
PRINTED = 80


@EACH
def test_a_lesson_fits_a_terminal_of_80_columns(lesson: Lesson) -> None:
    """Code in 79 columns, beside the bar of --step; text in 80. A Chinese character takes two."""
    wide = [f"line {cell.line + i}: {line}" for cell in read_cells(lesson.path)
            for i, line in enumerate(cell.source.splitlines())
            if columns(line) > (80 if cell.is_text else 79)]
    assert not wide


@EACH
def test_a_lesson_is_not_too_long(lesson: Lesson) -> None:
    assert len(lesson.path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@EACH
def test_what_a_lesson_prints_fits_a_terminal_of_80_columns(lesson: Lesson,
                                                            quick_run: Callable[..., Any]) -> None:
    """But for paths: those of the output folder count as one character."""
    run, output = quick_run(lesson)
    printed = run.printed.replace(str(output), "…")
    assert [line for line in printed.splitlines() if columns(line) > PRINTED] == []


@EACH
def test_no_paragraph_has_a_line_that_markdown_takes_for_something_else(lesson: Lesson) -> None:
    """A number with a dot, a dash or a > that comes to stand at the beginning of a line by wrapping."""
    for cell in read_cells(lesson.path):
        for block in re.split(r"\n\s*\n", cell.source) if cell.is_text else ():
            first, *others = block.splitlines()
            if not re.match(r"(?:[-*]|\d+\.) |    |\||#", first):
                assert not [line for line in others if re.match(r"(?:[-*+>]|\d+\.|#+)(?: |$)", line)]
