"""Messages by MPI, through mpi4py."""
from __future__ import annotations

import time
from typing import Any

import numpy as np

from ..backend.arrays import Array, device_of, move, on_host
from ..errors import DataError
from .table import waiting
from .work import Arriving, Group, ReduceOp, Work

INSTALL = ('Install mpi4py and an MPI, both as wheels: pip install "minigrad[mpi]" '
           '(in a clone: pip install -e ".[mpi]").')


def library() -> Any:
    """``mpi4py.MPI``; DataError with one sentence where it, or the MPI under it, is missing."""
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        raise DataError(f"distributed: this job has several processes, but they cannot talk: {error}. "
                        f"{INSTALL}".replace("\n", " ")) from None
    return MPI


def until(done: Any) -> None:
    """Return when ``done()`` is true. The launcher sees who waits, and since when."""
    for _ in range(200):                # most messages are there at once
        if done():
            return
        time.sleep(0)                   # another process may need this processor to answer
    with waiting():
        while not done():
            time.sleep(5e-5)


class MPIGroup(Group):
    """The processes of an MPI communicator. Arrays of a GPU travel by way of the host."""

    def __init__(self, communicator: Any = None) -> None:
        super().__init__()
        MPI = library()
        self.MPI = MPI
        self.communicator = MPI.COMM_WORLD.Dup() if communicator is None else communicator
        self.rank, self.size = self.communicator.rank, self.communicator.size
        self.operations = {ReduceOp.SUM: MPI.SUM, ReduceOp.PROD: MPI.PROD, ReduceOp.MIN: MPI.MIN,
                           ReduceOp.MAX: MPI.MAX}

    def channel(self) -> Group:
        twin = MPIGroup(self.communicator.Dup())
        twin.messages, twin.bytes = self.messages, self.bytes       # one count for all channels
        return twin

    def all_reduce(self, array: Array, op: str = ReduceOp.SUM) -> Work:
        host = _host(array)
        self.count("all_reduce", array)
        return self._work(self.communicator.Iallreduce(self.MPI.IN_PLACE, host, self.operations[op]),
                          host, array)

    def broadcast(self, array: Array, source: int = 0) -> Work:
        host = _host(array)
        self.count("broadcast", array)
        return self._work(self.communicator.Ibcast(host, source), host, array)

    def all_gather(self, array: Array, out: Array) -> Work:
        host, rows = _host(array), _host(out)
        self.count("all_gather", array)
        return self._work(self.communicator.Iallgather(host, rows), rows, out)

    def barrier(self) -> None:
        request = self.communicator.Ibarrier()
        until(request.Test)

    def _work(self, request: Any, host: np.ndarray, array: Array) -> Work:
        def land() -> None:
            if host is not array:
                array[...] = move(host.astype(array.dtype, copy=False), device_of(array))
        return Arriving(request.Test, land, until)


def _host(array: Array) -> np.ndarray:
    """What MPI can read and write: on the host, in one piece, and not of a dtype that it cannot add."""
    host = array if on_host(array) else array.get()
    dtype = {"float16": np.float32, "bool": np.uint8}.get(host.dtype.name, host.dtype)
    return host if host.flags.c_contiguous and host.dtype == dtype else host.astype(dtype, order="C")
