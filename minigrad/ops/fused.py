"""Operations that do in one pass what others do in several. On a GPU each is one or two launches.

On the CPU they compute the same with the NumPy references of the kernels, so that one test covers both.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function, Tensor
from ..backend.arrays import Array, array_module, row_major
from ..backend.gpu import bias_relu as rectifier, cross_entropy as kernels
from ..backend.gpu.kernels import has_kernels
from ..backend.layout import flat, memory_order, unflat
from ..backend.rectify import relu_backward
from .activation import softmax
from .loss import onehot


class FusedCrossEntropy(Function):
    """L = −ln pₜ, p = softmax(x): the mean over the labels that count, their sum, or each row's.

    ∂L/∂x = g · (p − onehot(t)) / (how many count), 0 in rows whose label is ``ignore_index``.
    x (N, classes), t (N) int64. Labels are not looked at: one that is no class makes the loss NaN, and
    nothing has to be read from the device.
    """

    __slots__ = ("target", "ignore_index", "reduction", "rows", "divisor")

    def __init__(self, target: Array, ignore_index: int = -100, reduction: str = "mean") -> None:
        self.target, self.ignore_index, self.reduction = row_major(target), ignore_index, reduction
        self.divisor: Array | None = None

    def forward(self, x: Array) -> Array:
        own = has_kernels(x)
        self.save(x)
        dense = row_major(x)
        self.rows = (kernels.rows if own else kernels.rows_reference)(dense, self.target, self.ignore_index)
        if self.reduction == "none":
            return self.rows.loss
        if self.reduction == "sum":
            return self.rows.loss.sum()
        both = (kernels.mean if own else kernels.mean_reference)(self.rows)
        self.divisor = both[1:2]
        return both[0:1].reshape(())

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        if isinstance(g, Tensor) or isinstance(x, Tensor):
            return self._recorded(x, g)
        step = kernels.backward if has_kernels(x) else kernels.backward_reference
        divisor = None if self.divisor is None else self.divisor.reshape(())
        return step(row_major(x), self.target, self.rows.lse, row_major(g), divisor,
                    self.ignore_index)

    def _recorded(self, x: Any, g: Any) -> Any:
        """The same in operations that can be differentiated again."""
        counts = (self.target != self.ignore_index).astype(x.dtype)
        share = counts.reshape(-1, 1) if self.divisor is None else (counts / self.divisor).reshape(-1, 1)
        xp = array_module(self.target)
        safe = xp.where(self.target == self.ignore_index, 0, self.target)
        upstream = g.reshape(-1, 1) if len(g.shape) else g
        return (softmax(x, 1) - onehot(safe, x)) * share * upstream


class BiasReLU(Function):
    """y = max(0, z + b), b added along ``dim``;  ∂L/∂z = g where y > 0 or NaN, else 0;  ∂L/∂b = its sum.

    z (N, channels, …), b (channels).
    """

    __slots__ = ("masked",)

    def forward(self, z: Array, b: Array) -> Array:
        self.masked: Array = None
        if has_kernels(z, b):
            order = memory_order(z)
            entries = flat(z)
            if entries is None:
                z = row_major(z)
                order, entries = list(range(z.ndim)), z.reshape(-1)
            inner = 1                               # the entries in memory for which the channel stays
            for dim in order[order.index(1) + 1:]:
                inner *= z.shape[dim]
            y = unflat(rectifier.bias_relu(entries, row_major(b), inner), z)
        else:
            y = np.maximum(z + b.reshape((-1,) + (1,) * (z.ndim - 2)), 0)
        self.save(y)
        return y

    def backward_z(self, g: Any) -> Any:
        (y,) = self.saved
        if isinstance(g, Tensor):
            return g * (y != 0)
        self.masked = relu_backward(g, y)
        return self.masked

    def backward_b(self, g: Any) -> Any:
        masked, self.masked = self.masked, None
        if masked is None or isinstance(g, Tensor):
            (y,) = self.saved
            masked = g * (y != 0)
        return masked.sum(axis=(0, *range(2, len(masked.shape))))
