"""Numbers that change from step to step, in the device's memory: step counts, learning rates, seeds.

A kernel in a graph is replayed with exactly the arguments of its recording. What has to change between
replays must therefore lie in memory that the kernel reads. The host keeps the number where it belongs (an
optimizer's ``param_groups``, a generator); here is the device's copy of it.
"""
from __future__ import annotations

from typing import Any, Callable, Sequence

from ..arrays import Array
from .recording import current, with_each_run


class Mirror:
    """Numbers in the device's memory (``array``, one after the other) that follow numbers on the host.

    Sending one is a small kernel that carries the number as an argument: nothing is copied, nobody waits.
    It is sent only when it differs from what the device holds.
    """

    def __init__(self, xp: Any, dtype: Any, count: int = 1) -> None:
        self.array: Array = xp.empty(count, dtype)
        self._held: list[Any] = [None] * count      # what the device holds; None: not known yet

    def follow(self, read: Callable[[], Sequence[Any]]) -> Array:
        """The device's numbers for a launch, set to what ``read`` returns: now, or before each replay.

        Never inside the graph that is being recorded: each replay would set them to today's numbers.
        """
        graph = current()
        if graph is None:
            self._show(read())
        else:
            graph.before.append(lambda: self._show(read()))
        return self.array

    def _show(self, values: Sequence[Any]) -> None:
        for i, value in enumerate(values):
            if value != self._held[i]:
                self.array[i:i + 1].fill(self.array.dtype.type(value))
                self._held[i] = value

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
        self._held = [value + 1 for value in self._held]
