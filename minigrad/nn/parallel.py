"""PyTorch's names for several devices, on one: what a program wraps its model in passes through."""
from __future__ import annotations

from typing import Any

from ..errors import DeviceError
from .module import Module


class DataParallel(Module):
    """The module on its one device: forward passes through, and parameters are named ``module.…`` as in
    PyTorch.

    Raises DeviceError for more than one device.

    >>> model = minigrad.nn.DataParallel(minigrad.nn.Linear(3, 2))
    >>> model(minigrad.zeros(4, 3)).shape, list(model.state_dict())
    ((4, 2), ['module.weight', 'module.bias'])
    """

    def __init__(self, module: Module, device_ids: Any = None, output_device: Any = None,
                 dim: int = 0) -> None:
        super().__init__()
        if device_ids is not None and len(device_ids) > 1:
            raise DeviceError(f"DataParallel: one device at a time is supported, not {list(device_ids)}. "
                              "Leave device_ids out.")
        self.module = module

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)


class DistributedDataParallel(Module):
    """Refused: training in several processes is not supported.

    >>> minigrad.nn.parallel.DistributedDataParallel(minigrad.nn.Linear(3, 2))
    Traceback (most recent call last):
        ...
    NotImplementedError: DistributedDataParallel: several processes are not supported. Use the model itself.
    """

    def __init__(self, module: Module, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError("DistributedDataParallel: several processes are not supported. Use the "
                                  "model itself.")
