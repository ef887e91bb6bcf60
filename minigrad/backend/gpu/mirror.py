"""Numbers that change from step to step, in the device's memory: step counts, learning rates.

A kernel in a graph is replayed with the very arguments it was recorded with. What has to change between
replays must therefore lie in memory that the kernel reads.
"""
from __future__ import annotations

from typing import Any, Callable

from .recording import current


class Mirror:
    """A number known to the host (``value``) and stored on the device (``array``, 0-d).

    Setting it is a small kernel that carries the number as an argument: nothing is copied, nobody waits.
    """

    def __init__(self, module: Any, dtype: Any, value: float = 0) -> None:
        self.array = module.full((), value, dtype)
        self.value = value

    def show(self, value: float) -> None:
        """Make the device's number ``value``; nothing happens when it is that already."""
        if value != self.value:
            self.array.fill(value)
            self.value = value

    def follow(self, read: Callable[[], float]) -> None:
        """Show what ``read`` returns: now, or before each replay of the graph that is being recorded.

        Never inside of the graph: there, each replay would set the number back to today's.
        """
        graph = current()
        if graph is None:
            self.show(read())
        else:
            graph.before.append(lambda: self.show(read()))

    def advance(self) -> None:
        """Add 1, on the device; replays of a graph that is being recorded do it, too."""
        self.array += 1
        self.value += 1
        graph = current()
        if graph is not None:
            graph.after.append(self._advanced)

    def _advanced(self) -> None:
        self.value += 1
