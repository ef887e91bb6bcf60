"""Batch normalization over the samples of all processes."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function, Tensor
from ..backend.arrays import Array, array_module
from ..distributed.group import world
from .module import Module
from .normalization import BatchNorm, BatchNorm1d, BatchNorm2d, BatchNorm3d

#: False while a rank without a sample of the batch computes on one that does not count.
counting = [True]


class StandardizeTogether(Function):
    """x̂ = (x − mean) / s for each channel, over the M entries of all ranks, s = √(variance + eps).

    ∂L/∂x = (g − mean(g) − x̂ · mean(g · x̂)) / s, as in one process. L is the mean of the ranks' losses, in
    which a rank with m of the M entries counts m / M. What backward returns counts for this rank's loss
    alone, and will be weighted with m / M: so the means are Σ m · sum(g) / (m · M), the Σ over ranks.
    """

    __slots__ = ("eps", "entries", "moments", "deviation")
    twice_differentiable = False

    def __init__(self, eps: float) -> None:
        self.eps = eps

    def forward(self, x: Array) -> Array:
        dims = (0, *range(2, x.ndim))
        mine = x.size // x.shape[1] if counting[0] else 0
        sums = array_module(x).empty(x.shape[1] + 1, np.float64)        # one message for both
        sums[:-1], sums[-1] = x.sum(axis=dims) if mine else 0, mine
        world().all_reduce(sums).wait()
        total = float(sums[-1])
        mean = (sums[:-1] / total).astype(x.dtype)
        y = x - _along(mean, x)
        squares = (y * y).sum(axis=dims) if mine else 0 * mean
        world().all_reduce(squares).wait()
        variance = squares / x.dtype.type(total)
        self.deviation = np.sqrt(variance + x.dtype.type(self.eps))
        y /= _along(self.deviation, x)
        self.entries, self.moments = (mine, total), (mean, variance)
        self.save(y)
        return y

    def backward(self, g: Array) -> Array:
        (y,), (mine, total) = self.saved, self.entries
        dims = (0, *range(2, g.ndim))
        sums = np.stack([g.sum(axis=dims), (g * y).sum(axis=dims)]) * g.dtype.type(mine)        # (2, C)
        world().all_reduce(sums).wait()
        means = sums / g.dtype.type(max(1, mine) * total)
        return (g - _along(means[0], g) - y * _along(means[1], g)) / _along(self.deviation, g)


def _along(channels: Any, like: Any) -> Any:
    """(C,) in a shape that broadcasts against (N, C, …)."""
    return channels.reshape((1, -1) + (1,) * (like.ndim - 2))


class SyncBatchNorm(BatchNorm):
    """``BatchNorm1d``, 2d or 3d, whichever fits, with the statistics of the samples of all processes.

    Each rank sees a part of the batch; with its own mean and variance it would not compute what
    one process computes from the whole batch. So the sums are added over ranks: two messages in forward,
    one in backward. The gradient is right under ``DistributedDataParallel``. Alone it is ``BatchNorm``.

    >>> minigrad.nn.SyncBatchNorm(3)(minigrad.ones(2, 3, 4)).shape
    minigrad.Size([2, 3, 4])
    """

    dims = (2, 3, 4, 5)

    def _normalized(self, input: Tensor, own: bool, momentum: float) -> Tensor:
        if not own or world().size == 1:
            return super()._normalized(input, own, momentum)
        step = StandardizeTogether(self.eps)
        y = step(input)
        (mean, variance), total = step.moments, step.entries[1]
        unbiased = variance * (total / (total - 1))
        for running, batch in ((self.running_mean, mean), (self.running_var, unbiased)):
            if running is not None:
                running._array *= running.dtype.type(1 - momentum)
                running._array += (batch * momentum).astype(running.dtype)
                running._changed_in_place()
        if self.weight is not None:
            y = y * _along(self.weight, input)
        return y if self.bias is None else y + _along(self.bias, input)

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Module:
        """The module, with a SyncBatchNorm of the same weights for each BatchNorm in it.

        >>> net = minigrad.nn.Sequential(minigrad.nn.Conv2d(1, 2, 3), minigrad.nn.BatchNorm2d(2))
        >>> minigrad.nn.SyncBatchNorm.convert_sync_batchnorm(net)[1]
        SyncBatchNorm(2, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
        """
        if type(module) in (BatchNorm1d, BatchNorm2d, BatchNorm3d):
            twin: Any = object.__new__(cls)
            twin.__dict__.update(module.__dict__)
            return twin
        for name, child in module.named_children():
            module._modules[name] = cls.convert_sync_batchnorm(child)
        return module
