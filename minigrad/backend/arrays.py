"""Which array library holds an array, and moving arrays between devices.

An *array* in minigrad is a ``numpy.ndarray`` (device ``cpu``) or a ``cupy.ndarray`` (device
``cuda``). NumPy's functions dispatch on the array they are given, so ``np.exp(x)`` computes on the
GPU when ``x`` lives there; only *creating* an array has to name the library: ``array_module(x)``.
CuPy is imported when a GPU is asked for, never before.
"""
from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import numpy as np

from ..errors import DeviceError

Array = Any  # numpy.ndarray | cupy.ndarray


class Device:
    """Where an array lives: ``cpu`` or ``cuda`` with an index. Compares equal to its name.

    Raises DeviceError for any other name; whether there is a GPU shows when one is used.

    >>> import minigrad
    >>> minigrad.zeros(1).device, minigrad.device("cuda:1") == "cuda:1"
    (device('cpu'), True)
    """

    __slots__ = ("type", "index")

    def __init__(self, name: str | Device) -> None:
        kind, _, index = str(name).partition(":")
        if kind not in ("cpu", "cuda") or (index and not index.isdigit()):
            raise DeviceError(f"device: expected 'cpu', 'cuda' or 'cuda:N', got {str(name)!r}.")
        self.type = kind
        self.index = int(index) if index else (None if kind == "cpu" else 0)

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        return f"device({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return str(self) == str(Device(other))
        return isinstance(other, Device) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


CPU = Device("cpu")


def cupy_module() -> ModuleType:
    """CuPy, imported at the first call; DeviceError with one sentence when there is no usable GPU."""
    try:
        cupy = importlib.import_module("cupy")
        count = cupy.cuda.runtime.getDeviceCount()
    except Exception as error:  # ImportError, but also OSError and CUDA's own errors
        raise DeviceError(
            f"device 'cuda': no usable GPU ({type(error).__name__}: {error}). Install CuPy with "
            "pip install 'minigrad[cuda12]' or 'minigrad[cuda13]' on a machine with an NVIDIA "
            "driver, or use device='cpu'.") from None
    if count == 0:
        raise DeviceError("device 'cuda': the driver reports 0 GPUs. Use device='cpu'.")
    return cupy


def array_module(array: Array) -> Any:
    """The library that holds ``array``: ``numpy`` or ``cupy``."""
    if isinstance(array, (np.ndarray, np.generic)):
        return np
    return importlib.import_module(type(array).__module__.partition(".")[0])


def module_of(device: Device) -> Any:
    """The library for arrays on ``device``."""
    return np if device.type == "cpu" else cupy_module()


def device_of(array: Array) -> Device:
    """The device that ``array`` lives on."""
    if isinstance(array, (np.ndarray, np.generic)):
        return CPU
    return Device(f"cuda:{array.device.id}")


def is_array(value: object) -> bool:
    """True for an array of either library (a NumPy scalar is not an array)."""
    return isinstance(value, np.ndarray) or type(value).__module__.partition(".")[0] == "cupy"


def move(array: Array, device: Device) -> Array:
    """``array`` on ``device``: the same object when it is there already, else a copy."""
    if device_of(array) == device:
        return array
    if device.type == "cpu":
        return array.get()
    cupy = cupy_module()
    with cupy.cuda.Device(device.index):
        return cupy.asarray(array)


def to_numpy(array: Array) -> np.ndarray:
    """``array`` as a NumPy array; a copy only when it has to come from a GPU."""
    return array if isinstance(array, np.ndarray) else np.asarray(move(array, CPU))
