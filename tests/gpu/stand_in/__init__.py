"""A strict stand-in for CuPy: ``install()`` puts it into ``sys.modules`` as ``cupy`` and ``cupyx``.

What the real CuPy refuses, it refuses; what the real CuPy lacks, it lacks (``cupy_names.json``).
"""
from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np

from minigrad.backend.gpu import probe

from . import cuda, functions, nccl
from .array import empty_pinned, ndarray
from .kernels import RawModule
from .monitor import CUDARuntimeError, OutOfMemoryError, Synchronized, monitor, no_waiting

__all__ = ["CUDARuntimeError", "OutOfMemoryError", "Synchronized", "install", "monitor", "no_waiting",
           "uninstall"]


def make() -> dict[str, ModuleType]:
    """The modules by name."""
    cupy: Any = ModuleType("cupy")
    cupy.__version__, cupy.__path__ = "14.2.0", []
    cupy.ndarray, cupy.RawModule, cupy.asnumpy = ndarray, RawModule, functions.asnumpy
    cupy.is_available = lambda: True
    cupy.get_default_memory_pool = lambda: cuda.POOL
    cupy.lib = ModuleType("cupy.lib")
    cupy.lib.stride_tricks = ModuleType("cupy.lib.stride_tricks")
    functions.fill(cupy.lib.stride_tricks, functions.names_of("cupy.lib.stride_tricks"), np.lib.stride_tricks)
    functions.fill(cupy, functions.names_of("cupy"), np)
    runtime = ModuleType("cupy.cuda.runtime")
    cupy.cuda = cuda.make(runtime)
    cupy.random, cupy.linalg = ModuleType("cupy.random"), ModuleType("cupy.linalg")
    functions.fill(cupy.linalg, functions.names_of("cupy.linalg"), np.linalg)
    cublas = ModuleType("cupy.cublas")
    cupyx: Any = ModuleType("cupyx")
    cupyx.scatter_add = functions.scatter_add
    cupyx.empty_pinned = empty_pinned
    return {"cupy": cupy, "cupy.cuda": cupy.cuda, "cupy.cuda.runtime": runtime, "cupy.cublas": cublas,
            "cupy.cuda.nccl": nccl.make(),
            "cupy.lib": cupy.lib, "cupy.lib.stride_tricks": cupy.lib.stride_tricks,
            "cupy.random": cupy.random, "cupy.linalg": cupy.linalg, "cupyx": cupyx}


def install() -> ModuleType:
    """Make ``import cupy`` give the stand-in."""
    modules = make()
    sys.modules.update(modules)
    probe.forget()
    return modules["cupy"]


def uninstall() -> None:
    """Make ``import cupy`` what it was."""
    for name in [n for n in sys.modules if n.partition(".")[0] in ("cupy", "cupyx")]:
        del sys.modules[name]
    probe.forget()
