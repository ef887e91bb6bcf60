"""Neighboring layers that ``Sequential`` runs as one operation, where that is faster and the result is the same.

On the CPU these are Conv2d, ReLU and MaxPool2d on a large batch (``backend/fusion.py`` says why), on a GPU Conv2d
or Linear and its ReLU. Whoever looks between the layers, by a hook or ``detect_anomaly``, has them run one by one.
"""
from __future__ import annotations

from functools import partial
from typing import Any, Callable, Iterable

import numpy as np

from ..autograd import Tensor
from ..autograd.mode import mode
from ..backend.fusion import NONE
from ..backend.gpu.kernels import has_kernels
from ..backend.tuning import FUSED
from ..backend.windows import Geometry, Pair
from ..ops.convolution import conv2d, conv_geometry, pair
from ..ops.fusion import BiasReLU, ConvReLUPool
from ..ops.linalg import linear
from .activation import ReLU
from .conv import Conv2d
from .linear import Linear
from .module import Module
from .pooling import MaxPool2d


def runs(layers: Iterable[Module | None]) -> list[Callable[[Any], Any]]:
    """What to call, one after the other: each layer, or one function for neighbors that may run at once."""
    left: list[Module] = [layer for layer in layers if layer is not None]
    left.reverse()
    found: list[Callable[[Any], Any]] = []
    while left:
        layer: Any = left.pop()
        if type(layer) in (Conv2d, Linear) and left and type(left[-1]) is ReLU:
            relu = left.pop()
            if type(layer) is Conv2d and left and type(left[-1]) is MaxPool2d:
                layer = partial(conv_relu_pool, layer, relu, left.pop())
            else:
                layer = partial(with_relu, layer, relu)
        found.append(layer)
    return found


def conv_relu_pool(conv: Conv2d, relu: ReLU, pool: MaxPool2d, x: Any) -> Any:
    """Three layers, at once where that pays: x (N, C, H, W) → (N, O, PH, PW)."""
    if isinstance(x, Tensor) and type(x._array) is np.ndarray and x._array.ndim == 4:
        geometry = conv_geometry("Conv2d", conv.kernel_size, conv.stride, conv.padding, conv.dilation)
        if pays(conv, x._array, geometry) and not looked_at(conv, relu, pool):
            window = tiles(pool, geometry.output_size(x._array.shape[2:]))
            if window is not None:
                return ConvReLUPool(geometry, window)(x, conv.weight, conv.bias)
    return pool(with_relu(conv, relu, x))


def pays(conv: Conv2d, x: np.ndarray, geometry: Geometry) -> bool:
    """Whether the batch is large enough. False for bad input, too: the layers themselves say what is wrong."""
    n, channels, *size = x.shape
    rows, columns = geometry.output_size((size[0], size[1]))
    return (rows > 0 < columns and n * conv.out_channels * rows * columns * x.itemsize >= FUSED
            and channels == conv.in_channels and conv.groups == 1 and x.dtype == conv.weight._array.dtype)


def tiles(pool: MaxPool2d, size: Pair) -> Pair | None:
    """The window of a pooling whose windows lie side by side in an image of this size; None for others."""
    window = pair(pool.kernel_size, "MaxPool2d: kernel_size")
    side_by_side = (pair(pool.stride, "MaxPool2d: stride") == window and pool.padding in (0, (0, 0))
                    and pool.dilation in (1, (1, 1)) and not pool.ceil_mode and not pool.return_indices
                    and window[0] <= size[0] and window[1] <= size[1] and window[0] * window[1] < NONE)
    return window if side_by_side else None


def with_relu(layer: Any, relu: ReLU, x: Any) -> Any:
    """max(0, layer(x)): on a GPU the product first, then bias and ReLU in one kernel."""
    if not isinstance(x, Tensor) or type(x._array) is np.ndarray or not one_kernel(layer, relu, x):
        return relu(layer(x))
    if isinstance(layer, Linear):
        return BiasReLU()(linear(x, layer.weight), layer.bias)
    z = conv2d(x, layer.weight, None, layer.stride, layer.padding, layer.dilation, layer.groups)
    return BiasReLU()(z, layer.bias)


def one_kernel(layer: Any, relu: ReLU, x: Tensor) -> bool:
    """Whether a GPU's kernel computes bias and ReLU of this layer, and nothing looks between them."""
    return (layer.bias is not None and x._array.ndim == (2 if type(layer) is Linear else 4)
            and has_kernels(x._array, layer.weight._array, layer.bias._array)
            and not looked_at(layer, relu))


def looked_at(*layers: Module) -> bool:
    """Whether somebody wants to see what lies between these layers."""
    return mode.anomaly or any([layer.watched() for layer in layers])
