"""Layers that ``Sequential`` runs as one operation, because it is faster and the result is the same.

There is one such run: Conv2d, ReLU, MaxPool2d on a large batch (``ops/fusion.py`` says why). Anything
that looks between the layers, a hook or ``detect_anomaly``, has them run one after the other.
"""
from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from ..autograd import Tensor
from ..autograd.mode import mode
from ..backend.fusion import NONE
from ..backend.geometry import Geometry
from ..backend.gpu.kernels import has_kernels
from ..backend.parts import LARGE
from ..ops.convolution import conv2d, paddings, pair
from ..ops.fusion import BiasReLU, ConvReLUPool
from ..ops.linalg import linear
from .activation import ReLU
from .conv import Conv2d
from .linear import Linear
from .module import Module
from .pooling import MaxPool2d


def conv_relu_pool(layers: Sequence[Module], x: Any) -> Any:
    """The result of three layers at once; None when they are others, or have to run one by one.

    x (N, C, H, W) → (N, O, PH, PW). Bad input, too, gives None: the layers themselves say best what is wrong.
    """
    if len(layers) != 3:
        return None
    conv, relu, pool = layers
    if type(conv) is not Conv2d or type(relu) is not ReLU or type(pool) is not MaxPool2d:
        return None
    if mode.watch is not None or any(layer.watched() for layer in layers) or not isinstance(x, Tensor):
        return None
    array, w = x._array, conv.weight
    if type(array) is not np.ndarray or array.ndim != 4 or array.dtype != w.dtype \
            or array.shape[1] != conv.in_channels or conv.groups != 1:
        return None
    window = pair(pool.kernel_size, "MaxPool2d: kernel_size")
    if pair(pool.stride, "MaxPool2d: stride") != window or pool.padding not in (0, (0, 0)) \
            or pool.dilation not in (1, (1, 1)) or pool.ceil_mode or pool.return_indices \
            or window[0] * window[1] >= NONE:
        return None
    kernel = pair(conv.kernel_size, "Conv2d: kernel_size")
    padding = paddings("Conv2d", conv.padding, kernel, conv.dilation, conv.stride)
    geometry = Geometry(kernel, conv.stride, padding, conv.dilation)
    rows, columns = geometry.output_size((array.shape[2], array.shape[3]))
    if rows < window[0] or columns < window[1] \
            or len(array) * conv.out_channels * rows * columns * array.itemsize < LARGE:
        return None
    return ConvReLUPool(geometry, window)(x, w, conv.bias)


def fuses(layer: Module, following: Module, input: Any) -> bool:
    """Whether two neighbors are a layer with a bias and its ReLU on a GPU, and nothing looks between them."""
    return (type(following) is ReLU and type(layer) in (Linear, Conv2d) and layer.bias is not None
            and isinstance(input, Tensor) and input.ndim == (2 if type(layer) is Linear else 4)
            and has_kernels(input._array, layer.weight._array, layer.bias._array)
            and mode.watch is None and not layer.watched() and not following.watched())


def bias_relu(layer: Any, input: Tensor) -> Tensor:
    """max(0, layer(input)): the product, then bias and ReLU in one kernel."""
    if isinstance(layer, Linear):
        return BiasReLU()(linear(input, layer.weight), layer.bias)
    z = conv2d(input, layer.weight, None, layer.stride, layer.padding, layer.dilation, layer.groups)
    return BiasReLU()(z, layer.bias)
