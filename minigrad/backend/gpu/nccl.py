"""NCCL as CuPy has it; CuPy imports it only when it is asked for."""
from __future__ import annotations

import importlib
from typing import Any

from ...errors import DeviceError


def nccl_module() -> Any:
    """``cupy.cuda.nccl``; DeviceError where CuPy finds no NCCL. There must be a GPU."""
    try:
        module = importlib.import_module("cupy.cuda.nccl")
        if module.available:
            return module
        reason = "it was built without"
    except ImportError as error:
        reason = str(error)
    raise DeviceError(f"backend 'nccl': CuPy finds no NCCL ({reason}). Install it: pip install "
                      "nvidia-nccl-cu12, or nvidia-nccl-cu13 with CUDA 13.")
