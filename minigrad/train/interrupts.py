"""Ctrl-C that waits for a good moment.

Ctrl-C may come in the middle of an update, when some weights are new and others old. While a
``DeferredInterrupts`` block runs, the first Ctrl-C is only noted; ``check``, called between two steps, then
raises. A second Ctrl-C stops at once.
"""
from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any


class Stopped(KeyboardInterrupt):
    """Ctrl-C, raised between two steps, where everything can be saved."""


class DeferredInterrupts:
    """Notes Ctrl-C inside a ``with`` block.

    Acts only in the main thread (others never receive it) and only where Python's own handler is in
    place: a program that handles the signal itself keeps doing so.
    """

    def __init__(self) -> None:
        self.noted = False
        self._before: Any = None

    def __enter__(self) -> DeferredInterrupts:
        if threading.current_thread() is threading.main_thread() \
                and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *exc: Any) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.noted:
            raise KeyboardInterrupt
        self.noted = True

    def check(self) -> None:
        """Raise Stopped if Ctrl-C was pressed."""
        if self.noted:
            raise Stopped
