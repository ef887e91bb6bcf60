"""Calling a kernel: which arrays it takes, how many threads, and the call itself."""
from __future__ import annotations

import ctypes
import os
from typing import Any

import numpy as np

from ..arrays import Array
from ..tuning import ENTRIES_FOR_THREADS, PRODUCTS_FOR_THREADS, UPDATE
from .toolchain import library

SUFFIX = {"f": "_float", "d": "_double"}        # of the kernels' names, by NumPy's letter for the dtype


def cores() -> int:
    """How many threads to use at most: the processors of this process, or as many as OMP_NUM_THREADS says."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    named = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(allowed, int(named))) if named.isdigit() else allowed


CORES = cores()


def alone() -> None:
    """After a fork the child has none of OpenMP's threads, and would wait for them forever."""
    global CORES
    CORES = 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=alone)


def has_kernels(*arrays: Array) -> bool:
    """Whether kernels take these arrays: all on the CPU, of one dtype, float32 or float64.

    The first call compiles the kernels.
    """
    dtype = arrays[0].dtype
    for a in arrays:
        if type(a) is not np.ndarray or a.dtype is not dtype:
            return False
    return dtype.char in SUFFIX and dtype.isnative and library() is not None


def updates_in_one_pass(*arrays: Array | None) -> bool:
    """Whether ``optim.c`` takes a parameter and what belongs to it: large, and all alike in memory.

    That is row-major, or in the same other order without gaps. None counts as nothing.
    """
    there = [a for a in arrays if a is not None]
    return there[0].size >= UPDATE and has_kernels(*there) and (all([a.flags.c_contiguous for a in there])
                                                                or all([a.flags.f_contiguous for a in there]))


def run(name: str, like: Array, *arguments: Any, products: int = 0, entries: int = 0) -> None:
    """Call the kernel ``name`` for the dtype of ``like``, on one thread unless there is work for more.

    Args:
        arguments: arrays, whose address the kernel gets (they must lie as it expects); None for a null
            pointer; tuples of ints, which arrive as a pointer to longs; ints as long; floats as ``real``.
            The number of threads follows as the last one.
        products, entries: how many numbers it multiplies, or passes over.
    """
    real = ctypes.c_float if like.dtype.char == "f" else ctypes.c_double
    converted: list[Any] = []
    for a in arguments:
        if type(a) is np.ndarray:
            converted.append(ctypes.c_void_p(a.ctypes.data))
        elif type(a) is tuple:
            converted.append((ctypes.c_long * len(a))(*a))
        elif type(a) is float:
            converted.append(real(a))
        else:
            converted.append(a if a is None else ctypes.c_long(a))
    many = products >= PRODUCTS_FOR_THREADS or entries >= ENTRIES_FOR_THREADS
    converted.append(ctypes.c_long(CORES if many else 1))
    getattr(library(), name + SUFFIX[like.dtype.char])(*converted)
