"""Volumes (N, C, D, H, W): convolution and pooling in three dimensions, made of those in two.

A window of depth KD over a volume is a window over an image of KD times as many channels. So the slices that
a window covers are laid side by side as channels, and ``conv2d`` does the rest.
"""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from ..errors import ShapeError
from .attach import in_single
from .convolution import conv2d, conv_transpose2d, pair, paddings
from .join import stack
from .pad import pad
from .pooling import avg_pool2d, stride_or_window
from .unfold import fold

Triple = tuple[int, int, int]


def triple(value: int | Sequence[int], name: str, least: int = 1) -> Triple:
    """One int for all three axes, also in a list, or three; ShapeError below ``least``."""
    numbers = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if len(numbers) not in (1, 3) or any(not isinstance(n, (int, np.integer)) or n < least for n in numbers):
        raise ShapeError(f"{name}: expected one or three ints from {least}, got {value!r}.")
    return numbers * 3 if len(numbers) == 1 else numbers


def conv3d(input: Any, weight: Any, bias: Any = None, stride: int | Triple = 1,
           padding: int | Triple | str = 0, dilation: int | Triple = 1, groups: int = 1) -> Any:
    """The convolution of volumes: (N, C, D, H, W) with weight (O, C / groups, KD, KH, KW).

    Options as in ``conv2d``, with three numbers each. Returns (N, O, OD, OH, OW); a single volume without N
    works, too. Raises ShapeError when the sizes do not fit, DTypeError when the dtypes differ.

    >>> minigrad.conv3d(minigrad.ones(1, 1, 3, 3, 3), minigrad.ones(1, 1, 2, 2, 2))[0, 0, 0, 0]
    tensor([8., 8.])
    """
    if len(input.shape) == 4:
        return conv3d(input.unsqueeze(0), weight, bias, stride, padding, dilation, groups).squeeze(0)
    if len(input.shape) != 5 or len(weight.shape) != 5:
        raise ShapeError(f"conv3d: expected an input (N, C, D, H, W) and a weight (O, C, KD, KH, KW), got "
                         f"{tuple(input.shape)} and {tuple(weight.shape)}.")
    name = "conv3d"
    filters, channels, *kernel = weight.shape
    strides, spread = triple(stride, "conv3d: stride"), triple(dilation, "conv3d: dilation")
    pads = paddings(name, padding, kernel, spread, strides, triple)
    x = pad(input, [n for both in reversed(pads) for n in both]) if any(map(any, pads)) else input
    (s, *steps), (d, *gaps) = strides, spread
    depth = (x.shape[2] - d * (kernel[0] - 1) - 1) // s + 1
    if depth < 1:
        raise ShapeError(f"conv3d: a window of {tuple(kernel)} (dilation {spread}) does not fit into "
                         f"{tuple(input.shape[2:])} with padding {padding}.")
    slices = [x[:, :, k * d:k * d + (depth - 1) * s + 1:s] for k in range(kernel[0])]
    windows = stack(slices, 3).transpose(1, 2)                                  # (N, OD, C, KD, H, W)
    images = windows.reshape(-1, x.shape[1] * kernel[0], *x.shape[3:])          # (N·OD, C·KD, H, W)
    flat = weight.reshape(filters, channels * kernel[0], *kernel[1:])
    out = conv2d(images, flat, bias, pair(steps, name), 0, pair(gaps, name), groups)
    return out.reshape(-1, depth, *out.shape[1:]).transpose(1, 2)


def conv_transpose3d(input: Any, weight: Any, bias: Any = None, stride: int | Triple = 1,
                     padding: int | Triple = 0, output_padding: int | Triple = 0, groups: int = 1,
                     dilation: int | Triple = 1) -> Any:
    """Every entry of a volume (N, C, D, H, W) paints a window: weight (C, O / groups, KD, KH, KW).

    Options as in ``conv_transpose2d``, with three numbers each. Returns (N, O, OD, OH, OW); a single volume
    without N works, too. Raises ShapeError when the sizes do not fit.

    >>> x, w = minigrad.tensor([5.0]).reshape(1, 1, 1, 1, 1), minigrad.ones(1, 1, 2, 1, 1)
    >>> minigrad.conv_transpose3d(x, w).flatten()
    tensor([5., 5.])
    """
    name = "conv_transpose3d"
    if len(input.shape) == 4:
        return conv_transpose3d(input.unsqueeze(0), weight, bias, stride, padding, output_padding, groups,
                                dilation).squeeze(0)
    if len(input.shape) != 5 or len(weight.shape) != 5:
        raise ShapeError(f"{name}: expected an input (N, C, D, H, W) and a weight (C, O, KD, KH, KW), got "
                         f"{tuple(input.shape)} and {tuple(weight.shape)}.")
    (s, *steps), (d, *gaps) = triple(stride, f"{name}: stride"), triple(dilation, f"{name}: dilation")
    (p, *pads), (e, *extra) = triple(padding, f"{name}: padding", 0), \
        triple(output_padding, f"{name}: output_padding", 0)
    n, channels, depth = input.shape[:3]
    filters, kernel = weight.shape[1], weight.shape[2]
    images = input.transpose(1, 2).reshape(n * depth, channels, *input.shape[3:])
    flat = weight.reshape(weight.shape[0], filters * kernel, *weight.shape[3:])
    painted = conv_transpose2d(images, flat, None, pair(steps, name), pair(pads, name, 0),
                               pair(extra, name, 0), groups, pair(gaps, name))
    size = painted.shape[2:]
    if e >= max(s, d):
        raise ShapeError(f"{name}: output_padding {e} must be smaller than the stride {s} or the dilation "
                         f"{d}.")
    columns = painted.reshape(n, depth, -1, *size).permute(0, 3, 4, 2, 1)       # (N, OH, OW, O·KD, D)
    long = (depth - 1) * s - 2 * p + d * (kernel - 1) + e + 1
    out = fold(columns.reshape(-1, columns.shape[3], depth), (long, 1), (kernel, 1), (d, 1), (p, 0), (s, 1))
    out = out.reshape(n, *size, -1, long).permute(0, 3, 4, 1, 2)                # (N, O, OD, OH, OW)
    if bias is None:
        return out
    if tuple(bias.shape) != (out.shape[1],):
        raise ShapeError(f"{name}: the bias must be ({out.shape[1]},), one for each filter, but it is "
                         f"{tuple(bias.shape)}.")
    return out + bias.reshape(-1, 1, 1, 1)


@in_single
def avg_pool3d(input: Any, kernel_size: int | Triple, stride: int | Triple | None = None,
               padding: int | Triple = 0, ceil_mode: bool = False, count_include_pad: bool = True,
               divisor_override: int | None = None) -> Any:
    """The mean of each window of a volume: (N, C, D, H, W) or (C, D, H, W).

    Options and errors as in ``avg_pool2d``; NotImplementedError for integers.

    >>> minigrad.nn.functional.avg_pool3d(minigrad.arange(8.0).reshape(1, 2, 2, 2), 2).flatten()
    tensor([3.5000])
    """
    name, shape = "avg_pool3d", tuple(input.shape)
    if len(shape) not in (4, 5):
        raise ShapeError(f"{name}: the input must be (N, C, D, H, W) or (C, D, H, W), but it is {shape}.")
    if input.dtype.kind != "f":
        raise NotImplementedError(f"{name}: {input.dtype} is not supported. Use x.float().")
    if divisor_override == 0:
        raise ValueError(f"{name}: divisor_override must not be 0.")
    k, p = triple(kernel_size, f"{name}: kernel_size"), triple(padding, f"{name}: padding", 0)
    s = triple(stride_or_window(stride, kernel_size), f"{name}: stride")
    flat = input.reshape(math.prod(shape[:-3]), *shape[-3:])                    # (N·C, D, H, W)
    planes = avg_pool2d(flat, k[1:], s[1:], p[1:], ceil_mode, count_include_pad,
                        None if divisor_override is None else 1)                # (N·C, D, OH, OW)
    size = planes.shape[2:]
    lines = planes.reshape(planes.shape[0], 1, shape[-3], size[0] * size[1])
    out = avg_pool2d(lines, (k[0], 1), (s[0], 1), (p[0], 0), ceil_mode, count_include_pad, divisor_override)
    return out.reshape(*shape[:-3], out.shape[2], *size)
