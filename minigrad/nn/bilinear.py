"""Two inputs in one layer: the products of all their pairs of entries, and their similarity."""
from __future__ import annotations

import math
from typing import Any

from ..autograd import Tensor
from ..errors import ShapeError
from ..errors.arguments import require_sizes
from ..ops.create import empty
from ..ops.einsum import einsum
from ..ops.norm import cosine_similarity
from . import init
from .module import Module
from .parameter import Parameter


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """y[o] = x1ᵀ W[o] x2 + b[o]: (…, I1) and (…, I2) with weight (O, I1, I2), bias (O) give (…, O).

    Raises ShapeError when the sizes do not fit.

    >>> x, y = minigrad.tensor([1.0, 2.0]), minigrad.tensor([3.0, 4.0])
    >>> minigrad.nn.functional.bilinear(x, y, minigrad.ones(1, 2, 2))       # (1 + 2) · (3 + 4)
    tensor([21.])
    """
    a, b, w = tuple(input1.shape), tuple(input2.shape), tuple(weight.shape)
    if len(w) != 3 or a[:-1] != b[:-1] or (a[-1], b[-1]) != w[1:] \
            or bias is not None and tuple(bias.shape) != w[:1]:
        raise ShapeError("bilinear: expected inputs (…, I1) and (…, I2), a weight (O, I1, I2) and a bias "
                         f"(O), got {a}, {b}, {w} and {None if bias is None else tuple(bias.shape)}.")
    y = einsum("ni,oij,nj->no", input1.reshape(-1, a[-1]), weight, input2.reshape(-1, b[-1]))
    y = y.reshape(*a[:-1], w[0])
    return y if bias is None else y + bias


class Bilinear(Module):
    """y[o] = x1ᵀ W[o] x2 + b[o]: (…, in1_features) and (…, in2_features) → (…, out_features).

    weight (O, I1, I2) and bias (O) start uniform in ±1/√I1. Errors as in ``functional.bilinear``.

    >>> minigrad.nn.Bilinear(3, 4, 2)(minigrad.zeros(5, 3), minigrad.zeros(5, 4)).shape
    minigrad.Size([5, 2])
    """

    def __init__(self, in1_features: int, in2_features: int, out_features: int, bias: bool = True,
                 device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        require_sizes("Bilinear", in1_features=in1_features, in2_features=in2_features,
                      out_features=out_features)
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        self.weight = Parameter(empty(out_features, in1_features, in2_features, device=device, dtype=dtype))
        self.register_parameter(
            "bias", Parameter(empty(out_features, device=device, dtype=dtype)) if bias else None)
        for parameter in self.parameters():
            init.uniform_(parameter, -1 / math.sqrt(in1_features), 1 / math.sqrt(in1_features))

    def extra_repr(self) -> str:
        return (f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
                f"out_features={self.out_features}, bias={self.bias is not None}")

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return bilinear(input1, input2, self.weight, self.bias)


class CosineSimilarity(Module):
    """x1 · x2 / (‖x1‖ · ‖x2‖) along ``dim``, lengths of at least eps: the cosine of the angle.

    >>> minigrad.nn.CosineSimilarity(dim=0)(minigrad.tensor([1.0, 0.0]), minigrad.tensor([3.0, 4.0]))
    tensor(0.6000)
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return cosine_similarity(x1, x2, self.dim, self.eps)
