"""A process with NumPy loaded that makes the processes for the students' files, by fork.

To load Python and NumPy takes a tenth of a second, to fork a few thousandths. No student's code ever runs in
here: a child leaves for a session of its own, closes the way back to the grader, and goes on as one that was
started alone would. Only the children made here are waited for, and only these are ended.
"""
from __future__ import annotations

import array
import json
import os
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from .serve import main as serve
from .walls import PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE, control

PATIENCE = 2.0                          # seconds for a child to end what it has started


def main(numpy: str, grader: str, number: str) -> None:
    """Do what the grader asks over the socket with this number, until it closes that."""
    line = socket.socket(fileno=int(number))
    control(PR_SET_DUMPABLE, 0)                         # nobody attaches to this process
    control(PR_SET_CHILD_SUBREAPER, 1)
    children: set[int] = set()
    tell(line, {"ready": True})
    try:
        while True:
            request, files = receive(line)
            if request is None:
                break
            if "folder" in request:
                pid = born(line, files, request, numpy, grader)
                children.add(pid)
                tell(line, {"pid": pid})
            elif request["child"] not in children:
                tell(line, {"status": -int(signal.SIGKILL)})
            elif request["end"]:
                children.discard(request["child"])
                tell(line, {"status": ended(request["child"])})
                end_strays(children)
            else:
                tell(line, {"status": left(request["child"], request["wait"])})
    finally:
        for pid in children:
            ended(pid)
        end_strays(set())


def receive(line: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """A request with the files that came with it; None when the grader has gone."""
    files = array.array("i")
    content, extra, _, _ = line.recvmsg(65536, socket.CMSG_LEN(3 * files.itemsize))
    for level, kind, data in extra:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            files.frombytes(data[:len(data) - len(data) % files.itemsize])
    return (json.loads(content) if content else None), list(files)


def tell(line: socket.socket, answer: dict[str, Any]) -> None:
    """Answer; a message is a packet."""
    line.send(json.dumps(answer).encode())


def born(line: socket.socket, files: list[int], request: dict[str, Any], numpy: str, grader: str) -> int:
    """Make a process in its folder, with these files as input, output and errors."""
    pid = os.fork()
    if pid:
        for file in files:
            os.close(file)
        return pid
    try:
        os.setsid()
        line.close()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["folder"])
        control(PR_SET_DUMPABLE, 1)
        control(PR_SET_CHILD_SUBREAPER, 0)
        if "numpy.random" in sys.modules:               # not one state for all children
            sys.modules["numpy.random"].seed()
        serve(numpy, grader)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def left(pid: int, seconds: float) -> int | None:
    """The exit status of a child that ends within so many seconds. It stays a zombie, so that its number is
    given to nobody else."""
    end, pause = time.monotonic() + seconds, 0.0005
    while True:
        found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is not None:
            return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
        if time.monotonic() >= end:
            return None
        time.sleep(pause)
        pause = min(2 * pause, 0.02)


def ended(pid: int) -> int:
    """End a child and its group; its exit status."""
    os.kill(pid, signal.SIGTERM)                        # then it ends first what has left its group
    left(pid, PATIENCE)
    for send in (os.killpg, os.kill):
        try:
            send(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def end_strays(children: set[int]) -> None:
    """End what has lost its parent, and come here."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    for _ in range(1000):
        try:
            strays = {int(number) for number in listed.read_text().split()} - children
        except OSError:
            return
        if not strays:
            return
        for pid in strays:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
