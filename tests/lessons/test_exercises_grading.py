"""Grading: solutions pass, and whatever else a student's file does is told in one clear line."""
from __future__ import annotations

import doctest
import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Iterator, NamedTuple

import pytest

from lessons.player.catalog import all_lessons
from lessons.grading.catalog import EXERCISES, FOLDER, Entry, find
from lessons.grading.command import check, seed_of
from lessons.grading.reading import heading
from lessons.grading.report import Report
from lessons.grading.results import FAILED, NOT_RUN, PASSED
from lessons.grading.sandbox import Sandbox
from lessons.grading.stub import untouched

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = Path(__file__).parent / "solutions"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("exercise_" + path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ── the exercises ─────────────────────────────────────────────────────────────────────────────────

@pytest.mark.parametrize("entry", EXERCISES, ids=lambda entry: entry.name)
def test_the_solution_passes_for_every_seed(entry: Entry, sandbox: Sandbox) -> None:
    for seed in (0, 1, 2, seed_of(7, "alice")) if entry.name != "walk" else (0, 3):
        result = check(sandbox, entry, SOLUTIONS / entry.file, seed)
        assert result.all_passed, Report(result)
        assert len(result.cases) >= 5 and result.score == "passed"


@pytest.mark.parametrize("entry", EXERCISES, ids=lambda entry: entry.name)
def test_the_examples_in_the_stub_hold_for_the_solution(entry: Entry) -> None:
    stub, solution = load(FOLDER / entry.file), load(SOLUTIONS / entry.file)
    names = {**vars(stub), **vars(solution)}
    runner = doctest.DocTestRunner(verbose=False)
    for name in entry.functions:
        doc = getattr(stub, name).__doc__
        assert ">>> " in doc and "Args:" in doc and "Returns" in doc, name
        report: list[str] = []
        runner.run(doctest.DocTestParser().get_doctest(doc, dict(names), name, None, None), out=report.append)
        assert report == []


@pytest.mark.parametrize("entry", EXERCISES, ids=lambda entry: entry.name)
def test_the_stub_says_what_to_do_and_how_it_is_graded(entry: Entry) -> None:
    path = FOLDER / entry.file
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f'"""Exercise {entry.number}: ')
    assert f"Grade it:  python -m lessons check {entry.number}\n" in text and "On paper" in text
    assert untouched(path, entry) and not untouched(SOLUTIONS / entry.file, entry)
    assert max(map(len, text.splitlines())) <= 100


def test_the_sections_that_hints_name_exist() -> None:
    assert [entry for entry in EXERCISES if heading(entry, all_lessons()) is None] == []


def test_an_exercise_that_was_not_begun(sandbox: Sandbox) -> None:
    entry = EXERCISES[3]
    result = check(sandbox, entry, FOLDER / entry.file, 0)
    assert (result.state, result.score, result.passed) == ("not started", "not started", 0)
    assert len(result.cases) == 5 and all(case.status == NOT_RUN for case in result.cases)
    assert f"Write matmul_backward in {Path('lessons', 'exercises', entry.file)}" in result.message \
        or entry.file in result.message
    missing = check(sandbox, entry, FOLDER / "no such file.py", 0)
    assert missing.state == "missing" and len(missing.cases) == 5


def test_half_an_exercise(sandbox: Sandbox, tmp_path: Path) -> None:
    entry = find("im2col")
    assert entry is not None
    solution = (SOLUTIONS / entry.file).read_text(encoding="utf-8")
    path = tmp_path / entry.file
    path.write_text(solution.partition("def col2im")[0] + "def col2im(cols, shape, k, stride, padding):\n"
                    "    raise NotImplementedError\n", encoding="utf-8")
    result = check(sandbox, entry, path, 0)
    assert result.score == "7 of 13"
    assert {case.kind for case in result.cases if case.status == FAILED} == {"not started"}


# ── what else a file may do ───────────────────────────────────────────────────────────────────────

class Misbehavior(NamedTuple):
    """A file for exercise 4; the kind that is found, how many cases pass, and what the report says."""

    code: str
    kind: str
    passed: int
    says: str


RIGHT = "return g @ w.T, x.T @ g"
HEAD = "def matmul_backward(g, x, w):\n    "
THIRD = HEAD + "if len(g) == 3 and g.shape[1] == 4:\n        {}\n    " + RIGHT        # the third case

MISBEHAVIORS = {
    "endless loop": Misbehavior(THIRD.format("while True: pass"), "timeout", 2, "no answer after 2 seconds"),
    "endless sleep": Misbehavior("import time\n" + THIRD.format("time.sleep(1000)"), "timeout", 2,
                                 "a loop that never ends"),
    "os._exit": Misbehavior("import os\n" + THIRD.format("os._exit(3)"), "crash", 2, "status 3"),
    "os._exit(0)": Misbehavior("import os\n" + THIRD.format("os._exit(0)"), "crash", 2, "status 0"),
    "exit()": Misbehavior(THIRD.format("exit()"), "exit", 4, "calls exit() at line 3 (exit())"),
    "exit at import": Misbehavior("print('hello')\nimport sys\nsys.exit()", "exit", 0, "hello"),
    "recursion": Misbehavior("def f(n):\n    return f(n + 1)\n\n" + THIRD.format("f(0)"), "recursion", 4,
                             "RecursionError at line 2 (return f(n + 1))"),
    "limit raised": Misbehavior("import sys\n" + HEAD + "sys.setrecursionlimit(9999)\n    " + RIGHT,
                                "recursion", 0, "use a loop and a list"),
    "print flood": Misbehavior(THIRD.format("while True: print('x' * 1000)"), "flood", 4,
                               "prints without end at line 3"),
    "print flood that goes on": Misbehavior(
        HEAD + "while True:\n        try:\n            print('x' * 9999)\n        except BaseException:\n"
        "            pass", "timeout", 0, "no answer"),
    "stub": Misbehavior(HEAD + "raise NotImplementedError", "not started", 0, "Write matmul_backward in"),
    "signature": Misbehavior("def matmul_backward(x, w):\n    return x, w", "signature", 0,
                             "takes (x, w), but it is called with (g, x, w)"),
    "other order": Misbehavior("def matmul_backward(x, w, g):\n    " + RIGHT, "signature", 0,
                               "the order is (g, x, w)"),
    "missing function": Misbehavior("def matmul_backwards(g, x, w):\n    " + RIGHT, "missing function", 0,
                                    "There is no function matmul_backward (but matmul_backwards)"),
    "no function": Misbehavior("matmul_backward = 3", "missing function", 0,
                               "a value (int), not a function"),
    "empty": Misbehavior("", "missing function", 0, "Keep the stub's line: def matmul_backward(g, x, w)"),
    "syntax": Misbehavior("def matmul_backward(g, x, w)\n    return 1", "syntax", 0,
                          "line 1 (def matmul_backward(g, x, w)): "),
    "indentation": Misbehavior("def f():\nreturn 1", "syntax", 0, "line 2 (return 1): expected an indented"),
    "null byte": Misbehavior("x = 1\0", "syntax", 0, "Python cannot read 04_matmul.py"),
    "import": Misbehavior("import nosuchmodule\n", "exception", 0,
                          "ModuleNotFoundError at line 1 (import nosuchmodule): No module named"),
    "exception": Misbehavior(THIRD.format("return g @ x, w"), "exception", 4,
                             "ValueError at line 3 (return g @ x, w): matmul: "),
    "strange exception": Misbehavior(
        "class E(Exception):\n    def __str__(self): raise ValueError\n" + THIRD.format("raise E"),
        "exception", 4, "cannot be shown"),
    "interrupt": Misbehavior(THIRD.format("raise KeyboardInterrupt"), "exception", 4, "Ctrl-C"),
    "input()": Misbehavior(THIRD.format("input()"), "exception", 4, "nobody is there to answer input()"),
    "changes its input": Misbehavior(HEAD + "x *= 1.5\n    " + RIGHT, "changed", 0,
                                     "changed its input x. The caller still needs what it was"),
    "changes its inputs": Misbehavior(HEAD + "x *= 1.5\n    w -= 1\n    " + RIGHT, "changed", 0,
                                      "changed its inputs x and w"),
    "shape": Misbehavior(HEAD + "return w @ g.T, x.T @ g", "transposed", 0,
                         "has shape (2, 1); expected is (1, 2). Transposed, it is right"),
    "dtype": Misbehavior(HEAD + "return (g @ w.T).astype('float32'), x.T @ g", "dtype", 0,
                         "dtype float32; expected is float64"),
    "integers": Misbehavior(HEAD + "return (g @ w.T).astype(int), x.T @ g", "dtype", 0,
                            "cannot hold fractions"),
    "list": Misbehavior(HEAD + "return (g @ w.T).tolist(), x.T @ g", "type", 0, "grad_x is a list; expected"),
    "None": Misbehavior(HEAD + "grad_x = g @ w.T", "type", 0, "returned None. Is a return missing?"),
    "one value": Misbehavior(HEAD + "return g @ w.T", "type", 0,
                             "expected are 2 values: return grad_x, grad_w"),
    "three values": Misbehavior(HEAD + "return g, x, w", "type", 0, "returned 3 values"),
    "NaN": Misbehavior("import numpy as np\n" + HEAD + "return g @ w.T + np.log(-1.0), x.T @ g", "nan", 0,
                       "NaN in 2 of 2 entries of grad_x. NumPy warned at line 3: invalid value"),
    "minigrad": Misbehavior("import minigrad\n" + HEAD + "return minigrad.tensor(g @ w.T), x.T @ g", "import",
                            0, "Line 1 imports minigrad. The exercises are written on NumPy alone."),
    "minigrad, hidden": Misbehavior("minigrad = __import__('mini' + 'grad')\n" + HEAD + RIGHT, "exception", 0,
                                    "minigrad is not there: the exercises are written on NumPy alone"),
    "threads": Misbehavior("import threading, time\n" + HEAD
                           + "threading.Thread(target=time.sleep, args=(99,)).start()\n    " + RIGHT, "", 5,
                           "passed"),
    "other settings": Misbehavior(
        "import numpy as np, os, sys, tempfile\nnp.seterr(all='raise')\nnp.set_printoptions(precision=1)\n"
        "np.random.seed(0)\nos.chdir(tempfile.gettempdir())\nsys.stdout = None\n" + HEAD + RIGHT, "", 5,
        "passed"),
}

if sys.platform == "linux":
    MISBEHAVIORS |= {
        "segmentation fault": Misbehavior("import ctypes\n" + THIRD.format("ctypes.string_at(0)"), "crash", 2,
                                          "Python crashed: segmentation fault"),
        "killed": Misbehavior("import os\n" + THIRD.format("os.kill(os.getpid(), 9)"), "crash", 2, "SIGKILL"),
        "memory": Misbehavior("import numpy as np\n" + THIRD.format(
            "a = []\n        while len(a) < 100: a.append(np.empty(10 ** 7))"), "memory", 4,
            "needs more memory than the grader gives"),
        "past Python": Misbehavior("import os\n" + HEAD + "for i in range(5000):\n        "
                                   "os.write(1, b'y' * 1000)\n    " + RIGHT, "", 5, "passed"),
        "child processes": Misbehavior("import os\n" + HEAD + "os.fork()\n    " + RIGHT, "", 5, "passed"),
    }


@pytest.mark.parametrize("name", MISBEHAVIORS)
def test_whatever_a_file_does_is_told_in_one_line(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    code, kind, passed, says = MISBEHAVIORS[name]
    path = tmp_path / "04_matmul.py"
    path.write_text(code, encoding="utf-8")
    result = check(sandbox, EXERCISES[3], path, seed=0, seconds=2 if kind == "timeout" else None)
    report = str(Report(result))
    assert (result.kind or next((case.kind for case in result.cases if case.kind), "")) == kind, report
    assert (result.passed, len(result.cases)) == (passed, 5), report
    assert " ".join(says.split()) in " ".join(report.split()), report
    assert "Traceback" not in report and not re.search(r"serve\.py|wire\.py|nodes\.py", report)
    good = check(sandbox, EXERCISES[2], SOLUTIONS / EXERCISES[2].file, seed=0)
    assert good.all_passed                              # the next one is not harmed


RETURNED = ["'text'", "[]", "()", "{}", "(None, None)", "(g @ w.T, None)", "(g, 'x')",
            "(g @ w.T, x.T @ g, 1)", "(np.array([[object()]]), x)",
            "(np.array(['a', 'b']), w)", "iter((g, w))", "object()", "len",
            "(g @ w.T + 1j, x.T @ g)", "(np.float64(3), np.float64(3))", "(True, False)", "(10 ** 400, w)",
            "(np.zeros((0, 2)), w)", "(g @ w.T)[..., None], x", "(np.ma.masked_array(g @ w.T), w)", "np",
            "(np.array([1, [2, 3]], dtype=object), w)", "(g @ w.T * np.inf, x.T @ g)"]


def test_whatever_is_returned_is_no_fault_of_the_grader(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "04_matmul.py"
    for value in RETURNED:
        path.write_text(f"import numpy as np\n\n\n{HEAD}return {value}\n", encoding="utf-8")
        result = check(sandbox, EXERCISES[3], path, seed=0)
        first = result.cases[0]
        assert first.status == FAILED, value
        assert first.kind not in ("", "grader", "crash", "exception"), (value, first)


def test_no_process_is_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "04_matmul.py"
    path.write_text("import time\n" + HEAD + "time.sleep(100)\n", encoding="utf-8")
    with Sandbox(ahead=True) as sandbox:
        check(sandbox, EXERCISES[3], path, seed=0, seconds=0.5)
        process = sandbox.spare
    assert process is not None and process.popen.poll() is not None and not Path(process.folder).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent in another way")
def test_ctrl_c_leaves_no_process_behind(tmp_path: Path) -> None:
    path = tmp_path / "04_matmul.py"
    path.write_text("import time\n" + HEAD + "open('begun', 'w').close()\n    time.sleep(100)\n",
                    encoding="utf-8")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with subprocess.Popen([sys.executable, "-m", "lessons", "check", "4", "--file", str(path)], cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "TMPDIR": str(temporary)}) as process:
        for _ in range(600):
            if list(temporary.glob("*/begun")):
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 2 and err.strip() == "Stopped." and out == ""
    assert not list(temporary.iterdir())                # nor its folder


def test_what_passed_before_a_crash_counts(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "04_matmul.py"
    path.write_text("import os\n" + THIRD.format("os._exit(1)"), encoding="utf-8")
    result = check(sandbox, EXERCISES[3], path, seed=0)
    assert [case.status for case in result.cases] == [PASSED, PASSED, FAILED, NOT_RUN, NOT_RUN]
