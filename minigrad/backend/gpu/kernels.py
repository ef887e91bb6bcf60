"""From a ``.cu`` file to a kernel that can be launched."""
from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..arrays import Array, array_module

THREADS = 256                   # in a block
FOLDER = Path(__file__).parent
REAL = {"float32": "float", "float64": "double"}        # the dtypes that kernels are compiled for


def sources() -> list[str]:
    """The names of all kernel files, without ``.cu``."""
    return sorted(path.stem for path in FOLDER.glob("*.cu"))


@lru_cache(maxsize=None)
def source(file: str) -> str:
    """The CUDA source of a file."""
    return (FOLDER / f"{file}.cu").read_text(encoding="utf-8")


def options(dtype: Any) -> tuple[str, ...]:
    """What the compiler is told: which type ``real`` is. KeyError for a dtype without kernels."""
    return (f"-Dreal={REAL[str(np.dtype(dtype))]}",)


@lru_cache(maxsize=None)
def _function(cupy: Any, file: str, name: str, dtype: str) -> Any:
    return cupy.RawModule(code=source(file), options=options(dtype)).get_function(name)


def has_kernels(*arrays: Array) -> bool:
    """Whether the arrays are on a GPU, of one dtype, and of one that kernels are compiled for."""
    first = arrays[0]
    if isinstance(first, (np.ndarray, np.generic)):
        return False
    return str(first.dtype) in REAL and all(a.dtype == first.dtype for a in arrays)


def launch(file: str, name: str, like: Array, threads: int, *arguments: Any,
           block: int = THREADS, rows: int = 1) -> None:
    """Start ``threads`` threads of the kernel ``name`` in ``file``, in blocks; the grid has ``rows`` rows.

    Args:
        like: an array that says which device and which ``real``.
        arguments: arrays (dense, row-major: a kernel sees an address, not strides), None for a null
            pointer, NumPy scalars, and one-element NumPy arrays, whose structs go by value.
    """
    if threads <= 0:
        return
    function = _function(array_module(like), file, name, str(like.dtype))
    function((-(-threads // block), rows, 1), (block, 1, 1), arguments)
