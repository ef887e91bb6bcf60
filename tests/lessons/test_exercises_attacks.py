"""Files that try to forge a grade or to harm the host: none works, and each leaves evidence or a clear line.

Whatever may send a signal runs in a PID namespace of its own, with bounds on memory and files; where the
system does not allow one, it is skipped.
"""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from lessons.grading.catalog import EXERCISES
from lessons.grading.command import check
from lessons.grading.exercise_runner.walls import library
from lessons.grading.exercise_runner.wire import pack, unpack
from lessons.grading.results import Result
from lessons.grading.sandbox import Ended, Nursery, Process, Sandbox, end_group
from lessons.grading.suspicious import suspicious

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = Path(__file__).parent / "solutions"
BROADCAST, MATMUL = EXERCISES[2], EXERCISES[3]
CONTAINED = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]


def namespaces_allowed() -> bool:
    """Whether ``unshare`` can make a PID namespace here."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    return subprocess.run([*CONTAINED, "true"], capture_output=True).returncode == 0


contained = pytest.mark.skipif(not namespaces_allowed(), reason="it may send signals, and the system has no "
                               "PID namespace to contain it in")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the means, without privileges")


def landlock() -> bool:
    """Whether this kernel has Landlock."""
    libc = library()
    return libc is not None and libc.syscall(444, None, 0, 1) > 0


def graded(folder: Path, code: str, entry: Any = BROADCAST, seconds: float = 5) -> Result:
    """A file with this code, graded."""
    path = folder / entry.file
    path.write_text(textwrap.dedent(code), encoding="utf-8")
    with Sandbox() as sandbox:
        return check(sandbox, entry, path, seed=0, seconds=seconds)


# ── forged grades ─────────────────────────────────────────────────────────────────────────────────

ZEROS = "def unbroadcast(g, shape):\n    return np.zeros(shape)\n"
WRITE_EVERYWHERE = """
import json, os

def unbroadcast(g, shape):
    lines = [{LINES}]
    for number in range(3, 30):
        for line in lines:
            try:
                os.write(number, line.encode() + b"\\n")
            except OSError:
                pass
    os._exit(0)
"""
EVENTS = ("json.dumps({'event': 'result', 'case': i, 'passed': True, 'kind': '', 'message': '', 'hint': '', "
          "'task': 'it', 'blocks': [], 'printed': ''}) for i in range(8)")
ANSWERS = ("json.dumps({'number': i, 'value': {'passed': True}, 'changed': {}, 'problem': None}) "
           "for i in range(99)")

FORGED = {
    "allclose is always true": "import numpy as np\nnp.allclose = np.array_equal = lambda *a, **k: True\n"
                               + ZEROS,
    "isclose gives one array": "import numpy as np\nnp.isclose = lambda *a, **k: np.array(True)\n" + ZEROS,
    "judge is replaced": "import sys\nimport numpy as np\nmain = sys.modules['__main__']\n"
                         "main.judge = lambda *a, **k: main.Verdict(None, [])\n" + ZEROS,
    "everything is replaced": "import sys\nimport numpy as np\n"
                              "for module in list(sys.modules.values()):\n"
                              "    for name in ('judge', 'close', 'same', 'protected', 'pack'):\n"
                              "        if hasattr(module, name):\n"
                              "            setattr(module, name, lambda *a, **k: None)\n" + ZEROS,
    "events in all descriptors": WRITE_EVERYWHERE.replace("{LINES}", EVENTS),
    "answers in all descriptors": WRITE_EVERYWHERE.replace("{LINES}", ANSWERS),
    "the reference is imported": "from lessons.grading.cases.broadcast import unbroadcast\n",
    "the reference is imported, unnamed": "import importlib\nunbroadcast = importlib.import_module("
    "'.'.join(['les' + 'sons', 'grading', 'cases', 'broadcast'])).unbroadcast\n",
    "autograd computes it": "import numpy as np\nimport minigrad\n\ndef unbroadcast(g, shape):\n"
                            "    x = minigrad.zeros(shape, dtype=np.float64, requires_grad=True)\n"
                            "    (x + minigrad.tensor(g * 0)).backward(minigrad.tensor(g))\n"
                            "    return x.grad.numpy()\n",
    "minigrad is looked for in every folder": f"""
        import sys, glob, importlib
        import numpy as np
        sys.meta_path[:] = [x for x in sys.meta_path if 'Refused' not in repr(x)]
        sys.path[:0] = [{str(ROOT)!r}, *glob.glob('/*/*/'), *glob.glob('/*/*/*/')]
        minigrad = importlib.import_module('mini' + 'grad')

        def unbroadcast(g, shape):
            x = minigrad.zeros(shape, dtype=np.float64, requires_grad=True)
            (x + minigrad.tensor(g * 0)).backward(minigrad.tensor(g))
            return x.grad.numpy()
        """,
    "an object that equals everything": """
        import numpy as np

        class Right(np.ndarray):
            def __eq__(self, other): return np.array(True)
            def __array_function__(self, *a): return np.array(True)
            def __array_ufunc__(self, *a, **k): return np.array(True)

        def unbroadcast(g, shape):
            return np.zeros(shape).view(Right)
        """,
    "an object with a grade": "class Passed:\n    passed = True\n    finding = None\n\n\n"
                              "def unbroadcast(g, shape):\n    return Passed()\n",
}


@pytest.mark.parametrize("name", FORGED)
def test_a_grade_cannot_be_forged(name: str, tmp_path: Path) -> None:
    if "every folder" in name and not landlock():
        pytest.skip("without Landlock every file can be read, and who looks long enough finds minigrad")
    result = graded(tmp_path, FORGED[name])
    assert not result.all_passed and result.passed == 0, [case.status for case in result.cases]
    assert result.kind != "grader" and not any("Traceback" in case.message for case in result.cases)


@pytest.mark.parametrize("name, evidence", [
    ("allclose is always true", (2, "replaces np.allclose")), ("judge is replaced", (3, "uses sys.modules")),
    ("events in all descriptors", (2, "imports os")), ("autograd computes it", (2, "imports minigrad")),
    ("the reference is imported", (1, "imports lessons.grading.cases.broadcast"))])
def test_a_forgery_leaves_evidence(name: str, evidence: tuple[int, str], tmp_path: Path) -> None:
    assert evidence in graded(tmp_path, FORGED[name]).suspicious


def test_a_channel_that_holds_no_answer_is_evidence(tmp_path: Path) -> None:
    found = graded(tmp_path, FORGED["answers in all descriptors"])
    assert any(case.kind == "channel" for case in found.cases) and "channel" in found.suspicious[-1].what


def test_honest_solutions_are_not_suspicious() -> None:
    assert [entry.name for entry in EXERCISES if suspicious((SOLUTIONS / entry.file).read_bytes())] == []


@pytest.mark.parametrize("line", [
    "[]", "null", "3", '{"number": 1}', '{"number": true, "problem": 5}', "[" * 100_000, "\\xff\\x00",
    '{"number": 2, "problem": {"kinds": 3, "message": "", "line": 0}}',
    '{"number": 2, "problem": {"kinds": [{}], "message": "", "line": 0}}',
    '{"number": 2, "problem": {"kinds": ["E"], "message": "", "line": 1e9}}',
    '{"number": 2, "problem": null, "value": {"array": ["|O", [1], "AAAAAAAAAAA="]}, "changed": {}}',
    '{"number": 2, "problem": null, "value": {"array": ["<f8", [-1], ""]}, "changed": {}}',
    '{"number": 2, "problem": null, "value": {"array": ["<f8", [99999999999], ""]}, "changed": {}}',
    '{"number": 2, "problem": null, "value": {"array": ["<f9", [0], ""]}, "changed": {}}',
    '{"number": 2, "problem": null, "value": 1, "changed": {"x": 1}}',
    '{"number": 2, "problem": null, "value": 1, "changed": {"-7": {"array": ["|b1", [1], "AA=="]}}}',
    '{"number": 2, "problem": null, "value": 1, "changed": {}, "printed": ["x"]}'])
def test_whatever_is_written_into_the_channel_is_data(line: str, tmp_path: Path) -> None:
    code = ("import os\n\ndef unbroadcast(g, shape):\n    for number in range(3, 30):\n        try:\n"
            f"            os.write(number, b'{line}\\n')\n        except OSError:\n            pass\n"
            "    os._exit(0)\n")
    result = graded(tmp_path, code)
    assert result.passed == 0 and result.cases[0].kind in ("channel", "type", "one number")


def test_a_flood_in_the_channel_ends_with_the_time(tmp_path: Path) -> None:
    code = ("import os\n\ndef unbroadcast(g, shape):\n    while True:\n        for number in range(3, 30):\n"
            "            try:\n                os.write(number, b'x' * 65536)\n            except OSError:\n"
            "                pass\n")
    result = graded(tmp_path, code, seconds=2)
    assert result.passed == 0 and result.cases[0].kind in ("timeout", "channel")


def test_the_process_knows_no_result_and_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    result = graded(tmp_path, """
        import gc, os, sys
        def unbroadcast(g, shape):
            print(sorted(x for x in sys.modules if 'cases' in x or 'minigrad' in x), dict(os.environ))
            print([x for x in gc.get_objects() if isinstance(x, dict) and 'expected' in x])
        """)
    printed = result.cases[0].printed
    assert printed.startswith("[] {") and "hunter2" not in printed and printed.rstrip().endswith("[]")


@pytest.mark.parametrize("value", [None, True, 3, 1.5, float("inf"), "ü", (1, [2.0, None])])
def test_values_travel(value: Any) -> None:
    assert unpack(json.loads(json.dumps(pack(value)))) == value


# ── harm ──────────────────────────────────────────────────────────────────────────────────────────

def in_namespace(folder: Path, code: str, *options: str, entry: Any = MATMUL) -> tuple[bool, str]:
    """Grade a file in a PID namespace, beside a decoy. Whether the decoy survived, and what was printed."""
    path = folder / entry.file
    path.write_text(textwrap.dedent(code), encoding="utf-8")
    script = folder / "contained.py"
    script.write_text(textwrap.dedent(f"""
        import os, resource, subprocess, sys, time
        resource.setrlimit(resource.RLIMIT_AS, (2 ** 33, 2 ** 33))
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 ** 26, 2 ** 26))
        decoy = subprocess.Popen(["sleep", "300"], start_new_session=True)
        open({str(folder / "decoy")!r}, "w").write(str(decoy.pid))
        done = subprocess.run([sys.executable, "-m", "lessons", "check", "{entry.number}", *{options!r},
                               "--file", {str(path)!r}], cwd={str(ROOT)!r}, capture_output=True, text=True)
        time.sleep(0.5)
        left = [name for name in os.listdir("/proc") if name.isdigit() and int(name) not in
                (1, os.getpid(), decoy.pid)
                and open(f"/proc/{{name}}/stat").read().rpartition(")")[2].split()[0] != "Z"]
        print("decoy", decoy.poll() is None, "left", len(left))
        print(done.stdout, done.stderr)
    """), encoding="utf-8")
    done = subprocess.run([*CONTAINED, sys.executable, str(script)], capture_output=True, text=True,
                          timeout=120, env={**os.environ, "PYTHONPATH": str(ROOT)})
    first, _, rest = done.stdout.partition("\n")
    assert first.startswith("decoy"), "all processes of the namespace were ended: " + done.stderr
    return first == "decoy True left 0", first + "\n" + rest


@contained
@pytest.mark.parametrize("pid", ["1", "0", "-1", "int(open(FOLDER + '/decoy').read())"])
def test_a_forged_pid_ends_nobody(pid: str, tmp_path: Path) -> None:
    unharmed, told = in_namespace(tmp_path, f"""
        import json, os
        FOLDER = {str(tmp_path)!r}

        def matmul_backward(g, x, w):
            for event in ("pid", "end", "cases"):
                line = json.dumps({{"event": event, "pid": {pid}, "number": 2, "status": 0}})
                for number in range(3, 20):
                    try:
                        os.write(number, line.encode() + b"\\n")
                    except OSError:
                        pass
            while True:
                pass
        """, "--timeout", "3")
    assert unharmed, told
    assert "0 of 5" in told


@contained
def test_code_that_kills_everybody_ends_itself_alone(tmp_path: Path) -> None:
    unharmed, told = in_namespace(tmp_path, """
        import os
        for pid in (-1, os.getppid(), 1):
            try:
                os.kill(pid, 9)
            except OSError:
                pass

        def matmul_backward(g, x, w):
            return g @ w.T, x.T @ g
        """)
    assert unharmed, told
    assert "exercise 4, matmul backward" in told


@contained
@pytest.mark.parametrize("how", ["child", "daemon"])
def test_children_and_daemons_do_not_outlive_an_exercise_that_passes(how: str, tmp_path: Path) -> None:
    unharmed, told = in_namespace(tmp_path, f"""
        import os, time

        def matmul_backward(g, x, w):
            if os.fork() == 0:
                if {how == "daemon"}:
                    os.setsid()
                    if os.fork():
                        os._exit(0)
                    for number in range(256):
                        try:
                            os.close(number)
                        except OSError:
                            pass
                while True:
                    time.sleep(10)
            return g @ w.T, x.T @ g
        """)
    assert unharmed, told
    assert told.splitlines()[1].endswith("  passed"), told


@contained
def test_without_namespaces_of_its_own_daemons_are_ended_too(tmp_path: Path) -> None:
    """As where a container forbids them: the watching process takes in what has lost its parent."""
    script = tmp_path / "daemons.py"
    script.write_text(textwrap.dedent(f"""
        import os, sys, time
        sys.path.insert(0, {str(ROOT)!r})
        from lessons.grading.exercise_runner import processes
        processes.own_namespaces = lambda: False
        watcher = os.fork()
        if watcher == 0:
            processes.step_aside()
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    time.sleep(300)
                os._exit(0)
            os._exit(7)
        status = os.waitstatus_to_exitcode(os.waitpid(watcher, 0)[1])
        print(status, [name for name in os.listdir("/proc") if name.isdigit() and int(name) > os.getpid()])
    """))
    done = subprocess.run([*CONTAINED, sys.executable, str(script)], capture_output=True, text=True,
                          timeout=60)
    assert done.stdout.strip() == "7 []", done.stdout + done.stderr


@linux
@pytest.mark.skipif(not landlock(), reason="this kernel has no Landlock, so every file can be reached")
def test_files_outside_of_its_folder_stay(tmp_path: Path) -> None:
    precious = tmp_path / "elsewhere" / "precious.txt"
    precious.parent.mkdir()
    precious.write_text("mine")
    beside = tmp_path / "helper.py"
    beside.write_text("def times(a, b):\n    return a @ b\n")
    result = graded(tmp_path, f"""
        import os
        from helper import times

        def matmul_backward(g, x, w):
            open("own.txt", "w").write("its own folder")
            done = []
            for act in (lambda: os.remove({str(precious)!r}), lambda: open({str(precious)!r}, "w"),
                        lambda: open({str(precious)!r}).read(), lambda: os.remove({str(beside)!r}),
                        lambda: os.rename({str(precious)!r}, "stolen"), lambda: os.listdir({str(ROOT)!r}),
                        lambda: os.symlink("x", {str(tmp_path / "link")!r})):
                try:
                    act()
                    done.append(act)
                except PermissionError:
                    pass
            return times(g, w.T) + len(done), times(x.T, g)
        """, MATMUL)
    assert result.all_passed, [case.message for case in result.cases]
    assert precious.read_text() == "mine" and beside.exists()
    denied = graded(tmp_path, f"import os\nos.remove({str(precious)!r})\n", MATMUL)
    assert denied.kind == "exception" and "PermissionError at line 2" in denied.message


def test_it_runs_in_an_empty_folder_that_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "student").mkdir()
    result = graded(tmp_path / "student", "import os\nprint(os.listdir())\nopen('litter', 'w')\n"
                    "def matmul_backward(g, x, w):\n    return g @ w.T, x.T @ g\n", MATMUL)
    assert result.all_passed
    assert [path.name for path in tmp_path.iterdir()] == ["student"]
    assert [path.name for path in (tmp_path / "student").iterdir()] == [MATMUL.file]


def test_a_loop_of_links_is_told(tmp_path: Path) -> None:
    path = tmp_path / MATMUL.file
    path.symlink_to(path)
    with Sandbox() as sandbox:
        result = check(sandbox, MATMUL, path, seed=0)
    assert (result.state, result.kind, result.passed) == ("failed", "unreadable", 0)


@pytest.mark.skipif(sys.platform == "win32", reason="groups of processes are POSIX's")
def test_only_a_group_of_its_own_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda group, number: ended.append(group))

    class Started:
        def __init__(self, pid: int) -> None:
            self.pid = pid

    for pid in (-1, 0, 1, os.getpgrp()):
        end_group(Started(pid))                         # type: ignore[arg-type]
    assert ended == []
    end_group(Started(4242))                            # type: ignore[arg-type]
    assert ended == [4242]


def test_a_process_that_is_gone_is_told_as_that() -> None:
    process = Process()
    try:
        process.wait_until_ready()
        process.popen.kill()
        with pytest.raises(Ended) as error:
            process.ask({}, time.monotonic() + 20)
        assert error.value.kind == "crash"
    finally:
        process.end()


# ── the process that forks ────────────────────────────────────────────────────────────────────────

@linux
def test_the_way_to_the_process_that_forks_is_closed_to_students(tmp_path: Path) -> None:
    result = graded(tmp_path, """
        import os
        def matmul_backward(g, x, w):
            found = []
            for number in range(64):
                try:
                    found.append(os.readlink(f"/proc/self/fd/{number}").split(":")[0])
                except OSError:
                    pass
            print("socket" in found, len(found) > 2)
            return g @ w.T, x.T @ g
        """, MATMUL)
    assert result.all_passed and result.cases[0].printed.split()[0] == "False"


@linux
def test_the_process_that_forks_ends_its_own_children_alone() -> None:
    decoy = subprocess.Popen(["sleep", "60"], start_new_session=True)
    nursery = Nursery()
    try:
        nursery.ask({"child": decoy.pid, "wait": 0.0, "end": True})
        assert decoy.poll() is None
    finally:
        decoy.kill()
        decoy.wait()
        nursery.close()
    assert nursery.popen.returncode == 0


@linux
def test_another_one_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / MATMUL.file
    shutil.copy(SOLUTIONS / MATMUL.file, path)
    with Sandbox(ahead=True) as sandbox:
        assert check(sandbox, MATMUL, path, seed=0).all_passed
        first = sandbox.nursery
        assert first is not None
        first.popen.kill()
        first.popen.wait()
        for _ in range(2):
            result = check(sandbox, MATMUL, path, seed=0)
        assert result.all_passed and sandbox.nursery is not first


@linux
def test_a_child_of_it_is_as_one_that_was_started_alone(tmp_path: Path) -> None:
    ask = {"source": "cHJpbnQoMSk=", "path": str(tmp_path / "x.py"), "functions": {}, "seconds": 5.0}
    answers = []
    with Sandbox() as sandbox:
        for process in (sandbox.open(), Process()):
            if process.asked == 0 and process is not sandbox.process:
                process.wait_until_ready()
            answers.append(process.ask(ask, time.monotonic() + 60))
            process.end()
    assert answers[0] == answers[1] and answers[0]["problem"] is None
