"""Pooling to a given size, at drawn places, and backwards: adaptive, fractional and un-pooling layers."""
from __future__ import annotations

from typing import Any, Sequence

from ..autograd import Tensor
from ..backend.windows import Pair
from ..ops.choosing import (adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d,
                            fractional_max_pool,
                            max_unpool)
from ..ops.convolution import pair, single
from ..ops.pooling import stride_or_window
from ..ops.resize import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from ..ops.volumes import Triple, triple
from .module import Module


class AdaptiveAvgPool2d(Module):
    """Means over as many windows as the output has entries.  (N, C, H, W) → (N, C, *output_size).

    Errors as in ``functional.adaptive_avg_pool2d``.

    >>> minigrad.nn.AdaptiveAvgPool2d((1, None))(minigrad.zeros(2, 8, 7, 5)).shape
    (2, 8, 1, 5)
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
    (2, 8, 1, 1, 1)
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
    """The largest entries of as many windows as the output has entries.  (N, C, D, H, W) → (N, C,
    *output_size).

    Errors as in ``functional.adaptive_max_pool3d``.

    >>> minigrad.nn.AdaptiveMaxPool3d(1)(minigrad.zeros(2, 8, 3, 4, 5)).shape
    (2, 8, 1, 1, 1)
    """

    def forward(self, input: Tensor) -> Any:
        return adaptive_max_pool3d(input, self.output_size, self.return_indices)


def fractional_max_pool2d(input: Any, kernel_size: int | Pair, output_size: Any = None,
                          output_ratio: Any = None,
                         return_indices: bool = False, _random_samples: Any = None) -> Any:
    """The largest entries of windows at drawn places: the size shrinks by any factor between 1 and 2 or more.

    (H, W as the last dimensions.) Give ``output_size``, or ``output_ratio`` in (0, 1). Raises ValueError for
    both or neither, ShapeError when the windows do not fit. Source: Graham 2014.

    >>> minigrad.nn.functional.fractional_max_pool2d(minigrad.zeros(1, 9, 9), 2, output_size=6).shape
    (1, 6, 6)
    """
    kernel = pair(kernel_size, "fractional_max_pool2d: kernel_size")
    sizes = _fractions("fractional_max_pool2d", input, output_size, output_ratio, 2)
    return fractional_max_pool("fractional_max_pool2d", input, kernel, sizes, _random_samples, return_indices)


def fractional_max_pool3d(input: Any, kernel_size: int | Triple, output_size: Any = None,
                          output_ratio: Any = None,
                         return_indices: bool = False, _random_samples: Any = None) -> Any:
    """The largest entries of windows at drawn places: the size shrinks by any factor between 1 and 2 or more.

    (D, H, W as the last dimensions.) Give ``output_size``, or ``output_ratio`` in (0, 1). Raises ValueError
    for both or neither, ShapeError when the windows do not fit. Source: Graham 2014.

    >>> minigrad.nn.functional.fractional_max_pool3d(minigrad.zeros(1, 9, 9, 9), 2, output_size=6).shape
    (1, 6, 6, 6)
    """
    kernel = triple(kernel_size, "fractional_max_pool3d: kernel_size")
    sizes = _fractions("fractional_max_pool3d", input, output_size, output_ratio, 3)
    return fractional_max_pool("fractional_max_pool3d", input, kernel, sizes, _random_samples, return_indices)


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
    (1, 7, 7)
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
    (1, 3, 3, 3)
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
    name = "max_unpool1d"
    return max_unpool(name, input, indices, (single(kernel_size, f"{name}: kernel_size"),),
                      (single(stride_or_window(stride, kernel_size), f"{name}: stride"),),
                      (single(padding, f"{name}: padding", 0),), output_size)


def max_unpool2d(input: Any, indices: Any, kernel_size: int | Pair, stride: int | Pair | None = None,
                 padding: int | Pair = 0,
                output_size: Sequence[int] | None = None) -> Any:
    """Zeros with the entries of ``input`` at ``indices``, as ``max_pool2d`` with return_indices gave them.

    ``output_size`` chooses among the sizes that the stride leaves open. Raises ShapeError when sizes do not
    fit, RangeError for an index outside.

    >>> x = minigrad.tensor([[[5.0]]])
    >>> minigrad.nn.functional.max_unpool2d(x, minigrad.tensor([[[1]]]), 2).sum()
    tensor(5.)
    """
    name = "max_unpool2d"
    return max_unpool(name, input, indices, pair(kernel_size, f"{name}: kernel_size"),
                      pair(stride_or_window(stride, kernel_size), f"{name}: stride"),
                      pair(padding, f"{name}: padding", 0), output_size)


def max_unpool3d(input: Any, indices: Any, kernel_size: int | Triple, stride: int | Triple | None = None,
                 padding: int | Triple = 0,
                output_size: Sequence[int] | None = None) -> Any:
    """Zeros with the entries of ``input`` at ``indices``, as ``max_pool3d`` with return_indices gave them.

    ``output_size`` chooses among the sizes that the stride leaves open. Raises ShapeError when sizes do not
    fit, RangeError for an index outside.

    >>> x = minigrad.tensor([[[[5.0]]]])
    >>> minigrad.nn.functional.max_unpool3d(x, minigrad.tensor([[[[1]]]]), 2).sum()
    tensor(5.)
    """
    name = "max_unpool3d"
    return max_unpool(name, input, indices, triple(kernel_size, f"{name}: kernel_size"),
                      triple(stride_or_window(stride, kernel_size), f"{name}: stride"),
                      triple(padding, f"{name}: padding", 0), output_size)


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
        self.kernel_size = self._numbers(kernel_size, f"{name}: kernel_size")
        self.stride = self._numbers(stride_or_window(stride, kernel_size), f"{name}: stride")
        self.padding = self._numbers(padding, f"{name}: padding", 0)

    def _numbers(self, value: Any, name: str, least: int = 1) -> tuple[int, ...]:
        if self.dims == 1:
            return (single(value, name, least),)
        return pair(value, name, least) if self.dims == 2 else triple(value, name, least)

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return max_unpool(f"max_unpool{self.dims}d", input, indices, self.kernel_size, self.stride,
                          self.padding,
                          output_size)


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
