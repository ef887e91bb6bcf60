"""cuBLAS through ctypes: matrix products that a CUDA graph can record.

One handle for each stream, with a workspace that never changes: what a graph may replay. CuPy has one
handle for all streams, and refuses it while a stream is captured.

cuBLAS counts columns first, NumPy rows first. The memory of a row-major C (m × n) is that of Cᵀ (n × m)
in column-major order, and Cᵀ = Bᵀ Aᵀ; so the factors are handed over in the other order, and each
row-major matrix already is the transpose that is wanted.
"""
from __future__ import annotations

import ctypes
import importlib
import weakref
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ...errors import DTypeError, DeviceError
from ..arrays import Array, array_module, row_major
from .recording import current

WORKSPACE = 32 << 20                        # bytes; what NVIDIA advises for Hopper, ample for older GPUs
PLAIN, TRANSPOSED = 0, 1                    # CUBLAS_OP_N, CUBLAS_OP_T
R_32F, R_64F, R_16F = 0, 1, 2               # cudaDataType
COMPUTE_32F, COMPUTE_64F, COMPUTE_TF32 = 68, 70, 77
DEFAULT_ALGORITHM = -1

precision = {"float32": COMPUTE_32F}        # COMPUTE_TF32 after set_float32_matmul_precision("high")


class Kind(NamedTuple):
    """How cuBLAS calls a dtype, what it adds up in, and the type of α and β."""

    data: int
    compute: int
    scalar: Any


def kind_of(dtype: Any) -> Kind:
    """The constants for a dtype; DTypeError for one that cuBLAS has no product for."""
    kinds = {"float16": Kind(R_16F, COMPUTE_32F, np.float32),
             "float32": Kind(R_32F, precision["float32"], np.float32),
             "float64": Kind(R_64F, COMPUTE_64F, np.float64)}
    if str(dtype) not in kinds:
        raise DTypeError(f"matmul: cuBLAS multiplies float16, float32 and float64, not {dtype}.")
    return kinds[str(dtype)]


class Operand(NamedTuple):
    """A batch of matrices as cuBLAS takes it: memory, transposed or not, and the two distances."""

    array: Array
    op: int
    leading: int            # entries from one row to the next, in memory
    stride: int             # entries from one matrix to the next


def operand(a: Array) -> Operand:
    """a (batch, rows, columns) as it lies in memory, if its rows or its columns are dense; else a copy.

    A transposed view is not copied: it is the other operation on the same memory.
    """
    size, (_, rows, columns) = a.itemsize, a.shape
    apart = a.strides[0] // size if a.shape[0] > 1 else 0
    down, right = a.strides[1] // size, a.strides[2] // size
    if (columns == 1 or right == 1) and (rows == 1 or down >= columns) and apart >= 0:
        return Operand(a, PLAIN, down if rows > 1 else columns, apart)
    if (rows == 1 or down == 1) and (columns == 1 or right >= rows) and apart >= 0:
        return Operand(a, TRANSPOSED, right if columns > 1 else rows, apart)
    return operand(row_major(a))


def gemm(a: Array, b: Array) -> Array:
    """The products of two batches: (batch, m, k) and (batch, k, n) → (batch, m, n), on the current stream.

    Raises DTypeError for other than floats of one dtype, DeviceError when cuBLAS reports a failure.
    """
    xp, graph = array_module(a), current()
    kind = kind_of(a.dtype)
    (batch, m, k), n = a.shape, b.shape[2]
    out = xp.empty((batch, m, n), a.dtype)
    if not out.size or not k:
        out.fill(0)
        return out
    left, right = operand(a), operand(b)
    if graph is not None:
        graph.uses(left.array)
        graph.uses(right.array)
    one, zero = (np.array(value, kind.scalar) for value in (1, 0))
    handle_for(xp, xp.cuda.get_current_stream()).call(
        "cublasGemmStridedBatchedEx", right.op, left.op, n, m, k, one.ctypes.data,
        right.array.data.ptr, kind.data, right.leading, right.stride,
        left.array.data.ptr, kind.data, left.leading, left.stride, zero.ctypes.data,
        out.data.ptr, kind.data, n, m * n, batch, kind.compute, DEFAULT_ALGORITHM)
    return out


_INT, _LONG, _POINTER = ctypes.c_int, ctypes.c_longlong, ctypes.c_void_p
SIGNATURES: dict[str, tuple[Any, ...]] = {          # without them ctypes would cut addresses to 32 bits
    "cublasCreate_v2": (_POINTER,),
    "cublasDestroy_v2": (_POINTER,),
    "cublasSetStream_v2": (_POINTER, _POINTER),
    "cublasSetWorkspace_v2": (_POINTER, _POINTER, ctypes.c_size_t),
    "cublasGemmStridedBatchedEx": (_POINTER, _INT, _INT, _INT, _INT, _INT, _POINTER,
                                   _POINTER, _INT, _INT, _LONG, _POINTER, _INT, _INT, _LONG, _POINTER,
                                   _POINTER, _INT, _INT, _LONG, _INT, _INT, _INT)}


class Handle:
    """A cuBLAS handle bound to one stream, with its own workspace."""

    def __init__(self, xp: Any, stream: Any) -> None:
        self.library = library()
        self._handle = ctypes.c_void_p()
        self._check("cublasCreate_v2", self.library.cublasCreate_v2(ctypes.byref(self._handle)))
        self.workspace = xp.empty(WORKSPACE, np.uint8)
        self.call("cublasSetStream_v2", stream.ptr)         # this resets the workspace, so it comes first
        self.call("cublasSetWorkspace_v2", self.workspace.data.ptr, WORKSPACE)

    def call(self, name: str, *arguments: Any) -> None:
        """One function of cuBLAS with this handle."""
        self._check(name, getattr(self.library, name)(self._handle, *arguments))

    @staticmethod
    def _check(name: str, status: int) -> None:
        if status:
            raise DeviceError(f"cuBLAS: {name} failed with status {status}.")


_handles: weakref.WeakKeyDictionary[Any, Handle] = weakref.WeakKeyDictionary()   # of living streams
_retired: list[Handle] = []                                                     # of streams that are gone


def handle_for(xp: Any, stream: Any) -> Handle:
    """The handle of a stream, made at the first call: before a recording, which its set-up would break.

    When the stream is gone, its handle is destroyed before the next one is made: destroying waits for the
    GPU, and the garbage collector may find a stream in the middle of a recording.
    """
    handle = _handles.get(stream)
    if handle is None:
        while _retired and current() is None:
            _retired.pop().call("cublasDestroy_v2")
        handle = _handles[stream] = Handle(xp, stream)
        weakref.finalize(stream, _retired.append, handle).atexit = False
    return handle


@lru_cache(maxsize=None)
def library() -> Any:
    """cuBLAS itself, found as CuPy finds it, with the types of the functions that are used."""
    pathfinder = importlib.import_module("cuda.pathfinder")
    loaded = ctypes.CDLL(pathfinder.load_nvidia_dynamic_lib("cublas").abs_path)
    for name, types in SIGNATURES.items():
        function = getattr(loaded, name)
        function.argtypes, function.restype = types, _INT
    return loaded
