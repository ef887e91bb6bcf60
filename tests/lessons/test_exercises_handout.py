"""The hand-out: no solution in it, its commands run, and nothing is ever overwritten."""
from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from lessons.__main__ import main
from lessons.grading import handout
from lessons.grading.catalog import EXERCISES, FOLDER
from lessons.grading.classroom.similarity import flat, plain
from lessons.grading.grade import cases_of
from lessons.grading.judge import named
from lessons.grading.stored import read, to_json

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = Path(__file__).parent / "solutions"


def code_lines(path: Path) -> set[str]:
    """The lines of code in a solution that say something: neither def, import, return of a name nor loop."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lines = {ast.unparse(node).splitlines()[0] for node in ast.walk(tree)
             if isinstance(node, (ast.Assign, ast.AugAssign, ast.Return, ast.Expr))}
    return {line for line in lines if len(line) > 14 and not line.startswith("'")}


def test_there_is_no_solution_in_it_nor_in_the_package(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    assert main(["handout", str(folder), "--install", "minigrad"]) == 0
    names = {entry.file for entry in EXERCISES} | {"README.md", ".gitignore", ".github", "cases"}
    assert {path.name for path in folder.iterdir()} == names
    assert run("python -m lessons check --all", folder).returncode == 1     # nor in what this leaves
    texts = {path: "".join(path.read_text(encoding="utf-8").split())
             for path in [*folder.rglob("*"), *(FOLDER.parent / "grading").rglob("*.py")] if path.is_file()}
    references = {path.stem: code_lines(path) for path in (FOLDER.parent / "grading" / "cases").glob("*.py")}
    handed_out = [text for path, text in texts.items() if folder in path.parents]
    for name, lines in references.items():
        for line in lines:
            assert not any("".join(line.split()) in text for text in handed_out), f"{name}: {line}"
    for entry in EXERCISES:
        lines = code_lines(SOLUTIONS / entry.file)
        assert lines, entry.name
        given = set() if entry.name != "walk" else \
            {"self.value, self.parents, self.slopes, self.grad = (value, parents, slopes, 0.0)"}
        for line in lines - given:
            code = "".join(line.split())
            found = [path.name for path, text in texts.items() if code in text]
            assert not found, f"{entry.name}: {line} is in {found}"


def code_of(path: Path) -> list[list[tuple[str, int]]]:
    """Each function of a file as its statements without names, and how large each is."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [[plain(line)[:2] for line in flat(function.body)] for function in functions]


def copied_from(solution: Path, files: list[Path]) -> tuple[float, str]:
    """The largest part of a solution that stands in one of the files, names aside, and in which."""
    own = [line for function in code_of(solution) for line in function]
    whole = sum(size for _, size in own)
    best = 0.0, ""
    for path in files:
        there = {code for function in code_of(path) for code, _ in function}
        best = max(best, (sum(size for code, size in own if code in there) / whole, str(path)))
    return best


#: Two products, which lesson 13 derives on paper; whoever writes them down in any way writes just these.
ONE_WAY = {"matmul"}


@pytest.mark.slow
def test_no_lesson_prints_a_solution() -> None:
    lessons = sorted((ROOT / "lessons").glob("*.py")) + sorted((ROOT / "lessons" / "appendix").glob("*.py"))
    found = {entry.name: copied_from(SOLUTIONS / entry.file, lessons) for entry in EXERCISES}
    assert {name: where for name, where in found.items() if where[0] > 0.6 and name not in ONE_WAY} == {}
    copy = copied_from(SOLUTIONS / "20_layer_norm.py", [SOLUTIONS / "20_layer_norm.py"])
    assert copy[0] == 1.0                                               # it would be seen


@pytest.mark.slow
def test_an_installed_wheel_holds_no_solution(tmp_path: Path) -> None:
    """Neither the tests' solutions nor the code that finds the cases' results, by their syntax trees."""
    pytest.importorskip("setuptools", "70.1", reason="pip install -e '.[test]' brings the build backend")
    clone = tmp_path / "clone"
    clone.mkdir()
    for name in ("lessons", "minigrad"):
        shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, clone)
    code = "import setuptools.build_meta as backend, sys; backend.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=clone, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    files = sorted((site / "lessons").rglob("*.py"))
    assert not (site / "lessons" / "grading" / "cases").exists() and len(files) > 60
    for entry in EXERCISES:
        part, where = copied_from(SOLUTIONS / entry.file, files)
        assert part <= 0.6 or entry.name in ONE_WAY, (entry.name, where)
        part, where = copied_from(ROOT / "lessons" / "grading" / "cases" / f"{entry.name}.py", files)
        assert part <= 0.3, (entry.name, where)

    def lessons(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "lessons", *arguments], cwd=folder, text=True,
                              capture_output=True, timeout=300, encoding="utf-8",
                              env={**os.environ, "PYTHONPATH": str(site)})

    work = tmp_path / "work"
    assert lessons("handout", str(work), "--install", "minigrad", folder=tmp_path).returncode == 0
    assert "not started" in lessons("check", "3", folder=work).stdout
    shutil.copy(SOLUTIONS / "03_broadcast.py", work)
    assert lessons("check", "3", folder=work).returncode == 0           # by the hand-out's cases
    assert lessons("check", "3", "--folder", str(work),
                   folder=tmp_path).returncode == 0    # by the stored ones
    other = lessons("check", "3", "--seed", "5", folder=work)
    assert other.returncode == 2 and "Use a clone of minigrad" in other.stderr


def test_the_stored_cases_are_those_that_are_drawn() -> None:
    """``python -c "from lessons.grading.handout import store; store()"`` writes them again."""
    for entry in EXERCISES:
        exercise, cases = cases_of(entry, 0)
        _, stored = read(FOLDER / "cases" / entry.file.replace(".py", ".json"))
        for case, again in zip(cases, stored, strict=True):
            assert (case.name, case.task, case.hint) == (again.name, again.task, again.hint), entry.name
            task = exercise.tasks[case.task]
            for name, value in {} if task.way.judges else named(task,
                                                                task.expected(**case.arguments)).items():
                assert again.expected is not None
                assert np.allclose(value, again.expected[name], 1e-9, 1e-12, equal_nan=True), entry.name


def commands(text: str) -> list[str]:
    """The commands in the fenced blocks of a README, or in the run lines of a workflow."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in block.splitlines()] or re.findall(r"- run: (.*)", text)


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one of the hand-out's commands with this Python."""
    python, *arguments = shlex.split(command)
    assert python == "python"
    return subprocess.run([sys.executable, *arguments], cwd=folder, text=True, capture_output=True,
                          timeout=300, encoding="utf-8", env={**os.environ, "PYTHONPATH": str(ROOT)})


def test_its_own_commands_run(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    assert main(["handout", str(folder), "3", "10", "4", "--install", "git+https://example.org/m g"]) == 0
    readme = (folder / "README.md").read_text(encoding="utf-8")
    workflow = (folder / ".github" / "workflows" / "grade.yml").read_text(encoding="utf-8")
    venv, activate, install, *checks = commands(readme)
    assert (venv, activate) == ("python3 -m venv .venv", "source .venv/bin/activate")
    assert install == "python -m pip install 'git+https://example.org/m g'"
    assert [check.partition("lessons ")[2] for check in checks] == ["check", "check 3", "check 3 4 10"]
    ci_install, ci_grade = commands(workflow)
    assert ci_install.endswith("pip install 'git+https://example.org/m g'")
    assert "TABLE" not in readme and "WHICH" not in readme + workflow

    done = [run(check, folder) for check in (*checks, ci_grade)]
    assert [x.returncode for x in done] == [0, 1, 1, 1] and not any(x.stderr for x in done)
    assert "exercise 3, summing a broadcast gradient" in done[1].stdout and "not started" in done[1].stdout
    assert not list(ElementTree.parse(folder / "grade.xml").iter("failure"))
    for name in ("03_broadcast.py", "04_matmul.py", "10_max_pool.py"):
        shutil.copy(SOLUTIONS / name, folder)
    assert run(ci_grade, folder).returncode == 0
    root = ElementTree.parse(folder / "grade.xml").getroot()
    assert len(root) == 3 and not [e for e in root.iter() if e.tag in ("error", "failure")]


@pytest.mark.slow
def test_it_grades_without_the_code_of_the_cases(tmp_path: Path) -> None:
    """As where only the hand-out and a grader without ``cases`` are installed."""
    for name in ("lessons", "minigrad"):
        shutil.copytree(ROOT / name, tmp_path / "installed" / name,
                        ignore=shutil.ignore_patterns("__pycache__", "cases", "pictures", "listings"))
    folder = tmp_path / "class"
    assert main(["handout", str(folder), "--seed", "4"]) == 0
    for entry in EXERCISES:
        shutil.copy(SOLUTIONS / entry.file, folder)

    def grade(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "lessons", "check", *arguments], cwd=folder, text=True,
                              capture_output=True, timeout=300, encoding="utf-8",
                              env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")})

    done = grade("--all")
    passed = f"{len(EXERCISES)} of {len(EXERCISES)} exercises passed"
    assert done.returncode == 0 and passed in done.stdout, done.stdout + done.stderr
    path = folder / "08_adam.py"
    path.write_text(path.read_text(encoding="utf-8").replace("** t", ""), encoding="utf-8")
    done = grade("8")
    assert done.returncode == 1 and "does not depend on t" in done.stdout, done.stdout + done.stderr
    (folder / "cases" / "08_adam.json").write_text("{}")
    done = grade("8")
    assert done.returncode == 2 and "08_adam.json holds no cases" in done.stderr


@pytest.mark.slow
def test_stored_cases_are_those_of_their_seed(tmp_path: Path) -> None:
    for entry in EXERCISES:
        exercise, cases = cases_of(entry, 7)
        path = tmp_path / "cases.json"
        path.write_text(to_json(exercise, cases), encoding="utf-8")
        _, stored = read(path)
        for case, again in zip(cases, stored, strict=True):
            assert (case.name, case.task, case.hint) == (again.name, again.task, again.hint)
            assert list(case.arguments) == list(again.arguments)
            for name, value in case.arguments.items():
                assert np.array_equal(value, again.arguments[name]) if isinstance(value, np.ndarray) \
                    else value == again.arguments[name]


def test_a_teacher_does_not_grade_by_the_cases_in_a_submission(tmp_path: Path) -> None:
    submission = tmp_path / "submission"
    assert main(["handout", str(submission), "3"]) == 0
    shutil.copy(SOLUTIONS / "03_broadcast.py", submission)
    (submission / "cases" / "03_broadcast.json").write_text("{}")
    assert main(["check", "3", "--folder", str(submission)]) == 0


def test_the_workflow_is_yaml(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    handout.write(tmp_path / "class", EXERCISES, "minigrad")
    content = yaml.safe_load((tmp_path / "class" / ".github" / "workflows" / "grade.yml").read_text())
    steps = content["jobs"]["grade"]["steps"]
    assert [step.get("uses", "").partition("@")[0] for step in steps] == [
        "actions/checkout", "actions/setup-python", "", "", "actions/upload-artifact"]
    assert steps[-1]["if"] == "always()" and "--junit grade.xml" in steps[-2]["run"]


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "note.txt").write_text("mine")
    for path in (tmp_path, tmp_path / "note.txt"):
        assert main(["handout", str(path)]) == 2
        assert "nothing was written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_a_stub_that_holds_a_solution_is_not_handed_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                        capsys: pytest.CaptureFixture[str]) -> None:
    stubs = tmp_path / "stubs"
    shutil.copytree(FOLDER, stubs, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(handout, "FOLDER", stubs)
    path = stubs / "04_matmul.py"
    stub = path.read_text(encoding="utf-8")
    for solved in ((SOLUTIONS / "04_matmul.py").read_text(encoding="utf-8"),
                   stub + "\n\ndef grad_of_x(g, w):\n    return g @ w.T\n"):
        path.write_text(solved, encoding="utf-8")
        assert main(["handout", str(tmp_path / "class")]) == 2
        assert "04_matmul.py" in capsys.readouterr().err and not (tmp_path / "class").exists()
    assert main(["handout", str(tmp_path / "class"), "3"]) == 0         # the others can be


def test_without_an_address_the_teacher_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(handout, "origin", lambda: None)
    assert main(["handout", str(tmp_path / "class")]) == 0
    assert handout.UNKNOWN in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["handout", str(tmp_path / "other"), "99"])
    assert "no exercise '99'" in capsys.readouterr().err


def test_the_command_for_teachers_runs_as_it_is_printed(tmp_path: Path) -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^python -m lessons grade .*$", readme, re.MULTILINE)
    (tmp_path / "submissions" / "alice").mkdir(parents=True)
    shutil.copy(SOLUTIONS / "04_matmul.py", tmp_path / "submissions" / "alice")
    done = run(command, tmp_path)
    assert done.returncode == 0 and "1 students" not in done.stdout, done.stderr
    told = readme.partition("folder `grades`")[2].partition("An exercise has")[0]
    for name in re.findall(r"`([\w/.]+)`", told):
        assert name == "results.json" or (tmp_path / "grades" / name).exists(), name


def test_what_the_grader_needs_is_installed_with_it() -> None:
    settings = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    assert "lessons.grading = templates/*" in settings and "exercises/*" in settings
    assert "exercises/cases/*" in settings and "lessons.grading.cases*" in settings
    assert all((ROOT / "lessons" / name / "__init__.py").exists()
               for name in ("exercises", "grading", "grading/classroom"))
