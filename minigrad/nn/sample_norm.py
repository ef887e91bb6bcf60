"""Normalization of each sample alone: instance norm, RMS norm and local response norm."""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from ..autograd import Tensor
from ..errors import ShapeError
from ..errors.arguments import require_sizes
from ..ops.attach import in_single
from ..ops.create import ones
from ..ops.exponential import rsqrt
from ..ops.normalization import Standardize, batch_norm, last_sizes
from ..ops.pad import pad
from ..ops.pooling import avg_pool2d
from .module import Module
from .normalization import BatchNorm
from .parameter import Parameter


def instance_norm(input: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None,
                  bias: Any = None, use_input_stats: bool = True, momentum: float = 0.1,
                  eps: float = 1e-5) -> Any:
    """Each channel of each sample (N, C, …) brought to mean 0 and variance 1 over its positions.

    With ``use_input_stats`` by its own statistics, whose average over the samples moves the running ones, if
    given; else by the running ones. Raises ShapeError when sizes do not fit or there is one position only.
    Source: Ulyanov et al. 2016.

    >>> minigrad.nn.functional.instance_norm(minigrad.tensor([[[1.0, 3.0], [10.0, 30.0]]]), eps=1e-12)
    tensor([[[-1.,  1.],
             [-1.,  1.]]])
    """
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    shape = tuple(input.shape)
    count = math.prod(shape[2:])
    if len(shape) < 3 or count == 1:
        raise ShapeError("instance_norm: the input must be (N, C, …) with more than one position, but it is "
                         f"{shape}.")
    for name, t in (("running_mean", running_mean), ("weight", weight), ("bias", bias)):
        if t is not None and tuple(t.shape) != (shape[1],):
            raise ShapeError(f"instance_norm: {name} must be ({shape[1]},), one for each channel of {shape}, "
                             f"but it is {tuple(t.shape)}.")
    y = input
    if math.prod(shape):
        step = Standardize(tuple(range(2, len(shape))), eps)
        y = step(input)
        for running, own in ((running_mean, step.mean), (running_var, step.variance * (count / (count - 1)))):
            if running is not None:
                running._array *= running.dtype.type(1 - momentum)
                running._array += (own.reshape(shape[:2]).mean(0) * momentum).astype(running.dtype)
                running._changed_in_place()
    per_channel = (1, shape[1]) + (1,) * (len(shape) - 2)
    y = y if weight is None else y * weight.reshape(per_channel)
    return y if bias is None else y + bias.reshape(per_channel)


@in_single
def rms_norm(input: Any, normalized_shape: Sequence[int], weight: Any = None,
             eps: float | None = None) -> Any:
    """x / √(mean x² + eps) · weight over the last dimensions, which are ``normalized_shape``.

    eps None: the dtype's own. Raises ShapeError when the last dimensions differ. Source: Zhang and Sennrich
    2019.

    >>> minigrad.nn.functional.rms_norm(minigrad.tensor([[3.0, 3.0], [-4.0, 4.0]]), (2,))
    tensor([[ 1.,  1.],
            [-1.,  1.]])
    """
    last = last_sizes("rms_norm", normalized_shape)
    if tuple(input.shape)[-len(last):] != last or weight is not None and tuple(weight.shape) != last:
        raise ShapeError(f"rms_norm: the last dimensions and the weight must be {last}, but the input is "
                         f"{tuple(input.shape)} and the weight "
                         f"{None if weight is None else tuple(weight.shape)}.")
    small = float(np.finfo(input.dtype).eps) if eps is None else eps
    y = input * rsqrt((input * input).mean(tuple(range(-len(last), 0)), keepdim=True) + small)
    return y if weight is None else y * weight


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75,
                        k: float = 1.0) -> Any:
    """x / (k + alpha · mean x²)^beta, the mean over ``size`` neighboring channels: (N, C, …).

    Raises ShapeError for fewer than 3 dimensions. Source: Krizhevsky et al. 2012.

    >>> x = minigrad.ones(1, 3, 1)
    >>> minigrad.nn.functional.local_response_norm(x, 3, alpha=3.0).flatten()           # 3^−¾, 4^−¾, 3^−¾
    tensor([0.4387, 0.3536, 0.4387])
    """
    shape = tuple(input.shape)
    require_sizes("local_response_norm", size=size)
    if len(shape) < 3:
        raise ShapeError("local_response_norm: the input must be (N, C, …) with positions, but it is "
                         f"{shape}.")
    if not math.prod(shape):
        return input
    squares = (input * input).reshape(shape[0], 1, shape[1], -1)  # (N, 1, C, positions)
    means = avg_pool2d(pad(squares, (0, 0, size // 2, (size - 1) // 2)), (size, 1), 1)
    return input / (means.reshape(shape) * alpha + k) ** beta


class InstanceNorm(BatchNorm):
    """What InstanceNorm1d, 2d and 3d share: each channel of each sample is brought to mean 0 and variance
    1."""

    spatial = 1

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False,
                 track_running_stats: bool = False, device: Any = None, dtype: Any = None,
                 bias: bool = True) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, …) or (C, …); the same shape."""
        single = input.ndim == self.spatial + 1
        x = input.unsqueeze(0) if single else input
        bound = self.affine or self.track_running_stats             # to this number of channels
        if x.ndim != self.spatial + 2 or bound and x.shape[1] != self.num_features:
            raise ShapeError(f"{type(self).__name__}({self.num_features}): the input must have "
                             f"{self.spatial + 1} or {self.spatial + 2} dimensions and {self.num_features} "
                             f"channels, but it is {tuple(input.shape)}.")
        own = self.training or not self.track_running_stats
        y = instance_norm(x, self.running_mean, self.running_var, self.weight, self.bias, own,
                          self.momentum or 0.0, self.eps)
        return y.squeeze(0) if single else y


class InstanceNorm1d(InstanceNorm):
    """Each channel of each sample brought to mean 0 and variance 1: (N, C, L) or (C, L).

    y = (x − mean) / √(var + eps) · weight + bias. Raises ShapeError for other dimensions. Source: Ulyanov et
    al. 2016.

    >>> minigrad.nn.InstanceNorm1d(1, eps=1e-12)(minigrad.tensor([[1.0, 3.0]]))
    tensor([[-1.,  1.]])
    """


class InstanceNorm2d(InstanceNorm):
    """Each channel of each sample brought to mean 0 and variance 1: (N, C, H, W) or (C, H, W).

    Options and errors as in ``InstanceNorm1d``.

    >>> minigrad.nn.InstanceNorm2d(1, eps=1e-12)(minigrad.tensor([[[1.0, 3.0]]]))
    tensor([[[-1.,  1.]]])
    """

    spatial = 2


class InstanceNorm3d(InstanceNorm):
    """Each channel of each sample brought to mean 0 and variance 1: (N, C, D, H, W) or (C, D, H, W).

    Options and errors as in ``InstanceNorm1d``.

    >>> minigrad.nn.InstanceNorm3d(1, eps=1e-12)(minigrad.tensor([[[[1.0, 3.0]]]]))
    tensor([[[[-1.,  1.]]]])
    """

    spatial = 3


class RMSNorm(Module):
    """x / √(mean x² + eps) · weight over the last dimensions: scale without shift.

    (…, *normalized_shape); the same shape. weight starts at 1. Errors as in ``functional.rms_norm``. Source:
    Zhang and Sennrich 2019.

    >>> minigrad.nn.RMSNorm(2)(minigrad.tensor([[3.0, 3.0], [-4.0, 4.0]])).detach()
    tensor([[ 1.,  1.],
            [-1.,  1.]])
    """

    _shown = ("eps", "elementwise_affine")

    def __init__(self, normalized_shape: int | Sequence[int], eps: float | None = None,
                 elementwise_affine: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.normalized_shape = last_sizes("RMSNorm", normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self.register_parameter("weight", Parameter(ones(self.normalized_shape, device=device, dtype=dtype))
                                if elementwise_affine else None)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, {super().extra_repr()}"

    def forward(self, input: Tensor) -> Tensor:
        return rms_norm(input, self.normalized_shape, self.weight, self.eps)


class LocalResponseNorm(Module):
    """x / (k + alpha · mean x²)^beta, the mean over ``size`` neighboring channels: (N, C, …); the same shape.

    Errors as in ``functional.local_response_norm``. Source: Krizhevsky et al. 2012.

    >>> minigrad.nn.LocalResponseNorm(3, alpha=3.0)(minigrad.ones(1, 3, 1)).flatten()
    tensor([0.4387, 0.3536, 0.4387])
    """

    _shown = ("alpha", "beta", "k")

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def extra_repr(self) -> str:
        return f"{self.size}, {super().extra_repr()}"

    def forward(self, input: Tensor) -> Tensor:
        return local_response_norm(input, self.size, self.alpha, self.beta, self.k)
