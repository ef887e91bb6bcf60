"""Making batches ahead of time in a background thread.

A thread instead of processes: NumPy releases Python's lock while it copies and computes, so the next batch
is made during the training step, and nothing has to be sent between processes.
"""
from __future__ import annotations

import os
import threading
from queue import Empty, SimpleQueue
from typing import Any, Callable, Generator, Iterable, Iterator

from ..errors import DataError


class _End(Exception):
    """All jobs are done."""


def prefetch(make: Callable[[Any], Any], jobs: Iterable[Any], depth: int, timeout: float = 0,
             start: Callable[[], object] | None = None) -> Generator[Any, None, None]:
    """``make(job)`` for every job, in order, at most ``depth`` results ahead of the consumer.

    Args:
        timeout: seconds to wait for one result before DataError is raised; 0 waits forever.
        start: called once in the thread before the first job.

    An exception in the thread is raised in the consumer, instead of the result. The thread ends when the
    jobs are done, on an exception, or when this iterator is closed, as leaving a ``for`` loop early does. A
    child process forked in the meantime has no such thread: DataError.
    """
    free = threading.Semaphore(depth)      # room for results not yet taken
    stopped = threading.Event()
    results: SimpleQueue[Any] = SimpleQueue()      # (result, None), or (None, the exception)

    def work() -> None:
        try:
            if start is not None:
                start()
            for job in jobs:
                free.acquire()
                if stopped.is_set():
                    return
                results.put((make(job), None))
            results.put((None, _End()))
        except BaseException as error:     # KeyboardInterrupt and SystemExit travel too
            results.put((None, error))

    thread = threading.Thread(target=work, name="minigrad-prefetch", daemon=True)
    thread.start()
    process = os.getpid()
    try:
        yield from _take(results, free, timeout, process)
    finally:
        if os.getpid() == process:         # in a forked child, nobody may ever release these locks
            stopped.set()
            free.release()                 # wakes the thread if it is waiting for a place


def _take(results: SimpleQueue[Any], free: threading.Semaphore, timeout: float,
          process: int) -> Iterator[Any]:
    while True:
        if os.getpid() != process:
            raise DataError("DataLoader: this process was forked within an epoch, and the thread that makes "
                            "the batches stayed in the parent. Start a new loop over the loader here, or "
                            "fork before the loop.")
        try:
            result, error = results.get(timeout=timeout or None)
        except Empty:
            raise DataError(f"DataLoader: no batch came within timeout={timeout:g} seconds. The data "
                            "set's __getitem__ or a transform is slower than that; raise timeout, or "
                            "use 0 to wait forever.") from None
        if isinstance(error, _End):
            return
        if error is not None:
            raise error
        free.release()
        yield result
