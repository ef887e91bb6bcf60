"""The length of vectors, and vectors scaled to length 1."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import Function
from ..backend.arrays import Array, is_array
from ..errors.options import refuses
from .arithmetic import abs, pow, sign
from .attach import attach, in_single, normal_dims, numpy_names
from .reduce import Amax, Amin, Dims, kept, sum
from .select import where


class Norm(Function):
    """y = √Σ x² over ``dim``;  ∂L/∂x = g · x / y, and 0 where y = 0.

    At 0 there is no slope; like PyTorch, this takes the subgradient 0.
    """

    __slots__ = ("dim", "keepdim", "kept_shape")
    promote = True

    def __init__(self, dim: Dims, keepdim: bool) -> None:
        self.dim, self.keepdim = dim, keepdim

    def forward(self, x: Array) -> Array:
        dims = normal_dims(self.dim, x.ndim, "norm", True)
        self.kept_shape = kept(x.shape, dims)
        y = np.sqrt((x * x).sum(axis=dims, keepdims=self.keepdim))
        y = y if is_array(y) else np.asarray(y)
        self.save(x, y)
        return y

    def backward(self, g: Any) -> Any:
        x, y = self.saved
        y = y.reshape(self.kept_shape)
        return x * (g.reshape(self.kept_shape) / where(y == 0, y + 1, y))


@numpy_names
@in_single
def norm(x: Any, p: float | str = 2, dim: Dims = None, keepdim: bool = False) -> Any:
    """(Σ |x|ᵖ)^(1/p) over ``dim``; p = inf gives the largest |x|, -inf the smallest, 0 counts.

    For p = 2 the gradient at the zero vector is 0. Raises NotImplementedError for any name but "fro".

    >>> minigrad.tensor([3.0, 4.0]).norm(), minigrad.tensor([3.0, -4.0]).norm(1)
    (tensor(5.), tensor(7.))
    """
    if p in (2, "fro"):
        return Norm(dim, keepdim)(x)
    if isinstance(p, str):
        raise NotImplementedError(f"norm: p={p!r} is not supported, only numbers and 'fro'.")
    size = abs(x)
    if p == math.inf:
        return Amax(dim, keepdim, True)(size)
    if p == -math.inf:
        return Amin(dim, keepdim, True)(size)
    if p == 0:
        return sum(where(size == 0, sign(size), 1.0), dim, keepdim)     # NaN counts too
    if p == 1:
        return sum(size, dim, keepdim)
    zero = size == 0
    powers = where(zero, 0.0, pow(where(zero, size + 1, size), p))      # no slope from 0ᵖ
    total = sum(powers, dim, keepdim)
    empty = total == 0
    return where(empty, total, pow(where(empty, total + 1, total), 1 / p))


@numpy_names
@refuses(out=None)
@in_single
def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    """input / max(‖input‖ₚ, eps) along ``dim``: vectors of length 1. Same shape.

    >>> minigrad.nn.functional.normalize(minigrad.tensor([3.0, 4.0]), dim=0)
    tensor([0.6000, 0.8000])
    """
    return input / norm(input, p, dim, True).clamp(min=eps)


@numpy_names
@in_single
def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """x1 · x2 / (max(‖x1‖, eps) · max(‖x2‖, eps)) along ``dim``: the cosine of the angle.

    x1 and x2 broadcast first. As in PyTorch, the gradient ignores the limit eps: it is that of
    ‖x‖ + c with the constant c = max(eps − ‖x‖, 0).

    >>> minigrad.cosine_similarity(minigrad.tensor([1.0, 0.0]), minigrad.tensor([3.0, 4.0]), dim=0)
    tensor(0.6000)
    """
    shape = np.broadcast_shapes(tuple(x1.shape), tuple(x2.shape))
    unit = []
    for x in (x1.broadcast_to(shape), x2.broadcast_to(shape)):
        length = norm(x, 2, dim, True)
        missing = (eps - length.detach()).clamp(min=0)
        unit.append(x / (length + missing))
    return sum(unit[0] * unit[1], dim)


attach(norm=norm)
