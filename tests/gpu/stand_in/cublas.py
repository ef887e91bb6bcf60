"""The stand-in's cuBLAS: column-major products on the host's memory, for the calls that minigrad makes."""
from __future__ import annotations

import ctypes
import itertools
from typing import Any

import numpy as np

from minigrad.backend.gpu import cublas

from .monitor import monitor

DTYPES = {0: np.float32, 1: np.float64, 2: np.float16}
calls: list[str] = []
computes: list[int] = []            # the kind of arithmetic of each product
alive: set[int] = set()             # handles that were made and not destroyed
numbers = itertools.count(1)        # of handles, none given twice


def matrices(pointer: int, dtype: Any, rows: int, columns: int, leading: int, stride: int,
             batch: int) -> np.ndarray:
    """(batch, rows, columns) in column-major order at an address: a view of that memory."""
    size = np.dtype(dtype).itemsize
    span = max(0, batch - 1) * stride + (columns - 1) * leading + rows
    assert leading >= rows, f"leading dimension {leading} below {rows} rows"
    memory = np.frombuffer((ctypes.c_char * (span * size)).from_address(pointer), dtype)
    return np.lib.stride_tricks.as_strided(memory, (batch, rows, columns),
                                           (stride * size, size, leading * size), writeable=True)


class FakeCublas:
    """The functions that are used, with cuBLAS's own argument order."""

    def cublasCreate_v2(self, out: Any) -> int:
        if monitor.recorded is not None:        # it takes memory, and waits
            monitor.invalidated = True
            return 1
        out._obj.value = next(numbers)
        alive.add(out._obj.value)
        return 0

    def cublasDestroy_v2(self, handle: Any) -> int:
        if monitor.recorded is not None:        # waits for the device
            monitor.invalidated = True
            return 1
        alive.discard(handle.value)             # also one of a test before, whose stream lived longer
        return 0

    def cublasSetStream_v2(self, handle: Any, stream: int) -> int:
        calls.append("stream")
        return 0

    def cublasSetWorkspace_v2(self, handle: Any, workspace: int, size: int) -> int:
        calls.append("workspace")
        return 0

    def cublasGemmStridedBatchedEx(self, handle: Any, op_a: int, op_b: int, m: int, n: int, k: int,
                                   alpha: int, a: int, type_a: int, lda: int, stride_a: int,
                                   b: int, type_b: int, ldb: int, stride_b: int, beta: int,
                                   c: int, type_c: int, ldc: int, stride_c: int,
                                   batch: int, compute: int, algorithm: int) -> int:
        dtype = DTYPES[type_c]
        assert handle.value in alive, "the handle was destroyed"
        left = matrices(a, DTYPES[type_a], *((k, m) if op_a else (m, k)), lda, stride_a, batch)
        right = matrices(b, DTYPES[type_b], *((n, k) if op_b else (k, n)), ldb, stride_b, batch)
        out = matrices(c, dtype, m, n, ldc, stride_c, batch)
        left = left.transpose(0, 2, 1) if op_a else left
        right = right.transpose(0, 2, 1) if op_b else right

        def work() -> None:
            out[...] = np.matmul(left, right)
        calls.append("gemm")
        computes.append(compute)
        monitor.launch(work)
        return 0


_real = cublas.library


def install() -> None:
    """Let minigrad find this in place of cuBLAS."""
    fake = FakeCublas()
    _forget()
    cublas.library = lambda: fake           # type: ignore[assignment]


def uninstall() -> None:
    _forget()
    cublas.library = _real


def _forget() -> None:
    cublas._handles.clear()
    cublas._retired.clear()
    calls.clear()
    computes.clear()
    alive.clear()
