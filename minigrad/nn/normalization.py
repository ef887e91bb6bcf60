"""Normalization layers."""
from __future__ import annotations

from typing import Any, Sequence

from ..autograd import Tensor
from ..errors import ShapeError
from ..errors.arguments import require_not_negative, require_sizes
from ..ops.create import ones, tensor, zeros
from ..ops.normalization import batch_norm, group_norm, last_sizes, layer_norm
from .module import Module
from .parameter import Parameter


def _register_scale(layer: Module, size: Any, affine: bool, bias: bool, device: Any, dtype: Any) -> None:
    """weight, which starts at 1, and bias, which starts at 0; None where the layer has none."""
    layer.register_parameter("weight", Parameter(ones(size, device=device, dtype=dtype)) if affine else None)
    layer.register_parameter("bias", Parameter(zeros(size, device=device, dtype=dtype)) if affine and bias
                             else None)


class BatchNorm(Module):
    """What BatchNorm1d and BatchNorm2d share: each channel is brought to mean 0 and variance 1 over the
    batch.

    In training with the batch's own statistics, which also move the running ones by ``momentum`` (None: to
    their plain average so far); in evaluation with the running ones. weight starts at 1, bias at 0.
    """

    dims: tuple[int, ...] = ()

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1,
                 affine: bool = True, track_running_stats: bool = True, device: Any = None,
                 dtype: Any = None, bias: bool = True) -> None:
        super().__init__()
        require_sizes(type(self).__name__, 0, num_features=num_features)
        require_not_negative(type(self).__name__, eps=eps)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        _register_scale(self, num_features, affine, bias, device, dtype)
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            self.register_buffer(name, None)
        if track_running_stats:
            self.running_mean = zeros(num_features, device=device, dtype=dtype)
            self.running_var = ones(num_features, device=device, dtype=dtype)
            self.num_batches_tracked = tensor(0, device=device)

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, …); the same shape."""
        if input.ndim not in self.dims or input.shape[1] != self.num_features:
            raise ShapeError(f"{type(self).__name__}({self.num_features}): the input must have "
                             f"{' or '.join(map(str, self.dims))} dimensions and {self.num_features} "
                             f"channels (N, C, …), but it is {tuple(input.shape)}.")
        momentum = 0.0 if self.momentum is None else self.momentum
        if self.training and self.track_running_stats:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                momentum = 1.0 / self.num_batches_tracked.item()
        own = self.training or not self.track_running_stats
        return self._normalized(input, own, momentum)

    def _normalized(self, input: Tensor, own: bool, momentum: float) -> Tensor:
        """With the input's own statistics, or with the running ones."""
        return batch_norm(input, self.running_mean, self.running_var, self.weight,
                          self.bias, own, momentum, self.eps)

    def extra_repr(self) -> str:
        return (f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
                f"track_running_stats={self.track_running_stats}")


class BatchNorm1d(BatchNorm):
    """Batch normalization of (N, C) or (N, C, L) (Ioffe and Szegedy 2015).

    y = (x − mean) / √(var + eps) · weight + bias. Raises ShapeError for other dimensions or channels,
    ValueError for an eps below 0 (in training also for 0).

    >>> minigrad.nn.BatchNorm1d(1, eps=1e-12)(minigrad.tensor([[1.0], [3.0]])).tolist()
    [[-1.0], [1.0]]
    """

    dims = (2, 3)


class BatchNorm2d(BatchNorm):
    """Batch normalization of (N, C, H, W) (Ioffe and Szegedy 2015).

    y = (x − mean) / √(var + eps) · weight + bias. Raises ShapeError for other dimensions or channels.

    >>> layer = minigrad.nn.BatchNorm2d(3)
    >>> layer(minigrad.ones(2, 3, 4, 4)).shape, layer.running_mean           # 0.9 · 0 + 0.1 · 1
    (minigrad.Size([2, 3, 4, 4]), tensor([0.1000, 0.1000, 0.1000]))
    """

    dims = (4,)


class BatchNorm3d(BatchNorm):
    """Batch normalization of (N, C, D, H, W) (Ioffe and Szegedy 2015).

    y = (x − mean) / √(var + eps) · weight + bias. Raises ShapeError for other dimensions or channels.

    >>> minigrad.nn.BatchNorm3d(3)(minigrad.ones(2, 3, 4, 4, 4)).shape
    minigrad.Size([2, 3, 4, 4, 4])
    """

    dims = (5,)


class LayerNorm(Module):
    """Brings each sample to mean 0 and variance 1 over its last dimensions (Ba et al. 2016).

    y = (x − mean) / √(var + eps) · weight + bias. Raises ShapeError when the last dimensions differ.

    >>> minigrad.nn.LayerNorm(2, eps=0.0)(minigrad.tensor([[1.0, 3.0], [10.0, 30.0]])).tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """

    def __init__(self, normalized_shape: int | Sequence[int], eps: float = 1e-5,
                 elementwise_affine: bool = True, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__()
        self.normalized_shape = last_sizes("LayerNorm", normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        _register_scale(self, self.normalized_shape, elementwise_affine, bias, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """(…, *normalized_shape); the same shape."""
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """Brings groups of channels to mean 0 and variance 1, in each sample alone (Wu and He 2018).

    Raises ShapeError when the groups do not divide the channels.

    >>> minigrad.nn.GroupNorm(2, 4, eps=0.0)(minigrad.tensor([[1.0, 3.0, 10.0, 30.0]])).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True,
                 device: Any = None, dtype: Any = None, bias: bool = True) -> None:
        super().__init__()
        require_sizes("GroupNorm", num_groups=num_groups)
        require_sizes("GroupNorm", 0, num_channels=num_channels)
        if num_channels % num_groups:
            raise ShapeError(f"GroupNorm: {num_channels} channels are not a multiple of {num_groups} groups.")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        _register_scale(self, num_channels, affine, bias, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, …); the same shape."""
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"
