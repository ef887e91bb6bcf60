"""A model in several processes; and PyTorch's name for several devices in one, of which minigrad uses one."""
from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator

from ..autograd import Tensor, is_grad_enabled
from ..distributed.collectives import broadcast
from ..distributed.group import world
from ..errors import DeviceError
from .module import Module
from .reducer import Reducer
from .sync_norm import counting


class DataParallel(Module):
    """The module on its one device: forward passes through, and parameters are named ``module.…`` as in
    PyTorch.

    Raises DeviceError for more than one device.

    >>> model = minigrad.nn.DataParallel(minigrad.nn.Linear(3, 2))
    >>> model(minigrad.zeros(4, 3)).shape, list(model.state_dict())
    (minigrad.Size([4, 2]), ['module.weight', 'module.bias'])
    """

    def __init__(self, module: Module, device_ids: Any = None, output_device: Any = None,
                 dim: int = 0) -> None:
        super().__init__()
        _require_one_device("DataParallel", device_ids)
        self.module = module

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)


class DistributedDataParallel(Module):
    """The module in several processes: each takes a part of every batch; gradients are averaged.

    At the start the parameters and buffers become those of rank 0. In backward the gradients travel in
    buckets (see ``reducer``), and afterwards ``.grad`` is the same on every rank: that of the mean loss over
    the samples of all ranks, however many of them each has. So all ranks take the same step.

    Args:
        device_ids, output_device, process_group, gradient_as_bucket_view, static_graph: accepted, and
            without effect.
        dim: where the samples of the inputs are counted.
        broadcast_buffers: in training, buffers become those of rank 0 before each forward pass.
        bucket_cap_mb: megabytes of a bucket; 25 when None.
        find_unused_parameters: accepted; parameters without a gradient on some ranks are found in any case.

    Parameters that no rank used keep their ``.grad``. Names have ``module.…`` before them as in PyTorch.
    Raises DeviceError for several devices in one process, ValueError where there is nothing to learn.

    >>> minigrad.distributed.init_process_group()
    >>> model = minigrad.nn.parallel.DistributedDataParallel(minigrad.nn.Linear(3, 2))
    >>> model(minigrad.ones(4, 3)).sum().backward()
    >>> model.module.bias.grad, list(model.state_dict())
    (tensor([4., 4.]), ['module.weight', 'module.bias'])
    >>> minigrad.distributed.destroy_process_group()
    """

    def __init__(self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0,
                 broadcast_buffers: bool = True, process_group: Any = None,
                 bucket_cap_mb: float | None = None, find_unused_parameters: bool = False,
                 gradient_as_bucket_view: bool = False, static_graph: bool = False) -> None:
        super().__init__()
        _require_one_device("DistributedDataParallel", device_ids)
        learned = [p for p in module.parameters() if p.requires_grad]
        if not learned:
            raise ValueError("DistributedDataParallel: no parameter of the module requires a gradient, so "
                             "there is nothing to share. Use the module itself.")
        self.module, self.dim, self.broadcast_buffers = module, dim, broadcast_buffers
        self.group = world()
        if self.group.size > 1:
            for tensor in [*module.parameters(), *module.buffers()]:
                broadcast(tensor)
        limit = 25.0 if bucket_cap_mb is None else bucket_cap_mb
        self.reducer = Reducer(learned, self.group.channel(), limit * 2**20)
        self.samples: int | None = None         # of the next inputs; None: as their size along dim says

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        if not is_grad_enabled():
            return self.module(*args, **kwargs)
        if self.broadcast_buffers and self.training and self.group.size > 1:
            for buffer in self.module.buffers():
                broadcast(buffer)
        samples = self.samples
        if samples is None:
            first = next((x for x in (*args, *kwargs.values()) if isinstance(x, Tensor) and x.ndim), None)
            samples = 1 if first is None else first.shape[self.dim]
        counting[0] = samples > 0
        try:
            return self.reducer.run(lambda: self.module(*args, **kwargs), samples)
        finally:
            counting[0] = True

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Inside, backward adds up on each rank alone; the first backward after it sends the sum.

        For batches in several steps: all but the last backward need not wait for anyone. Their samples are
        still counted, so that parts of different sizes weigh what they should.

        >>> model = minigrad.nn.parallel.DistributedDataParallel(minigrad.nn.Linear(3, 2))
        >>> with model.no_sync():
        ...     model(minigrad.ones(4, 3)).sum().backward()
        >>> model(minigrad.ones(4, 3)).sum().backward()
        >>> model.module.bias.grad
        tensor([8., 8.])
        """
        before, self.reducer.sync = self.reducer.sync, False
        try:
            yield
        finally:
            self.reducer.sync = before


def _require_one_device(name: str, device_ids: Any) -> None:
    if device_ids is not None and len(device_ids) > 1:
        raise DeviceError(f"{name}: one device at a time is supported, not {list(device_ids)}. "
                          "Leave device_ids out.")
