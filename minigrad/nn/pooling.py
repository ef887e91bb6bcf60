"""Pooling layers and resizing."""
from __future__ import annotations

from typing import Any

from ..autograd import Tensor
from ..backend.windows import Pair
from ..ops.pooling import avg_pool2d, max_pool1d, max_pool2d, stride_or_window
from ..ops.resize import adaptive_avg_pool2d, interpolate
from .module import Module


class MaxPool2d(Module):
    """The largest entry of each window.  (N, C, H, W) → (N, C, OH, OW), with the indices if asked for.

    Options and errors as in ``functional.max_pool2d``.

    >>> minigrad.nn.MaxPool2d(2)(minigrad.tensor([[[[1.0, 5.0], [7.0, 2.0]]]]))
    tensor([[[[7.]]]])
    """

    _shown = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")

    def __init__(self, kernel_size: int | Pair, stride: int | Pair | None = None,
                 padding: int | Pair = 0, dilation: int | Pair = 1, return_indices: bool = False,
                 ceil_mode: bool = False) -> None:
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
        return max_pool1d(input, self.kernel_size, self.stride, self.padding,  # type: ignore[arg-type]
                          self.dilation, self.ceil_mode, self.return_indices)  # type: ignore[arg-type]


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


class AdaptiveAvgPool2d(Module):
    """Means over as many windows as the output has entries.  (N, C, H, W) → (N, C, *output_size).

    Errors as in ``functional.adaptive_avg_pool2d``.

    >>> minigrad.nn.AdaptiveAvgPool2d((1, None))(minigrad.zeros(2, 8, 7, 5)).shape
    minigrad.Size([2, 8, 1, 5])
    """

    _shown = ("output_size",)

    def __init__(self, output_size: int | tuple[int | None, int | None]) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return adaptive_avg_pool2d(input, self.output_size)


class Upsample(Module):
    """Resizes images, by the nearest pixel or by bilinear interpolation.

    (N, C, H, W) → (N, C, OH, OW). Errors as in ``functional.interpolate``.

    >>> minigrad.nn.Upsample(scale_factor=2)(minigrad.tensor([[[[1.0, 2.0]]]]))
    tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]])
    """

    _shown = ("size", "scale_factor", "mode")

    def __init__(self, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
                 align_corners: bool | None = None, recompute_scale_factor: bool | None = None) -> None:
        super().__init__()
        self.size, self.scale_factor = size, scale_factor
        self.recompute_scale_factor = recompute_scale_factor
        self.mode, self.align_corners = mode, align_corners

    def forward(self, input: Tensor) -> Tensor:
        return interpolate(input, self.size, self.scale_factor, self.mode,
                           self.align_corners, self.recompute_scale_factor)
