"""Changing a tensor's memory, and converting dtype and device.

In-place operations are for data, for ``.grad``, and for parameters inside ``no_grad``. On a tensor
that takes part in a recorded graph they raise, except for ``x += y`` and its like on intermediate
results, which rebind: the sum is a new tensor, and the graph stays right.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..autograd import Tensor
from ..autograd.mode import mode
from ..backend.arrays import Device, device_of, move
from ..errors import DTypeError, GraphError, ShapeError
from .attach import attach
from .elementwise import add, div, mul, sub
from .limits import clamp
from .shape import Cast, Clone


def _write(x: Tensor, value: Any, name: str) -> Tensor:
    """Put ``value`` into the memory of x, and count the change."""
    if mode.grad and (x._requires_grad or isinstance(value, Tensor) and value._requires_grad):
        kind = "a leaf that requires a gradient" if x.is_leaf else "part of a recorded graph"
        raise GraphError(f"{name}: the tensor is {kind}, and changing it in place is not recorded. Do it "
                         "inside minigrad.no_grad(), or compute a new tensor.")
    array = value._array if isinstance(value, Tensor) else value
    dtype = getattr(array, "dtype", None)
    if dtype is not None and dtype.kind == "f" and x._array.dtype.kind != "f":
        raise DTypeError(f"{name}: a result of dtype {dtype} does not fit into a tensor of dtype "
                         f"{x.dtype}.")
    try:
        x._array[...] = array
    except ValueError:
        raise ShapeError(f"{name}: the result of shape {tuple(np.shape(array))} does not fit into the "
                         f"tensor's {tuple(x.shape)}.") from None
    x._changed_in_place()
    return x


def _in_place(function: Callable[..., Any]) -> Callable[..., Tensor]:
    """``x.add_(y)`` from ``add``: compute, then overwrite x."""
    name = f"{function.__name__}_"

    def method(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return _write(x, function(x, *args, **kwargs), name)
    method.__name__ = name
    method.__doc__ = f"``{function.__name__}`` in place."
    return method


def _augmented(function: Callable[..., Any], symbol: str) -> Callable[..., Tensor]:
    """``x += y``: in place for data, a new tensor where a graph is recorded."""
    def method(x: Tensor, y: Any) -> Tensor:
        recorded = mode.grad and (x._requires_grad or isinstance(y, Tensor) and y._requires_grad)
        if recorded and x.is_leaf and x._requires_grad:
            raise GraphError(f"x {symbol} y: x is a leaf that requires a gradient; changing it would "
                             f"change what the gradient is taken of. Write x = x {symbol[0]} y, or update "
                             "parameters inside minigrad.no_grad().")
        value = function(x, y)
        return value if recorded else _write(x, value, f"x {symbol} y")
    return method


def fill_(x: Tensor, value: Any) -> Tensor:
    """Every entry set to ``value``."""
    return _write(x, value, "fill_")


def zero_(x: Tensor) -> Tensor:
    """Every entry set to 0."""
    return _write(x, 0, "zero_")


def copy_(x: Tensor, other: Tensor) -> Tensor:
    """The entries of ``other``, which broadcasts to the shape of x, converted to its dtype and device."""
    other = other if isinstance(other, Tensor) else Tensor(other)
    return _write(x, other.to(device=x.device, dtype=x.dtype), "copy_")


def to(x: Tensor, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False,
       non_blocking: bool = False) -> Tensor:
    """x in another dtype or on another device: ``x.to("cuda")``, ``x.to(float64)``, ``x.to(other)``.

    x itself when nothing changes, unless ``copy``. With ``non_blocking`` a copy from pinned memory to a GPU
    runs while the program goes on, which must leave that memory as it is until the copy is through.
    """
    for arg in args:
        if isinstance(arg, Tensor):
            dtype, device = arg.dtype, arg.device
        elif isinstance(arg, (str, Device)) and str(arg).partition(":")[0] in ("cpu", "cuda"):
            device = arg
        else:
            dtype = arg
    out = x
    if device is not None and device_of(x._array) != Device(device):
        if x._requires_grad and mode.grad and not x.is_leaf:
            raise NotImplementedError("to: moving an intermediate result between devices is not recorded. "
                                      "Move the inputs before computing.")
        out = Tensor(move(x._array, Device(device), non_blocking), requires_grad=x._requires_grad)
    if dtype is not None and out._array.dtype != np.dtype(dtype):
        out = Cast(dtype)(out)
    return Clone()(out) if copy and out is x else out


def _cast(dtype: Any) -> Callable[[Tensor], Tensor]:
    return lambda x: to(x, dtype=dtype)


attach(fill_=fill_, zero_=zero_, copy_=copy_, to=to, add_=_in_place(add), sub_=_in_place(sub),
       mul_=_in_place(mul), div_=_in_place(div), clamp_=_in_place(clamp),
       __iadd__=_augmented(add, "+="), __isub__=_augmented(sub, "-="),
       __imul__=_augmented(mul, "*="), __itruediv__=_augmented(div, "/="),
       type_as=lambda x, y: to(x, dtype=y.dtype), half=_cast(np.float16), float=_cast(np.float32),
       double=_cast(np.float64), int=_cast(np.int32), long=_cast(np.int64), bool=_cast(np.bool_),
       cpu=lambda x: to(x, device="cpu"), cuda=lambda x, device="cuda": to(x, device=device))
