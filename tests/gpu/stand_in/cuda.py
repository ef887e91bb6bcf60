"""The stand-in's ``cupy.cuda``: one device, streams, events, memory, and graphs that really replay."""
from __future__ import annotations

import threading
import time
from types import ModuleType
from typing import Any, Callable

import numpy as np

from . import nccl as fake_nccl
from .monitor import CUDARuntimeError, OutOfMemoryError, monitor

local = threading.local()


class Device:
    """Device 0; there is no other."""

    def __init__(self, device: int = 0) -> None:
        if device != 0:
            raise CUDARuntimeError(101, "cudaErrorInvalidDevice: invalid device ordinal")
        self.id = 0

    def __enter__(self) -> Device:
        return self

    def __exit__(self, *exc: Any) -> None:
        return None

    def use(self) -> None:
        return None

    def synchronize(self) -> None:
        monitor.synchronize("Device.synchronize()")


class Graph:
    """The launches that a stream captured, to be done again on the same memory."""

    def __init__(self, launches: list[Callable[[], Any]]) -> None:
        self.launches = launches

    def launch(self, stream: Any = None) -> None:
        monitor.launches += 1
        monitor.arrive()
        with np.errstate(all="ignore"):                 # a GPU has no warnings
            for work in self.launches:
                work()

    def upload(self, stream: Any = None) -> None:
        return None


class Stream:
    """A stream; ``null`` is the default one, which cannot be captured."""

    def __init__(self, null: bool = False, non_blocking: bool = False, ptds: bool = False,
                 priority: Any = None) -> None:
        self.null, self.non_blocking, self.ptr = null, non_blocking, 0 if null else id(self)

    def __enter__(self) -> Stream:
        local.__dict__.setdefault("streams", []).append(self)
        return self

    def __exit__(self, *exc: Any) -> None:
        local.streams.pop()

    def use(self) -> Stream:
        return self

    def synchronize(self) -> None:
        monitor.synchronize("Stream.synchronize()")

    def wait_event(self, event: Any) -> None:
        fake_nccl.log.append(("wait", self.ptr, event))

    def record(self, event: Any = None) -> Any:
        event = event or Event()
        event.record(self)
        return event

    def is_capturing(self) -> bool:
        if monitor.recorded is not None and monitor.invalidated:
            raise RuntimeError("the stream was capturing, but an error has invalidated the capture sequence")
        return monitor.recorded is not None

    def begin_capture(self, mode: Any = None) -> None:
        if self.null or not self.non_blocking:
            raise RuntimeError("cannot capture on the default stream")
        if monitor.recorded is not None:
            raise CUDARuntimeError(900, "cudaErrorStreamCaptureUnsupported")
        monitor.recorded, monitor.invalidated = [], False

    def end_capture(self) -> Graph:
        launches, monitor.recorded = monitor.recorded, None
        if launches is None:
            raise CUDARuntimeError(1, "cudaErrorInvalidValue: invalid argument")
        if monitor.invalidated:
            raise CUDARuntimeError(901, "cudaErrorStreamCaptureInvalidated: operation failed due to a "
                                        "previous error during capture")
        return Graph(launches)


class Event:
    """A moment on a stream; here the host's clock."""

    def __init__(self, block: bool = False, disable_timing: bool = False,
                 interprocess: bool = False) -> None:
        self.time = 0.0
        monitor.events += 1

    @property
    def done(self) -> bool:
        if monitor.recorded is not None:            # cudaEventQuery breaks a recording off
            monitor.synchronize("Event.done")
        return True

    def record(self, stream: Any = None) -> None:
        self.time = time.perf_counter()
        fake_nccl.log.append(("record", 0 if stream is None else stream.ptr, self))

    def synchronize(self) -> None:
        monitor.synchronize("Event.synchronize()")


class Memory:
    """Memory from CUDA itself; ``monitor.room`` says how much there is."""

    def __init__(self, size: int) -> None:
        if monitor.room is not None and size > monitor.room:
            raise CUDARuntimeError(2, "cudaErrorMemoryAllocation: out of memory")
        self.size = size


class MemoryPointer:
    """A place in a ``Memory``. The arrays themselves use the host's."""

    def __init__(self, mem: Memory, offset: int) -> None:
        self.mem, self.offset = mem, offset


class MemoryPool:
    """Asks its allocator, and gives all that it does not use back before it asks again."""

    def __init__(self, allocator: Any = None) -> None:
        self.allocator = allocator or (lambda size: MemoryPointer(Memory(size), 0))

    def malloc(self, size: int) -> Any:
        for _ in range(2):
            try:
                return self.allocator(size)
            except CUDARuntimeError as error:
                if error.status != 2:
                    raise
                monitor.freed_while_recording += monitor.recorded is not None
        raise OutOfMemoryError(f"Out of memory allocating {size:,} bytes (allocated so far: 0 bytes).")

    def used_bytes(self) -> int:
        return 0

    def total_bytes(self) -> int:
        return 0

    def free_all_blocks(self) -> None:
        return None


class using_allocator:
    """``with using_allocator(pool.malloc):``."""

    def __init__(self, allocator: Any = None) -> None:
        self.allocator = allocator

    def __enter__(self) -> None:
        local.__dict__.setdefault("allocators", []).append(self.allocator)

    def __exit__(self, *exc: Any) -> None:
        local.allocators.pop()


def allocate(size: int) -> None:
    """What a new array does: ask the allocator in use."""
    allocators = local.__dict__.get("allocators")
    (allocators[-1] if allocators else POOL.malloc)(size)


def get_current_stream(device_id: Any = None) -> Stream:
    """The innermost ``with stream:``, or the default stream."""
    streams = local.__dict__.get("streams")
    return streams[-1] if streams else NULL


def get_elapsed_time(start: Event, end: Event) -> float:
    """Milliseconds."""
    return (end.time - start.time) * 1000


NULL = Stream(null=True)
POOL = MemoryPool()


def make(runtime: ModuleType) -> ModuleType:
    """The module ``cupy.cuda`` with its ``runtime``."""
    cuda: Any = ModuleType("cupy.cuda")
    for value in (Device, Stream, Event, Graph, Memory, MemoryPointer, MemoryPool, using_allocator,
                  get_current_stream, get_elapsed_time):
        setattr(cuda, value.__name__, value)
    cuda.Stream.null = NULL
    cuda.is_available = lambda: True
    known: Any = runtime
    known.CUDARuntimeError = CUDARuntimeError
    known.getDeviceCount = lambda: 1
    known.getDevice = lambda: 0
    known.driverGetVersion = lambda: 13000
    known.runtimeGetVersion = lambda: 13000
    known.getDeviceProperties = lambda device: {
        "name": b"stand-in (NumPy)", "major": 9, "minor": 0, "totalGlobalMem": 1 << 34}
    known.memGetInfo = lambda: (1 << 33, 1 << 34)
    cuda.runtime = runtime
    nvrtc: Any = ModuleType("cupy.cuda.nvrtc")
    nvrtc.getVersion = lambda: (13, 0)
    cuda.nvrtc = nvrtc
    return cuda
