"""Lazy layers: the number of input features is read from the first input.

Such a layer begins with parameters of no size. Its first call, or the state that it loads, tells the size;
the layer then gets its parameters, in the very objects that an optimizer may hold already, and is an ordinary
layer from then on.
"""
from __future__ import annotations

from inspect import signature
from typing import Any, ClassVar, Mapping

import numpy as np

from ..autograd import Size, Tensor
from ..backend.arrays import device_of
from ..errors import GraphError, ShapeError
from .conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from .linear import Linear
from .module import Module
from .normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d
from .parameter import Parameter
from .sample_norm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d


class UninitializedParameter(Parameter):
    """A parameter whose shape is not known yet; the first call of its lazy layer makes it an ordinary one.

    Raises GraphError when it is asked for its shape.

    >>> layer = minigrad.nn.LazyLinear(3)
    >>> isinstance(layer.weight, minigrad.nn.UninitializedParameter)
    True
    """

    __slots__ = ()

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(Tensor(np.zeros(0, np.float32 if dtype is None else dtype)).to(device or "cpu"),
                         requires_grad)

    @property
    def shape(self) -> Size:
        """Not known: raises GraphError."""
        raise GraphError("shape: the parameter of a lazy layer has none before the first call. Call the "
                         "model once on a batch, as a dry run.")

    def numel(self) -> int:
        """Not known: raises GraphError."""
        return self.shape.numel()

    def materialize(self, values: Tensor) -> None:
        """Become an ordinary parameter with these values, on the device and of the dtype that this one
        has."""
        self.data = values.detach().to(device=device_of(self._array), dtype=self.dtype)
        self.__class__ = Parameter          # type: ignore[assignment]

    def __repr__(self) -> str:
        return "<UninitializedParameter>"


class Lazy(Module):
    """What the lazy layers share: the first input tells the size, and the layer becomes what it stands
    for."""

    becomes: ClassVar[type[Module]]
    size: ClassVar[str] = "in_channels"         # the attribute that the first input tells

    def __init__(self, *args: Any, **options: Any) -> None:
        groups = signature(self.becomes.__init__).bind(self, 1, *args, **options).arguments.get("groups", 1)
        super().__init__(groups, *args, **options)          # type: ignore[call-arg]    # groups must divide it
        self._options = args, options
        setattr(self, self.size, 0)
        for name, parameter in self._parameters.items():
            if parameter is not None:
                self._parameters[name] = UninitializedParameter(dtype=parameter.dtype,
                                                                device=parameter.device)

    def has_uninitialized_params(self) -> bool:
        """Whether the first call is still to come."""
        return True

    def initialize_parameters(self, input: Tensor) -> None:
        """Become the layer that fits this input."""
        spatial = getattr(self, "kernel_size", ())
        dim = -1 if self.size == "in_features" else 0 if len(spatial) == input.ndim - 1 else 1
        if input.ndim <= dim or not input.ndim:
            raise ShapeError(f"{type(self).__name__}: the input must be (N, C, …), but it is "
                             f"{tuple(input.shape)}.")
        self._become(int(input.shape[dim]))

    def _become(self, size: int) -> None:
        args, options = self._options
        layer = self.becomes(size, *args, **options)                            # type: ignore[call-arg]
        for name, own in self._parameters.items():
            if isinstance(own, UninitializedParameter):
                own.materialize(layer._parameters[name])                        # type: ignore[arg-type]
        like = next((p for p in self._parameters.values() if p is not None), None)
        if like is not None:
            layer.to(like.device, like.dtype)
        self._buffers.update(layer._buffers)
        setattr(self, self.size, size)
        del self._options
        self.__class__ = self.becomes                                           # type: ignore[assignment]

    def _before_loading(self, state: Mapping[str, Any], prefix: str) -> None:
        weight = state.get(f"{prefix}weight")
        if weight is not None:
            first = self.size == "num_features" or getattr(self, "transposed", False)
            self._become(weight.shape[0] if first else weight.shape[1] * getattr(self, "groups", 1))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.initialize_parameters(args[0] if args else next(iter(kwargs.values())))
        return self(*args, **kwargs)                # of the class that it is now


class LazyLinear(Lazy, Linear):
    """``Linear(in_features, …)`` with in_features read from the first input.

    >>> layer = minigrad.nn.LazyLinear(2)
    >>> layer(minigrad.zeros(4, 3)).shape, layer
    (minigrad.Size([4, 2]), Linear(in_features=3, out_features=2, bias=True))
    """

    becomes = Linear
    size = "in_features"


class LazyConv1d(Lazy, Conv1d):
    """``Conv1d(in_channels, …)`` with in_channels read from the first input.

    >>> minigrad.nn.LazyConv1d(2, 3)(minigrad.zeros(1, 4, 5)).shape
    minigrad.Size([1, 2, 3])
    """

    becomes = Conv1d


class LazyConv2d(Lazy, Conv2d):
    """``Conv2d(in_channels, …)`` with in_channels read from the first input.

    >>> minigrad.nn.LazyConv2d(2, 3)(minigrad.zeros(1, 4, 5, 5)).shape
    minigrad.Size([1, 2, 3, 3])
    """

    becomes = Conv2d


class LazyConv3d(Lazy, Conv3d):
    """``Conv3d(in_channels, …)`` with in_channels read from the first input.

    >>> minigrad.nn.LazyConv3d(2, 3)(minigrad.zeros(1, 4, 5, 5, 5)).shape
    minigrad.Size([1, 2, 3, 3, 3])
    """

    becomes = Conv3d


class LazyConvTranspose1d(Lazy, ConvTranspose1d):
    """``ConvTranspose1d(in_channels, …)`` with in_channels read from the first input.

    >>> minigrad.nn.LazyConvTranspose1d(2, 3)(minigrad.zeros(1, 4, 5)).shape
    minigrad.Size([1, 2, 7])
    """

    becomes = ConvTranspose1d


class LazyConvTranspose2d(Lazy, ConvTranspose2d):
    """``ConvTranspose2d(in_channels, …)`` with in_channels read from the first input.

    >>> minigrad.nn.LazyConvTranspose2d(2, 3)(minigrad.zeros(1, 4, 5, 5)).shape
    minigrad.Size([1, 2, 7, 7])
    """

    becomes = ConvTranspose2d


class LazyConvTranspose3d(Lazy, ConvTranspose3d):
    """``ConvTranspose3d(in_channels, …)`` with in_channels read from the first input.

    >>> minigrad.nn.LazyConvTranspose3d(2, 3)(minigrad.zeros(1, 4, 5, 5, 5)).shape
    minigrad.Size([1, 2, 7, 7, 7])
    """

    becomes = ConvTranspose3d


class LazyBatchNorm1d(Lazy, BatchNorm1d):
    """``BatchNorm1d(num_features, …)`` with num_features read from the first input.

    >>> minigrad.nn.LazyBatchNorm1d()(minigrad.zeros(2, 4, 5)).shape
    minigrad.Size([2, 4, 5])
    """

    becomes = BatchNorm1d
    size = "num_features"


class LazyBatchNorm2d(Lazy, BatchNorm2d):
    """``BatchNorm2d(num_features, …)`` with num_features read from the first input.

    >>> minigrad.nn.LazyBatchNorm2d()(minigrad.zeros(2, 4, 5, 5)).shape
    minigrad.Size([2, 4, 5, 5])
    """

    becomes = BatchNorm2d
    size = "num_features"


class LazyBatchNorm3d(Lazy, BatchNorm3d):
    """``BatchNorm3d(num_features, …)`` with num_features read from the first input.

    >>> minigrad.nn.LazyBatchNorm3d()(minigrad.zeros(2, 4, 5, 5, 5)).shape
    minigrad.Size([2, 4, 5, 5, 5])
    """

    becomes = BatchNorm3d
    size = "num_features"


class LazyInstanceNorm1d(Lazy, InstanceNorm1d):
    """``InstanceNorm1d(num_features, …)`` with num_features read from the first input.

    >>> minigrad.nn.LazyInstanceNorm1d()(minigrad.zeros(2, 4, 5)).shape
    minigrad.Size([2, 4, 5])
    """

    becomes = InstanceNorm1d
    size = "num_features"


class LazyInstanceNorm2d(Lazy, InstanceNorm2d):
    """``InstanceNorm2d(num_features, …)`` with num_features read from the first input.

    >>> minigrad.nn.LazyInstanceNorm2d()(minigrad.zeros(2, 4, 5, 5)).shape
    minigrad.Size([2, 4, 5, 5])
    """

    becomes = InstanceNorm2d
    size = "num_features"


class LazyInstanceNorm3d(Lazy, InstanceNorm3d):
    """``InstanceNorm3d(num_features, …)`` with num_features read from the first input.

    >>> minigrad.nn.LazyInstanceNorm3d()(minigrad.zeros(2, 4, 5, 5, 5)).shape
    minigrad.Size([2, 4, 5, 5, 5])
    """

    becomes = InstanceNorm3d
    size = "num_features"
