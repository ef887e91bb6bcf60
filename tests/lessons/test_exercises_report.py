"""The command line, the text of a report, JSON and JUnit, smaller inputs, seeds."""
from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator
from xml.etree import ElementTree

import numpy as np
import pytest

from lessons.__main__ import main
from lessons.player.catalog import all_lessons
from lessons.grading.catalog import EXERCISES, FOLDER, find
from lessons.grading.columns import array_lines
from lessons.grading.command import check, seed_of
from lessons.grading.files import to_json, to_junit
from lessons.grading.grade import load_exercise
from lessons.grading.layout import beside
from lessons.grading.reading import where
from lessons.grading.report import WIDTH, Report
from lessons.grading.results import FAILED, PASSED, Result
from lessons.grading.sandbox import Sandbox
from lessons.grading.shrink import shrink
from lessons.grading.stub import file_of

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = Path(__file__).parent / "solutions"
TIES = ("            row, column = np.unravel_index(window.argmax(), window.shape)\n"
        "            grad_x[i * stride + row, j * stride + column] += g[i, j]\n",
        "            rows, columns = np.nonzero(window == window.max())\n"
        "            grad_x[i * stride + rows, j * stride + columns] += g[i, j]\n")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def graded(sandbox: Sandbox, folder: Path, name: str, right: str = "", wrong: str = "", seed: int = 0
           ) -> Result:
    """A solution with a part replaced, graded."""
    entry = find(name)
    assert entry is not None
    code = (SOLUTIONS / entry.file).read_text(encoding="utf-8")
    assert right in code
    path = folder / entry.file
    path.write_text(code.replace(right, wrong) if right else code, encoding="utf-8")
    return check(sandbox, entry, path, seed)


# ── text ──────────────────────────────────────────────────────────────────────────────────────────

def test_a_tie_as_the_student_sees_it(sandbox: Sandbox, tmp_path: Path) -> None:
    result = graded(sandbox, tmp_path, "max_pool", *TIES)
    report = str(Report(result, where(result.entry, all_lessons())))
    assert report == """\
exercise 10, max-pool backward                                                                5 of 7
  passed   one window
  passed   windows side by side
  failed   two equal maxima in one window
           g  [[2]]    x  [[1 5]     k  2    stride  2    expected  [[0 2]     got  [[0 2]
                           [5 0]]                                    [0 0]]          [2 0]]
           All equal maxima received the gradient; only the first one was passed on. See lesson 30,
           “Max-pooling: where the gradient goes”.
  passed   all negative
  passed   two windows share a maximum
  passed   a column in no window
  failed   ties at random, windows of 3×3 (as above)"""


def test_columns_line_up() -> None:
    left, right = array_lines(np.array([[1.0, -2.5], [100.25, 0.0]])), array_lines(np.array([[1.0], [2.0]]))
    assert left == ["[[  1.00  -2.50]", " [100.25   0.00]]"] and right == ["[[1]", " [2]]"]
    assert beside([("x", left), ("y", right)]) == ["x  [[  1.00  -2.50]     y  [[1]",
                                                   "    [100.25   0.00]]        [2]]"]
    assert beside([("x", ["a" * 60]), ("y", ["b" * 60])], 80) == ["x  " + "a" * 60, "y  " + "b" * 60]
    assert array_lines(np.array([np.nan, np.inf, -0.0, 1e-9, 3e9])) == ["[  nan   inf     0 1e-09 3e+09]"] \
        or "nan" in array_lines(np.array([np.nan]))[0]


def test_reports_are_as_wide_as_they_say_and_tell_what_was_printed(sandbox: Sandbox, tmp_path: Path) -> None:
    result = graded(sandbox, tmp_path, "matmul", "grad_x = g @ w.T",
                    "print(x, 'y' * 300)\n    grad_x = g @ w")
    lines = str(Report(result)).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert any(line.startswith("           printed  [[1. 2.]] yyy") for line in lines)
    brief = str(Report(result, brief=True)).splitlines()
    assert not any("passed  " in line for line in brief) and len(brief) < len(lines)


def test_the_explanation_that_fits_most_cases_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    """In the first step m is 0: without (1 − β) it equals the corrected mean. Later it does not."""
    result = graded(sandbox, tmp_path, "adam", "beta1 * m + (1 - beta1) * g", "beta1 * m + g")
    assert {case.kind for case in result.cases if case.name in ("the first step", "the second step",
                                                                "a random matrix, t = 7")} == {"running mean"}


def test_what_fits_one_case_by_chance_is_not_told(sandbox: Sandbox, tmp_path: Path) -> None:
    """Half of a sum of two is their mean; of the other sums it is not."""
    result = graded(sandbox, tmp_path, "broadcast", "return grad.sum", "return 0.5 * grad.sum")
    assert [case.kind for case in result.cases if case.name == "(3,) became (2, 3)"] == ["value"]


FALSE = {
    "ε outside of the root, where s² is 0": (
        "batch_norm", "np.sqrt(x.var(axis=0) + eps)", "np.sqrt(x.var(axis=0)) + eps", {"epsilon"}),
    "a mean along the rows": ("batch_norm", "x.mean(axis=0)) / s", "x.mean(axis=1, keepdims=True)) / s",
                              {"mean of rows"}),
    "nodes remembered by value": ("walk", "id(node) not in seen:\n            seen.add(id(node))",
                                  "node.value not in seen:\n            seen.add(node.value)",
                                  {"equal values", "not reached"}),
}


@pytest.mark.parametrize("name", FALSE)
def test_one_mistake_has_one_explanation_in_all_cases(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    exercise, right, wrong, kinds = FALSE[name]
    result = graded(sandbox, tmp_path, exercise, right, wrong)
    assert {case.kind for case in result.cases if case.status == FAILED} == kinds, Report(result)


def test_a_hint_is_about_what_is_wrong(sandbox: Sandbox, tmp_path: Path) -> None:
    for wrong in ("(g * x_hat).sum(axis=1)", "(g * x_hat * 1.5).sum(axis=0)"):
        result = graded(sandbox, tmp_path, "batch_norm", "(g * x_hat).sum(axis=0)", wrong)
        assert "grad_gamma" in str(Report(result)) and "adds up to 0" not in str(Report(result))
    result = graded(sandbox, tmp_path, "batch_norm", ")) / s\n    return", ")) / s * 1.5 ** x\n    return")
    assert "adds up to 0" in str(Report(result))


def test_the_root_alone_is_missing_when_it_is(sandbox: Sandbox, tmp_path: Path) -> None:
    without = graded(sandbox, tmp_path, "walk", "return order[::-1]", "return order[::-1][1:]")
    assert "The root belongs to it" in without.cases[0].message
    alone = graded(sandbox, tmp_path, "walk", "return order[::-1]", "return [root]")
    messages = [case.message for case in alone.cases if case.task == "order"]
    assert all("The root belongs to it" not in text and "missing node" not in text for text in messages)
    assert {case.kind for case in alone.cases if case.task == "order"} == {"missing node"}


def test_entries_are_those_of_the_gradient(sandbox: Sandbox, tmp_path: Path) -> None:
    result = graded(sandbox, tmp_path, "broadcast", "g.sum(axis=tuple(range(g.ndim - len(shape))))",
                    "g[(0,) * (g.ndim - len(shape))]")
    assert "equals the part of one index there, the first one of 2. " in " ".join(str(Report(result)).split())
    assert " entries" not in "".join(case.message for case in result.cases if case.kind != "value")


# ── smaller inputs ────────────────────────────────────────────────────────────────────────────────

def test_a_failure_of_a_large_input_is_shown_on_a_small_one(sandbox: Sandbox, tmp_path: Path) -> None:
    result = graded(sandbox, tmp_path, "matmul", "    return grad_x", "    if w.shape[0] > 3:\n"
                    "        grad_w[3] = 0\n    return grad_x")
    failed = [case for case in result.cases if case.status == FAILED]
    assert [case.name for case in failed] == ["random, 8×5 by 5×6"]
    blocks = dict(failed[0].blocks)
    assert [len(blocks[name]) for name in ("g", "x", "w")] == [1, 1, 4]      # (1, 1), (1, 4), (4, 1)
    assert not any("." in line for line in blocks["x"] + blocks["g"]), "rounded to integers"


def test_labels_follow_their_classes_when_inputs_shrink() -> None:
    task = load_exercise("cross_entropy").tasks["it"]
    arguments = {"logits": np.arange(20.0).reshape(5, 4), "target": np.array([0, 3, 3, 1, 2])}
    smallest = shrink(task, arguments, lambda x: bool((x["logits"][np.arange(len(x["target"])), x["target"]]
                                                       == 11.0).any()), numbers=False)
    assert smallest["logits"].tolist() == [[11.0]] and smallest["target"].tolist() == [0]


# ── seeds ─────────────────────────────────────────────────────────────────────────────────────────

def without_times(text: str) -> Any:
    content = json.loads(text)
    for exercise in content["exercises"]:
        del exercise["seconds"]
    return content


def test_a_seed_decides_everything(sandbox: Sandbox, tmp_path: Path) -> None:
    wrong = "    return grad_x", "    if len(x) > 5:\n        grad_w[0] = 0\n    return grad_x"
    reports = [without_times(to_json([graded(sandbox, tmp_path, "matmul", *wrong, seed=seed)]))
               for seed in (5, 5, 6)]
    assert reports[0] == reports[1] != reports[2]


def test_a_student_has_a_seed_of_their_own() -> None:
    assert seed_of(0, None) == 0 and seed_of(0, "alice") == seed_of(0, "alice")
    assert len({seed_of(seed, name) for seed in (0, 1) for name in ("alice", "bob", None)}) == 6
    task = load_exercise("matmul")
    drawn = [task.cases(np.random.default_rng([seed_of(0, name), 4]))[2].arguments["g"]
             for name in ("alice", "bob", "alice")]
    assert np.array_equal(drawn[0], drawn[2]) and not np.array_equal(drawn[0], drawn[1])


# ── files ─────────────────────────────────────────────────────────────────────────────────────────

def test_json_and_junit_agree(sandbox: Sandbox, tmp_path: Path) -> None:
    control = "print('\\x00\\x1b]')\n    grad_x = g @ w.T[:, ::-1]"
    results = [graded(sandbox, tmp_path, "broadcast"),
               graded(sandbox, tmp_path, "max_pool", *TIES),
               graded(sandbox, tmp_path, "matmul", "grad_x = g @ w.T", control),
               graded(sandbox, tmp_path, "sgd", "def sgd_step", "def sgd_step("),
               check(sandbox, EXERCISES[0], tmp_path / "nothing.py", 0)]
    content = json.loads(to_json(results, seed=0, student="ü"))
    root = ElementTree.fromstring(to_junit(results))
    assert content["version"] == 1 and content["student"] == "ü" and root.tag == "testsuites"
    assert [e["state"] for e in content["exercises"]] == ["graded"] * 3 + ["failed", "missing"]
    for exercise, suite in zip(content["exercises"], root, strict=True):
        cases = list(suite)
        assert suite.get("name") == f"{exercise['number']:02d} {exercise['title']}"
        assert [case["name"] for case in exercise["cases"]] == [case.get("name") for case in cases]
        assert [case["status"] == PASSED for case in exercise["cases"]] == [not len(case) for case in cases]
        assert exercise["total"] == len(cases) == int(suite.get("tests", ""))
        bad = int(suite.get("failures", "")) + int(suite.get("errors", ""))
        assert exercise["passed"] == len(cases) - bad
        for case, element in zip(exercise["cases"], cases):
            if case["status"] == FAILED:
                (failure,) = element
                assert failure.tag == "failure" and failure.get("type") == case["kind"]
                assert failure.get("message") == case["message"]
    assert content["passed"] == sum(e["passed"] for e in content["exercises"])
    assert content["exercises_passed"] == 1 and content["exercises_total"] == 5


def test_what_is_suspicious_is_in_every_report(sandbox: Sandbox, tmp_path: Path) -> None:
    result = graded(sandbox, tmp_path, "matmul", "def matmul", "import os\n\n\ndef matmul")
    assert result.all_passed and "Noted for the teacher: line 4 imports os." in str(Report(result))
    (exercise,) = json.loads(to_json([result]))["exercises"]
    assert exercise["suspicious"] == [{"line": 4, "what": "imports os"}]
    (suite,) = ElementTree.fromstring(to_junit([result]))
    assert [x.get("value") for x in suite.iter("property")] == ["line 4 imports os"]
    honest = graded(sandbox, tmp_path, "matmul")
    assert "Noted" not in str(Report(honest)) and "property" not in to_junit([honest])


# ── the command line ──────────────────────────────────────────────────────────────────────────────

@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A student's folder: one exercise done, one wrong, one not begun."""
    for name in ("03_broadcast.py", "07_sgd.py"):
        shutil.copy(SOLUTIONS / name, tmp_path)
    path = tmp_path / "07_sgd.py"
    path.write_text(path.read_text(encoding="utf-8").replace("p - lr", "p + lr"), encoding="utf-8")
    shutil.copy(FOLDER / "04_matmul.py", tmp_path)
    return tmp_path


def test_the_list_tells_how_far_each_exercise_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--folder", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.rpartition("  ")[2] for line in lines[:3]] == ["passed", "not started", "0 of 7"]
    assert main(["check", "--folder", str(FOLDER)]) == 0
    assert all(line.endswith("not started") for line in capsys.readouterr().out.splitlines()[:len(EXERCISES)])


def test_the_current_folder_counts_if_it_holds_exercises(folder: Path, monkeypatch: pytest.MonkeyPatch,
                                                         capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(folder)
    assert main(["check", "broadcast"]) == 0
    assert "exercise 3, summing a broadcast gradient" in capsys.readouterr().out
    assert main(["check", "3", "sgd"]) == 1
    text = capsys.readouterr().out
    assert "1 of 2 exercises passed, 8 of 15 cases" in text and "moves uphill" in text


@pytest.mark.parametrize("name", ["05_walk (1).py", "5_walk.py", "05-walk.py", "05_Walk - Copy.py"])
def test_a_file_is_found_under_a_name_alike(name: str, tmp_path: Path) -> None:
    entry = EXERCISES[4]
    assert file_of(entry, tmp_path) == tmp_path / entry.file
    shutil.copy(SOLUTIONS / entry.file, tmp_path / name)
    for other in ("15_walk.py", "05_walker.py", "05_walk.txt", "walk.py"):
        (tmp_path / other).write_text("x = 1")
    assert file_of(entry, tmp_path) == tmp_path / name
    shutil.copy(FOLDER / entry.file, tmp_path)                  # the stub as it came does not count
    assert file_of(entry, tmp_path) == tmp_path / name
    shutil.copy(SOLUTIONS / entry.file, tmp_path)
    assert file_of(entry, tmp_path) == tmp_path / entry.file


def test_all_in_a_folder_with_files_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grades = folder / "grades"
    arguments = ["check", "--all", "--folder", str(folder), "--student", "alice", "--seed", "3"]
    assert main([*arguments, "--json", str(grades / "alice.json"), "--junit", str(grades / "alice.xml")]) == 1
    text = capsys.readouterr().out
    passed = f"1 of {len(EXERCISES)} exercises passed"
    assert passed in text and text.count("missing") == len(EXERCISES) - 3
    content = json.loads((grades / "alice.json").read_text(encoding="utf-8"))
    assert (content["seed"], content["student"], content["exercises_passed"]) == (3, "alice", 1)
    assert len(ElementTree.parse(grades / "alice.xml").getroot()) == len(EXERCISES)
    assert main([*arguments, "--json", "-"]) == 1               # the text goes out of the way
    out, err = capsys.readouterr()
    assert json.loads(out)["total"] == content["total"] and passed in err


def test_what_makes_no_sense_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, says in ((["99"], "no exercise '99'"), (["--all", "3"], "either exercises or --all"),
                            (["3", "4", "--file", "x.py"], "--file goes with one exercise"),
                            (["--folder", str(tmp_path / "no")], "there is no folder"),
                            (["3", "--json", "-", "--junit", "-"], "cannot both")):
        with pytest.raises(SystemExit) as stop:
            main(["check", *arguments])
        assert stop.value.code == 2 and says in capsys.readouterr().err
    unwritable = tmp_path / "file" / "grades.json"
    unwritable.parent.write_text("")
    assert main(["check", "3", "--file", str(SOLUTIONS / "03_broadcast.py"), "--json", str(unwritable)]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_the_command_as_it_is_typed(tmp_path: Path) -> None:
    path = tmp_path / "my solution.py"
    shutil.copy(SOLUTIONS / "04_matmul.py", path)
    done = subprocess.run([sys.executable, "-m", "lessons", "check", "4", "--file", str(path)], cwd=ROOT,
                          capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0 and done.stderr == "" and "\033[" not in done.stdout
    assert done.stdout.splitlines()[0].split() == ["exercise", "4,", "matmul", "backward", "passed"]
