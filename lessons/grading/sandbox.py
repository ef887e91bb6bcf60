"""The other side of the worker: ask it, watch the clock, and say in one line how a process ended."""
from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from .catalog import FOLDER, Entry

START = 120.0                   # seconds for Python, NumPy and minigrad to load on a busy machine
KEPT = 2_000                    # bytes of what is printed past Python

_SIGNALS = {"SIGSEGV": "segmentation fault", "SIGABRT": "abort", "SIGFPE": "floating-point exception",
            "SIGBUS": "bus error", "SIGILL": "illegal instruction",
            "SIGKILL": "killed, perhaps by the system for lack of memory",
            "SIGXCPU": "out of processor time", "SIGALRM": "out of time"}


class WorkerLost(Exception):
    """The worker process cannot be started; the message says why."""


@dataclass
class Outcome:
    """All that was heard about one exercise."""

    events: list[dict[str, Any]] = field(default_factory=list)
    ending: str = ""                # "": in order; else "timeout", "crash", "memory" or "grader"
    how: str = ""                   # the ending in words
    seconds: float = 0.0


class Sandbox:
    """Runs students' code in a process apart, started when it is first needed and again when it died.

    Use it in a ``with`` statement, so that no process is left behind.

    Args:
        fork: let the worker fork for each exercise. Where BLAS libraries do not survive that (macOS), or
            there is no fork (Windows), a worker serves one exercise only.
    """

    def __init__(self, fork: bool = sys.platform == "linux") -> None:
        self.fork = fork
        self.serving = 0                        # the process that serves the request, while there is one
        self.process: subprocess.Popen[bytes] | None = None
        self.events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.output = bytearray()               # what the code printed past Python's print

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, entry: Entry, path: Path, seed: int, seconds: float | None = None,
            run: bool = True, explain: bool = True) -> Outcome:
        """Have the cases of an exercise run on ``path``.

        With ``run=False`` they are only named; without ``explain`` nobody looks for small inputs and reasons.
        """
        if self.process is None or self.process.poll() is not None:
            self.start()
        began = time.monotonic()
        request = {"number": entry.number, "name": entry.name, "path": str(path.resolve()), "seed": seed,
                   "seconds": seconds, "run": run, "explain": explain}
        try:
            self.ask(request)
        except OSError:                         # it has gone in the meantime
            self.start()
            self.ask(request)
        outcome = Outcome()
        self.listen(outcome, seconds)
        outcome.seconds = time.monotonic() - began
        return outcome

    def ask(self, request: dict[str, Any]) -> None:
        """Send a request."""
        assert self.process is not None and self.process.stdin is not None
        self.process.stdin.write((json.dumps(request) + "\n").encode())
        self.process.stdin.flush()

    def listen(self, outcome: Outcome, seconds: float | None) -> None:
        """Collect events until the process has ended, or the time is up."""
        allowed = START
        end = time.monotonic() + allowed
        while True:
            try:
                event = self.events.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                outcome.ending, outcome.how = "timeout", f"no answer after {allowed:g} seconds"
                self.stop()
                return
            if event is None:                   # the worker itself has gone
                status = self.process.wait() if self.process else 0
                self.close()
                if not finished(outcome.events):
                    outcome.ending, outcome.how = "crash", ending(status)
                return
            if event["event"] == "pid":
                self.serving = event["pid"]
            elif event["event"] == "error":
                outcome.ending, outcome.how = "grader", event["message"]
            elif event["event"] == "memory":
                outcome.ending, outcome.how = "memory", "all memory that the grader gives is used up"
            elif event["event"] == "end":
                if not outcome.ending and not finished(outcome.events):
                    outcome.ending, outcome.how = "crash", ending(event["status"])
                self.serving = 0
                if not self.fork:
                    self.close()
                return
            else:
                if event["event"] == "cases":
                    allowed = seconds or event["seconds"]
                    end = time.monotonic() + allowed
                outcome.events.append(event)

    def stop(self) -> None:
        """End the process that serves the request, and hear the worker's last word about it."""
        if not self.fork or not self.serving:
            self.close()
            return
        kill_group(self.serving)
        try:
            while (event := self.events.get(timeout=10)) is not None and event["event"] != "end":
                pass
            self.serving = 0
        except queue.Empty:
            self.close()

    def start(self) -> None:
        """Start the worker, and wait until it is ready."""
        self.close()
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONWARNINGS": "default"}
        for library in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM"):    # threads do not survive a fork
            environment[f"{library}_NUM_THREADS"] = "1"
        root = str(FOLDER.parents[1])
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        command = [sys.executable, "-m", "lessons.grading.worker", *([] if self.fork else ["--once"])]
        self.process = subprocess.Popen(
            command, cwd=root, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=sys.platform != "win32")
        self.events, self.output = queue.Queue(), bytearray()
        threading.Thread(target=self.read_events, args=(self.process.stdout,), daemon=True).start()
        threading.Thread(target=self.read_output, args=(self.process.stderr,), daemon=True).start()
        try:
            ready = self.events.get(timeout=START)
        except queue.Empty:
            ready = None
        if ready is None:
            self.process.kill()
            said = self.output.decode(errors="replace").strip().splitlines()
            self.close()
            raise WorkerLost("the process that runs the exercises does not start: "
                             + (said[-1] if said else "no answer"))

    def read_events(self, stream: IO[bytes]) -> None:
        """Pass on what the worker writes; None when it has gone. Runs in a thread."""
        events = self.events
        with stream:
            for line in stream:
                try:
                    event = json.loads(line)
                    event["event"]
                except (ValueError, TypeError, KeyError):   # the student's code wrote into the channel
                    continue
                events.put(event)
        events.put(None)

    def read_output(self, stream: IO[bytes]) -> None:
        """Take what is printed, so that nobody waits, and keep the beginning. Runs in a thread."""
        output = self.output
        with stream:
            while chunk := stream.read1(65536):             # type: ignore[attr-defined]
                output += chunk[:max(0, KEPT - len(output))]

    def close(self) -> None:
        """End the worker, and what it has started."""
        if self.process is None:
            return
        if self.fork and self.serving:
            kill_group(self.serving)
        self.serving = 0
        self.process.kill()
        self.process.wait()
        if self.process.stdin is not None:
            try:
                self.process.stdin.close()
            except OSError:
                pass
        self.process = None


def kill_group(pid: int) -> None:
    """End a process and its children, if they are still there."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def finished(events: list[dict[str, Any]]) -> bool:
    """Whether the worker said so, or every case was heard of."""
    results = {event["case"] for event in events if event["event"] == "result"}
    names = next((event["names"] for event in events if event["event"] == "cases"), None)
    return any(event["event"] == "done" for event in events) or (
        names is not None and len(results) == len(names))


def ending(status: int) -> str:
    """The status of a process that ended too early, in words."""
    if status >= 0:
        return f"the process ended with status {status}, as by os._exit({status})"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        return f"the process was ended by signal {-status}"
    return f"Python crashed: {_SIGNALS.get(name, name)} ({name})"
