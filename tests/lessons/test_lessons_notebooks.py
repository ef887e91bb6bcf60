"""--notebook: portable, run as they are written, and never over a student's work."""
from __future__ import annotations

import ast
import configparser
import json
import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from lessons.__main__ import main
from lessons.player import notebook as notebooks
from lessons.player.catalog import Lesson, all_lessons
from lessons.player.cells import read_cells
from lessons.player.notebook import joined, notebook_of

ROOT = Path(__file__).resolve().parents[2]
LESSONS = {lesson.name: lesson for lesson in all_lessons()}
FIRST = next(iter(LESSONS.values()))
EACH = pytest.mark.parametrize("lesson", LESSONS.values(), ids=list(LESSONS))
can_run = pytest.mark.skipif(not (find_spec("nbclient") and find_spec("ipykernel")),
                             reason="nbclient and ipykernel are not installed")


def code_of(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def test_a_notebook_has_the_lessons_cells_and_two_of_its_own() -> None:
    cells = notebook_of(FIRST, [])["cells"]
    read = read_cells(FIRST.path)
    assert cells[0]["cell_type"] == "markdown" and source(cells[0]) == read[0].source
    assert [source(cell).rstrip(";") for cell in cells[3:]] == [cell.source for cell in read[1:]]
    assert "pip" in source(cells[1]) and source(cells[2]).endswith('OPTIONS = ""')
    assert len({cell["id"] for cell in cells}) == len(cells)


@EACH
def test_cells_are_python_without_a_path_of_this_machine(lesson: Lesson) -> None:
    """And the last line of a cell shows nothing that the lesson does not print."""
    for cell in code_of(notebook_of(lesson, [])):
        text = source(cell)
        assert str(ROOT) not in text and str(Path.home()) + "/" not in text
        end = ast.parse(text).body[-1]
        assert not isinstance(end, ast.Expr) or text.endswith(";")


def test_hidden_cells_are_folded_and_an_audit_with_its_output() -> None:
    lesson = LESSONS["fit_a_line"]
    cells = code_of(notebook_of(lesson, []))
    folded = [cell for cell in cells if cell["metadata"].get("jupyter", {}).get("source_hidden")]
    assert len(folded) == 1 + sum("hidden" in cell.tags for cell in read_cells(lesson.path))
    closed = [cell for cell in cells if cell["metadata"].get("jupyter", {}).get("outputs_hidden")]
    assert len(closed) == 1 and source(closed[0]).startswith("appendix(")


def test_a_long_lesson_is_written_for_its_quick_run_and_says_so() -> None:
    def options(name: str, *given: str) -> str:
        return source(notebook_of(LESSONS[name], list(given))["cells"][2])

    long = options("mnist_cnn")
    assert 'OPTIONS = "--quick"' in long and f"the whole lesson: {LESSONS['mnist_cnn'].time}" in long
    assert "--quick" not in options("fit_a_line").splitlines()[1]
    given = ["--epochs", "3", "--output", 'my "own" folder']
    names: dict[str, str] = {}
    exec(options("mnist_cnn", *given), names)
    assert shlex.split(names["OPTIONS"]) == given


def test_a_students_notebook_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask = [str(FIRST.number), "--notebook", str(tmp_path), "--no-outputs"]
    assert main(ask) == 0
    path = tmp_path / f"{FIRST.path.stem}.ipynb"
    before = path.read_bytes()
    assert main(ask) == 0 and path.read_bytes() == before, "the same cells: the same file"
    for work in ("a student's work", before.decode("utf-8").replace("# Tensors", "# My tensors", 1)):
        path.write_text(work, encoding="utf-8")
        capsys.readouterr()
        assert main(ask) == 0
        assert "is there already and differs" in capsys.readouterr().out
        assert path.read_text(encoding="utf-8") == work
        (new,) = tmp_path.glob("*-2.ipynb")
        assert new.read_bytes() == before
        new.unlink()


def test_without_outputs_all_are_written_and_nothing_is_needed(tmp_path: Path,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebooks, "_can_run", lambda: False)
    assert main(["--notebook", str(tmp_path), "--no-outputs"]) == 0
    assert sorted(path.stem for path in tmp_path.iterdir()) == [x.path.stem for x in LESSONS.values()]


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                  capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(notebooks, "_can_run", lambda: False)
    assert main(["--notebook", str(tmp_path / "new")]) == 2 and not (tmp_path / "new").exists()
    assert 'pip install -e ".[notebook]"' in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["--notebook", str(tmp_path / "file" / "below"), "--no-outputs"]) == 2
    assert "cannot make this folder" in capsys.readouterr().err


def test_the_notebook_extra_installs_what_runs_and_opens_them() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    wanted = settings["options.extras_require"]["notebook"]
    assert all(name in wanted for name in ("nbclient", "ipykernel", "jupyterlab"))


PIP = """
import pathlib, sys
pathlib.Path("asked.txt").write_text("\\n".join(sys.argv[1:]))
"""


def test_the_first_cell_installs_what_lies_around_the_notebook(tmp_path: Path) -> None:
    """Run without site-packages (-S) and with another pip, which only notes what it is asked for."""
    (tmp_path / "modules" / "pip").mkdir(parents=True)
    (tmp_path / "modules" / "pip" / "__init__.py").touch()
    (tmp_path / "modules" / "pip" / "__main__.py").write_text(PIP)
    cell = source(notebook_of(FIRST, [])["cells"][1])

    def started(where: Path, *paths: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-S", "-c", f"{cell}\nprint(sys.path[0])"], cwd=where,
                              env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
                              text=True, capture_output=True)

    modules = tmp_path / "modules"
    course = tmp_path / "course" / "week 1"
    course.mkdir(parents=True)
    missing = started(course, modules)
    assert missing.returncode == 1 and "(.whl or .tar.gz) beside the notebook" in missing.stderr
    assert started(course, modules, ROOT).returncode == 0 and not (course / "asked.txt").exists()
    for name in ("minigrad-0.2.0.tar.gz", "minigrad-0.2.0-py3-none-any.whl"):
        package = course.parent / name
        package.touch()
        assert started(course, modules).returncode == 0
        assert (course / "asked.txt").read_text().splitlines() == ["install", "--quiet", str(package)]
    (course / "asked.txt").unlink()
    for package in course.parent.glob("minigrad*"):
        package.unlink()
    (course.parent / "lessons" / "support").mkdir(parents=True)
    (course.parent / "lessons" / "support" / "__init__.py").touch()
    cloned = started(course, modules)
    assert cloned.stdout.strip() == str(course.parent), cloned.stderr
    assert (course / "asked.txt").read_text().splitlines() == ["install", "--quiet", "-e", str(course.parent)]


def test_a_progress_bar_leaves_no_trace() -> None:
    outputs = [{"output_type": "stream", "name": "stdout", "text": "one\n"},
               {"output_type": "stream", "name": "stdout", "text": "two\n"},
               {"output_type": "stream", "name": "stderr", "text": "\r  0%|   |\r100%|###|\r      \r"},
               {"output_type": "display_data", "data": {}, "metadata": {}}]
    printed = {"output_type": "stream", "name": "stdout", "text": ["one\n", "two\n"]}
    assert joined(outputs) == [printed, outputs[3]]


def test_the_name_of_a_cell_in_a_message_is_the_same_in_each_run() -> None:
    said = "  /tmp/ipykernel_13706/753215837.py:3: loss = x\n"
    outputs = [{"output_type": "stream", "name": "stdout", "text": said}]
    assert joined(outputs)[0]["text"] == ["  <cell>:3: loss = x\n"]


# ── run ───────────────────────────────────────────────────────────────────────────────────────────

def written(lesson: Lesson, folder: Path) -> str:
    """The notebook of a lesson, written and run by the command, without data or a network."""
    ask = [str(lesson.number), "--notebook", str(folder), "--quick",
           *(["--data", "rendered"] if lesson.needs else [])]
    done = subprocess.run([sys.executable, "-m", "lessons", *ask], cwd=ROOT, capture_output=True, text=True,
                          encoding="utf-8", timeout=600, env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert done.returncode == 0, done.stderr
    return (folder / f"{lesson.path.stem}.ipynb").read_text(encoding="utf-8")


def check_outputs(lesson: Lesson, folder: Path) -> None:
    """Every cell was run; what it printed and drew is in there, and nothing of the machine that ran it."""
    text = written(lesson, folder)
    assert [path.name for path in folder.iterdir()] == [f"{lesson.path.stem}.ipynb"], "no folder output"
    cells = code_of(json.loads(text))
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} == {"stream", "display_data"}
    assert not [output for output in outputs if output.get("name") == "stderr"]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == sum("".join(output.get("text", "")).count("picture: ") for output in outputs) > 0
    printed = "".join("".join(output.get("text", "")) for output in outputs)
    for place in (str(ROOT), str(Path.home()) + "/", sys.prefix, "/tmp/"):
        assert place not in printed, re.findall(f".*{place}.*", printed)


@can_run
@pytest.mark.parametrize("name", ["build_an_engine", "fit_a_line", "regularization"])
def test_a_notebook_holds_what_its_cells_print_and_draw(name: str, tmp_path: Path) -> None:
    check_outputs(LESSONS[name], tmp_path)


@can_run
@pytest.mark.slow
@EACH
def test_every_notebook_holds_what_its_cells_print_and_draw(lesson: Lesson, tmp_path: Path) -> None:
    check_outputs(lesson, tmp_path)


@can_run
def test_a_lesson_that_fails_is_named_and_not_written(tmp_path: Path) -> None:
    path = tmp_path / "98_small.py"
    path.write_text('# %% [markdown]\n"""\n# Small\n"""\n\n# %%\nprint(1)\n1 / 0\n', encoding="utf-8")
    ask = ("import sys; from pathlib import Path; from lessons.player.catalog import Lesson; "
           "from lessons.player.notebook import write_notebooks; sys.exit(write_notebooks([Lesson("
           f"98, 'small', Path({str(path)!r}), '', '', '1 s', '')], Path({str(tmp_path / 'made')!r}), []))")
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "lesson 98 (small) failed:" in done.stderr
    assert "ZeroDivisionError" in done.stderr and list((tmp_path / "made").iterdir()) == []
