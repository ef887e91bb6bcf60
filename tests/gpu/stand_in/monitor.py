"""What the stand-in watches: waits for the device, copies between host and device, launches, capture."""
from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable, Iterator


class CUDARuntimeError(RuntimeError):
    """An error of the CUDA runtime, with its number in ``status``, as CuPy raises it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Synchronized(AssertionError):
    """Something waited for the device inside of a region where nothing may."""


class Monitor:
    """Counts since the last ``reset``; ``recorded`` is the list of launches while a graph is captured."""

    def __init__(self) -> None:
        self.recorded: list[Callable[[], Any]] | None = None
        self.forbidden = 0
        self.reset()

    def reset(self) -> None:
        self.waits = self.uploads = self.launches = 0
        self.reasons: list[str] = []

    def wait(self, reason: str) -> None:
        """The host waits until the device is done: reading a value, a copy to the host."""
        self._refuse_in_capture(reason)
        self.waits += 1
        self.reasons.append(reason)
        if self.forbidden:
            raise Synchronized(f"{reason} waits for the device, in a region where nothing may")

    def upload(self, reason: str) -> None:
        """A copy from the host to the device."""
        self._refuse_in_capture(reason)
        self.uploads += 1

    def launch(self, work: Callable[[], Any]) -> None:
        """One kernel. While a graph is captured it is only recorded: memory stays as it is."""
        self.launches += 1
        if self.recorded is None:
            work()
        else:
            self.recorded.append(work)

    def computed(self, again: Callable[[], Any]) -> None:
        """One kernel that filled a new array already; ``again`` fills it when a graph is replayed."""
        self.launches += 1
        if self.recorded is not None:
            self.recorded.append(again)

    def _refuse_in_capture(self, reason: str) -> None:
        if self.recorded is not None:
            raise CUDARuntimeError(900, "cudaErrorStreamCaptureUnsupported: operation not permitted when "
                                        f"stream is capturing ({reason})")


monitor = Monitor()


@contextmanager
def no_waiting() -> Iterator[Monitor]:
    """Inside of the block, whatever waits for the device raises ``Synchronized``."""
    monitor.forbidden += 1
    try:
        yield monitor
    finally:
        monitor.forbidden -= 1
