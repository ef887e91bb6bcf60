"""Whether there is a GPU: PyTorch's names, so that ``device = "cuda" if …`` works in a listing.

>>> import minigrad
>>> device = "cuda" if minigrad.cuda.is_available() else "cpu"
"""
from __future__ import annotations

from .backend.arrays import cupy_module
from .errors import DeviceError


def is_available() -> bool:
    """Whether CuPy is installed and finds a GPU; imports CuPy when first asked."""
    return device_count() > 0


def device_count() -> int:
    """How many GPUs CuPy finds; 0 without CuPy or a driver."""
    try:
        return int(cupy_module().cuda.runtime.getDeviceCount())
    except DeviceError:
        return 0


def synchronize() -> None:
    """Wait until the GPU has done all it was given; DeviceError without one."""
    cupy_module().cuda.get_current_stream().synchronize()
