"""Converting dtype and device."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..autograd import Tensor
from ..autograd.mode import mode
from ..backend.arrays import Device, device_of, move
from .attach import attach
from .shape import Cast, Clone


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


attach(to=to, type_as=lambda x, y: to(x, dtype=y.dtype), half=_cast(np.float16), float=_cast(np.float32),
       double=_cast(np.float64), int=_cast(np.int32), long=_cast(np.int64), bool=_cast(np.bool_),
       cpu=lambda x: to(x, device="cpu"), cuda=lambda x, device="cuda": to(x, device=device))
