"""Layers that a Sequential on a GPU runs in one: the bias and the ReLU behind a Linear or Conv2d layer."""
from __future__ import annotations

from typing import Any

from ..autograd import Tensor
from ..autograd.mode import mode
from ..backend.gpu.kernels import has_kernels
from ..ops.convolution import conv2d
from ..ops.fused import BiasReLU
from ..ops.linalg import linear
from .activation import ReLU
from .conv import Conv2d
from .linear import Linear
from .module import Module


def fuses(layer: Module, following: Module, input: Any) -> bool:
    """Whether two neighbors are a layer with a bias and its ReLU on a GPU, and nothing looks between them."""
    return (type(following) is ReLU and type(layer) in (Linear, Conv2d) and layer.bias is not None
            and isinstance(input, Tensor) and input.ndim == (2 if type(layer) is Linear else 4)
            and has_kernels(input._array, layer.weight._array, layer.bias._array)
            and not mode.anomaly and not layer.watched() and not following.watched())


def bias_relu(layer: Any, input: Tensor) -> Tensor:
    """max(0, layer(input)): the product, then bias and ReLU in one kernel."""
    if isinstance(layer, Linear):
        return BiasReLU()(linear(input, layer.weight), layer.bias)
    z = conv2d(input, layer.weight, None, layer.stride, layer.padding, layer.dilation, layer.groups)
    return BiasReLU()(z, layer.bias)
