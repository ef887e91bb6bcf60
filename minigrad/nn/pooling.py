"""Pooling layers: one number for each window of a sequence, an image or a volume."""
from __future__ import annotations

import math
from typing import Any

from ..autograd import Tensor
from ..backend.windows import Pair
from ..ops.activation import relu
from ..ops.arithmetic import abs, pow, sign
from ..ops.choosing import max_pool3d
from ..ops.convolution import pair, single
from ..ops.pooling import avg_pool1d, avg_pool2d, max_pool1d, max_pool2d, stride_or_window
from ..ops.volumes import Triple, avg_pool3d, triple
from .module import Module


class MaxPool2d(Module):
    """The largest entry of each window.  (N, C, H, W) → (N, C, OH, OW), with the indices if asked for.

    Options and errors as in ``functional.max_pool2d``.

    >>> minigrad.nn.MaxPool2d(2)(minigrad.tensor([[[[1.0, 5.0], [7.0, 2.0]]]]))
    tensor([[[[7.]]]])
    """

    _shown = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
                 return_indices: bool = False, ceil_mode: bool = False) -> None:
        super().__init__()
        self.kernel_size, self.padding, self.dilation = kernel_size, padding, dilation
        self.stride = stride_or_window(stride, kernel_size)
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input: Tensor) -> Any:
        return max_pool2d(input, self.kernel_size, self.stride, self.padding, self.dilation,
                          self.ceil_mode, self.return_indices)


class MaxPool1d(MaxPool2d):
    """The largest entry of each window of a sequence.  (N, C, L) → (N, C, OL).

    Errors as in ``functional.max_pool1d``.

    >>> minigrad.nn.MaxPool1d(2)(minigrad.tensor([[[1.0, 5.0, 7.0, 2.0]]]))
    tensor([[[5., 7.]]])
    """

    def forward(self, input: Tensor) -> Any:
        return max_pool1d(input, self.kernel_size, self.stride, self.padding, self.dilation,
                          self.ceil_mode, self.return_indices)


class MaxPool3d(MaxPool2d):
    """The largest entry of each window of a volume.  (N, C, D, H, W) → (N, C, OD, OH, OW).

    Errors as in ``functional.max_pool3d``.

    >>> minigrad.nn.MaxPool3d(2)(minigrad.arange(8.0).reshape(1, 1, 2, 2, 2)).flatten()
    tensor([7.])
    """

    def forward(self, input: Tensor) -> Any:
        return max_pool3d(input, self.kernel_size, self.stride, self.padding, self.dilation,
                          self.ceil_mode, self.return_indices)


class AvgPool2d(Module):
    """The mean of each window.  (N, C, H, W) → (N, C, OH, OW).

    Options and errors as in ``functional.avg_pool2d``.

    >>> minigrad.nn.AvgPool2d(2)(minigrad.tensor([[[[1.0, 5.0], [7.0, 3.0]]]]))
    tensor([[[[4.]]]])
    """

    _shown = ("kernel_size", "stride", "padding")

    def __init__(self, kernel_size: int | Pair, stride: int | Pair | None = None,
                 padding: int | Pair = 0, ceil_mode: bool = False, count_include_pad: bool = True,
                 divisor_override: int | None = None) -> None:
        super().__init__()
        self.kernel_size, self.padding, self.ceil_mode = kernel_size, padding, ceil_mode
        self.stride = stride_or_window(stride, kernel_size)
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Tensor) -> Tensor:
        return avg_pool2d(input, self.kernel_size, self.stride, self.padding,
                          self.ceil_mode, self.count_include_pad, self.divisor_override)


class AvgPool1d(Module):
    """The mean of each window of a sequence.  (N, C, L) → (N, C, OL).

    Options and errors as in ``functional.avg_pool1d``.

    >>> minigrad.nn.AvgPool1d(2)(minigrad.tensor([[[1.0, 5.0, 7.0, 3.0]]]))
    tensor([[[3., 5.]]])
    """

    _shown = ("kernel_size", "stride", "padding")

    def __init__(self, kernel_size: int, stride: int | None = None, padding: int = 0, ceil_mode: bool = False,
                 count_include_pad: bool = True) -> None:
        super().__init__()
        self.kernel_size = (single(kernel_size, "AvgPool1d: kernel_size"),)
        self.stride = (single(stride_or_window(stride, kernel_size), "AvgPool1d: stride"),)
        self.padding = (single(padding, "AvgPool1d: padding", 0),)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        return avg_pool1d(input, self.kernel_size[0], self.stride[0], self.padding[0], self.ceil_mode,
                          self.count_include_pad)


class AvgPool3d(AvgPool2d):
    """The mean of each window of a volume.  (N, C, D, H, W) → (N, C, OD, OH, OW).

    Options and errors as in ``functional.avg_pool3d``.

    >>> minigrad.nn.AvgPool3d(2)(minigrad.arange(8.0).reshape(1, 1, 2, 2, 2)).flatten()
    tensor([3.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return avg_pool3d(input, self.kernel_size, self.stride, self.padding,    # type: ignore[arg-type]
                          self.ceil_mode, self.count_include_pad, self.divisor_override)


def _power_mean(averages: Any, size: int, p: float) -> Any:
    """(Σ xᵖ)^(1/p) from the mean of the xᵖ over windows of so many entries; 0 for a negative sum."""
    return pow(sign(averages) * relu(abs(averages)) * size, 1.0 / p)


def lp_pool1d(input: Any, norm_type: float, kernel_size: int, stride: int | None = None,
              ceil_mode: bool = False) -> Any:
    """(Σ xᵖ)^(1/p) over each window of a sequence, p = norm_type: (N, C, L) or (C, L).

    inf takes the largest |x|. Errors as in ``avg_pool1d``.

    >>> minigrad.nn.functional.lp_pool1d(minigrad.tensor([[3.0, 4.0]]), 2, 2)
    tensor([[5.]])
    """
    if math.isinf(norm_type):
        return abs(max_pool1d(abs(input) * math.copysign(1, norm_type), kernel_size, stride,
                              ceil_mode=ceil_mode))
    means = avg_pool1d(pow(input, norm_type), kernel_size, stride, 0, ceil_mode)
    return _power_mean(means, single(kernel_size, "lp_pool1d: kernel_size"), norm_type)


def lp_pool2d(input: Any, norm_type: float, kernel_size: int | Pair, stride: int | Pair | None = None,
              ceil_mode: bool = False) -> Any:
    """(Σ xᵖ)^(1/p) over each window of an image, p = norm_type: (N, C, H, W) or (C, H, W).

    inf takes the largest |x|. Errors as in ``avg_pool2d``.

    >>> minigrad.nn.functional.lp_pool2d(minigrad.tensor([[[3.0, 4.0], [0.0, 0.0]]]), 2, 2)
    tensor([[[5.]]])
    """
    if math.isinf(norm_type):
        return abs(max_pool2d(abs(input) * math.copysign(1, norm_type), kernel_size, stride,
                              ceil_mode=ceil_mode))
    means = avg_pool2d(pow(input, norm_type), kernel_size, stride, 0, ceil_mode)
    return _power_mean(means, math.prod(pair(kernel_size, "lp_pool2d: kernel_size")), norm_type)


def lp_pool3d(input: Any, norm_type: float, kernel_size: int | Triple, stride: int | Triple | None = None,
              ceil_mode: bool = False) -> Any:
    """(Σ xᵖ)^(1/p) over each window of a volume, p = norm_type: (N, C, D, H, W) or (C, D, H, W).

    inf takes the largest |x|. Errors as in ``avg_pool3d``.

    >>> minigrad.nn.functional.lp_pool3d(minigrad.ones(1, 2, 2, 4), 2, 2).flatten()         # √8
    tensor([2.8284, 2.8284])
    """
    if math.isinf(norm_type):
        return abs(max_pool3d(abs(input) * math.copysign(1, norm_type), kernel_size, stride,
                              ceil_mode=ceil_mode))
    means = avg_pool3d(pow(input, norm_type), kernel_size, stride, 0, ceil_mode)
    return _power_mean(means, math.prod(triple(kernel_size, "lp_pool3d: kernel_size")), norm_type)


class LPPool2d(Module):
    """(Σ xᵖ)^(1/p) over each window, p = norm_type.  (N, C, H, W) → (N, C, OH, OW).

    Errors as in ``functional.lp_pool2d``.

    >>> minigrad.nn.LPPool2d(2, 2)(minigrad.tensor([[[3.0, 4.0], [0.0, 0.0]]]))
    tensor([[[5.]]])
    """

    _shown = ("norm_type", "kernel_size", "stride", "ceil_mode")

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None,
                 ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type, self.kernel_size, self.stride = norm_type, kernel_size, stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        return lp_pool2d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class LPPool1d(LPPool2d):
    """(Σ xᵖ)^(1/p) over each window of a sequence.  (N, C, L) → (N, C, OL).

    Errors as in ``functional.lp_pool1d``.

    >>> minigrad.nn.LPPool1d(2, 2)(minigrad.tensor([[3.0, 4.0]]))
    tensor([[5.]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return lp_pool1d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class LPPool3d(LPPool2d):
    """(Σ xᵖ)^(1/p) over each window of a volume.  (N, C, D, H, W) → (N, C, OD, OH, OW).

    Errors as in ``functional.lp_pool3d``.

    >>> minigrad.nn.LPPool3d(2, 2)(minigrad.ones(1, 2, 2, 4)).flatten()
    tensor([2.8284, 2.8284])
    """

    def forward(self, input: Tensor) -> Tensor:
        return lp_pool3d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)
