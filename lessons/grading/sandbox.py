"""The grader's side of the process that runs a student's file: start it, ask it, watch the clock, end it.

What comes from there is data and nothing else: bounded, of one form, and never the ground for a decision
about processes. The only process that is ever ended is the one that was started here, with its group.
"""
from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any, Sequence

import numpy as np

from .exercise_runner.wire import LIMIT

START = 120.0                   # seconds for Python and NumPy to load on a busy machine
KEPT = 2_000                    # bytes of what is printed past Python
NURSERY = ("import sys; sys.path += sys.argv[1:3]; "
           "from exercise_runner.nursery import main; main(*sys.argv[1:])")
CODE = ("import sys; sys.path += sys.argv[1:]; "            # the last one: here is a module called numbers
        "from exercise_runner.serve import main; main(*sys.argv[1:])")
PLACES = [str(Path(np.__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

_SIGNALS = {"SIGSEGV": "segmentation fault", "SIGABRT": "abort", "SIGFPE": "floating-point exception",
            "SIGBUS": "bus error", "SIGILL": "illegal instruction",
            "SIGKILL": "killed, perhaps by the system for lack of memory",
            "SIGXCPU": "out of processor time", "SIGALRM": "out of time"}


class WorkerLost(Exception):
    """The process cannot be started; the message says why."""


class Ended(Exception):
    """The student's code will answer no more: "timeout", "crash" or "channel", and how in words."""

    def __init__(self, kind: str, how: str) -> None:
        super().__init__(how)
        self.kind, self.how = kind, how


class Sandbox:
    """Runs each student's file in a process of its own, in an empty folder, with a clean environment.

    Use it in a ``with`` statement, so that no process is left behind.

    Args:
        ahead: start the next process while one is at work, where many files follow each other.
    """

    def __init__(self, ahead: bool = False) -> None:
        self.ahead = ahead
        self.process: Process | None = None
        self.spare: Process | None = None
        self.nursery: Nursery | None = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self.ahead = False
        self.process, self.spare = self.spare, None
        self.close()
        if self.nursery is not None:
            self.nursery.close()
            self.nursery = None

    def open(self) -> Process:
        """A process that has run nothing yet; the one before is ended. Raises WorkerLost."""
        self.close()
        try:
            self.process, self.spare = self.spare or self.new(), None
            self.process.wait_until_ready()
            self.spare = self.new() if self.ahead else None
        except OSError as error:
            raise WorkerLost(f"the process that runs the exercises does not start: {error}") from None
        return self.process

    def new(self) -> Process:
        """A process that is just starting: by fork where that is safe, which is on Linux."""
        if sys.platform != "linux":
            return Process()
        for _ in range(2):
            try:
                self.nursery = self.nursery or Nursery()
                return Process(self.nursery)
            except (OSError, ValueError):       # somebody has ended the nursery
                if self.nursery is not None:
                    self.nursery.close()
                    self.nursery = None
        return Process()

    def close(self) -> None:
        """End the process, and what it has started."""
        if self.process is not None:
            self.process.end()
            self.process = None


class Process:
    """One process for one file: a child of the nursery, or without one started alone."""

    def __init__(self, nursery: Nursery | None = None) -> None:
        self.folder = tempfile.mkdtemp(prefix="exercise-")
        self.answers: queue.Queue[bytes] = queue.Queue(4)       # bounded: who floods it waits
        self.output = bytearray()                               # what the code printed past Python's print
        self.asked = 0
        self.ended = False
        self.popen: subprocess.Popen[bytes] | Child
        if nursery is not None:
            self.popen = nursery.child(self.folder)
        else:
            self.popen = subprocess.Popen(
                [sys.executable, "-I", "-S", "-X", "utf8", "-c", CODE, *PLACES], cwd=self.folder,
                env=environment(self.folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, start_new_session=sys.platform != "win32")
        for reader, stream in ((self.read_answers, self.popen.stdout), (self.read_output, self.popen.stderr)):
            threading.Thread(target=reader, args=(stream,), daemon=True).start()

    def wait_until_ready(self) -> None:
        """Wait for the line that it writes before it sees any of the student's code. Raises WorkerLost."""
        try:
            self.next_answer(time.monotonic() + START)
        except Ended as error:
            said = self.output.decode(errors="replace").strip().splitlines()
            raise WorkerLost("the process that runs the exercises does not start: "
                             f"{said[-1] if said else error}") from None

    def ask(self, request: dict[str, Any], end: float) -> dict[str, Any]:
        """The answer to a request, before the time ``end``. Raises Ended."""
        assert self.popen.stdin is not None
        self.asked += 1
        try:
            self.popen.stdin.write(json.dumps({**request, "number": self.asked}).encode() + b"\n")
            self.popen.stdin.flush()
        except OSError:                         # it has gone: its last words may still be there
            pass
        line = self.next_answer(end)
        try:
            answer = json.loads(line)
            if answer["number"] != self.asked:
                raise ValueError
        except (ValueError, TypeError, KeyError, RecursionError):
            raise Ended("channel", "what came back isn't an answer: did the code write into the grader's "
                        "channel") from None
        found: dict[str, Any] = answer
        return found

    def next_answer(self, end: float) -> bytes:
        """The next line that the process writes. Raises Ended."""
        gone = False
        while True:
            left = end - time.monotonic()
            try:
                line = self.answers.get(timeout=1.0 if gone else max(0.0, min(left, 0.2)))
            except queue.Empty:
                if gone:
                    line = b""
                elif left > 0:
                    gone = self.popen.poll() is not None
                    continue
                else:
                    raise Ended("timeout", "no answer") from None
            if not line:
                try:
                    status = self.popen.wait(timeout=5)
                except subprocess.TimeoutExpired:       # it has closed the channel, and lives on
                    raise Ended("channel", "the grader's channel was closed") from None
                raise Ended("crash", ending(status))
            return line

    def read_answers(self, stream: IO[bytes]) -> None:
        """Pass on what the process writes; b"" when it has gone. Runs in a thread."""
        with stream:
            while line := stream.readline(LIMIT + 1):
                self.pass_on(line)
                if self.ended:
                    return
        self.pass_on(b"")

    def pass_on(self, line: bytes) -> None:
        """Put a line where ``next_answer`` finds it, as soon as there is room."""
        while not self.ended:
            try:
                return self.answers.put(line, timeout=0.2)
            except queue.Full:
                continue

    def read_output(self, stream: IO[bytes]) -> None:
        """Take what is printed, so that nobody waits, and keep the beginning. Runs in a thread."""
        with stream:
            while chunk := stream.read1(65536):             # type: ignore[attr-defined]
                self.output += chunk[:max(0, KEPT - len(self.output))]

    def end(self) -> None:
        """End the process and all that it has started, however it went; remove its folder."""
        self.ended = True
        if isinstance(self.popen, Child):
            self.popen.end()
        else:
            if self.popen.poll() is None and sys.platform == "linux":
                self.popen.terminate()          # then it ends first what has left its group
                try:
                    self.popen.wait(timeout=2)
                except subprocess.TimeoutExpired:
                    pass
            end_group(self.popen)
            self.popen.kill()
            self.popen.wait()
        if self.popen.stdin is not None:
            try:
                self.popen.stdin.close()
            except OSError:
                pass
        shutil.rmtree(self.folder, ignore_errors=True)


class Child:
    """A child of the nursery, as much like a Popen as is needed here."""

    def __init__(self, nursery: Nursery, pid: int, files: Sequence[int]) -> None:
        self.nursery, self.pid = nursery, pid
        self.status: int | None = None
        self.stdin: IO[bytes] = os.fdopen(files[0], "wb")
        self.stdout: IO[bytes] = os.fdopen(files[1], "rb")
        self.stderr: IO[bytes] = os.fdopen(files[2], "rb")

    def poll(self) -> int | None:
        """The exit status; None as long as it runs."""
        return self.asked(0.0)

    def wait(self, timeout: float) -> int:
        """The exit status. Raises TimeoutExpired."""
        status = self.asked(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("exercise", timeout)
        return status

    def asked(self, seconds: float, end: bool = False) -> int | None:
        """What the nursery says; as long as the nursery lives, it ends it and nobody else does."""
        if self.status is None:
            try:
                answer = self.nursery.ask({"child": self.pid, "wait": seconds, "end": end})
                self.status = answer["status"]
            except OSError:                     # with the nursery all its children are gone
                self.status = -int(signal.SIGKILL)
        return self.status

    def end(self) -> None:
        """End it and its group, also when it has ended by itself."""
        status, self.status = self.status, None
        self.asked(0.0, end=True)
        self.status = self.status if status is None else status


class Nursery:
    """Makes processes by fork; see ``exercise_runner.nursery``. Raises OSError where it cannot be started."""

    def __init__(self) -> None:
        self.line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.popen = subprocess.Popen(
                [sys.executable, "-I", "-S", "-X", "utf8", "-c", NURSERY, *PLACES, str(theirs.fileno())],
                cwd="/", env=environment(tempfile.gettempdir()), stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                pass_fds=[theirs.fileno()])
        self.line.settimeout(START)
        try:
            self.answer()
        except OSError:
            self.close()
            raise

    def child(self, folder: str) -> Child:
        """A new process in a folder. Raises OSError."""
        pipes = [os.pipe() for _ in range(3)]
        theirs, ours = [pipes[0][0], pipes[1][1], pipes[2][1]], [pipes[0][1], pipes[1][0], pipes[2][0]]
        try:
            request = {"folder": folder, "environment": environment(folder)}
            socket.send_fds(self.line, [json.dumps(request).encode()], theirs)
            return Child(self, self.answer()["pid"], ours)
        except OSError:
            for number in ours:
                os.close(number)
            raise
        finally:
            for number in theirs:
                os.close(number)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request. Raises OSError."""
        self.line.send(json.dumps(request).encode())
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """The next answer. Raises OSError."""
        content = self.line.recv(65536)
        if not content:
            raise BrokenPipeError("the nursery has gone")
        found: dict[str, Any] = json.loads(content)
        return found

    def close(self) -> None:
        """End it, and with it its children."""
        self.line.close()
        try:
            self.popen.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()


def end_group(popen: subprocess.Popen[bytes]) -> None:
    """End the group that a process was started as the leader of, and no other."""
    if sys.platform != "win32" and popen.pid > 1 and popen.pid != os.getpgrp():
        try:
            os.killpg(popen.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def environment(folder: str) -> dict[str, str]:
    """What a process is told of the world: where it finds libraries, and nothing of the grader's own."""
    kept = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM")}
    own = {name: folder for name in ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP")}
    return {**{name: os.environ[name] for name in kept if name in os.environ}, **own, **threads}


def ending(status: int) -> str:
    """The status of a process that ended too early, in words."""
    if status >= 0:
        return f"the process ended with status {status}, as by os._exit({status})"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        return f"the process was ended by signal {-status}"
    return f"Python crashed: {_SIGNALS.get(name, name)} ({name})"
