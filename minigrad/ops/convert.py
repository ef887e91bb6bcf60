"""Converting dtype and device."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.mode import mode
from ..backend.arrays import Array, Device, device_of, move
from ..backend.dtypes import bfloat16, native
from .attach import attach


class MemoryFormat:
    """How entries are to lie in memory: accepted where PyTorch does, and ignored."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"minigrad.{self.name}"


contiguous_format, preserve_format = MemoryFormat("contiguous_format"), MemoryFormat("preserve_format")
channels_last, channels_last_3d = MemoryFormat("channels_last"), MemoryFormat("channels_last_3d")


def to(x: Tensor, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False,
       non_blocking: bool = False, memory_format: MemoryFormat | None = None) -> Tensor:
    """x in another dtype or on another device: ``x.to("cuda")``, ``x.to(float64)``, ``x.to(other)``.

    Gives x itself when nothing changes, unless ``copy``. With ``non_blocking``, a copy from pinned memory to
    a GPU runs while the program goes on; leave that memory unchanged until the copy is done.
    """
    for arg in args:
        if isinstance(arg, Tensor):
            dtype, device = arg.dtype, arg.device
        elif isinstance(arg, (str, Device)) and str(arg).partition(":")[0] in ("cpu", "cuda"):
            device = arg
        elif isinstance(arg, bool):                     # to(device, dtype, non_blocking, copy)
            non_blocking = arg
        elif arg is not None:
            dtype = arg
    out = x
    if device is not None and device_of(x._array) != Device(device):
        if x._requires_grad and mode.grad and not x.is_leaf:
            raise NotImplementedError("to: moving an intermediate result between devices is not recorded. "
                                      "Move the inputs before computing.")
        out = Tensor(move(x._array, Device(device), non_blocking), requires_grad=x._requires_grad)
    if dtype is not None and out._array.dtype != native(dtype):
        if out._requires_grad and native(dtype).kind != "f":
            out = out.detach()                          # integers and booleans have no gradient
        out = Cast(dtype)(out)
    return Clone()(out) if copy and out is x else out


def _cast(dtype: Any) -> Callable[[Tensor], Tensor]:
    return lambda x: to(x, dtype=dtype)


class Cast(Function):
    """y = x in another dtype;  ∂L/∂x = g in the dtype of x (the engine converts it)."""

    __slots__ = ("to_dtype",)
    changes_dtype = True

    def __init__(self, dtype: Any) -> None:
        self.to_dtype = native(dtype)

    def forward(self, x: Array) -> Array:
        with np.errstate(all="ignore"):         # what float16 cannot hold becomes ±∞, as in PyTorch
            return x.astype(self.to_dtype)

    def backward(self, g: Any) -> Any:
        return g


class Clone(Function):
    """y = a copy of x;  ∂L/∂x = g. order "K" keeps the memory layout, "C" makes it row-major."""

    __slots__ = ("order_in_memory",)

    def __init__(self, order: str = "K") -> None:
        self.order_in_memory = order

    def forward(self, x: Array) -> Array:
        return x.copy(order=self.order_in_memory)

    def backward(self, g: Any) -> Any:
        return g


def clone(x: Any, *, memory_format: MemoryFormat | None = None) -> Any:
    """A copy that gradients flow through.

    >>> minigrad.clone(minigrad.tensor([1, 2]))
    tensor([1, 2])
    """
    return Clone()(x)


def contiguous(x: Any, memory_format: MemoryFormat | None = None) -> Any:
    """x itself when its memory is in row-major order, else a copy that is."""
    return x if x._array.flags.c_contiguous else Clone("C")(x)


def is_contiguous(x: Any, memory_format: MemoryFormat | None = None) -> bool:
    """Whether the memory is in row-major order; True for any other format, which needs nothing done."""
    return bool(x._array.flags.c_contiguous) or memory_format not in (None, contiguous_format)


attach(to=to, type_as=lambda x, y: to(x, dtype=y.dtype), half=_cast(np.float16), float=_cast(np.float32),
       double=_cast(np.float64), byte=_cast(np.uint8), char=_cast(np.int8), short=_cast(np.int16),
       int=_cast(np.int32), long=_cast(np.int64), bool=_cast(np.bool_), bfloat16=_cast(bfloat16),
       cpu=lambda x, memory_format=None: to(x, device="cpu"), clone=clone, contiguous=contiguous,
       cuda=lambda x, device=None, non_blocking=False, memory_format=None: to(
           x, device=device or "cuda", non_blocking=non_blocking), is_contiguous=is_contiguous)
