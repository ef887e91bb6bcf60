"""Pooling: one number for each window of an image."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.tensor import array_of, wrap
from ..backend.arrays import Array, array_module
from ..backend.pool import (max_pool_forward, max_pool_gather, max_pool_scatter, sum_pool_forward,
                            sum_pool_spread, winner_indices)
from ..backend.windows import Geometry, Pair
from ..errors import ShapeError
from .attach import in_single
from .convolution import of_sequence, pair, require_fit, require_numeric, single


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


class MaxPoolGather(MaxPoolScatter):
    """ȳ = the entries of h where the maxima were (the transpose of MaxPoolScatter)."""

    __slots__ = ()

    def forward(self, h: Array) -> Array:
        return max_pool_gather(h, self.winners, self.geometry)

    def backward(self, g: Any) -> Any:
        return MaxPoolScatter(self.geometry, self.size, self.winners)(g)


class SumPool2d(Function):
    """y = the sum of each window;  every entry receives the g of all windows it lies in (Spread).

    x (N, C, H, W), y (N, C, OH, OW).
    """

    __slots__ = ("geometry", "size")

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry

    def forward(self, x: Array) -> Array:
        self.size: Pair = (x.shape[2], x.shape[3])
        return sum_pool_forward(x, self.geometry)

    def backward(self, g: Any) -> Any:
        return SumPoolSpread(self.geometry, self.size)(g)


class SumPoolSpread(Function):
    """x̄ = each entry is the sum of the g of its windows (the transpose of SumPool2d)."""

    __slots__ = ("geometry", "size")

    def __init__(self, geometry: Geometry, size: Pair) -> None:
        self.geometry, self.size = geometry, size

    def forward(self, g: Array) -> Array:
        return sum_pool_spread(g, self.geometry, self.size)

    def backward(self, h: Any) -> Any:
        return SumPool2d(self.geometry)(h)


def max_pool2d(input: Any, kernel_size: int | Pair, stride: int | Pair | None = None,
               padding: int | Pair = 0, dilation: int | Pair = 1, ceil_mode: bool = False,
               return_indices: bool = False) -> Any:
    """The maximum of each window; the stride is the window's size unless given.

    Args:
        input: (N, C, H, W), or (C, H, W) for a single image.
        padding: at most half a window; it counts as −∞.
        ceil_mode: also windows that reach over the end of the image.
        return_indices: also return where each maximum is, as an index into the H·W entries.

    Returns (N, C, OH, OW). Raises ShapeError when no window fits or the padding is too large.

    >>> x = minigrad.tensor([[[[1.0, 5.0], [7.0, 2.0]]]])
    >>> minigrad.nn.functional.max_pool2d(x, 2, return_indices=True)
    (tensor([[[[7.]]]]), tensor([[[[2]]]]))
    """
    if len(array_of(input).shape) == 3:
        out = max_pool2d(input.reshape(1, *input.shape), kernel_size, stride, padding, dilation,
                         ceil_mode, return_indices)
        return tuple(o.squeeze(0) for o in out) if return_indices else out.squeeze(0)
    return _max_pool("max_pool2d", input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def _max_pool(name: str, input: Any, kernel_size: int | Pair, stride: int | Pair | None,
              padding: int | Pair, dilation: int | Pair, ceil_mode: bool, return_indices: bool) -> Any:
    """What ``max_pool2d`` and ``max_pool1d`` share; errors speak of ``name``."""
    geometry = pool_geometry(name, input, kernel_size, stride, padding, dilation, ceil_mode)
    step = MaxPool2d(geometry)
    values = step(input)
    if not return_indices:
        return values
    at = winner_indices(step.winners, geometry, step.size[1])
    return values, wrap(at) if isinstance(values, Tensor) else at


def max_pool1d(input: Any, kernel_size: int, stride: int | None = None, padding: int = 0,
               dilation: int = 1, ceil_mode: bool = False, return_indices: bool = False) -> Any:
    """The maximum of each window of a sequence: (N, C, L) → (N, C, OL).

    Options and errors as in ``max_pool2d``.

    >>> minigrad.nn.functional.max_pool1d(minigrad.tensor([[[1.0, 5.0, 7.0, 2.0]]]), 2)
    tensor([[[5., 7.]]])
    """
    shape = tuple(input.shape)
    if len(shape) not in (2, 3):
        raise ShapeError(f"max_pool1d: the input must be (N, C, L), but it is {shape}.")
    images = input.reshape((1, *shape[-2:]) if len(shape) == 2 else shape).unsqueeze(-2)     # (N, C, 1, L)
    kernel = single(kernel_size, "max_pool1d: kernel_size")
    out = _max_pool("max_pool1d", images, (1, kernel),
                    (1, single(stride_or_window(stride, kernel), "max_pool1d: stride")),
                    (0, single(padding, "max_pool1d: padding", 0)),
                    (1, single(dilation, "max_pool1d: dilation")), ceil_mode, return_indices)
    drop = (0, -2) if len(shape) == 2 else -2
    return tuple(o.squeeze(drop) for o in out) if return_indices else out.squeeze(drop)


@in_single
def avg_pool2d(input: Any, kernel_size: int | Pair, stride: int | Pair | None = None,
               padding: int | Pair = 0, ceil_mode: bool = False, count_include_pad: bool = True,
               divisor_override: int | None = None) -> Any:
    """The mean of each window; the stride is the window's size unless given.

    Args:
        input: (N, C, H, W), or (C, H, W) for a single image.
        count_include_pad: whether the padding's zeros count in the mean.
        divisor_override: divide the sum by this instead.

    Returns (N, C, OH, OW). Raises ShapeError when no window fits or the padding is too large, ValueError
    for divisor 0.

    >>> minigrad.nn.functional.avg_pool2d(minigrad.tensor([[[[1.0, 5.0], [7.0, 3.0]]]]), 2)
    tensor([[[[4.]]]])
    """
    if len(input.shape) == 3:
        return avg_pool2d(input.reshape(1, *input.shape), kernel_size, stride, padding, ceil_mode,
                          count_include_pad, divisor_override).squeeze(0)
    geometry = pool_geometry("avg_pool2d", input, kernel_size, stride, padding, 1, ceil_mode)
    if divisor_override == 0:
        raise ValueError("avg_pool2d: divisor_override must not be 0.")
    pads = pair(padding, "avg_pool2d: padding", 0)
    counts = [window_counts(n, k, s, p, after, count_include_pad) for n, k, s, p, (_, after) in
              zip(input.shape[2:], geometry.kernel, geometry.stride, pads, geometry.padding)]
    divisors = counts[0][:, None] * counts[1]                                    # (OH, OW)
    if divisor_override is not None:
        divisors = np.full_like(divisors, divisor_override)
    sums, xp = SumPool2d(geometry)(input), array_module(array_of(input))
    if input.dtype.kind == "f":
        return sums * xp.asarray(1 / divisors, dtype=input.dtype)
    divisors = xp.asarray(divisors, dtype=input.dtype)          # of integers without the fraction, as in C
    return sums.sign() * xp.sign(divisors) * (sums.abs() // abs(divisors))


def avg_pool1d(input: Any, kernel_size: int, stride: int | None = None, padding: int = 0,
               ceil_mode: bool = False, count_include_pad: bool = True) -> Any:
    """The mean of each window of a sequence: (N, C, L) → (N, C, OL), or (C, L) → (C, OL).

    Options and errors as in ``avg_pool2d``.

    >>> minigrad.nn.functional.avg_pool1d(minigrad.tensor([[[1.0, 5.0, 7.0, 3.0]]]), 2)
    tensor([[[3., 5.]]])
    """
    name, shape = "avg_pool1d", tuple(input.shape)
    if len(shape) not in (2, 3):
        raise ShapeError(f"{name}: the input must be (N, C, L) or (C, L), but it is {shape}.")
    kernel, pad = single(kernel_size, f"{name}: kernel_size"), single(padding, f"{name}: padding", 0)
    steps = single(stride_or_window(stride, kernel), f"{name}: stride")
    images = input.reshape((1, *shape) if len(shape) == 2 else shape).unsqueeze(-2)         # (N, C, 1, L)
    out = avg_pool2d(images, (1, kernel), (1, steps), (0, pad), ceil_mode, count_include_pad)
    return out.squeeze((0, -2) if len(shape) == 2 else -2)


def window_counts(n: int, k: int, s: int, p: int, after: int, include_padding: bool) -> Any:
    """How many entries each window along one axis counts: within the image, or within the padding."""
    start = np.arange((n + p + after - k) // s + 1) * s - p
    low, high = (-p, n + p) if include_padding else (0, n)
    return np.minimum(start + k, high) - np.maximum(start, low)


def stride_or_window(stride: Any, kernel_size: Any) -> Any:
    """The stride, or the window's size where none is given: None, or an empty list."""
    return kernel_size if stride is None or isinstance(stride, (tuple, list)) and not stride else stride


def pool_geometry(name: str, input: Any, kernel_size: int | Pair, stride: int | Pair | None,
                  padding: int | Pair, dilation: int | Pair, ceil_mode: bool) -> Geometry:
    """The windows of a pooling; in ceil_mode the padding at the end grows to hold the last one."""
    kernel = pair(kernel_size, f"{name}: kernel_size")
    steps = pair(stride_or_window(stride, kernel), f"{name}: stride")
    pads, dilation = pair(padding, f"{name}: padding", 0), pair(dilation, f"{name}: dilation")
    if 2 * pads[0] > kernel[0] or 2 * pads[1] > kernel[1]:
        raise ShapeError(f"{name}: padding {of_sequence(name, pads)} is more than half of the window "
                         f"{of_sequence(name, kernel)}, so that some windows would hold nothing but padding.")
    x = array_of(input)
    require_numeric(name, x)
    if 0 in x.shape[1:]:
        raise ShapeError(f"{name}: only the batch may be empty, but the input is "
                         f"{of_sequence(name, x.shape)}.")
    geometry = Geometry(kernel, steps, ((pads[0], pads[0]), (pads[1], pads[1])), dilation)
    require_fit(name, x.shape, geometry)
    if not ceil_mode:
        return geometry
    ends = []
    for n, k, s, p, d in zip(x.shape[2:], kernel, steps, pads, dilation):
        reach = d * (k - 1) + 1
        count = -(-(n + 2 * p - reach) // s) + 1
        if (count - 1) * s >= n + p:            # the last window would start past the image
            count -= 1
        ends.append((p, max(0, (count - 1) * s + reach - n - p)))
    return geometry._replace(padding=(ends[0], ends[1]))
