"""What the stand-in watches: waits for the device, copies between host and device, launches, capture."""
from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable, Iterator


class CUDARuntimeError(RuntimeError):
    """An error of the CUDA runtime, with its number in ``status``, as CuPy raises it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class OutOfMemoryError(MemoryError):
    """CuPy's, when a pool finds no memory even after it gave all it does not use back."""


class Synchronized(AssertionError):
    """Something waited for the device inside of a region where nothing may."""


class Monitor:
    """Counts since the last ``reset``; ``recorded`` is the list of launches while a graph is captured."""

    def __init__(self) -> None:
        self.recorded: list[Callable[[], Any]] | None = None
        self.invalidated = False            # CUDA broke the recording off: it cannot become a graph
        self.forbidden = 0
        self.pending: list[Callable[[], Any]] = []      # copies from pinned memory that the device still does
        self.room: int | None = None        # bytes that a single allocation may have; None: any
        self.reset()

    def reset(self) -> None:
        self.waits = self.uploads = self.launches = 0
        self.products = 0                   # those of CuPy's own cuBLAS handle
        self.events = 0                     # made
        self.freed_while_recording = 0      # times a pool gave memory back that a graph may use
        self.reasons: list[str] = []

    def wait(self, reason: str) -> None:
        """The host waits until the device is done, to read a value: a copy to the host."""
        if self.recorded is not None:       # CuPy sees it first, and the recording itself stays whole
            raise RuntimeError("the current stream is capturing, so D2H transfers are disallowed")
        self._waited(reason)

    def synchronize(self, reason: str) -> None:
        """The host waits for a stream, an event or the device. CUDA breaks a recording off for it."""
        if self.recorded is not None:
            self.invalidated = True
            raise CUDARuntimeError(900, "cudaErrorStreamCaptureUnsupported: operation not permitted when "
                                        "stream is capturing")
        self._waited(reason)

    def _waited(self, reason: str) -> None:
        self.waits += 1
        self.reasons.append(reason)
        if self.forbidden:
            raise Synchronized(f"{reason} waits for the device, in a region where nothing may")
        self.arrive()

    def upload(self, reason: str) -> None:
        """A copy from the host to the device."""
        if self.recorded is not None:
            raise RuntimeError("the current stream is capturing, so H2D transfers are disallowed")
        self.uploads += 1

    def later(self, copy: Callable[[], Any]) -> None:
        """A copy from pinned memory: the device does it when it gets there, as late as may be."""
        self.pending.append(copy)

    def arrive(self) -> None:
        """The device has got to all copies that it was given."""
        while self.pending:
            self.pending.pop(0)()

    def product(self, name: str) -> None:
        """A product by CuPy's cuBLAS handle, whose stream is set anew each time."""
        if self.recorded is not None:
            raise NotImplementedError("calling cuBLAS API during stream capture is currently unsupported")
        self.products += 1

    def launch(self, work: Callable[[], Any]) -> None:
        """One kernel. While a graph is captured it is only recorded: memory stays as it is."""
        self.launches += 1
        if self.recorded is None:
            self.arrive()
            work()
        else:
            self.recorded.append(work)

    def computed(self, again: Callable[[], Any]) -> None:
        """One kernel that filled a new array already; ``again`` fills it when a graph is replayed."""
        self.launches += 1
        if self.recorded is not None:
            self.recorded.append(again)


monitor = Monitor()


@contextmanager
def no_waiting() -> Iterator[Monitor]:
    """Inside of the block, whatever waits for the device raises ``Synchronized``."""
    monitor.forbidden += 1
    try:
        yield monitor
    finally:
        monitor.forbidden -= 1
