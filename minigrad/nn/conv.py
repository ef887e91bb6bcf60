"""Convolution layers, for sequences, images and volumes."""
from __future__ import annotations

from typing import Any, Sequence

from ..autograd import Tensor
from ..backend.windows import Pair
from ..errors import ShapeError
from ..errors.arguments import require_sizes
from ..ops.convolution import conv1d, conv2d, conv_transpose1d, conv_transpose2d, paddings, pair, single
from ..ops.create import empty
from ..ops.pad import pad
from ..ops.volumes import Triple, conv3d, conv_transpose3d, triple
from . import init
from .module import Module
from .parameter import Parameter

MODES = ("zeros", "reflect", "replicate", "circular")


def for_each_dimension(dims: int, value: Any, name: str, least: int = 1) -> Any:
    """An int for each of 1, 2 or 3 dimensions, or the same for all; ShapeError below ``least``."""
    if dims == 1:
        return (single(value, name, least),)
    return pair(value, name, least) if dims == 2 else triple(value, name, least)


class Convolution(Module):
    """What the convolution layers share: the checks, and the weight and bias with their first values."""

    dims = 2
    transposed = False

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1,
                 padding: Any = 0, dilation: Any = 1, groups: int = 1, bias: bool = True,
                 padding_mode: str = "zeros", device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        name = type(self).__name__
        if padding_mode not in MODES[:1 if self.transposed else None]:
            raise ValueError(f"{name}: padding_mode must be one of {MODES[:1 if self.transposed else None]}, "
                             f"got {padding_mode!r}.")
        require_sizes(name, in_channels=in_channels, out_channels=out_channels, groups=groups)
        if in_channels % groups or out_channels % groups:
            raise ShapeError(f"{name}: groups={groups} must divide both {in_channels} and {out_channels} "
                             "channels.")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.padding_mode = padding_mode
        self.kernel_size = self._numbers("kernel_size", kernel_size)
        self.stride, self.dilation = self._numbers("stride", stride), self._numbers("dilation", dilation)
        self.padding = self._checked(padding)
        first, second = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        self.weight = Parameter(empty(first, second // groups, *self.kernel_size, dtype=dtype, device=device))
        self.register_parameter("bias", None)
        if bias:
            self.bias = Parameter(empty(out_channels, dtype=dtype, device=device))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias again, uniform in ±1/√fan_in."""
        init.default_weight_(self.weight)
        if self.bias is not None:
            init.default_bias_(self.bias, self.weight)

    def _numbers(self, option: str, value: Any, least: int = 1) -> Any:
        return for_each_dimension(self.dims, value, f"{type(self).__name__}: {option}", least)

    def _checked(self, padding: Any) -> Any:
        """Two numbers of padding, or what else was given, after the check."""
        name = type(self).__name__
        if isinstance(padding, str) and not self.transposed:
            paddings(name, padding, self.kernel_size, self.dilation, self.stride)
            return padding
        return self._numbers("padding", padding, 0)

    def _padded(self, input: Tensor) -> tuple[Tensor, Any]:
        """The input with its border of reflected, repeated or wrapped entries; the padding still to do."""
        if self.padding_mode == "zeros":
            return input, self.padding
        widths: list[int] = []
        each = [self.padding] * self.dims if isinstance(self.padding, str) else self.padding
        for k, d, p in zip(self.kernel_size, self.dilation, each):
            total = d * (k - 1) if p == "same" else 0 if p == "valid" else 2 * p
            widths = [total // 2, total - total // 2, *widths]
        return pad(input, widths, self.padding_mode), 0

    def _output_padding(self, input: Tensor, output_size: Sequence[int] | None) -> Any:
        """What makes the output of a transposed convolution ``output_size``."""
        if output_size is None:
            return self.output_padding
        size, name = list(output_size)[-self.dims:], type(self).__name__
        least = [(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, s, p, d, k in
                 zip(input.shape[-self.dims:], self.stride, self.padding, self.dilation, self.kernel_size)]
        if len(size) != self.dims or any(not 0 <= a - b < s for a, b, s in zip(size, least, self.stride)):
            raise ShapeError(f"{name}: output_size must be from {least} to less than one stride "
                             f"{self.stride} more, got {list(output_size)}.")
        return tuple(a - b for a, b in zip(size, least))

    def extra_repr(self) -> str:
        text = (f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
                f"stride={self.stride}")
        for option in ("padding", "dilation", "output_padding", "groups"):
            value, plain = getattr(self, option, 0), 1 if option in ("dilation", "groups") else 0
            text += f", {option}={value}" if value not in (plain, (plain,) * self.dims) else ""
        text += "" if self.bias is not None else ", bias=False"
        return text if self.padding_mode == "zeros" else f"{text}, padding_mode={self.padding_mode}"


class Conv2d(Convolution):
    """Slides ``out_channels`` filters over an image.  (N, C, H, W) → (N, O, OH, OW).

    weight (O, C / groups, KH, KW), bias (O); both start uniform in ±1/√(C/groups·KH·KW), as in PyTorch.
    ``padding_mode``: what stands in the border, "zeros", or as in ``functional.pad`` "reflect", "replicate"
    or "circular". Raises ShapeError when sizes do not fit.

    >>> minigrad.nn.Conv2d(1, 32, 3)(minigrad.zeros(2, 1, 28, 28)).shape
    minigrad.Size([2, 32, 26, 26])
    """

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) → (N, O, OH, OW)."""
        if self.padding_mode == "zeros":
            return conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation,
                          self.groups)
        x, padding = self._padded(input)
        return conv2d(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class Conv1d(Convolution):
    """Slides ``out_channels`` filters along a sequence.  (N, C, L) → (N, O, OL).

    weight (O, C / groups, K), bias (O); both start uniform in ±1/√(C/groups·K), as in PyTorch. Options as in
    ``Conv2d``. Raises ShapeError when sizes do not fit.

    >>> minigrad.nn.Conv1d(4, 8, 3, padding=1)(minigrad.zeros(2, 4, 100)).shape
    minigrad.Size([2, 8, 100])
    """

    dims = 1

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, L) → (N, O, OL)."""
        x, padding = self._padded(input)
        return conv1d(x, self.weight, self.bias, self.stride[0], padding, self.dilation[0], self.groups)


class Conv3d(Convolution):
    """Slides ``out_channels`` filters through a volume.  (N, C, D, H, W) → (N, O, OD, OH, OW).

    weight (O, C / groups, KD, KH, KW), bias (O); both start uniform in ±1/√(C/groups·KD·KH·KW), as in
    PyTorch. Options as in ``Conv2d``. Raises ShapeError when sizes do not fit.

    >>> minigrad.nn.Conv3d(1, 4, 3, padding=1)(minigrad.zeros(2, 1, 4, 5, 6)).shape
    minigrad.Size([2, 4, 4, 5, 6])
    """

    dims = 3

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, D, H, W) → (N, O, OD, OH, OW)."""
        x, padding = self._padded(input)
        return conv3d(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class TransposedConvolution(Convolution):
    """What the transposed convolutions share: another order of options, and a size to choose."""

    transposed = True

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | Pair | Triple,
                 stride: int | Pair | Triple = 1, padding: int | Pair | Triple = 0,
                 output_padding: int | Pair | Triple = 0, groups: int = 1, bias: bool = True,
                 dilation: int | Pair | Triple = 1, padding_mode: str = "zeros", device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias,
                         padding_mode, device, dtype)
        self.output_padding = self._numbers("output_padding", output_padding, 0)


class ConvTranspose2d(TransposedConvolution):
    """Paints a window for every entry: a convolution run backwards.  (N, C, H, W) → (N, O, OH, OW).

    weight (C, O / groups, KH, KW), bias (O); both start uniform in ±1/√(O/groups·KH·KW), as in PyTorch.
    A call may name the ``output_size`` among those that the stride leaves open. Raises ShapeError when sizes
    do not fit.

    >>> minigrad.nn.ConvTranspose2d(8, 1, 2, stride=2)(minigrad.zeros(2, 8, 14, 14)).shape
    minigrad.Size([2, 1, 28, 28])
    """

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """(N, C, H, W) → (N, O, OH, OW)."""
        return conv_transpose2d(input, self.weight, self.bias, self.stride, self.padding,
                                self._output_padding(input, output_size), self.groups, self.dilation)


class ConvTranspose1d(TransposedConvolution):
    """Paints a window for every entry of a sequence.  (N, C, L) → (N, O, OL).

    weight (C, O / groups, K), bias (O). Options and errors as in ``ConvTranspose2d``.

    >>> minigrad.nn.ConvTranspose1d(8, 1, 2, stride=2)(minigrad.zeros(2, 8, 14)).shape
    minigrad.Size([2, 1, 28])
    """

    dims = 1

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """(N, C, L) → (N, O, OL)."""
        return conv_transpose1d(input, self.weight, self.bias, self.stride[0], self.padding[0],
                                self._output_padding(input, output_size)[0], self.groups, self.dilation[0])


class ConvTranspose3d(TransposedConvolution):
    """Paints a window for every entry of a volume.  (N, C, D, H, W) → (N, O, OD, OH, OW).

    weight (C, O / groups, KD, KH, KW), bias (O). Options and errors as in ``ConvTranspose2d``.

    >>> minigrad.nn.ConvTranspose3d(8, 1, 2, stride=2)(minigrad.zeros(2, 8, 1, 2, 3)).shape
    minigrad.Size([2, 1, 2, 4, 6])
    """

    dims = 3

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """(N, C, D, H, W) → (N, O, OD, OH, OW)."""
        return conv_transpose3d(input, self.weight, self.bias, self.stride, self.padding,
                                self._output_padding(input, output_size), self.groups, self.dilation)
