"""A job: several processes that run one script. It ends as a whole, whatever happens to one of them."""
from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..distributed.mpi import INSTALL
from ..distributed.table import DONE, JOB, PID, WAITING_SINCE, table
from ..errors import DataError
from .alive import MARK, hold

TIMEOUT = 300.0             # seconds that ranks may wait for another one
GRACE = 2.0                 # seconds that mpiexec gets to end its processes
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def launch(ranks: int, command: list[str], timeout: float = TIMEOUT, threads: int | None = None,
           quiet: bool = False) -> int:
    """Run a script, ``[path, argument, …]`` or ``["-m", module, argument, …]``, in processes 0 to ranks − 1.

    Lines of output get their rank in front; with ``quiet`` only those of rank 0 are shown, as they are. When
    a rank fails, is killed, or lets the others wait for longer than ``timeout`` seconds, the job ends: one
    traceback, no process left, and a status other than 0 is returned. Raises DataError where several
    processes are asked for and MPI's starter, mpiexec, is not installed.

    >>> from minigrad.launch import launch
    >>> launch(1, ["-m", "keyword"])
    0
    """
    folder = Path(tempfile.mkdtemp(prefix="minigrad-job-"))
    try:
        with hold(folder):
            job = Job(ranks, command, folder, quiet, environment(ranks, folder, threads))
            try:
                return job.watch(timeout)
            finally:
                job.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def starter(ranks: int) -> list[str]:
    """The words that start several processes: mpiexec of this Python's environment, or the system's."""
    if ranks == 1:
        return []
    here = shutil.which("mpiexec", path=str(Path(sys.executable).parent))
    mpiexec = here or shutil.which("mpiexec")
    if mpiexec is None:
        raise DataError(f"launch: {ranks} processes need MPI, and there is no mpiexec. {INSTALL}")
    words = [mpiexec, "-n", str(ranks)]
    about = subprocess.run([mpiexec, "--version"], capture_output=True, text=True, timeout=30).stdout
    if "Open MPI" in about or "OpenRTE" in about:       # it wants no more ranks than cores
        words += ["--oversubscribe", "--bind-to", "none"]
    return words


def environment(ranks: int, folder: Path, threads: int | None) -> dict[str, str]:
    """The ranks' variables: their threads together should not be more than there are processors."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    paths = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = {**os.environ, JOB: str(folder), "MINIGRAD_RANKS": str(ranks), "PYTHONPATH": os.pathsep.join(paths)}
    for name in THREADS:
        if threads is not None or name not in env:
            env[name] = str(threads or max(1, count // ranks))
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        env |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return env


class Job:
    """The processes, and what the launcher knows of them."""

    def __init__(self, ranks: int, command: list[str], folder: Path, quiet: bool,
                 env: dict[str, str]) -> None:
        self.folder, self.quiet = folder, quiet
        self.blamed: list[int] = []         # the rank that mpiexec says ended badly
        self.rows = table(folder / "table", ranks)
        self.process = subprocess.Popen(
            [*starter(ranks), sys.executable, "-m", f"{__package__}.rank", *command], env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        self.readers = [threading.Thread(target=self.show, args=pair, daemon=True)
                        for pair in ((self.process.stdout, sys.stdout), (self.process.stderr, sys.stderr))]
        for reader in self.readers:
            reader.start()

    def show(self, lines: IO[bytes], to: Any) -> None:
        """Print the ranks' lines. What mpiexec says about a job that failed is left out."""
        with lines:
            self.copy(lines, to)

    def copy(self, lines: IO[bytes], to: Any) -> None:
        """Each line of the ranks, with its number in front, or without."""
        for line in lines:
            text = line.decode("utf-8", "replace")
            if text.startswith(MARK):
                _, rank, text = text.split(MARK, 2)
                if not self.quiet:
                    text = f"[{rank}] {text}"
                elif rank != "0" and to is sys.stdout:
                    continue
            elif self.lost() or self.failed():
                pid = re.search(r"PID (\d+)", text)
                self.blamed += [rank for rank, row in enumerate(self.rows) if pid and row[PID] == int(pid[1])]
                continue
            to.write(text)
            to.flush()

    def failed(self) -> bool:
        """Whether a rank has raised an error."""
        return (self.folder / "failed").exists()

    def lost(self) -> list[int]:
        """The ranks that have ended before their script did."""
        return [rank for rank, row in enumerate(self.rows)
                if row[PID] and not row[DONE] and not runs(int(row[PID]))]

    def late(self, timeout: float) -> bool:
        """Whether a rank has waited for too long."""
        since = self.rows[:, WAITING_SINCE]
        return bool(timeout and (since > 0).any() and time.time() - since[since > 0].min() > timeout)

    def watch(self, timeout: float) -> int:
        """Return the job's status when it has ended, or must."""
        while self.process.poll() is None:
            time.sleep(0.05)
            lost = self.lost()
            if lost:
                return self.say_who_ended(lost)
            if self.late(timeout):
                self.say_who_hangs(timeout)
                return 1
        lost = self.lost()
        return self.say_who_ended(lost) if lost else self.process.returncode

    def say(self, text: str) -> None:
        """One line of the launcher's own."""
        print(f"minigrad.launch: {text}", file=sys.stderr, flush=True)

    def say_who_ended(self, lost: list[int]) -> int:
        """Which rank ended first, where no traceback says it; the job's status."""
        for reader in self.readers:
            reader.join(0.5)                        # last words on their way
        if not self.failed():
            which = ", ".join(map(str, self.blamed[:1] or lost))
            self.say(f"rank {which} has ended before its script did: it was killed, or it exited. "
                     "The job ends.")
        return 1

    def say_who_hangs(self, timeout: float) -> None:
        """The ranks that the others wait for, and where the first of them is."""
        busy = [rank for rank, row in enumerate(self.rows) if not row[WAITING_SINCE] and not row[DONE]]
        whom = ", ".join(map(str, busy)) or "none: all wait, but for different messages"
        self.say(f"ranks have waited for {timeout:.0f} s. Not waiting: {whom}. The job ends.")
        rank = busy[0] if busy else int(np.argmax(self.rows[:, WAITING_SINCE]))
        if hasattr(signal, "SIGUSR1"):
            os.kill(int(self.rows[rank, PID]), signal.SIGUSR1)
            time.sleep(0.2)
            stack = (self.folder / f"stack{rank}").read_text()
            self.say(f"rank {rank} is here:\n{stack}" if stack else f"rank {rank} does not answer.")

    def end(self) -> None:
        """Leave no process behind: ask mpiexec, then insist."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(GRACE)
            except subprocess.TimeoutExpired:
                pass
        for row in self.rows:
            if row[PID] and runs(int(row[PID])):
                kill(os.kill, int(row[PID]))
        if hasattr(os, "killpg"):
            kill(os.killpg, self.process.pid)
        self.process.wait()
        for reader in self.readers:
            reader.join(1)


def kill(how: Any, number: int) -> None:
    """End a process, or a group of them, that may have ended already."""
    try:
        how(number, getattr(signal, "SIGKILL", signal.SIGTERM))
    except (ProcessLookupError, PermissionError):
        pass


def runs(pid: int) -> bool:
    """Whether there is a process of this number that has not ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:                     # no /proc, or gone this moment
        return not Path("/proc/self").exists()
