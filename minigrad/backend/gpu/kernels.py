"""From a ``.cu`` file to a kernel that can be launched."""
from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DeviceError
from ..arrays import Array, array_module
from ..noting import NotingArray
from .recording import current

THREADS = 256                   # in a block
FOLDER = Path(__file__).parent
REAL = {"float32": "float", "float64": "double"}        # the dtypes that kernels are compiled for
WIDE = (1 << 31) - (1 << 20)    # entries that 32 bits can no longer count, with a whole grid's step beyond


def sources() -> list[str]:
    """The names of all kernel files, without ``.cu``."""
    return sorted(path.stem for path in FOLDER.glob("*.cu"))


@lru_cache(maxsize=None)
def source(file: str) -> str:
    """The CUDA source of a file."""
    return (FOLDER / f"{file}.cu").read_text(encoding="utf-8")


def options(dtype: Any, wide: bool = False) -> tuple[str, ...]:
    """What the compiler is told: which type ``real`` is, and which ``entry`` counts entries.

    A GPU divides 64-bit numbers several times as slowly as 32-bit ones: only arrays that need it, the
    ``wide`` ones, are counted so. KeyError for a dtype without kernels.
    """
    return f"-Dreal={REAL[str(np.dtype(dtype))]}", f"-Dentry={'long long' if wide else 'int'}"


@lru_cache(maxsize=None)
def _function(cupy: Any, file: str, name: str, dtype: Any, wide: bool) -> Any:
    return cupy.RawModule(code=source(file), options=options(dtype, wide)).get_function(name)


def has_kernels(*arrays: Array) -> bool:
    """Whether all are on a GPU and of one dtype, for which kernels are compiled."""
    first = arrays[0]
    if isinstance(first, (np.ndarray, np.generic, NotingArray)):
        return False
    return str(first.dtype) in REAL and all(type(a) is type(first) and a.dtype == first.dtype for a in arrays)


def launch(file: str, name: str, like: Array, threads: int, *arguments: Any,
           block: int = THREADS, rows: int = 1, entries: int = 0) -> None:
    """Start ``threads`` threads of the kernel ``name`` in ``file``, in blocks; the grid has ``rows`` rows.

    Args:
        like: an array that says which device and which ``real``.
        arguments: arrays (dense, row-major: a kernel sees an address, not strides), None for a null
            pointer, NumPy scalars, and one-element NumPy arrays, whose structs go by value.
        entries: of the largest array that the kernel finds through a struct.

    Raises DeviceError for an array that does not lie row-major.
    """
    entries, graph = max(threads, entries), current()
    for i, a in enumerate(arguments):
        if a is None or isinstance(a, (np.generic, np.ndarray)):
            continue
        if not a.flags.c_contiguous:
            raise DeviceError(f"{name}: argument {i} of the kernel has the strides {a.strides} for the shape "
                              f"{a.shape}, but a kernel sees an address only. Bring it into row-major order "
                              "first: row_major(x).")
        entries = max(entries, a.size)
        if graph is not None:
            graph.uses(a)
    if threads <= 0:
        return
    function = _function(array_module(like), file, name, like.dtype, entries >= WIDE)
    function((-(-threads // block), rows, 1), (block, 1, 1), arguments)
