"""The reference: no public name without its page, and looked up from a terminal."""
from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_docstrings import PUBLIC

from lessons.grading.catalog import EXERCISES
from lessons.player.catalog import all_lessons
from lessons.player.wrap import columns
from lessons.reference import command
from lessons.reference.docstrings import first_sentence, parts_of
from lessons.reference.explained import FILES, NAMES, exercises_of, lessons_of
from lessons.reference.names import ROOT, find, public_names
from lessons.site.elsewhere import page as elsewhere
from lessons.site.reference_pages import write_reference
from minigrad.errors import other_names

NAMED = {name.path: name for name in public_names()}


def test_every_documented_name_is_in_the_reference_once() -> None:
    values = [id(name.value) for name in public_names()]
    assert len(values) == len(set(values)) > 700
    assert [path for path, value in PUBLIC.items() if id(value) not in set(values)] == []


def test_every_name_has_its_page_with_call_example_and_source(tmp_path: Path) -> None:
    rooms = write_reference(tmp_path, all_lessons())
    index = (tmp_path / "index.md").read_text(encoding="utf-8")
    for name in public_names():
        text = (tmp_path / f"{name.path}.md").read_text(encoding="utf-8")
        assert f"({name.path}.md)" in index
        assert f"{name.short}(" in text or f"{name.value.__name__}(" in text, name.path
        if ">>> " in (name.value.__doc__ or ""):
            assert "```pycon\n>>> " in text, name.path
        file, line = name.source()
        assert f"../source/{file[:-3]}.html#line-{line}" in text
        source = (ROOT / file).read_text(encoding="utf-8").splitlines()[line - 1]
        assert source.lstrip().startswith(("def ", "class ", "@")) or "lambda" in source, (name.path, source)
    assert len(rooms) > 20 and all((tmp_path / f"{room}.md").exists() for room in rooms)


def test_a_docstring_comes_apart_into_its_parts() -> None:
    doc = """Adds. Really.

        y ← x + 1          the formula

    Args:
        x: a number,
            or two.
        y, z: others.

    >>> 1 + 1
    2
    """
    parts = parts_of(doc)
    assert [part.kind for part in parts] == ["text", "block", "list", "example"]
    assert parts[2].items == (("x", "a number, or two."), ("y, z", "others."))
    assert first_sentence(doc) == "Adds."


def test_the_lessons_and_exercises_named_exist_and_every_line_of_the_table_is_needed() -> None:
    lessons, exercises = {x.number for x in all_lessons()}, {x.name for x in EXERCISES}
    for numbers, names in [*FILES.values(), *NAMES.values()]:
        assert set(numbers) <= lessons and set(names) <= exercises
    used = {begin for begin in FILES for name in public_names()
            if name.module.removeprefix("minigrad/").startswith(begin)}
    assert set(FILES) == used
    assert set(NAMES) <= {name.short for name in public_names()}
    assert sum(bool(lessons_of(name)) for name in public_names()) > 400


def test_a_lesson_named_for_an_exercise_is_one_that_the_exercise_names() -> None:
    (conv2d,) = find("conv2d")
    assert lessons_of(conv2d)[0] == 28 and [entry.number for entry in exercises_of(conv2d)] == [9, 19]


@pytest.mark.parametrize("key, path", [
    ("conv2d", "minigrad.conv2d"), ("nn.Linear", "minigrad.nn.Linear"),
    ("F.relu", "minigrad.nn.functional.relu"),
    ("minigrad.optim.Adam", "minigrad.optim.Adam"), ("crossentropyloss", "minigrad.nn.CrossEntropyLoss")])
def test_a_name_is_found_however_it_is_written(key: str, path: str) -> None:
    assert path in [name.path for name in find(key)]


def help_for(*names: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run([sys.executable, "-m", "minigrad", "help", *names], cwd=ROOT, capture_output=True,
                          text=True, encoding="utf-8", env=env)


def test_help_prints_call_arguments_example_lesson_and_exercise() -> None:
    done = help_for("conv2d")
    assert (done.returncode, done.stderr) == (0, "")
    for wanted in ("minigrad.conv2d(input, weight", "stride, padding, dilation:", ">>> ", "lesson    28,",
                   "exercise  9,", "minigrad/ops/convolution.py, line "):
        assert wanted in done.stdout
    assert max(columns(line) for line in done.stdout.splitlines()) <= 80


def test_help_stays_within_80_columns() -> None:
    """But for what an example prints, and a few lines of code and formulas that cannot be broken."""
    wide = [line for name in public_names() for line in command.described(name).splitlines()
            if columns(line) > 80]
    assert len(wide) < 60


@pytest.mark.parametrize("key, said", [("cov2d", "Did you mean"), ("Dense", "nn.Linear"),
                                       ("astype", "x.to(dtype)")])
def test_help_suggests_what_is_meant(key: str, said: str) -> None:
    assert not find(key) and said in command.unknown(key)


def test_unknown_names_end_with_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["cov2d"]) == 2 and "minigrad has no 'cov2d'" in capsys.readouterr().err
    assert command.main(["conv2d"]) == 0


def test_a_broken_line_of_an_example_is_still_python() -> None:
    lines = command.shorter(">>> f(1, g(2), h(3, [4, 5]))", 16)
    assert len(lines) > 2 and all(len(line) <= 16 for line in lines)
    compile("\n".join(line[4:] for line in lines), "<example>", "exec")


def test_coming_from_elsewhere_has_every_habit_that_error_messages_know() -> None:
    text = elsewhere()
    for names in (other_names.MODULES["nn"], other_names.MODULES["optim"], other_names.MODEL,
                  other_names.TENSOR, other_names.OPTIMIZER):
        assert [name for name in names if not re.search(rf"`[\w.]*\b{re.escape(name)}`", text)] == []


def test_what_minigrad_is_said_to_lack_beside_pytorch_is_not_there() -> None:
    table = elsewhere().partition("## Keras")[0]
    rows = re.findall(r"^\| (.+) \| (?:none|nothing|one)\b.*\|$", table, re.MULTILINE)
    lacking = [name for row in rows for name in re.findall(r"`([\w.]+)`", row)]
    assert "torch.jit" in lacking
    assert [name for name in lacking if find(name)] == []
