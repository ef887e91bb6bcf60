"""What every group of processes can do, shown by the simplest one: a process that is alone."""
from __future__ import annotations

from collections import Counter
from typing import Any, Callable

from ..backend.arrays import Array


class ReduceOp:
    """How ``all_reduce`` combines numbers: SUM, PROD, MIN or MAX.

    >>> minigrad.distributed.ReduceOp.SUM
    'sum'
    """

    SUM, PROD, MIN, MAX = "sum", "prod", "min", "max"


class Work:
    """A message on its way; ``wait()`` returns when it has arrived, and True as in PyTorch.

    >>> work = minigrad.distributed.all_reduce(minigrad.ones(2), async_op=True)
    >>> work.wait()
    True
    """

    def is_completed(self) -> bool:
        """Whether it has arrived. Asking also helps it along: MPI moves data only while it is called."""
        return True

    def wait(self) -> bool:
        """Return when it has arrived."""
        return True


class Group:
    """Processes with the numbers 0 to size − 1; this one is ``rank``. Here: one process, alone.

    Each method must be called by all ranks, in the same order. Arrays are changed in place, and must be left
    alone until the work that is returned is done. ``messages`` and ``bytes`` count what was sent.
    """

    rank, size = 0, 1

    def __init__(self) -> None:
        self.messages: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()

    def count(self, name: str, array: Array) -> None:
        """One more message of this kind."""
        self.messages[name] += 1
        self.bytes[name] += array.nbytes

    def channel(self) -> Group:
        """The same processes, for messages of their own: those of the two never meet. All ranks must call."""
        return self

    def all_reduce(self, array: Array, op: str = ReduceOp.SUM) -> Work:
        """The sum (product, …) of the ranks' arrays, in each of them."""
        return Work()

    def broadcast(self, array: Array, source: int = 0) -> Work:
        """Rank ``source``'s array, in each of them."""
        return Work()

    def all_gather(self, array: Array, out: Array) -> Work:
        """Row r of ``out``, (size, …), becomes rank r's array."""
        out[0] = array
        return Work()

    def barrier(self) -> None:
        """Return when all ranks have called it."""


class Arriving(Work):
    """Work that is done when ``arrived()`` is true; then ``land()`` puts the result where it belongs."""

    def __init__(self, arrived: Callable[[], bool], land: Callable[[], Any] | None = None,
                 pause: Callable[[Callable[[], bool]], None] | None = None) -> None:
        self.arrived, self.land, self.pause, self.done = arrived, land, pause, False

    def is_completed(self) -> bool:
        if not self.done and self.arrived():
            self.done = True
            if self.land is not None:
                self.land()
        return self.done

    def wait(self) -> bool:
        if not self.is_completed() and self.pause is not None:
            self.pause(self.is_completed)
        return True
