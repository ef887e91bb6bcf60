"""What each process of a job runs around the script: ``python -m minigrad.launch.rank script.py …``.

It marks each line of output with its number, ends when the launcher has ended, and when the script fails, it
prints the traceback, if it is the first, and goes at once: the launcher then ends the others, which wait.
"""
from __future__ import annotations

import faulthandler
import os
import runpy
import shutil
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from ..distributed.table import DONE, JOB, enter
from .alive import MARK, launcher_is_gone

RANKS = ("PMI_RANK", "OMPI_COMM_WORLD_RANK", "MINIGRAD_RANK")


class Marked:
    """Everything written to a file descriptor, by Python or others, comes out in marked lines."""

    def __init__(self, descriptor: int, rank: int) -> None:
        self.descriptor, self.before = descriptor, os.dup(descriptor)
        reading, writing = os.pipe()
        os.dup2(writing, descriptor)
        os.close(writing)
        self.thread = threading.Thread(target=self._copy, args=(reading, f"{MARK}{rank}{MARK}".encode()),
                                       daemon=True)
        self.thread.start()

    def _copy(self, reading: int, mark: bytes) -> None:
        with os.fdopen(reading, "rb") as lines:
            for line in lines:
                os.write(self.before, mark + line.rstrip(b"\n") + b"\n")

    def close(self) -> None:
        """Write what is left."""
        os.dup2(self.before, self.descriptor)       # closes the pipe, unless a child has it, too
        self.thread.join(1)


def watch_launcher(folder: Path) -> None:
    """End this process when the launcher, or the process that started this one, is gone."""
    parent = os.getppid()
    while os.getppid() == parent and not launcher_is_gone(folder):
        time.sleep(0.25)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def run(command: list[str]) -> int:
    """Run the script as Python would; the exit status."""
    try:
        if command[0] == "-m":
            sys.argv = command[1:]
            sys.path[0] = os.getcwd()
            runpy.run_module(command[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = command
            sys.path[0] = str(Path(command[0]).resolve().parent)
            runpy.run_path(command[0], run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    return 0


def of_script(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without the calls that started the script; whole, if it was none of the script's."""
    part, starters = trace, (__file__, runpy.__file__, "<frozen runpy>")
    while part is not None and part.tb_frame.f_code.co_filename in starters:
        part = part.tb_next
    return part or trace


def main() -> None:
    """Run the script as one rank of the job."""
    rank = next((int(os.environ[name]) for name in RANKS if name in os.environ), 0)
    folder = Path(os.environ[JOB])
    row = enter(rank)
    streams = [Marked(1, rank), Marked(2, rank)]
    for stream in (sys.stdout, sys.stderr):
        known: Any = stream
        known.reconfigure(line_buffering=True)
    threading.Thread(target=watch_launcher, args=(folder,), daemon=True).start()
    if hasattr(signal, "SIGUSR1"):                  # the launcher asks a rank that hangs where it is
        faulthandler.register(signal.SIGUSR1, open(folder / f"stack{rank}", "w"), all_threads=False)
    try:
        status = run(sys.argv[1:])
    except BaseException as error:
        status = 1
        try:
            os.close(os.open(folder / "failed", os.O_CREAT | os.O_EXCL))    # one traceback is enough
            traceback.print_exception(error.with_traceback(of_script(error.__traceback__)))
        except FileExistsError:
            pass
    row[DONE] = status == 0
    sys.stdout.flush()
    sys.stderr.flush()
    for marked in streams:
        marked.close()
    if status:
        os._exit(status)            # at once: an orderly end would wait for the other ranks


if __name__ == "__main__":
    main()
