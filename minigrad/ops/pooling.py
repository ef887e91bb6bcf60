"""Pooling: one number for each window of an image."""
from __future__ import annotations

from typing import Any

from ..autograd import Function
from ..backend.arrays import Array
from ..backend.conv import Geometry, Pair
from ..backend.pool import max_pool_forward, max_pool_gather, max_pool_scatter
from ..errors import ShapeError
from .convolution import checked_geometry, pair


class MaxPool2d(Function):
    """y = the largest entry of each window;  g goes to that entry, the first of equal ones.

    x (N, C, H, W), y (N, C, OH, OW). The border counts as −∞.
    """

    __slots__ = ("geometry", "size", "winners")

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry

    def forward(self, x: Array) -> Array:
        self.size: Pair = (x.shape[2], x.shape[3])
        y, self.winners = max_pool_forward(x, self.geometry, self.geometry.output_size(self.size))
        return y

    def backward(self, g: Any) -> Any:
        return MaxPoolScatter(self.geometry, self.size, self.winners)(g)


class MaxPoolScatter(Function):
    """x̄ = zeros, with each g added where its window's maximum was;  linear in g."""

    __slots__ = ("geometry", "size", "winners")

    def __init__(self, geometry: Geometry, size: Pair, winners: Array) -> None:
        self.geometry, self.size, self.winners = geometry, size, winners

    def forward(self, g: Array) -> Array:
        return max_pool_scatter(g, self.winners, self.geometry, self.size)

    def backward(self, h: Any) -> Any:
        return MaxPoolGather(self.geometry, self.size, self.winners)(h)


class MaxPoolGather(Function):
    """ȳ = the entries of h where the maxima were (the transpose of MaxPoolScatter)."""

    __slots__ = ("geometry", "size", "winners")

    def __init__(self, geometry: Geometry, size: Pair, winners: Array) -> None:
        self.geometry, self.size, self.winners = geometry, size, winners

    def forward(self, h: Array) -> Array:
        return max_pool_gather(h, self.winners, self.geometry)

    def backward(self, g: Any) -> Any:
        return MaxPoolScatter(self.geometry, self.size, self.winners)(g)


def max_pool2d(input: Any, kernel_size: int | Pair, stride: int | Pair | None = None,
               padding: int | Pair = 0, dilation: int | Pair = 1, ceil_mode: bool = False,
               return_indices: bool = False) -> Any:
    """The maximum of each window; the stride is the window's size unless given.

    ``input`` (N, C, H, W); the result (N, C, OH, OW). At most half a window of padding.
    """
    if ceil_mode or return_indices:
        option = "ceil_mode" if ceil_mode else "return_indices"
        raise NotImplementedError(f"max_pool2d: {option}=True is not supported.")
    kernel = pair(kernel_size, "max_pool2d: kernel_size")
    pads = pair(padding, "max_pool2d: padding", 0)
    if any(2 * p > k for p, k in zip(pads, kernel)):
        raise ShapeError(f"max_pool2d: padding {pads} is more than half of the window {kernel}, so that "
                         "some windows would hold nothing but padding.")
    geometry = Geometry(kernel, pair(kernel if stride is None else stride, "max_pool2d: stride"),
                        ((pads[0], pads[0]), (pads[1], pads[1])), pair(dilation, "max_pool2d: dilation"))
    checked_geometry("max_pool2d", input, geometry)
    return MaxPool2d(geometry)(input)
