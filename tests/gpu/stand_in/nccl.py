"""The stand-in's ``cupy.cuda.nccl``: ranks meet through MPI; a log says what was queued where."""
from __future__ import annotations

import ctypes
from types import ModuleType
from typing import Any

import numpy as np

from .monitor import monitor

log: list[tuple[Any, ...]] = []         # (call, stream or None) in the order of the host's calls
DTYPES = {0: np.int8, 1: np.uint8, 2: np.int32, 4: np.int64, 6: np.float16, 7: np.float32, 8: np.float64}
OPERATIONS = {0: "sum", 1: "prod", 2: "max", 3: "min"}


def memory(pointer: int, count: int, dtype: int) -> np.ndarray:
    """The array that lies at a pointer."""
    kind = np.dtype(DTYPES[dtype])
    return np.frombuffer((ctypes.c_char * (count * kind.itemsize)).from_address(pointer), kind)


class NcclCommunicator:
    """One rank of ``ndev``; real NCCL refuses two ranks on one GPU, which the stand-in must not."""

    def __init__(self, ndev: int, commId: bytes, rank: int) -> None:
        assert isinstance(commId, bytes) and len(commId) == 128 and 0 <= rank < ndev
        self.size, self.rank = ndev, rank
        self.ranks: Any = None
        if ndev > 1:
            from mpi4py import MPI
            self.ranks = MPI.COMM_WORLD.Dup()

    def _queue(self, call: str, stream: int) -> None:
        assert stream, "on the default stream a message would stop everything that is computed"
        monitor.arrive()
        log.append((call, stream))

    def allReduce(self, sendbuf: int, recvbuf: int, count: int, datatype: int, op: int, stream: int) -> None:
        self._queue("allReduce", stream)
        sent, got = memory(sendbuf, count, datatype), memory(recvbuf, count, datatype)
        if self.ranks is None:
            got[...] = sent
        else:
            rows = np.empty((self.size, count), sent.dtype)
            self.ranks.Allgather(sent.copy(), rows)
            ufunc = {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}[OPERATIONS[op]]
            got[...] = ufunc.reduce(rows, axis=0)

    def broadcast(self, sendbuff: int, recvbuff: int, count: int, datatype: int, root: int,
                  stream: int) -> None:
        self._queue("broadcast", stream)
        got = memory(recvbuff, count, datatype)
        got[...] = memory(sendbuff, count, datatype)
        if self.ranks is not None:
            self.ranks.Bcast(got, root)

    def allGather(self, sendbuf: int, recvbuf: int, count: int, datatype: int, stream: int) -> None:
        self._queue("allGather", stream)
        sent, got = memory(sendbuf, count, datatype), memory(recvbuf, count * self.size, datatype)
        if self.ranks is None:
            got[...] = sent
        else:
            self.ranks.Allgather(sent.copy(), got)


def make() -> ModuleType:
    """The module ``cupy.cuda.nccl``."""
    module: Any = ModuleType("cupy.cuda.nccl")
    module.available = True
    module.get_unique_id = lambda: bytes(range(128))
    module.NcclCommunicator = NcclCommunicator
    return module
