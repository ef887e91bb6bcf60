"""Messages between GPUs by NCCL, through CuPy, on a stream of their own.

A stream is a queue: what stands in it is done in order, and beside what stands in other queues. Events tie
two queues together. Before a message, the messages' stream waits until the computing one has got to here;
after it, ``wait`` makes the computing stream wait for the message. The host itself never waits.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ..backend.arrays import Array, cupy_module, on_host
from ..backend.gpu.nccl import nccl_module
from ..errors import DTypeError
from .work import Group, ReduceOp, Work

#: nccl.h's numbers of the operations, and of the dtypes.
OPERATIONS = {ReduceOp.SUM: 0, ReduceOp.PROD: 1, ReduceOp.MAX: 2, ReduceOp.MIN: 3}
DTYPES = {"int8": 0, "uint8": 1, "bool": 1, "int32": 2, "int64": 4, "float16": 6, "float32": 7, "float64": 8}
ID_BYTES = 128


class Queued(Work):
    """A message in the queue of a GPU."""

    def __init__(self, cupy: Any, event: Any, land: Any = None) -> None:
        self.cupy, self.event, self.land = cupy, event, land

    def is_completed(self) -> bool:
        return bool(self.event.done)

    def wait(self) -> bool:
        self.cupy.cuda.get_current_stream().wait_event(self.event)
        if self.land is not None:
            self.land()
            self.land = None
        return True


class NCCLGroup(Group):
    """NCCL for arrays on GPUs, one GPU for each rank; ``host``, a group of the same ranks, for all others."""

    def __init__(self, host: Group) -> None:
        self.cupy, self.host = cupy_module(), host
        self.rank, self.size, self.messages, self.bytes = host.rank, host.size, host.messages, host.bytes
        nccl = nccl_module()
        name = np.zeros(ID_BYTES, np.uint8)             # rank 0 makes a name, under which all meet
        if host.rank == 0:
            name[:] = np.frombuffer(nccl.get_unique_id(), np.uint8)
        host.broadcast(name).wait()
        self.communicator = nccl.NcclCommunicator(host.size, name.tobytes(), host.rank)
        self.stream = self.cupy.cuda.Stream(non_blocking=True)

    def channel(self) -> Group:
        """For the host's arrays alone: NCCL's messages stand in one queue anyway."""
        twin: Any = object.__new__(NCCLGroup)
        twin.__dict__.update(self.__dict__, host=self.host.channel())
        return twin

    def all_reduce(self, array: Array, op: str = ReduceOp.SUM) -> Work:
        if on_host(array):
            return self.host.all_reduce(array, op)
        return self._send("all_reduce", array, array, lambda x, y, stream: self.communicator.allReduce(
            x.data.ptr, y.data.ptr, x.size, _dtype(x), OPERATIONS[op], stream))

    def broadcast(self, array: Array, source: int = 0) -> Work:
        if on_host(array):
            return self.host.broadcast(array, source)
        return self._send("broadcast", array, array, lambda x, y, stream: self.communicator.broadcast(
            x.data.ptr, y.data.ptr, x.size, _dtype(x), source, stream))

    def all_gather(self, array: Array, out: Array) -> Work:
        if on_host(array):
            return self.host.all_gather(array, out)
        return self._send("all_gather", array, out, lambda x, y, stream: self.communicator.allGather(
            x.data.ptr, y.data.ptr, x.size, _dtype(x), stream))

    def barrier(self) -> None:
        self.cupy.cuda.get_current_stream().synchronize()
        self.host.barrier()

    def _send(self, name: str, array: Array, out: Array, call: Any) -> Work:
        """Queue one message after all that was computed so far; arrays not in one piece go by a copy."""
        cuda = self.cupy.cuda
        sent = self.cupy.ascontiguousarray(array)
        result = sent if out is array else self.cupy.ascontiguousarray(out)
        computed = cuda.Event(disable_timing=True)
        computed.record(cuda.get_current_stream())
        self.stream.wait_event(computed)
        call(sent, result, self.stream.ptr)
        self.count(name, array)
        arrived = cuda.Event(disable_timing=True)
        arrived.record(self.stream)

        def land() -> None:
            if result is not out:
                out[...] = result
        return Queued(self.cupy, arrived, land)


def _dtype(array: Array) -> int:
    if array.dtype.name not in DTYPES:
        raise DTypeError(f"distributed: NCCL cannot send {array.dtype}.")
    return DTYPES[array.dtype.name]
