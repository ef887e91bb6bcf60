"""Convolution layers."""
from __future__ import annotations

from typing import Any

from ..autograd import Tensor
from ..backend.windows import Pair
from ..errors import ShapeError
from ..errors.arguments import require_sizes
from ..errors.options import refuses
from ..ops.convolution import conv1d, conv2d, conv_transpose2d, paddings, pair, single
from ..ops.create import empty
from . import init
from .module import Module
from .parameter import Parameter


class Convolution(Module):
    """What the convolution layers share: the checks, and the weight and bias with their first values."""

    transposed = False

    def __init__(self, in_channels: int, out_channels: int, kernel_size: tuple[int, ...], groups: int,
                 bias: bool, padding_mode: str, device: Any, dtype: Any) -> None:
        super().__init__()
        name = type(self).__name__
        if padding_mode != "zeros":
            raise NotImplementedError(f"{name}: padding_mode={padding_mode!r}: only 'zeros' is supported.")
        require_sizes(name, in_channels=in_channels, out_channels=out_channels, groups=groups)
        if in_channels % groups or out_channels % groups:
            raise ShapeError(f"{name}: groups={groups} must divide both {in_channels} and {out_channels} "
                             "channels.")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.groups = kernel_size, groups
        first, second = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        self.weight = Parameter(empty(first, second // groups, *kernel_size, dtype=dtype, device=device))
        init.default_weight_(self.weight)
        self.register_parameter("bias", None)
        if bias:
            self.bias = Parameter(empty(out_channels, dtype=dtype, device=device))
            init.default_bias_(self.bias, self.weight)

    def extra_repr(self) -> str:
        text = (f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
                f"stride={self.stride}")
        for option, plain in (("padding", (0, (0,), (0, 0))), ("dilation", (1, (1,), (1, 1))),
                              ("groups", (1,)), ("output_padding", (0, (0, 0)))):
            value = getattr(self, option, plain[0])
            text += f", {option}={value}" if value not in plain else ""
        return text + (", bias=False" if self.bias is None else "")


class Conv2d(Convolution):
    """Slides ``out_channels`` filters over an image.  (N, C, H, W) → (N, O, OH, OW).

    weight (O, C / groups, KH, KW), bias (O); both start uniform in ±1/√(C/groups·KH·KW), as in PyTorch.

    >>> minigrad.nn.Conv2d(1, 32, 3)(minigrad.zeros(2, 1, 28, 28)).shape
    minigrad.Size([2, 32, 26, 26])
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | Pair,
                 stride: int | Pair = 1, padding: int | Pair | str = 0, dilation: int | Pair = 1,
                 groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__(in_channels, out_channels, pair(kernel_size, "Conv2d: kernel_size"), groups, bias,
                         padding_mode, device, dtype)
        self.stride, self.dilation = pair(stride, "Conv2d: stride"), pair(dilation, "Conv2d: dilation")
        paddings("Conv2d", padding, (1, 1), self.dilation, self.stride)         # checks it
        self.padding = padding

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) → (N, O, OH, OW)."""
        return conv2d(input, self.weight, self.bias, self.stride, self.padding,
                      self.dilation, self.groups)


class Conv1d(Convolution):
    """Slides ``out_channels`` filters along a sequence.  (N, C, L) → (N, O, OL).

    weight (O, C / groups, K), bias (O); both start uniform in ±1/√(C/groups·K), as in PyTorch. Raises
    ShapeError when sizes do not fit.

    >>> minigrad.nn.Conv1d(4, 8, 3, padding=1)(minigrad.zeros(2, 4, 100)).shape
    minigrad.Size([2, 8, 100])
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1,
                 padding: int | str = 0, dilation: int = 1, groups: int = 1, bias: bool = True,
                 padding_mode: str = "zeros", device: Any = None, dtype: Any = None) -> None:
        super().__init__(in_channels, out_channels, (single(kernel_size, "Conv1d: kernel_size"),), groups,
                         bias, padding_mode, device, dtype)
        self.stride = (single(stride, "Conv1d: stride"),)
        self.dilation = (single(dilation, "Conv1d: dilation"),)
        self.padding = padding if isinstance(padding, str) else single(padding, "Conv1d: padding", 0)
        paddings("Conv1d", self.padding, (1, 1), self.dilation * 2, self.stride * 2)        # checks it

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, L) → (N, O, OL)."""
        return conv1d(input, self.weight, self.bias, self.stride[0], self.padding,
                      self.dilation[0], self.groups)


class ConvTranspose2d(Convolution):
    """Paints a window for every entry: a convolution run backwards.  (N, C, H, W) → (N, O, OH, OW).

    weight (C, O / groups, KH, KW), bias (O); both start uniform in ±1/√(O/groups·KH·KW), as in PyTorch.
    Raises ShapeError when sizes do not fit.

    >>> minigrad.nn.ConvTranspose2d(8, 1, 2, stride=2)(minigrad.zeros(2, 8, 14, 14)).shape
    minigrad.Size([2, 1, 28, 28])
    """

    transposed = True

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | Pair,
                 stride: int | Pair = 1, padding: int | Pair = 0, output_padding: int | Pair = 0,
                 groups: int = 1, bias: bool = True, dilation: int | Pair = 1, padding_mode: str = "zeros",
                 device: Any = None, dtype: Any = None) -> None:
        super().__init__(in_channels, out_channels, pair(kernel_size, "ConvTranspose2d: kernel_size"),
                         groups, bias, padding_mode, device, dtype)
        self.stride = pair(stride, "ConvTranspose2d: stride")
        self.dilation = pair(dilation, "ConvTranspose2d: dilation")
        self.padding = pair(padding, "ConvTranspose2d: padding", 0)
        self.output_padding = pair(output_padding, "ConvTranspose2d: output_padding", 0)

    @refuses(output_size=None)
    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) → (N, O, OH, OW)."""
        return conv_transpose2d(input, self.weight, self.bias, self.stride, self.padding,
                                self.output_padding, self.groups, self.dilation)
