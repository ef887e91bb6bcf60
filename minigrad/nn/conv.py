"""Convolution and pooling layers."""
from __future__ import annotations

from typing import Any

from ..autograd import Tensor
from ..backend.conv import Pair
from ..errors import ShapeError
from ..ops.convolution import conv2d, pair
from ..ops.create import empty
from ..ops.pooling import max_pool2d
from . import init
from .module import Module
from .parameter import Parameter


class Conv2d(Module):
    """Slides ``out_channels`` filters over an image.  (N, C, H, W) → (N, O, OH, OW).

    weight (O, C, KH, KW), bias (O); both start uniform in ±1/√(C·KH·KW), as in PyTorch.

    >>> import minigrad
    >>> minigrad.nn.Conv2d(1, 32, 3)(minigrad.zeros(2, 1, 28, 28)).shape
    (2, 32, 26, 26)
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | Pair,
                 stride: int | Pair = 1, padding: int | Pair | str = 0, dilation: int | Pair = 1,
                 groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__()
        if groups != 1 or padding_mode != "zeros":
            raise NotImplementedError("Conv2d: only groups=1 and padding_mode='zeros' are supported, "
                                      f"got groups={groups}, padding_mode={padding_mode!r}.")
        if in_channels < 1 or out_channels < 1:
            raise ShapeError(f"Conv2d: expected channels from 1, got {in_channels} → {out_channels}.")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = pair(kernel_size, "Conv2d: kernel_size")
        self.stride, self.dilation = pair(stride, "Conv2d: stride"), pair(dilation, "Conv2d: dilation")
        self.padding = padding
        self.groups = groups
        self.weight = Parameter(empty(out_channels, in_channels, *self.kernel_size, dtype=dtype,
                                      device=device))
        init.default_weight_(self.weight)
        self.register_parameter("bias", None)
        if bias:
            self.bias = Parameter(empty(out_channels, dtype=dtype, device=device))
            init.default_bias_(self.bias, self.weight)

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) → (N, O, OH, OW)."""
        return conv2d(input, self.weight, self.bias, self.stride, self.padding,
                      self.dilation, self.groups)

    def extra_repr(self) -> str:
        text = (f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
                f"stride={self.stride}")
        text += f", padding={self.padding}" if self.padding not in (0, (0, 0)) else ""
        text += f", dilation={self.dilation}" if self.dilation != (1, 1) else ""
        return text + (", bias=False" if self.bias is None else "")


class MaxPool2d(Module):
    """The largest entry of each window.  (N, C, H, W) → (N, C, OH, OW)."""

    def __init__(self, kernel_size: int | Pair, stride: int | Pair | None = None,
                 padding: int | Pair = 0, dilation: int | Pair = 1, return_indices: bool = False,
                 ceil_mode: bool = False) -> None:
        super().__init__()
        self.kernel_size, self.padding, self.dilation = kernel_size, padding, dilation
        self.stride = kernel_size if stride is None else stride
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) → (N, C, OH, OW)."""
        return max_pool2d(input, self.kernel_size, self.stride, self.padding,
                          self.dilation, self.ceil_mode, self.return_indices)

    def extra_repr(self) -> str:
        return (f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
                f"dilation={self.dilation}, ceil_mode={self.ceil_mode}")
