"""Normalization: mean 0 and variance 1 over some of the dimensions, then a learned scale and shift."""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from ..autograd import Function, Tensor
from ..backend import batch_norm as backend
from ..backend.arrays import Array
from ..backend.dtypes import float16, float32, promote_types
from ..backend.layer_norm import layer_norm_rows, standardize_rows_backward
from ..backend.products import mean_over, sum_products, sum_rows
from ..errors import ShapeError
from ..errors.arguments import require_not_negative, require_sizes
from .attach import in_single
from .exponential import sqrt


class Standardize(Function):
    """y = (x − mean) / s over ``dims``, s = √(variance + eps);  n entries each.

    ∂L/∂x = (g − mean(g) − y · mean(g · y)) / s: the parts of g that would move the mean or the variance
    are taken out. The variance is Σ (x − mean)² / n.
    """

    __slots__ = ("dims", "eps", "mean", "variance", "deviation")

    def __init__(self, dims: tuple[int, ...], eps: float) -> None:
        self.dims, self.eps = dims, eps

    def forward(self, x: Array) -> Array:
        self.mean = mean_over(x, self.dims)
        y = x - self.mean
        self.variance = mean_over(y * y, self.dims)
        self.deviation = np.sqrt(self.variance + x.dtype.type(self.eps))
        y /= self.deviation
        self.save(x, y)
        return y

    def backward(self, g: Any) -> Any:
        x, y = self.saved
        s = self.deviation
        if isinstance(x, Tensor):                   # s depends on x, which the second derivative needs
            s = _deviation(x, self.dims, self.eps)
        return _standardize_backward(g, y, s, self.dims)


def _standardize_backward(g: Any, y: Any, s: Any, dims: tuple[int, ...]) -> Any:
    """g less the parts that would move the mean or the variance of y, over s."""
    return (g - (mean_over(g, dims) + y * mean_over(g * y, dims))) / s


def _deviation(x: Tensor, dims: tuple[int, ...], eps: float) -> Tensor:
    """s = √(variance + eps) as a Tensor that depends on x."""
    centered = x - mean_over(x, dims)
    return sqrt(mean_over(centered * centered, dims) + eps)


class LayerNorm(Function):
    """y = x̂ · w + b,  x̂ = (x − mean) / s over the last dimensions, which are those of w and b.

    ∂L/∂x = (h − mean(h) − x̂ · mean(h · x̂)) / s with h = g · w;  ∂L/∂w = Σ g · x̂ and ∂L/∂b = Σ g over
    the samples. The same as ``Standardize``, a product and a sum, in fewer passes over memory.
    """

    __slots__ = ("eps", "standard", "deviation")
    promote = True

    def __init__(self, eps: float) -> None:
        self.eps = eps

    def forward(self, x: Array, w: Array, b: Array) -> Array:
        rows = x.reshape(-1, w.size)
        y, self.standard, self.deviation = layer_norm_rows(rows, w.reshape(-1), b.reshape(-1), self.eps)
        self.save(x, w, None)
        return y.reshape(x.shape)

    def backward_x(self, g: Any) -> Any:
        x, w, _ = self.saved
        if isinstance(x, Tensor):
            dims = _last(x, w)
            y = Standardize(dims, self.eps)(x)
            return _standardize_backward(g * w, y, _deviation(x, dims, self.eps), dims)
        rows = g.reshape(self.standard.shape)
        return standardize_rows_backward(rows, w.reshape(-1), self.standard, self.deviation).reshape(x.shape)

    def backward_w(self, g: Any) -> Any:
        x, w, _ = self.saved
        if isinstance(x, Tensor):
            y = Standardize(_last(x, w), self.eps)(x)
            return (g * y).reshape((-1, *w.shape)).sum(0)
        rows = g.reshape(self.standard.shape)
        return sum_products(rows, self.standard).reshape(w.shape)

    def backward_b(self, g: Any) -> Any:
        _, w, _ = self.saved
        if isinstance(g, Tensor):
            return g.reshape((-1, *w.shape)).sum(0)
        return sum_rows(g.reshape(self.standard.shape)).reshape(w.shape)


class BatchNorm(Function):
    """y = x̂ · w + b,  x̂ = (x − mean) / s for each channel of a batch, s = √(variance + eps);  n entries each.

    x (N, C, …), w and b (C) or None. ∂L/∂w = Σ g · x̂,  ∂L/∂b = Σ g,
    ∂L/∂x = w / s · (g − mean(g) − x̂ · mean(g · x̂)), as in ``Standardize``.
    """

    __slots__ = ("eps", "moments", "sums")

    def __init__(self, eps: float) -> None:
        self.eps = eps

    def forward(self, x: Array, w: Array | None, b: Array | None) -> Array:
        y, self.moments = backend.batch_norm(backend.as_rows(x), w, b, self.eps)
        self.save(x, w, None)
        return backend.as_images(y, x)

    def on_tensors(self, x: Tensor) -> tuple[Any, Any, tuple[int, ...]]:
        """x̂ and s, to be differentiated again, and the dimensions of a channel."""
        dims = (0, *range(2, len(x.shape)))
        return Standardize(dims, self.eps)(x), _deviation(x, dims, self.eps), dims

    def gradients(self, g: Array, input_too: bool) -> Any:
        """∂L/∂x, if it is wanted; the other two are kept for their own methods."""
        x, w, _ = self.saved
        gx, *self.sums = backend.batch_norm_backward(backend.as_rows(g), backend.as_rows(x), w, self.moments,
                                                     self.eps, input_too)
        return backend.as_images(gx, x) if input_too else None

    def backward_x(self, g: Any) -> Any:
        x, w, _ = self.saved
        if not isinstance(x, Tensor):
            return self.gradients(g, True)
        y, s, dims = self.on_tensors(x)
        h = g if w is None else g * w.reshape((1, -1) + (1,) * (len(x.shape) - 2))
        return _standardize_backward(h, y, s, dims)

    def backward_w(self, g: Any) -> Any:
        x, _, _ = self.saved
        if isinstance(x, Tensor):
            y, _, dims = self.on_tensors(x)
            return (g * y).sum(dims)
        if not self.needs(0):
            self.gradients(g, False)
        return self.sums[0]

    def backward_b(self, g: Any) -> Any:
        if isinstance(g, Tensor):
            return g.sum((0, *range(2, len(g.shape))))
        if not self.needs(0) and not self.needs(1):
            self.gradients(g, False)
        return self.sums[1]


def _last(x: Any, w: Any) -> tuple[int, ...]:
    """The dimensions of x that w also has: the last ones."""
    return tuple(range(len(x.shape) - len(w.shape), len(x.shape)))


def _scaled(y: Any, weight: Any, bias: Any, shape: tuple[int, ...]) -> Any:
    """y · weight + bias with both in a shape that broadcasts."""
    if weight is not None:
        y = y * weight.reshape(shape)
    return y if bias is None else y + bias.reshape(shape)


def batch_norm(input: Any, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None,
               training: bool = False, momentum: float = 0.1, eps: float = 1e-5) -> Any:
    """Each channel of (N, C, …) standardized over batch and positions (Ioffe and Szegedy 2015).

    In training the batch's own mean and variance are used, and the running ones move towards them by
    ``momentum`` (with the unbiased variance, over n − 1, as in PyTorch); else the running ones are used.
    Raises ShapeError when the sizes do not fit or training sees a single value for a channel, ValueError
    for an eps below 0 (in training also for 0).

    >>> x = minigrad.tensor([[1.0], [3.0]])                  # mean 2, deviation 1
    >>> minigrad.nn.functional.batch_norm(x, None, None, training=True, eps=1e-12)
    tensor([[-1.],
            [ 1.]])
    """
    shape = tuple(input.shape)
    if len(shape) < 2:
        raise ShapeError(f"batch_norm: the input must be (N, C, …), but it is {shape}.")
    for name, tensor in (("running_mean", running_mean), ("weight", weight), ("bias", bias)):
        if tensor is not None and tuple(tensor.shape) != (shape[1],):
            raise ShapeError(f"batch_norm: {name} must be ({shape[1]},), one for each channel of {shape}, "
                             f"but it is {tuple(tensor.shape)}.")
    require_not_negative("batch_norm", eps=eps)
    if input.dtype == float16:                  # as in_single, but the statistics keep their dtype
        return batch_norm(input.to(float32), running_mean, running_var, weight, bias, training, momentum,
                          eps).to(float16)
    per_channel = (1, shape[1]) + (1,) * (len(shape) - 2)
    if not training:
        if running_mean is None or running_var is None:
            raise ValueError("batch_norm: without training, running_mean and running_var must be given.")
        s = (running_var + eps) ** 0.5
        return _scaled((input - running_mean.reshape(per_channel)) / s.reshape(per_channel), weight, bias,
                       per_channel)
    if eps == 0:
        raise ValueError("batch_norm: eps must be above 0 in training: a channel of equal entries would be "
                         "divided by 0.")
    count = math.prod(shape) // max(1, shape[1])
    if count == 0:                                              # nothing to measure: leave the running ones
        return _scaled(input, weight, bias, per_channel)
    if count == 1:
        raise ShapeError(f"batch_norm: training needs more than one value for each channel, but the input "
                         f"is {shape}. Use a larger batch, or model.eval().")
    for parameter in (weight, bias):
        input = input if parameter is None else input.to(promote_types(input.dtype, parameter.dtype))
    weight, bias = [p if p is None else p.to(input.dtype) for p in (weight, bias)]
    step = BatchNorm(eps)
    y = step(input, weight, bias)
    mean, variance = step.moments
    for running, batch in ((running_mean, mean), (running_var, variance * (count / (count - 1)))):
        if running is not None:
            running._array *= running.dtype.type(1 - momentum)
            running._array += (batch * momentum).astype(running.dtype)
            running._changed_in_place()
    return y


def last_sizes(name: str, normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    """One size or several. Raises TypeError for anything but ints, ShapeError for none."""
    sizes = tuple(normalized_shape) if isinstance(normalized_shape, (tuple, list)) else (normalized_shape,)
    for size in sizes:
        require_sizes(name, 0, normalized_shape=size)
    if not sizes:
        raise ShapeError(f"{name}: normalized_shape must name at least one size.")
    return sizes


@in_single
def layer_norm(input: Any, normalized_shape: int | Sequence[int], weight: Any = None, bias: Any = None,
               eps: float = 1e-5) -> Any:
    """Each sample standardized over its last dimensions, which are ``normalized_shape`` (Ba et al. 2016).

    Raises ShapeError when the last dimensions differ.

    >>> minigrad.nn.functional.layer_norm(minigrad.tensor([[1.0, 3.0], [10.0, 30.0]]), 2, eps=0.0)
    tensor([[-1.,  1.],
            [-1.,  1.]])
    """
    last = last_sizes("layer_norm", normalized_shape)
    shape = tuple(input.shape)
    if shape[-len(last):] != last:
        raise ShapeError(f"layer_norm: the last dimensions must be {last}, but the input is {shape}.")
    for name, tensor in (("weight", weight), ("bias", bias)):
        if tensor is not None and tuple(tensor.shape) != last:
            raise ShapeError(f"layer_norm: {name} must be {last}, but it is {tuple(tensor.shape)}.")
    if weight is not None and bias is not None and math.prod(shape):
        return LayerNorm(eps)(input, weight, bias)
    y = input
    if math.prod(shape):                                        # nothing has no mean
        y = Standardize(tuple(range(len(shape) - len(last), len(shape))), eps)(input)
    return _scaled(y, weight, bias, last)


@in_single
def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None,
               eps: float = 1e-5) -> Any:
    """(N, C, …) standardized over groups of channels and all positions (Wu and He 2018).

    Raises ShapeError when the groups do not divide C, or hold one value in a batch of one.

    >>> x = minigrad.tensor([[1.0, 3.0, 10.0, 30.0]])        # one sample, four channels
    >>> minigrad.nn.functional.group_norm(x, 2, eps=0.0)
    tensor([[-1.,  1., -1.,  1.]])
    """
    shape = tuple(input.shape)
    require_sizes("group_norm", num_groups=num_groups)
    if len(shape) < 2 or shape[1] % num_groups:
        raise ShapeError(f"group_norm: the input must be (N, C, …) with C a multiple of {num_groups}, but "
                         f"it is {shape}.")
    if math.prod(shape) == num_groups:
        raise ShapeError(f"group_norm: {shape} holds one value for each of {num_groups} groups, and its "
                         "distance from the mean is always 0.")
    y = input
    if math.prod(shape):                                        # nothing has no mean
        y = Standardize((2,), eps)(input.reshape((shape[0], num_groups, -1))).reshape(shape)
    return _scaled(y, weight, bias, (1, shape[1]) + (1,) * (len(shape) - 2))
