"""Layers at once, for ``nn.Sequential``: convolution, ReLU and max-pooling; a bias and its ReLU."""
from __future__ import annotations

from typing import Any

from ..autograd import Function, Tensor
from ..backend.arrays import Array
from ..backend.fusion import conv_relu_pool_forward, conv_relu_pool_weight_grad
from ..backend.relu import bias_relu, relu_backward
from ..backend.windows import Geometry, Pair
from .convolution import Conv2dInputGrad, Conv2dWeightGrad
from .pooling import MaxPoolScatter


class ConvReLUPool(Function):
    """y = the largest of 0 and the entries of each window of conv(x, w) + b.

    x (N, C, H, W), w (O, C, KH, KW), b (O) or None, y (N, O, PH, PW). g goes to the entry that is the
    maximum, if there is one above 0, and from there on as in ``Conv2d``. The same as Conv2d, ReLU and
    MaxPool2d one after the other, to the last derivative.
    """

    __slots__ = ("conv", "pool", "size", "between", "winners", "bias_gradient")

    def __init__(self, conv: Geometry, pool: Pair) -> None:
        self.conv, self.pool = conv, pool
        self.bias_gradient: Array = None

    def forward(self, x: Array, w: Array, b: Array | None) -> Array:
        self.size: Pair = (x.shape[2], x.shape[3])
        self.between = self.conv.output_size(self.size)          # (OH, OW), before pooling
        self.save(x if self.needs(1) else None, w if self.needs(0) else None)
        y, self.winners = conv_relu_pool_forward(x, w, b, self.conv, self.pool)
        return y

    def before_pool(self, g: Any) -> Any:
        """The gradient of the convolution's result: (N, O, PH, PW) → (N, O, OH, OW)."""
        return MaxPoolScatter(Geometry(self.pool, self.pool), self.between, self.winners)(g)

    def backward_x(self, g: Any) -> Any:
        _, w = self.saved
        return Conv2dInputGrad(self.conv, self.size)(self.before_pool(g), w)

    def backward_w(self, g: Any) -> Any:
        x, _ = self.saved
        if isinstance(g, Tensor):
            return Conv2dWeightGrad(self.conv)(x, self.before_pool(g))
        gw, self.bias_gradient = conv_relu_pool_weight_grad(x, g, self.winners, self.conv, self.pool)
        return gw

    def backward_b(self, g: Any) -> Any:
        gb, self.bias_gradient = self.bias_gradient, None
        return self.before_pool(g).sum(axis=(0, 2, 3)) if gb is None or isinstance(g, Tensor) else gb


class BiasReLU(Function):
    """y = max(0, z + b), b added along ``dim``;  ∂L/∂z = g where y > 0 or NaN, else 0;  ∂L/∂b = its sum.

    z (N, channels, …), b (channels).
    """

    __slots__ = ("masked",)

    def forward(self, z: Array, b: Array) -> Array:
        self.masked: Array = None
        y = bias_relu(z, b)
        self.save(y)
        return y

    def backward_z(self, g: Any) -> Any:
        (y,) = self.saved
        if isinstance(g, Tensor):
            return g * (y != 0)
        self.masked = relu_backward(g, y)
        return self.masked

    def backward_b(self, g: Any) -> Any:
        masked, self.masked = self.masked, None
        if masked is None or isinstance(g, Tensor):
            (y,) = self.saved
            masked = g * (y != 0)
        return masked.sum(axis=(0, *range(2, len(masked.shape))))
