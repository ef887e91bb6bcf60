"""The graph that is being recorded, if any: what must be done around each of its replays."""
from __future__ import annotations

from contextlib import contextmanager
from typing import Callable, Iterator


class Recording:
    """What the host does before and after each replay, in order."""

    def __init__(self) -> None:
        self.before: list[Callable[[], None]] = []
        self.after: list[Callable[[], None]] = []


_current: list[Recording] = []


def current() -> Recording | None:
    """The recording in progress."""
    return _current[-1] if _current else None


@contextmanager
def recording() -> Iterator[Recording]:
    """Inside of the block a step is recorded, not run."""
    _current.append(Recording())
    try:
        yield _current[-1]
    finally:
        _current.pop()
