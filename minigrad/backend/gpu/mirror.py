"""Numbers that change from step to step, in the device's memory: step counts, learning rates, seeds.

A kernel in a graph is replayed with the very arguments it was recorded with. What has to change between
replays must therefore lie in memory that the kernel reads. The host keeps the number where it belongs (an
optimizer's ``param_groups``, a generator); here is the device's copy of it.
"""
from __future__ import annotations

from typing import Any, Callable

from ..arrays import Array
from .recording import current, with_each_run


class Mirror:
    """A number in the device's memory (``array``, 0-d) that follows one of the host's.

    Sending it is a small kernel that carries the number as an argument: nothing is copied, nobody waits.
    It is sent only when it differs from what the device holds.
    """

    def __init__(self, xp: Any, dtype: Any) -> None:
        self.array: Array = xp.empty((), dtype)
        self._held: Any = None              # what the device holds; None while that is unknown

    def follow(self, read: Callable[[], Any]) -> Array:
        """The device's number for a launch, made what ``read`` returns: now, or before each replay.

        Never inside of the graph that is being recorded: each replay would set it to today's number.
        """
        graph = current()
        if graph is None:
            self._show(read())
        else:
            graph.before.append(lambda: self._show(read()))
        return self.array

    def _show(self, value: Any) -> None:
        if value != self._held:
            self.array.fill(self.array.dtype.type(value))
            self._held = value

    def advance(self) -> None:
        """Add 1 on the device, which replays of a graph that is being recorded do, too.

        The host's number, which is followed, is for the caller to count: ``with_each_run``.
        """
        self.array += 1
        self.advanced()

    def advanced(self) -> None:
        """A kernel added 1 to the device's number."""
        with_each_run(self._advanced)

    def _advanced(self) -> None:
        self._held += 1
