"""Two-dimensional convolution and its two derivatives, which are convolutions of a kind themselves.

y = conv(x, w) is linear in x and in w. Its gradients, conv_input_grad(g, w) and conv_weight_grad(x, g),
are linear in both arguments again, and the gradients of each are the other two: three operations that
close under differentiation, to any order.
"""
from __future__ import annotations

from typing import Any

from ..autograd import Function, Tensor
from ..backend.arrays import Array
from ..backend.conv import (Geometry, Pair, conv_forward, conv_input_grad, conv_weight_grad)
from ..errors import DTypeError, ShapeError


class Conv2d(Function):
    """y[n, o] = Σ w[o, c, i, j] · x[n, c, window] + b[o].

    x (N, C, H, W), w (O, C, KH, KW), b (O) or None, y (N, O, OH, OW).
    ∂L/∂x: each window receives wᵀ g;  ∂L/∂w: Σ g · window;  ∂L/∂b: Σ g.
    """

    __slots__ = ("geometry", "size", "bias_gradient")

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry
        self.bias_gradient: Array = None

    def forward(self, x: Array, w: Array, b: Array | None) -> Array:
        self.size: Pair = (x.shape[2], x.shape[3])
        self.save(x if self.needs(1) else None, w if self.needs(0) else None)
        return conv_forward(x, w, b, self.geometry)

    def backward_x(self, g: Any) -> Any:
        _, w = self.saved
        return Conv2dInputGrad(self.geometry, self.size)(g, w)

    def backward_w(self, g: Any) -> Any:
        x, _ = self.saved
        step = Conv2dWeightGrad(self.geometry)
        gw = step(x, g)
        self.bias_gradient = step.bias_gradient      # the row of ones gives it for nothing
        return gw

    def backward_b(self, g: Any) -> Any:
        gb, self.bias_gradient = self.bias_gradient, None
        return g.sum(axis=(0, 2, 3)) if gb is None or isinstance(g, Tensor) else gb


class Conv2dInputGrad(Function):
    """x̄ = each window receives wᵀ g (a transposed convolution);  linear in g and in w.

    g (N, O, OH, OW), w (O, C, KH, KW), x̄ (N, C, H, W).
    """

    __slots__ = ("geometry", "size")

    def __init__(self, geometry: Geometry, size: Pair) -> None:
        self.geometry, self.size = geometry, size

    def forward(self, g: Array, w: Array) -> Array:
        self.save(g, w)
        return conv_input_grad(g, w, self.geometry, self.size)

    def backward_g(self, h: Any) -> Any:
        _, w = self.saved
        return Conv2d(self.geometry)(h, w, None)

    def backward_w(self, h: Any) -> Any:
        g, _ = self.saved
        return Conv2dWeightGrad(self.geometry)(h, g)


class Conv2dWeightGrad(Function):
    """w̄ = Σ g · (the window of x it belongs to);  linear in x and in g.

    x (N, C, H, W), g (N, O, OH, OW), w̄ (O, C, KH, KW).
    """

    __slots__ = ("geometry", "size", "bias_gradient")

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry

    def forward(self, x: Array, g: Array) -> Array:
        self.size: Pair = (x.shape[2], x.shape[3])
        self.save(x, g)
        gw, self.bias_gradient = conv_weight_grad(x, g, self.geometry)
        return gw

    def backward_x(self, h: Any) -> Any:
        _, g = self.saved
        return Conv2dInputGrad(self.geometry, self.size)(g, h)

    def backward_g(self, h: Any) -> Any:
        x, _ = self.saved
        return Conv2d(self.geometry)(x, h, None)


def pair(value: int | tuple[int, ...], name: str, least: int = 1) -> Pair:
    """One number for both axes, or two; ShapeError below ``least``."""
    both = (value, value) if isinstance(value, int) else tuple(value)
    if len(both) != 2 or not all(isinstance(v, int) and v >= least for v in both):
        raise ShapeError(f"{name}: expected one or two ints from {least}, got {value}.")
    return both[0], both[1]


def checked_geometry(name: str, x: Any, geometry: Geometry) -> Pair:
    """(OH, OW); ShapeError for an input that is not 4-D or smaller than the window."""
    shape = tuple(x.shape)
    if len(shape) != 4:
        hint = ""
        if len(shape) == 3:
            hint = f" For images without a channel axis: x.unsqueeze(1), which gives " \
                   f"{(shape[0], 1, *shape[1:])}."
        raise ShapeError(f"{name}: the input must be (N, C, H, W), but it is {shape}.{hint}")
    if x.dtype.kind != "f":
        raise DTypeError(f"{name}: expected a floating input, got {x.dtype}. Use x.float().")
    out_size = geometry.output_size((shape[2], shape[3]))
    if min(out_size) < 1:
        raise ShapeError(f"{name}: a window of {geometry.kernel} (dilation {geometry.dilation}) does not "
                         f"fit into {shape[2:]} with padding {geometry.padding}.")
    return out_size


def conv2d(input: Any, weight: Any, bias: Any = None, stride: int | Pair = 1,
           padding: int | Pair | str = 0, dilation: int | Pair = 1, groups: int = 1) -> Any:
    """The convolution of images with filters (really a cross-correlation, as everywhere).

    Args:
        input: (N, C, H, W).
        weight: (O, C, KH, KW).
        bias: (O) or None.
        stride, padding, dilation: one int or (rows, columns); padding also "valid" or "same".
        groups: only 1.

    Returns (N, O, OH, OW) with OH = (H + 2·padding − dilation·(KH − 1) − 1) // stride + 1.
    """
    if groups != 1:
        raise NotImplementedError(f"conv2d: groups={groups} is not supported, only 1.")
    if len(weight.shape) != 4:
        raise ShapeError(f"conv2d: the weight must be (O, C, KH, KW), but it is {tuple(weight.shape)}.")
    kernel = (weight.shape[2], weight.shape[3])
    dilation, stride = pair(dilation, "conv2d: dilation"), pair(stride, "conv2d: stride")
    geometry = Geometry(kernel, stride, paddings(padding, kernel, dilation, stride), dilation)
    checked_geometry("conv2d", input, geometry)
    if input.shape[1] != weight.shape[1]:
        raise ShapeError(f"conv2d: the weight {tuple(weight.shape)} is for {weight.shape[1]} channels, "
                         f"but the input {tuple(input.shape)} has {input.shape[1]}.")
    if bias is not None and tuple(bias.shape) != (weight.shape[0],):
        raise ShapeError(f"conv2d: the bias must be ({weight.shape[0]},), one for each filter, but it "
                         f"is {tuple(bias.shape)}.")
    return Conv2d(geometry)(input, weight, bias)


def paddings(padding: int | Pair | str, kernel: Pair, dilation: Pair,
             stride: Pair) -> tuple[Pair, Pair]:
    """(before, after) for rows and columns; "same" puts the odd one at the end, as PyTorch does."""
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding == "same":
        if stride != (1, 1):
            raise ShapeError("conv2d: padding='same' needs stride 1.")
        total = [d * (k - 1) for d, k in zip(dilation, kernel)]
        return (total[0] // 2, total[0] - total[0] // 2), (total[1] // 2, total[1] - total[1] // 2)
    if isinstance(padding, str):
        raise ValueError(f"conv2d: padding must be an int, a pair, 'valid' or 'same', got {padding!r}.")
    rows, columns = pair(padding, "conv2d: padding", 0)
    return (rows, rows), (columns, columns)
