"""A table that the ranks of a job fill and the launcher reads: who is where, and who waits since when.

It is a small file in memory that all of them map. The launcher names it in MINIGRAD_JOB.
"""
from __future__ import annotations

import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import numpy as np

JOB = "MINIGRAD_JOB"
PID, WAITING_SINCE, DONE = range(3)         # the columns; 0: not started yet, not waiting, not done
_mine: list[np.ndarray] = []        # this rank's row


def table(path: Path, ranks: int | None = None) -> np.ndarray:
    """The table float64 (ranks, 3) in the file ``path``; a new one of zeros for a number of ranks."""
    if ranks is not None:
        path.write_bytes(bytes(ranks * 24))
    return np.memmap(path, np.float64, "r+").reshape(-1, 3)


def enter(rank: int) -> np.ndarray:
    """This process is ``rank`` of the launched job; its row."""
    row = table(Path(os.environ[JOB]) / "table")[rank]
    row[PID] = os.getpid()
    _mine[:] = [row]
    return row


@contextmanager
def waiting() -> Iterator[None]:
    """Inside of this block the process waits for others."""
    if not _mine:
        yield
        return
    _mine[0][WAITING_SINCE] = time.time()
    yield
    _mine[0][WAITING_SINCE] = 0
