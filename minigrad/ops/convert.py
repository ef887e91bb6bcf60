"""Converting dtype and device."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.mode import mode
from ..backend.arrays import Array, Device, device_of, move
from ..backend.dtypes import bfloat16, native
from ..errors import ShapeError
from .attach import attach


class MemoryFormat:
    """In which order entries lie in memory: accepted where PyTorch does, and never needed."""

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
        out = Cast(dtype)(out)
    if memory_format in (None, preserve_format):
        return Clone()(out) if copy and out is x else out
    return clone(out, memory_format=memory_format) if copy and out is x else contiguous(out, memory_format)


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
    """y = a copy of x;  ∂L/∂x = g. In memory: "K" as x, "C" row-major, "last" with the channels last.

    Channels last: (N, C, H, W) as if it were (N, H, W, C).
    """

    __slots__ = ("order_in_memory",)

    def __init__(self, order: str = "K") -> None:
        self.order_in_memory = order

    def forward(self, x: Array) -> Array:
        if self.order_in_memory != "last":
            return x.copy(order=self.order_in_memory)
        return _channels_last(x).copy(order="C").transpose(0, -1, *range(1, x.ndim - 1))

    def backward(self, g: Any) -> Any:
        return g


def _channels_last(x: Array) -> Array:
    return x.transpose(0, *range(2, x.ndim), 1)


def _order(name: str, x: Any, memory_format: MemoryFormat | None) -> str:
    """Clone's name of a format."""
    ndim = {"channels_last": 4, "channels_last_3d": 5}.get(memory_format.name) if memory_format else None
    if ndim is not None and x.ndim != ndim:
        raise ShapeError(f"{name}: {memory_format} is for {ndim} dimensions, got shape {tuple(x.shape)}.")
    return "last" if ndim else "C" if memory_format is contiguous_format else "K"


def clone(x: Any, *, memory_format: MemoryFormat | None = None) -> Any:
    """A copy that gradients flow through.

    >>> x = minigrad.tensor([1, 2])
    >>> x.clone().zero_(), x
    (tensor([0, 0]), tensor([1, 2]))
    """
    return Clone()(x) if memory_format is None else Clone(_order("clone", x, memory_format))(x)


def contiguous(x: Any, memory_format: MemoryFormat | None = None) -> Any:
    """x itself when its memory is in row-major order (or in ``memory_format``), else a copy that is."""
    memory_format = memory_format or contiguous_format
    return x if is_contiguous(x, memory_format) else Clone(_order("contiguous", x, memory_format))(x)


def is_contiguous(x: Any, memory_format: MemoryFormat | None = None) -> bool:
    """Whether the memory is in row-major order, or in ``memory_format``."""
    last = memory_format and _order("is_contiguous", x, memory_format) == "last"
    return bool((_channels_last(x._array) if last else x._array).flags.c_contiguous)


attach(to=to, type_as=lambda x, y: to(x, dtype=y.dtype), half=_cast(np.float16), float=_cast(np.float32),
       double=_cast(np.float64), byte=_cast(np.uint8), char=_cast(np.int8), short=_cast(np.int16),
       int=_cast(np.int32), long=_cast(np.int64), bool=_cast(np.bool_), bfloat16=_cast(bfloat16),
       cpu=lambda x, memory_format=None: to(x, device="cpu"), clone=clone, contiguous=contiguous,
       cuda=lambda x, device=None, non_blocking=False, memory_format=None: to(
           x, device=device or "cuda", non_blocking=non_blocking), is_contiguous=is_contiguous)
