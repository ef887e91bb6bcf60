"""The launcher: output, failures, hangs and kills; several processes, each job with a limit."""
from __future__ import annotations

import random
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from kills import environment, processes, trial, undisturbed

from minigrad.errors import DataError
from minigrad.launch import job as jobs

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds processes in /proc")


def launched(tmp_path: Path, ranks: int, source: str, *options: str) -> subprocess.CompletedProcess:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(source), encoding="utf-8")
    env = {**environment(), "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-m", "minigrad.launch", "-n", str(ranks), *options, str(script),
                           "word"], env=env, capture_output=True, encoding="utf-8", timeout=120)
    if sys.platform.startswith("linux"):
        assert processes(tmp_path) == {}
    assert [p.name for p in tmp_path.iterdir()] == ["script.py"], "the launcher cleans up"
    return done


def test_one_process_needs_no_mpi(tmp_path: Path) -> None:
    done = launched(tmp_path, 1, """
        import sys, minigrad.distributed as dist
        dist.init_process_group()
        print(sys.argv[1], dist.get_rank(), dist.get_world_size(), __name__, "mpi4py" in sys.modules)
    """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[0] word 0 1 __main__ False\n", "")


def test_a_failure_is_one_traceback_that_begins_in_the_script(tmp_path: Path) -> None:
    done = launched(tmp_path, 1, """
        def f():
            raise ValueError("wrong")
        f()
    """)
    lines = done.stderr.splitlines()
    assert done.returncode == 1 and done.stdout == ""
    assert lines[0] == "[0] Traceback (most recent call last):" and "script.py" in lines[1]
    assert lines[-1] == "[0] ValueError: wrong" and done.stderr.count("Traceback") == 1


@pytest.mark.parametrize("end, status", [("sys.exit()", 0), ("sys.exit(3)", 3), ("sys.exit('no')", 1)])
def test_the_status_is_the_scripts(tmp_path: Path, end: str, status: int) -> None:
    assert bool(launched(tmp_path, 1, f"import sys; {end}").returncode) is bool(status)


def test_without_mpiexec_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.shutil, "which", lambda *args, **kwargs: None)
    with pytest.raises(DataError, match=r"no mpiexec.*pip install"):
        jobs.launch(2, ["script.py"])


def test_each_rank_gets_its_share_of_the_processors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in jobs.THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(jobs.os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    assert {jobs.environment(3, tmp_path, None)[name] for name in jobs.THREADS} == {"2"}
    assert {jobs.environment(16, tmp_path, None)[name] for name in jobs.THREADS} == {"1"}
    assert {jobs.environment(2, tmp_path, 5)[name] for name in jobs.THREADS} == {"5"}
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert jobs.environment(2, tmp_path, None)["OMP_NUM_THREADS"] == "7"


@pytest.mark.mpi
def test_lines_come_whole_with_their_rank_in_front(tmp_path: Path) -> None:
    source = """
        import os, minigrad.distributed as dist
        dist.init_process_group()
        for k in range(50):
            print("line", k, "x" * 200)
        os.write(1, b"by the system\\n")
    """
    done = launched(tmp_path, 2, source)
    expected = [f"line {k} {'x' * 200}" for k in range(50)] + ["by the system"]
    for rank in "01":
        assert [line[4:] for line in done.stdout.splitlines() if line.startswith(f"[{rank}] ")] == expected
    assert launched(tmp_path, 2, source, "--quiet").stdout.splitlines() == expected


@pytest.mark.mpi
@pytest.mark.parametrize("how, said", [
    ("raise ValueError('wrong')", "[1] ValueError: wrong"),
    ("os.kill(os.getpid(), 9)", "minigrad.launch: rank 1 has ended"),
    ("time.sleep(600)", "Not waiting: 1."),
    ("os.kill(os.getpid(), signal.SIGSTOP)", "rank 1 does not answer")])
def test_what_happens_to_one_rank_ends_the_job(tmp_path: Path, how: str, said: str) -> None:
    done = launched(tmp_path, 2, f"""
        import os, signal, time, minigrad.distributed as dist
        dist.init_process_group()
        if dist.get_rank() == 1:
            {how}
        dist.barrier()
        print("never")
    """, "--timeout", "2")
    assert done.returncode != 0 and done.stdout == "" and said in done.stderr
    assert done.stderr.count("Traceback") == ("raise" in how)
    assert ('script.py", line 5' in done.stderr) is ("kill" not in how), "where it was"


@pytest.mark.mpi
@linux
@pytest.mark.parametrize("moment, resumed", [
    ("backward", 1), ("saving", 2), pytest.param("sent", 4, marks=pytest.mark.slow),
    pytest.param("launcher", 2, marks=pytest.mark.slow), pytest.param("mpiexec", 1, marks=pytest.mark.slow)])
def test_a_killed_job_ends_and_goes_on(moment: str, resumed: int) -> None:
    assert trial(moment, 2, resumed, undisturbed(), random.Random(1)) < 10
