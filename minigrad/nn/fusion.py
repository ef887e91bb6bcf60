"""Neighboring layers that ``Sequential`` runs as one operation: it is faster, and the result is the same.

On the CPU these are Conv2d, ReLU and MaxPool2d on a large batch (``backend/fusion.py`` says why), on a GPU
Conv2d or Linear and its ReLU. While a hook or ``detect_anomaly`` looks between them, they run one by one.
"""
from __future__ import annotations

from functools import partial
from typing import Any, Callable, Iterable

import numpy as np

from ..autograd import Tensor
from ..autograd.mode import mode
from ..backend.arrays import CPU, device_of
from ..backend.fusion import NONE
from ..backend.gpu.kernels import has_kernels
from ..backend.tuning import FUSED
from ..backend.windows import Pair
from ..ops.convolution import conv2d, conv_geometry, pair
from ..ops.fusion import BiasReLU, ConvReLUPool
from ..ops.linalg import linear
from .activation import ReLU
from .conv import Conv2d
from .linear import Linear
from .module import Module
from .pooling import MaxPool2d


def runs(modules: Iterable[Module | None]) -> list[Callable[[Any], Any]]:
    """What to call, one after the other: each layer, or one function for neighbors that may run at once."""
    layers: list[Any] = [module for module in modules if module is not None]
    kinds = (*map(type, layers), None, None)
    found: list[Any] = []
    i = 0
    while i < len(layers):
        first, second, third = kinds[i:i + 3]
        if second is ReLU and first is Conv2d and third is MaxPool2d:
            run, count = partial(conv_relu_pool, *layers[i:i + 3]), 3
        elif second is ReLU and (first is Conv2d or first is Linear):
            run, count = partial(with_relu, *layers[i:i + 2]), 2
        else:
            run, count = layers[i], 1
        found.append(run)
        i += count
    return found


def conv_relu_pool(conv: Conv2d, relu: ReLU, pool: MaxPool2d, x: Any) -> Any:
    """Three layers, at once where that pays: x (N, C, H, W) → (N, O, PH, PW).

    Bad input goes to the layers themselves, which say best what is wrong.
    """
    if isinstance(x, Tensor) and is_large(conv, x._array) and not looked_at(conv, relu, pool):
        array, weight = x._array, conv.weight
        geometry = conv_geometry("Conv2d", conv.kernel_size, conv.stride, conv.padding, conv.dilation)
        size = geometry.output_size((array.shape[2], array.shape[3]))
        window = tiles(pool, size)
        if window is not None and array.shape[1] == conv.in_channels and array.dtype == weight.dtype \
                and len(array) * conv.out_channels * size[0] * size[1] * array.itemsize >= FUSED:
            return ConvReLUPool(geometry, window)(x, weight, conv.bias)
    return pool(with_relu(conv, relu, x))


def is_large(conv: Conv2d, x: Any) -> bool:
    """Whether the result for a batch on the CPU would be large, were it as high and wide as the images."""
    return (device_of(x) is CPU and x.ndim == 4 and conv.groups == 1 and conv.padding_mode == "zeros"
            and len(x) * conv.out_channels * x.shape[2] * x.shape[3] * x.itemsize >= FUSED)


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
    return (layer.bias is not None and getattr(layer, "padding_mode", "zeros") == "zeros"
            and x._array.ndim == (2 if type(layer) is Linear else 4)
            and has_kernels(x._array, layer.weight._array, layer.bias._array)
            and not looked_at(layer, relu))


def looked_at(*layers: Module) -> bool:
    """Whether somebody wants to see what lies between these layers."""
    return mode.watch is not None and mode.watch.looks_between or any([layer.watched() for layer in layers])
