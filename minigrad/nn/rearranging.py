"""Rearranging and resizing: upsampling, shuffling channels into pixels, windows as columns."""
from __future__ import annotations

import math
from typing import Any

from ..autograd import Tensor
from ..backend.windows import Pair
from ..errors import ShapeError
from ..errors.arguments import require_sizes
from ..ops.resize import interpolate
from ..ops.unfold import fold, unfold
from .module import Module


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """r² channels become r × r pixels: (…, C·r², H, W) → (…, C, H·r, W·r), r = upscale_factor.

    Raises ShapeError when the channels are not a multiple of r². Source: Shi et al. 2016.

    >>> x = minigrad.tensor([1, 2, 3, 4]).reshape(4, 1, 1)
    >>> minigrad.nn.functional.pixel_shuffle(x, 2)
    tensor([[[1, 2],
             [3, 4]]])
    """
    require_sizes("pixel_shuffle", upscale_factor=upscale_factor)
    r, shape = upscale_factor, tuple(input.shape)
    if len(shape) < 3 or shape[-3] % (r * r):
        raise ShapeError(f"pixel_shuffle: the input must be (…, C, H, W) with C a multiple of {r * r}, but "
                         f"it is {shape}.")
    *batch, c, h, w = shape
    x = input.reshape(math.prod(batch), c // (r * r), r, r, h, w)
    x = x.permute(0, 1, 4, 2, 5, 3)                                             # (N, C, H, r, W, r)
    return x.reshape(*batch, c // (r * r), h * r, w * r)


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """r × r pixels become r² channels: (…, C, H·r, W·r) → (…, C·r², H, W), r = downscale_factor.

    Raises ShapeError when the height and width are not multiples of r.

    >>> minigrad.nn.functional.pixel_unshuffle(minigrad.tensor([[[1, 2], [3, 4]]]), 2).flatten()
    tensor([1, 2, 3, 4])
    """
    require_sizes("pixel_unshuffle", downscale_factor=downscale_factor)
    r, shape = downscale_factor, tuple(input.shape)
    if len(shape) < 3 or shape[-2] % r or shape[-1] % r:
        raise ShapeError(f"pixel_unshuffle: the input must be (…, C, H, W) with H and W multiples of {r}, "
                         f"but it is {shape}.")
    *batch, c, h, w = shape
    x = input.reshape(math.prod(batch), c, h // r, r, w // r, r)
    x = x.permute(0, 1, 3, 5, 2, 4)                                             # (N, C, r, r, H, W)
    return x.reshape(*batch, c * r * r, h // r, w // r)


def channel_shuffle(input: Any, groups: int) -> Any:
    """Channels mixed between groups: (N, groups·k, …), read as groups × k, is written as k × groups.

    Raises ShapeError when the groups do not divide the channels. Source: Zhang et al. 2018.

    >>> minigrad.nn.functional.channel_shuffle(minigrad.tensor([[1, 2, 3, 4]]).unsqueeze(-1), 2).flatten()
    tensor([1, 3, 2, 4])
    """
    require_sizes("channel_shuffle", groups=groups)
    shape = tuple(input.shape)
    if len(shape) < 3 or shape[1] % groups:
        raise ShapeError(f"channel_shuffle: the input must be (N, C, …) with C a multiple of {groups}, but "
                         f"it is {shape}.")
    return input.reshape(shape[0], groups, shape[1] // groups, *shape[2:]).transpose(1, 2).reshape(shape)


class PixelShuffle(Module):
    """r² channels become r × r pixels: (…, C·r², H, W) → (…, C, H·r, W·r).

    Errors as in ``functional.pixel_shuffle``. Source: Shi et al. 2016.

    >>> minigrad.nn.PixelShuffle(2)(minigrad.zeros(1, 8, 3, 4)).shape
    (1, 2, 6, 8)
    """

    _shown = ("upscale_factor",)

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return pixel_shuffle(input, self.upscale_factor)


class PixelUnshuffle(Module):
    """r × r pixels become r² channels: (…, C, H·r, W·r) → (…, C·r², H, W).

    Errors as in ``functional.pixel_unshuffle``.

    >>> minigrad.nn.PixelUnshuffle(2)(minigrad.zeros(1, 2, 6, 8)).shape
    (1, 8, 3, 4)
    """

    _shown = ("downscale_factor",)

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return pixel_unshuffle(input, self.downscale_factor)


class ChannelShuffle(Module):
    """Channels mixed between groups: (N, C, …); the same shape. Errors as in ``functional.channel_shuffle``.

    >>> minigrad.nn.ChannelShuffle(2)(minigrad.tensor([[1, 2, 3, 4]]).unsqueeze(-1)).flatten()
    tensor([1, 3, 2, 4])
    """

    _shown = ("groups",)

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        return channel_shuffle(input, self.groups)


class Upsample(Module):
    """Sequences, images or volumes in another size: (N, C, …) → (N, C, *size).

    Options and errors as in ``functional.interpolate``.

    >>> minigrad.nn.Upsample(scale_factor=2)(minigrad.tensor([[[[1.0, 2.0]]]]))
    tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]])
    """

    def __init__(self, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
                 align_corners: bool | None = None, recompute_scale_factor: bool | None = None) -> None:
        super().__init__()
        self.size, self.recompute_scale_factor = size, recompute_scale_factor
        self.scale_factor = tuple(map(float, scale_factor)) if isinstance(scale_factor, (tuple, list)) \
            else None if scale_factor is None else float(scale_factor)
        self.mode, self.align_corners = mode, align_corners

    def extra_repr(self) -> str:
        size = f"size={self.size!r}" if self.scale_factor is None else f"scale_factor={self.scale_factor!r}"
        return f"{size}, mode={self.mode!r}"

    def forward(self, input: Tensor) -> Tensor:
        return interpolate(input, self.size, self.scale_factor, self.mode,
                           self.align_corners, self.recompute_scale_factor)


class UpsamplingNearest2d(Upsample):
    """Images in another size, by the nearest pixel: (N, C, H, W) → (N, C, *size).

    >>> minigrad.nn.UpsamplingNearest2d(scale_factor=2)(minigrad.zeros(1, 1, 2, 3)).shape
    (1, 1, 4, 6)
    """

    def __init__(self, size: int | Pair | None = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "nearest")


class UpsamplingBilinear2d(Upsample):
    """Images in another size, bilinear with aligned corners: (N, C, H, W) → (N, C, *size).

    >>> minigrad.nn.UpsamplingBilinear2d(size=(1, 3))(minigrad.tensor([[[[1.0, 3.0]]]]))
    tensor([[[[1., 2., 3.]]]])
    """

    def __init__(self, size: int | Pair | None = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "bilinear", True)


def upsample(input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
             align_corners: bool | None = None) -> Any:
    """The old name of ``interpolate``.

    >>> minigrad.nn.functional.upsample(minigrad.zeros(1, 1, 2, 3), scale_factor=2).shape
    (1, 1, 4, 6)
    """
    return interpolate(input, size, scale_factor, mode, align_corners)


class Unfold(Module):
    """Each window as a column: (N, C, H, W) → (N, C·KH·KW, OH·OW). Errors as in ``functional.unfold``.

    >>> minigrad.nn.Unfold(2)(minigrad.arange(9.0).reshape(1, 1, 3, 3))[0, :, 0]
    tensor([0., 1., 3., 4.])
    """

    _shown: tuple[str, ...] = ("kernel_size", "dilation", "padding", "stride")

    def __init__(self, kernel_size: int | Pair, dilation: int | Pair = 1, padding: int | Pair = 0,
                 stride: int | Pair = 1) -> None:
        super().__init__()
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Tensor) -> Tensor:
        return unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)


class Fold(Unfold):
    """Columns added where their windows lie: (N, C·KH·KW, OH·OW) → (N, C, *output_size).

    Errors as in ``functional.fold``.

    >>> minigrad.nn.Fold((3, 3), 2)(minigrad.ones(1, 4, 4))[0, 0]
    tensor([[1., 2., 1.],
            [2., 4., 2.],
            [1., 2., 1.]])
    """

    _shown = ("output_size", *Unfold._shown)

    def __init__(self, output_size: int | Pair, kernel_size: int | Pair, dilation: int | Pair = 1,
                 padding: int | Pair = 0, stride: int | Pair = 1) -> None:
        super().__init__(kernel_size, dilation, padding, stride)
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)
