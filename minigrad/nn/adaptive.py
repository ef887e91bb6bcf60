"""Pooling to a given size, at drawn places, and backwards: adaptive, fractional and un-pooling layers."""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import array_of, wrap
from ..backend.arrays import array_module, to_numpy
from ..backend.random import generator_of
from ..backend.windows import Pair
from ..errors import DTypeError, RangeError, ShapeError
from ..ops.choosing import (adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d, chosen,
                            winners)
from ..ops.gather_scatter import scatter
from ..ops.pooling import stride_or_window
from ..ops.resize import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from ..ops.volumes import Triple
from .conv import for_each_dimension
from .module import Module


class AdaptiveAvgPool2d(Module):
    """Means over as many windows as the output has entries.  (N, C, H, W) → (N, C, *output_size).

    Errors as in ``functional.adaptive_avg_pool2d``.

    >>> minigrad.nn.AdaptiveAvgPool2d((1, None))(minigrad.zeros(2, 8, 7, 5)).shape
    minigrad.Size([2, 8, 1, 5])
    """

    _shown = ("output_size",)

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool1d(AdaptiveAvgPool2d):
    """Means over as many windows as the output has entries.  (N, C, L) → (N, C, output_size).

    Errors as in ``functional.adaptive_avg_pool1d``.

    >>> minigrad.nn.AdaptiveAvgPool1d(2)(minigrad.tensor([[1.0, 5.0, 7.0, 3.0]]))
    tensor([[3., 5.]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool3d(AdaptiveAvgPool2d):
    """Means over as many windows as the output has entries.  (N, C, D, H, W) → (N, C, *output_size).

    Errors as in ``functional.adaptive_avg_pool3d``.

    >>> minigrad.nn.AdaptiveAvgPool3d(1)(minigrad.zeros(2, 8, 3, 4, 5)).shape
    minigrad.Size([2, 8, 1, 1, 1])
    """

    def forward(self, input: Tensor) -> Tensor:
        return adaptive_avg_pool3d(input, self.output_size)


class AdaptiveMaxPool2d(Module):
    """The largest entries of as many windows as the output has entries.  (N, C, H, W) → (N, C, *output_size).

    With ``return_indices`` also where they are. Errors as in ``functional.adaptive_max_pool2d``.

    >>> minigrad.nn.AdaptiveMaxPool2d(1)(minigrad.tensor([[[1.0, 5.0], [7.0, 3.0]]]))
    tensor([[[7.]]])
    """

    _shown = ("output_size",)

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size, self.return_indices = output_size, return_indices

    def forward(self, input: Tensor) -> Any:
        return adaptive_max_pool2d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(AdaptiveMaxPool2d):
    """The largest entries of as many windows as the output has entries.  (N, C, L) → (N, C, output_size).

    Errors as in ``functional.adaptive_max_pool1d``.

    >>> minigrad.nn.AdaptiveMaxPool1d(2)(minigrad.tensor([[1.0, 5.0, 7.0, 3.0]]))
    tensor([[5., 7.]])
    """

    def forward(self, input: Tensor) -> Any:
        return adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool3d(AdaptiveMaxPool2d):
    """The largest entries of as many windows as the output has entries.

    (N, C, D, H, W) → (N, C, *output_size). Errors as in ``functional.adaptive_max_pool3d``.

    >>> minigrad.nn.AdaptiveMaxPool3d(1)(minigrad.zeros(2, 8, 3, 4, 5)).shape
    minigrad.Size([2, 8, 1, 1, 1])
    """

    def forward(self, input: Tensor) -> Any:
        return adaptive_max_pool3d(input, self.output_size, self.return_indices)


def fractional_max_pool2d(input: Any, kernel_size: int | Pair, output_size: Any = None,
                          output_ratio: Any = None, return_indices: bool = False,
                          _random_samples: Any = None) -> Any:
    """The largest entries of windows at drawn places: the size shrinks by any factor between 1 and 2 or more.

    (H, W as the last dimensions.) Give ``output_size``, or ``output_ratio`` in (0, 1). Raises ValueError for
    both or neither, ShapeError when the windows do not fit. Source: Graham 2014.

    >>> minigrad.nn.functional.fractional_max_pool2d(minigrad.zeros(1, 9, 9), 2, output_size=6).shape
    minigrad.Size([1, 6, 6])
    """
    return _fractional(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def fractional_max_pool3d(input: Any, kernel_size: int | Triple, output_size: Any = None,
                          output_ratio: Any = None, return_indices: bool = False,
                          _random_samples: Any = None) -> Any:
    """The largest entries of windows at drawn places: the size shrinks by any factor between 1 and 2 or more.

    (D, H, W as the last dimensions.) Give ``output_size``, or ``output_ratio`` in (0, 1). Raises ValueError
    for both or neither, ShapeError when the windows do not fit. Source: Graham 2014.

    >>> minigrad.nn.functional.fractional_max_pool3d(minigrad.zeros(1, 9, 9, 9), 2, output_size=6).shape
    minigrad.Size([1, 6, 6, 6])
    """
    return _fractional(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def _fractions(name: str, input: Any, output_size: Any, output_ratio: Any, dims: int) -> list[int]:
    """The output's sizes from what was given: sizes, or shares of the input's."""
    if (output_size is None) == (output_ratio is None):
        raise ValueError(f"{name}: give either output_size or output_ratio.")
    given = output_ratio if output_size is None else output_size
    each = list(given) if isinstance(given, (tuple, list)) else [given] * dims
    if output_size is not None:
        return [int(n) for n in each]
    if not all(0 < r < 1 for r in each):
        raise ValueError(f"{name}: output_ratio must be between 0 and 1, got {output_ratio}.")
    return [int(n * r) for n, r in zip(input.shape[-dims:], each)]


class FractionalMaxPool2d(Module):
    """The largest entries of windows at drawn places.  (N, C, H, W) → (N, C, *output_size).

    Options and errors as in ``functional.fractional_max_pool2d``. Source: Graham 2014.

    >>> minigrad.nn.FractionalMaxPool2d(2, output_ratio=0.7)(minigrad.zeros(1, 10, 10)).shape
    minigrad.Size([1, 7, 7])
    """

    def __init__(self, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
                 return_indices: bool = False, _random_samples: Any = None) -> None:
        super().__init__()
        if (output_size is None) == (output_ratio is None):
            raise ValueError(f"{type(self).__name__}: give either output_size or output_ratio.")
        self.kernel_size, self.output_size, self.output_ratio = kernel_size, output_size, output_ratio
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)

    def forward(self, input: Tensor) -> Any:
        return fractional_max_pool2d(input, self.kernel_size, self.output_size, self.output_ratio,
                                     self.return_indices, self._random_samples)


class FractionalMaxPool3d(FractionalMaxPool2d):
    """The largest entries of windows at drawn places.  (N, C, D, H, W) → (N, C, *output_size).

    Options and errors as in ``functional.fractional_max_pool3d``.

    >>> minigrad.nn.FractionalMaxPool3d(2, output_size=3)(minigrad.zeros(1, 5, 5, 5)).shape
    minigrad.Size([1, 3, 3, 3])
    """

    def forward(self, input: Tensor) -> Any:
        return fractional_max_pool3d(input, self.kernel_size, self.output_size, self.output_ratio,
                                     self.return_indices, self._random_samples)


def max_unpool1d(input: Any, indices: Any, kernel_size: int, stride: int | None = None, padding: int = 0,
                 output_size: Sequence[int] | None = None) -> Any:
    """Zeros with the entries of ``input`` at ``indices``, as ``max_pool1d`` with return_indices gave them.

    ``output_size`` chooses among the sizes that the stride leaves open. Raises ShapeError when sizes do not
    fit, RangeError for an index outside.

    >>> x = minigrad.tensor([[5.0]])
    >>> minigrad.nn.functional.max_unpool1d(x, minigrad.tensor([[1]]), 2).sum()
    tensor(5.)
    """
    return _unpooled(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(input: Any, indices: Any, kernel_size: int | Pair, stride: int | Pair | None = None,
                 padding: int | Pair = 0, output_size: Sequence[int] | None = None) -> Any:
    """Zeros with the entries of ``input`` at ``indices``, as ``max_pool2d`` with return_indices gave them.

    ``output_size`` chooses among the sizes that the stride leaves open. Raises ShapeError when sizes do not
    fit, RangeError for an index outside.

    >>> x = minigrad.tensor([[[5.0]]])
    >>> minigrad.nn.functional.max_unpool2d(x, minigrad.tensor([[[1]]]), 2).sum()
    tensor(5.)
    """
    return _unpooled(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(input: Any, indices: Any, kernel_size: int | Triple, stride: int | Triple | None = None,
                 padding: int | Triple = 0, output_size: Sequence[int] | None = None) -> Any:
    """Zeros with the entries of ``input`` at ``indices``, as ``max_pool3d`` with return_indices gave them.

    ``output_size`` chooses among the sizes that the stride leaves open. Raises ShapeError when sizes do not
    fit, RangeError for an index outside.

    >>> x = minigrad.tensor([[[[5.0]]]])
    >>> minigrad.nn.functional.max_unpool3d(x, minigrad.tensor([[[[1]]]]), 2).sum()
    tensor(5.)
    """
    return _unpooled(3, input, indices, kernel_size, stride, padding, output_size)


class MaxUnpool2d(Module):
    """Zeros with the entries of the input at ``indices``: what ``MaxPool2d`` lost is 0.

    Arguments of the call and errors as in ``functional.max_unpool2d``.

    >>> pool, x = minigrad.nn.MaxPool2d(2, return_indices=True), minigrad.tensor([[[1.0, 5.0], [7.0, 2.0]]])
    >>> minigrad.nn.MaxUnpool2d(2)(*pool(x))
    tensor([[[0., 0.],
             [7., 0.]]])
    """

    _shown = ("kernel_size", "stride", "padding")
    dims = 2

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        name = type(self).__name__
        self.kernel_size, self.stride, self.padding = _window(self.dims, name, kernel_size, stride, padding)

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return _unpooled(self.dims, input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool1d(MaxUnpool2d):
    """Zeros with the entries of the input at ``indices``: what ``MaxPool1d`` lost is 0.

    Arguments of the call and errors as in ``functional.max_unpool1d``.

    >>> pool = minigrad.nn.MaxPool1d(2, return_indices=True)
    >>> minigrad.nn.MaxUnpool1d(2)(*pool(minigrad.tensor([[1.0, 5.0, 7.0, 2.0]])))
    tensor([[0., 5., 7., 0.]])
    """

    dims = 1


class MaxUnpool3d(MaxUnpool2d):
    """Zeros with the entries of the input at ``indices``: what ``MaxPool3d`` lost is 0.

    Arguments of the call and errors as in ``functional.max_unpool3d``.

    >>> pool = minigrad.nn.MaxPool3d(2, return_indices=True)
    >>> minigrad.nn.MaxUnpool3d(2)(*pool(minigrad.arange(8.0).reshape(1, 2, 2, 2))).flatten()
    tensor([0., 0., 0., 0., 0., 0., 0., 7.])
    """

    dims = 3


def _fractional(dims: int, input: Any, kernel_size: Any, output_size: Any, output_ratio: Any,
                return_indices: bool, samples: Any) -> Any:
    """Windows at places drawn for each channel: along a dimension, steps of two neighboring sizes.

    samples (N, C, dimensions): uniform numbers in [0, 1), or None to draw them.
    """
    name, shape = f"fractional_max_pool{dims}d", tuple(input.shape)
    kernel = for_each_dimension(dims, kernel_size, f"{name}: kernel_size")
    sizes = _fractions(name, input, output_size, output_ratio, dims)
    if len(shape) not in (dims + 1, dims + 2):
        raise ShapeError(f"{name}: the input must have {dims + 1} or {dims + 2} dimensions, but it is "
                         f"{shape}.")
    if any(not 1 <= m <= n - k + 1 for n, m, k in zip(shape[-dims:], sizes, kernel)):
        raise ShapeError(f"{name}: windows of {tuple(kernel)} over {shape[-dims:]} cannot give "
                         f"{tuple(sizes)}.")
    planes = array_of(input).reshape(math.prod(shape[:-dims]), *shape[-dims:])
    if samples is None:
        samples = generator_of(None).random((len(planes), dims))
    drawn = to_numpy(array_of(samples)).reshape(-1, dims)[:len(planes)]
    drawn = drawn[:, ::-1] if dims == 2 else drawn              # PyTorch's order: W, H, but D, H, W
    at = []
    for plane, draw in zip(planes, drawn):
        windows = []
        for n, m, k, u in zip(plane.shape, sizes, kernel, draw):
            alpha = (n - k) / (m - 1) if m > 1 else 0.0
            starts = ((np.arange(m) + u) * alpha).astype(int) - int(u * alpha)
            starts[-1] = n - k
            windows.append(starts[:, None] + np.arange(k))
        at.append(winners(plane, windows))
    xp = array_module(planes)
    places = xp.stack(at) if at else xp.zeros((0, *sizes), np.int64)
    return chosen(input, places.reshape(*shape[:-dims], *sizes), dims, return_indices)


def _window(dims: int, name: str, kernel_size: Any, stride: Any, padding: Any) -> tuple[Any, Any, Any]:
    """Kernel size, stride and padding, an int for each dimension."""
    return (for_each_dimension(dims, kernel_size, f"{name}: kernel_size"),
            for_each_dimension(dims, stride_or_window(stride, kernel_size), f"{name}: stride"),
            for_each_dimension(dims, padding, f"{name}: padding", 0))


def _unpooled(dims: int, input: Any, indices: Any, kernel_size: Any, stride: Any, padding: Any,
              output_size: Sequence[int] | None) -> Any:
    """Zeros with the entries of ``input`` at ``indices``: what max pooling lost is 0."""
    name, shape = f"max_unpool{dims}d", tuple(input.shape)
    kernel, stride, padding = _window(dims, name, kernel_size, stride, padding)
    if len(shape) not in (dims + 1, dims + 2) or tuple(indices.shape) != shape:
        raise ShapeError(f"{name}: the input must have {dims + 1} or {dims + 2} dimensions and the indices "
                         f"its shape, got {shape} and {tuple(indices.shape)}.")
    usual = [(n - 1) * s + k - 2 * p for n, s, k, p in zip(shape[-dims:], stride, kernel, padding)]
    size = usual if output_size is None else list(output_size)[-dims:]
    if len(size) != dims or any(abs(a - b) >= s for a, b, s in zip(size, usual, stride)):
        raise ShapeError(f"{name}: output_size must be closer to {usual} than one stride {tuple(stride)}, "
                         f"got {list(output_size or ())}.")
    at = array_of(indices)
    if at.dtype.kind not in "iu":
        raise DTypeError(f"{name}: indices must be integers, as return_indices=True gives them, got "
                         f"{at.dtype}.")
    flat, count = at.reshape(*shape[:-dims], -1), int(np.prod(size))
    if at.size and int(at.max()) >= count:
        raise RangeError(f"{name}: indices must be in [0, {count - 1}], got {int(at.max())}.")
    xp = array_module(at)
    zeros = wrap(xp.zeros((*shape[:-dims], count), input.dtype))
    return scatter(zeros, -1, wrap(flat), input.reshape(*flat.shape)).reshape(*shape[:-dims], *size)
