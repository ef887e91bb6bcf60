"""The student's code in a process below one that watches it, so that nothing it starts outlives it."""
from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from .walls import PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE, PR_SET_PDEATHSIG, control, own_namespaces


def step_aside() -> None:
    """Return in a new process, the only one to run the student's code; end with its status when it ends.

    Where namespaces are allowed a process 1 stands between, and with it the system ends all below it. Where
    they are not, what loses its parent becomes a child of this process, which ends it. Without either, not
    on Linux, it returns in the same process; the grader ends the group.
    """
    if sys.platform != "linux":
        return
    apart = own_namespaces()
    control(PR_SET_CHILD_SUBREAPER, 1)
    control(PR_SET_DUMPABLE, 0)                         # nobody attaches to the watching process
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        if not apart:
            os.close(tell)
            control(PR_SET_DUMPABLE, 1)
            return
        control(PR_SET_PDEATHSIG, signal.SIGKILL)
        worker = os.fork()                              # of a namespace's process 1 signals are kept away
        if worker == 0:
            os.close(tell)
            control(PR_SET_DUMPABLE, 1)
            return
        close_all_but(tell)
        os.write(tell, str(wait_for(worker)).encode())
        os._exit(0)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
    close_all_but(told)
    status = wait_for(child)
    if apart:
        status = int(os.read(told, 32) or status)
    end_descendants()
    if status < 0:
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(max(status, 0))


def close_all_but(kept: int) -> None:
    """Close the channel, so that it ends with the process that serves it."""
    for number in range(3, 256):
        if number != kept:
            try:
                os.close(number)
            except OSError:
                pass
    for number in range(3):
        os.dup2(os.open(os.devnull, os.O_RDWR), number)


def wait_for(pid: int) -> int:
    """Wait for a child, and meanwhile for all others that end; its exit code, negative for a signal."""
    while True:
        found, status = os.wait()
        if found == pid:
            return os.waitstatus_to_exitcode(status)


def end_descendants() -> None:
    """End what has become a child of this process, until nothing is left."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    for _ in range(1000):
        try:
            left = [int(number) for number in children.read_text().split()]
        except OSError:
            return
        for pid in left:
            if pid > 1:
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.001)
