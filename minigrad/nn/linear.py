"""The fully connected layer, and reshaping before it."""
from __future__ import annotations

from typing import Any, Sequence

from ..autograd import Tensor
from ..errors.arguments import require_sizes
from ..ops.create import empty
from ..ops.linalg import linear
from . import init
from .module import Module
from .parameter import Parameter


class Linear(Module):
    """y = x Wᵀ + b.  (…, in_features) → (…, out_features).

    weight (out_features, in_features) and bias (out_features) start uniform in ±1/√in_features as in PyTorch.

    >>> minigrad.nn.Linear(3, 2)(minigrad.zeros(4, 3)).shape
    (4, 2)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__()
        require_sizes("Linear", in_features=in_features, out_features=out_features)
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(empty(out_features, in_features, dtype=dtype, device=device))
        init.default_weight_(self.weight)
        self.register_parameter("bias", None)
        if bias:
            self.bias = Parameter(empty(out_features, dtype=dtype, device=device))
            init.default_bias_(self.bias, self.weight)

    def forward(self, input: Tensor) -> Tensor:
        return linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (f"in_features={self.in_features}, out_features={self.out_features}, "
                f"bias={self.bias is not None}")


class Flatten(Module):
    """Makes the dimensions from start_dim to end_dim one: (N, C, H, W) → (N, C·H·W).

    A view where the memory allows one. Calling it raises ShapeError when start_dim comes after end_dim.

    >>> minigrad.nn.Flatten()(minigrad.zeros(5, 1, 28, 28)).shape
    (5, 784)
    """

    _shown = ("start_dim", "end_dim")

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        return input.flatten(self.start_dim, self.end_dim)


class Unflatten(Module):
    """Makes one dimension several: (N, C·H·W) → (N, C, H, W). Errors as in ``Tensor.unflatten``.

    >>> minigrad.nn.Unflatten(1, (1, 28, 28))(minigrad.zeros(5, 784)).shape
    (5, 1, 28, 28)
    """

    _shown = ("dim", "unflattened_size")

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        if not isinstance(dim, int):
            raise TypeError(f"Unflatten: dim must be an int, got {dim!r}; dimensions have no names here.")
        self.dim, self.unflattened_size = dim, tuple(unflattened_size)

    def forward(self, input: Tensor) -> Tensor:
        return input.unflatten(self.dim, self.unflattened_size)


class Identity(Module):
    """Returns its input; takes and ignores any arguments, as a placeholder.

    >>> minigrad.nn.Identity()(minigrad.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input
