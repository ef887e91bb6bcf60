"""Two-dimensional convolution and its two derivatives, which are convolutions of a kind themselves.

y = conv(x, w) is linear in x and in w. Its gradients, conv_input_grad(g, w) and conv_weight_grad(x, g),
are linear in both arguments again, and the gradients of each are the other two: three operations that
close under differentiation, to any order.
"""
from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np

from ..autograd import Function, Tensor
from ..autograd.tensor import array_of
from ..backend.arrays import Array
from ..backend.conv import conv_forward, conv_input_grad, conv_weight_grad
from ..backend.windows import Geometry, Pair
from ..errors import DTypeError, ShapeError
from ..errors.arguments import require_sizes
from .linalg import require_one_dtype


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
        g, w = self.saved
        return cut(Conv2d(self.geometry)(h, w, None), g)

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
        x, g = self.saved
        return cut(Conv2d(self.geometry)(x, h, None), g)


def cut(y: Any, like: Any) -> Any:
    """The first (OH, OW) of y, the size of ``like``: a stride can map several sizes to the same one."""
    rows, columns = like.shape[2], like.shape[3]
    return y if tuple(y.shape[2:]) == (rows, columns) else y[:, :, :rows, :columns]


def pair(value: int | Sequence[int], name: str, least: int = 1, most: int = 2) -> Pair:
    """One int for both axes, also in a list, or two; ShapeError below ``least``."""
    numbers = value if isinstance(value, (tuple, list)) else (value,)
    right = 1 <= len(numbers) <= most
    for number in numbers:
        right = right and isinstance(number, (int, np.integer)) and bool(number >= least)
    if not right:
        raise ShapeError(f"{name}: expected one{' or two ints' if most > 1 else ' int'} from {least}, got "
                         f"{value!r}.")
    return int(numbers[0]), int(numbers[-1])


def conv_geometry(name: str, kernel: Sequence[int], stride: int | Pair, padding: int | Pair | str,
                  dilation: int | Pair) -> Geometry:
    """How the window of a convolution slides, from the options as the caller of ``name`` gave them."""
    size, stride = (kernel[0], kernel[1]), pair(stride, f"{name}: stride")
    dilation = pair(dilation, f"{name}: dilation")
    rows, columns = paddings(name, padding, size, dilation, stride)
    return Geometry(size, stride, (rows, columns), dilation)


def require_fit(name: str, shape: Sequence[int], geometry: Geometry) -> None:
    """ShapeError for an input that is not 4-D or smaller than the window.

    A sequence is an image of one row here: for a name in 1d the message leaves the row out.
    """
    if len(shape) != 4:
        hint = ""
        if len(shape) == 3:
            hint = f" For images without a channel axis: x.unsqueeze(1), which gives " \
                   f"{(shape[0], 1, *shape[1:])}."
        raise ShapeError(f"{name}: the input must be (N, C, H, W), but it is {tuple(shape)}.{hint}")
    if min(geometry.output_size((shape[2], shape[3]))) < 1:
        kernel, dilation, size, padding = (of_sequence(name, pair) for pair in (
            geometry.kernel, geometry.dilation, shape[2:], geometry.padding))
        raise ShapeError(f"{name}: a window of {kernel} (dilation {dilation}) does not fit into {size} with "
                         f"padding {padding}.")


def of_sequence(name: str, shape: Sequence[Any]) -> Any:
    """A shape as the caller of ``name`` knows it: a sequence's without the row that makes it an image."""
    if not name.endswith("1d"):
        return tuple(shape)
    return shape[1] if len(shape) == 2 else (*shape[:-2], shape[-1])


def require_numeric(name: str, x: Any) -> None:
    """DTypeError for booleans, which cannot be added up or compared by size."""
    if x.dtype.kind == "b":
        raise DTypeError(f"{name}: expected numbers, got {x.dtype}. Use x.float().")


def conv2d(input: Any, weight: Any, bias: Any = None, stride: int | Pair = 1,
           padding: int | Pair | str = 0, dilation: int | Pair = 1, groups: int = 1) -> Any:
    """The convolution of images with filters (strictly speaking a cross-correlation, as everywhere).

    Args:
        input: (N, C, H, W), or (C, H, W) for a single image.
        weight: (O, C / groups, KH, KW).
        bias: (O) or None.
        stride, padding, dilation: one int or (rows, columns); padding also "valid" or "same".
        groups: channels and filters are cut into this many parts that see only each other.

    Returns (N, O, OH, OW) with OH = (H + 2·padding − dilation·(KH − 1) − 1) // stride + 1.

    >>> minigrad.conv2d(minigrad.ones(1, 1, 3, 3), minigrad.ones(1, 1, 2, 2)).shape
    minigrad.Size([1, 1, 2, 2])
    """
    if len(array_of(input).shape) == 3:
        return conv2d(input.reshape(1, *input.shape), weight, bias, stride, padding, dilation,
                      groups).squeeze(0)
    return _convolution("conv2d", input, weight, bias, stride, padding, dilation, groups)


def _convolution(name: str, input: Any, weight: Any, bias: Any, stride: int | Pair,
                 padding: int | Pair | str, dilation: int | Pair, groups: int) -> Any:
    """What ``conv2d`` and ``conv1d`` share: checks that speak of ``name``, and the groups."""
    x, w, b = array_of(input), array_of(weight), array_of(bias)
    if len(w.shape) != 4:
        raise ShapeError(f"{name}: the weight must be (O, C, KH, KW), but it is {tuple(w.shape)}.")
    geometry = conv_geometry(name, w.shape[2:], stride, padding, dilation)
    if type(groups) is not int or groups < 1:
        require_sizes(name, groups=groups)
    require_numeric(name, x)
    require_fit(name, x.shape, geometry)
    require_one_dtype(name, x, w, b)
    channels, filters = x.shape[1], w.shape[0]
    if not filters or channels % groups or filters % groups:
        raise ShapeError(f"{name}: groups={groups} must divide both the {channels} channels and the "
                         f"{filters} filters, and there must be a filter.")
    if channels != w.shape[1] * groups:
        raise ShapeError(f"{name}: the weight {of_sequence(name, w.shape)} is for {w.shape[1] * groups} "
                         f"channels, but the input {of_sequence(name, x.shape)} has {channels}.")
    if b is not None and b.shape != (filters,):
        raise ShapeError(f"{name}: the bias must be ({filters},), one for each filter, but it is "
                         f"{tuple(b.shape)}.")
    return Conv2d(geometry._replace(groups=groups))(input, weight, bias)


def conv1d(input: Any, weight: Any, bias: Any = None, stride: int = 1, padding: int | str = 0,
           dilation: int = 1, groups: int = 1) -> Any:
    """The convolution of sequences: (N, C, L) with weight (O, C / groups, K) gives (N, O, OL).

    A sequence is an image of height 1, so that this is ``conv2d`` with one row. Raises ShapeError when
    the sizes do not fit, DTypeError when the dtypes differ.

    >>> x, w = minigrad.tensor([[[1.0, 2.0, 4.0]]]), minigrad.tensor([[[-1.0, 1.0]]])
    >>> minigrad.conv1d(x, w)                               # the differences of neighbors
    tensor([[[1., 2.]]])
    """
    if len(input.shape) not in (2, 3) or len(weight.shape) != 3:
        raise ShapeError(f"conv1d: expected an input (N, C, L) and a weight (O, C, K), got "
                         f"{tuple(input.shape)} and {tuple(weight.shape)}.")
    if len(input.shape) == 2:
        return conv1d(input.unsqueeze(0), weight, bias, stride, padding, dilation, groups).squeeze(0)
    stride, dilation = single(stride, "conv1d: stride"), single(dilation, "conv1d: dilation")
    pads = padding if isinstance(padding, str) else (0, single(padding, "conv1d: padding", 0))
    return _convolution("conv1d", input.unsqueeze(-2), weight.unsqueeze(-2), bias, (1, stride), pads,
                        (1, dilation), groups).squeeze(-2)


def conv_transpose2d(input: Any, weight: Any, bias: Any = None, stride: int | Pair = 1,
                     padding: int | Pair = 0, output_padding: int | Pair = 0, groups: int = 1,
                     dilation: int | Pair = 1) -> Any:
    """The derivative of a convolution as a layer: every entry paints a window of the larger output.

    Args:
        input: (N, C, H, W), or (C, H, W) for a single image.
        weight: (C, O / groups, KH, KW).
        output_padding: added to one side of the output's size, to choose among the sizes that a
            convolution of that stride maps to H.

    Returns (N, O, OH, OW) with OH = (H − 1)·stride − 2·padding + dilation·(KH − 1) + output_padding + 1.
    Raises ShapeError when the sizes do not fit.

    >>> minigrad.conv_transpose2d(minigrad.tensor([[[[5.0]]]]), minigrad.tensor([[[[1.0, 2.0]]]]))
    tensor([[[[ 5., 10.]]]])
    """
    if len(input.shape) == 3:
        return conv_transpose2d(input.reshape(1, *input.shape), weight, bias, stride, padding,
                                output_padding, groups, dilation).squeeze(0)
    return _transposed("conv_transpose2d", input, weight, bias, stride, padding, output_padding, groups,
                       dilation)


def conv_transpose1d(input: Any, weight: Any, bias: Any = None, stride: int = 1, padding: int = 0,
                     output_padding: int = 0, groups: int = 1, dilation: int = 1) -> Any:
    """Every entry of a sequence paints a window: (N, C, L) with weight (C, O / groups, K) gives (N, O, OL).

    Options and errors as in ``conv_transpose2d``.

    >>> x, w = minigrad.tensor([[[1.0, 5.0]]]), minigrad.tensor([[[1.0, 2.0]]])
    >>> minigrad.conv_transpose1d(x, w, stride=2)
    tensor([[[ 1.,  2.,  5., 10.]]])
    """
    name = "conv_transpose1d"
    if len(input.shape) not in (2, 3) or len(weight.shape) != 3:
        raise ShapeError(f"{name}: expected an input (N, C, L) and a weight (C, O, K), got "
                         f"{tuple(input.shape)} and "
                         f"{tuple(weight.shape)}.")
    steps, gaps = single(stride, f"{name}: stride"), single(dilation, f"{name}: dilation")
    pads, extra = single(padding, f"{name}: padding", 0), single(output_padding, f"{name}: output_padding", 0)
    rows = input.unsqueeze(-2) if len(input.shape) == 3 else input.unsqueeze(0).unsqueeze(-2)   # (N, C, 1, L)
    out = _transposed(name, rows, weight.unsqueeze(-2), bias, (1, steps), (0, pads), (0, extra), groups,
                      (1, gaps)).squeeze(-2)
    return out if len(input.shape) == 3 else out.squeeze(0)


def _transposed(name: str, input: Any, weight: Any, bias: Any, stride: int | Pair, padding: int | Pair,
                output_padding: int | Pair, groups: int, dilation: int | Pair) -> Any:
    """What ``conv_transpose2d`` and ``conv_transpose1d`` share; errors speak of ``name``."""
    if len(input.shape) != 4 or len(weight.shape) != 4:
        raise ShapeError(f"{name}: expected an input (N, C, H, W) and a weight (C, O, KH, KW), got "
                         f"{tuple(input.shape)} and {tuple(weight.shape)}.")
    stride, dilation = pair(stride, f"{name}: stride"), pair(dilation, f"{name}: dilation")
    pads, extra = pair(padding, f"{name}: padding", 0), pair(output_padding, f"{name}: output_padding", 0)
    require_sizes(name, groups=groups)
    require_numeric(name, input)
    channels = input.shape[1]
    if channels != weight.shape[0] or channels % groups:
        raise ShapeError(f"{name}: the weight {of_sequence(name, weight.shape)} is for {weight.shape[0]} "
                         "channels in "
                         f"{groups} groups, but the input {of_sequence(name, input.shape)} has {channels}.")
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation)):
        raise ShapeError(f"{name}: output_padding {of_sequence(name, extra)} must be smaller than the stride "
                         f"{of_sequence(name, stride)} or the dilation {of_sequence(name, dilation)}.")
    kernel = (weight.shape[2], weight.shape[3])
    rows, columns = ((n - 1) * s - 2 * p + d * (k - 1) + e + 1 for n, s, p, d, k, e in
                     zip(input.shape[2:], stride, pads, dilation, kernel, extra))
    if min(rows, columns) < 1:
        raise ShapeError(f"{name}: padding {of_sequence(name, pads)} leaves no output for the input "
                         f"{of_sequence(name, input.shape)}.")
    require_one_dtype(name, input, weight, bias)
    geometry = Geometry(kernel, stride, ((pads[0], pads[0]), (pads[1], pads[1])), dilation, groups)
    out = Conv2dInputGrad(geometry, (rows, columns))(input, weight)
    if bias is None:
        return out
    if tuple(bias.shape) != (out.shape[1],):
        raise ShapeError(f"{name}: the bias must be ({out.shape[1]},), one for each filter, but it is "
                         f"{tuple(bias.shape)}.")
    return out + bias.reshape(1, -1, 1, 1)


def single(value: int | Sequence[int], name: str, least: int = 1) -> int:
    """An int, or a list of one."""
    return pair(value, name, least, most=1)[0]


def paddings(name: str, padding: Any, kernel: Sequence[int], dilation: Sequence[int], stride: Sequence[int],
             ints: Callable[[Any, str, int], Sequence[int]] = pair) -> tuple[Pair, ...]:
    """(before, after) for each axis; "same" puts the odd one at the end, as PyTorch does.

    ``ints`` reads one number for each axis, as ``pair`` does for two.
    """
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding == "same":
        if max(stride) > 1:
            raise ShapeError(f"{name}: padding='same' needs stride 1.")
        return tuple((d * (k - 1) // 2, (d * (k - 1) + 1) // 2) for d, k in zip(dilation, kernel))
    if isinstance(padding, str):
        raise ValueError(f"{name}: padding must be an int, one for each axis, 'valid' or 'same', got "
                         f"{padding!r}.")
    return tuple((n, n) for n in ints(padding, f"{name}: padding", 0))
