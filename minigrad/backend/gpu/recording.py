"""The graph that is being recorded, if any: what the host must do around each of its replays.

While a step is recorded nothing is computed, and so the host counts nothing either: what it would have
counted it does after each replay, the first one included. A recording that fails leaves nothing to undo.
"""
from __future__ import annotations

import weakref
from contextlib import contextmanager
from typing import Any, Callable, Iterator

from ...errors import GraphError


class Recording:
    """What the host does before and after each replay, in order, and the arrays that the graph reads.

    ``undo``: what to do when the recording fails, the last first.
    """

    def __init__(self) -> None:
        self.before: list[Callable[[], None]] = []
        self.after: list[Callable[[], None]] = []
        self.undo: list[Callable[[], None]] = []
        self.kept: list[Any] = []
        self._used: list[weakref.ref[Any]] = []

    def uses(self, array: Any) -> None:
        """A kernel got the address of ``array``, or of a view of it."""
        while array.base is not None:
            array = array.base
        self._used.append(weakref.ref(array))

    def finish(self) -> None:
        """Keep the arrays that outlive the recording; what it made and dropped, the graph uses again."""
        found = {id(array): array for ref in self._used if (array := ref()) is not None}
        self.kept, self._used = list(found.values()), []


#: The recording in progress, or nothing.
in_progress: list[Recording] = []


def current() -> Recording | None:
    """The recording in progress."""
    return in_progress[-1] if in_progress else None


@contextmanager
def recording() -> Iterator[Recording]:
    """Inside of the block a step is recorded, not run."""
    graph = Recording()
    in_progress.append(graph)
    try:
        yield graph
    except BaseException:
        for action in reversed(graph.undo):
            action()
        raise
    finally:
        in_progress.pop()


def with_each_run(action: Callable[[], None]) -> None:
    """The host's part of a step: now, or after each replay of the graph that is being recorded."""
    if in_progress:
        in_progress[-1].after.append(action)
    else:
        action()


def require_made_before(what: str, remedy: str) -> None:
    """GraphError while a step is recorded: each replay would make ``what`` again."""
    if in_progress:
        raise GraphError(f"capture: the recorded call makes {what}, and each replay would make it anew. "
                         f"{remedy}")
