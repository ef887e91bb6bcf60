"""GPUs: whether there is one, its memory, and capturing a whole training step as one graph.

PyTorch's names, so that ``device = "cuda" if …`` works in a listing.

>>> device = "cuda" if minigrad.cuda.is_available() else "cpu"
"""
from __future__ import annotations

from typing import Any

from ..backend.arrays import Device, cupy_module
from ..backend.gpu import probe
from ..backend.gpu.precision import get_float32_matmul_precision, set_float32_matmul_precision
from .capturing import CapturedStep, capture

__all__ = ["CapturedStep", "capture", "device_count", "empty_cache", "get_device_name",
           "get_float32_matmul_precision", "is_available", "memory_allocated", "memory_reserved",
           "set_float32_matmul_precision", "synchronize", "why_not"]


def is_available() -> bool:
    """Whether CuPy is installed, finds a GPU and can compute on it; checked once, when first asked."""
    return probe.find()[0] is not None


def why_not() -> str:
    """Why there is no usable GPU, and what to install, in one sentence; empty when there is one."""
    return probe.find()[1]


def device_count() -> int:
    """How many GPUs there are; 0 when none can be used."""
    cupy = probe.find()[0]
    return 0 if cupy is None else int(cupy.cuda.runtime.getDeviceCount())


def get_device_name(device: Device | str | int = "cuda") -> str:
    """The GPU's name, such as "NVIDIA H200"; DeviceError without one."""
    return str(cupy_module().cuda.runtime.getDeviceProperties(_index(device))["name"].decode())


def synchronize(device: Device | str | int = "cuda") -> None:
    """Wait until the GPU has finished; DeviceError without one.

    Launches only queue work: a clock read without waiting measures the queueing.
    """
    cupy = cupy_module()
    with cupy.cuda.Device(_index(device)):
        cupy.cuda.Device(_index(device)).synchronize()


def memory_allocated(device: Device | str | int = "cuda") -> int:
    """Bytes that live arrays take up in the GPU's default pool; DeviceError without one."""
    cupy = cupy_module()
    with cupy.cuda.Device(_index(device)):
        return int(cupy.get_default_memory_pool().used_bytes())


def memory_reserved(device: Device | str | int = "cuda") -> int:
    """Bytes that the default pool holds of the GPU's memory, for live arrays and for later ones."""
    cupy = cupy_module()
    with cupy.cuda.Device(_index(device)):
        return int(cupy.get_default_memory_pool().total_bytes())


def empty_cache() -> None:
    """Return memory that no array uses to the GPU; DeviceError without one."""
    cupy_module().get_default_memory_pool().free_all_blocks()


def _index(device: Any) -> int:
    return device if isinstance(device, int) else Device(device).index or 0
