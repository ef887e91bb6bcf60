"""Which array library holds an array, and moving arrays between devices.

An *array* in minigrad is a ``numpy.ndarray`` (device ``cpu``) or a ``cupy.ndarray`` (device
``cuda``). NumPy's functions dispatch on the array they are given, so ``np.exp(x)`` computes on the
GPU when ``x`` lives there; only *creating* an array has to name the library: ``array_module(x)``.
CuPy is imported when a GPU is asked for, never before.
"""
from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np

from ..errors import DeviceError
from .gpu import probe
from .gpu.pinned import send
from .noting import NotingArray, in_progress

Array = Any  # numpy.ndarray | cupy.ndarray


class Device:
    """Where an array lives: ``cpu`` or ``cuda`` with an index. Compares equal to its name.

    Raises DeviceError for any other name; whether there is a GPU shows when one is used.

    >>> minigrad.zeros(1).device, minigrad.device("cuda:1") == "cuda:1"
    (device('cpu'), True)
    """

    __slots__ = ("type", "index")

    def __init__(self, type: str | int | Device, index: int | None = None) -> None:
        name = f"cuda:{type}" if isinstance(type, int) else str(type) if index is None else f"{type}:{index}"
        kind, _, number = name.partition(":")
        if kind not in ("cpu", "cuda") or (number and not number.isdigit()):
            raise DeviceError(f"device: expected 'cpu', 'cuda' or 'cuda:N', got {name!r}.")
        self.type = kind
        self.index = int(number) if number else (None if kind == "cpu" else 0)

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        return f"device({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            other = Device(other)
        return isinstance(other, Device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash(str(self))


CPU = Device("cpu")


_default: list[Device] = [CPU]


def default_device() -> Device:
    """Where new tensors are made: the CPU unless ``set_default_device`` was called.

    >>> minigrad.get_default_device()
    device('cpu')
    """
    return _default[0]


def set_default_device(device: Device | str) -> None:
    """Make new tensors, and the parameters of new layers, on ``device`` unless they name one.

    Raises DeviceError when it is a GPU and there is none.

    >>> minigrad.set_default_device("cpu")
    >>> minigrad.zeros(1).device
    device('cpu')
    """
    chosen = Device(device)
    module_of(chosen)
    _default[0] = chosen


def cupy_module() -> ModuleType:
    """CuPy, imported at the first call; DeviceError with one sentence when there is no usable GPU."""
    cupy, reason = probe.find()
    if cupy is None:
        raise DeviceError(f"device 'cuda': {reason} Until then use device='cpu'.")
    return cupy


def array_module(array: Array) -> Any:
    """The library that holds ``array``: ``numpy`` or ``cupy``."""
    if isinstance(array, (np.ndarray, np.generic)):
        return np
    if isinstance(array, NotingArray):
        return array.library
    return sys.modules[type(array).__module__.partition(".")[0]]


def module_of(device: Device) -> Any:
    """The library for arrays on ``device``."""
    if device.type == "cpu":
        return in_progress[-1].library if in_progress else np
    cupy = cupy_module()
    count = cupy.cuda.runtime.getDeviceCount()
    if device.index >= count:
        names = ", ".join(f"cuda:{i}" for i in range(count))
        raise DeviceError(f"device '{device}': this machine has {names}.")
    if device.index or cupy.cuda.runtime.getDevice():
        raise DeviceError(
            f"device '{device}': minigrad computes on one GPU, the first that CUDA shows, and CuPy's current "
            "device must be that one. Choose another by the environment, before Python starts: "
            f"CUDA_VISIBLE_DEVICES={device.index or cupy.cuda.runtime.getDevice()}, and device 'cuda'.")
    return cupy


def device_of(array: Array) -> Device:
    """The device that ``array`` lives on."""
    if isinstance(array, (np.ndarray, np.generic, NotingArray)):
        return CPU
    return Device(f"cuda:{array.device.id}")


def is_array(value: object) -> bool:
    """True for an array of either library (a NumPy scalar is not an array)."""
    return isinstance(value, (np.ndarray, NotingArray)) or type(value).__module__.partition(".")[0] == "cupy"


def move(array: Array, device: Device, non_blocking: bool = False) -> Array:
    """``array`` on ``device``: the same object when it is there already, else a copy, row-major on a GPU.

    ``non_blocking``: do not wait for a copy from pinned memory; changing that memory too early spoils it.
    """
    if device_of(array) == device:
        return array
    if device.type == "cpu":
        return array.get()
    cupy = module_of(device)
    return send(cupy, array, non_blocking) if on_host(array) else cupy.asarray(array)


def to_numpy(array: Array) -> np.ndarray:
    """``array`` as a NumPy array; a copy only when it has to come from a GPU."""
    return array if isinstance(array, np.ndarray) else np.asarray(move(array, CPU))


def row_major(array: Array) -> Array:
    """``array`` itself when it is dense and row-major in memory, else a copy that is; 0-d stays 0-d."""
    return array if array.flags.c_contiguous else array.copy(order="C")


def on_host(array: Array) -> bool:
    """Whether looking at a value is free. On a GPU it waits for all the work before it.

    Checks of labels and indices are made only where it is.
    """
    return isinstance(array, (np.ndarray, np.generic))


def require_one_device(name: str, *arrays: Any) -> None:
    """DeviceError that names both devices when arrays live on different ones; the rest is ignored."""
    first: Device | None = None
    for array in arrays:
        array = getattr(array, "_array", array)
        if type(array) is np.ndarray or is_array(array):
            here = CPU if type(array) is np.ndarray else device_of(array)
            if first is not None and here is not first and here != first:
                raise DeviceError(mixed(name, first, here))
            first = here


def mixed(name: str, first: Device, second: Device) -> str:
    """What to say about inputs on two devices, and how to bring them together: on the GPU, if one is."""
    target = first if first.type == "cuda" else second
    return (f"{name}: the inputs live on different devices: {first} and {second}. Move them to one: "
            f"x.to('{target}').")
