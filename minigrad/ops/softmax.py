"""Softmax: scores become shares that add up to 1."""
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..autograd import Function
from ..backend.arrays import Array, is_array
from ..backend.softmax import softmax as stable_softmax, softmax_backward
from ..errors import DTypeError
from .attach import attach, normal_dim, numpy_names
from .exponential import exp


class Softmax(Function):
    """y = eˣ / Σ eˣ along ``dim``;  ∂L/∂x = y · (g − Σ g · y)."""

    __slots__ = ("dim",)
    promote = True

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def forward(self, x: Array) -> Array:
        y = stable_softmax(x, self.dim)
        self.save(y)
        return y

    def backward(self, g: Any) -> Any:
        (y,) = self.saved
        if is_array(g):
            return softmax_backward(g, y, self.dim)
        return y * (g - (g * y).sum(axis=self.dim, keepdims=True))


class LogSoftmax(Function):
    """y = x − ln Σ eˣ along ``dim``;  ∂L/∂x = g − eʸ · Σ g."""

    __slots__ = ("dim",)
    promote = True

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def forward(self, x: Array) -> Array:
        shifted = x - top(x, self.dim)
        y = shifted - np.log(np.exp(shifted).sum(axis=self.dim, keepdims=True))
        self.save(y)
        return y

    def backward(self, g: Any) -> Any:
        (y,) = self.saved
        return g - exp(y) * g.sum(axis=self.dim, keepdims=True)


@numpy_names
def softmax(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """Positive numbers that add up to 1 along ``dim``: eˣ / Σ eˣ; the input is converted to ``dtype`` first.

    Without ``dim`` it warns and takes PyTorch's old default: 0 for 0, 1 or 3 dimensions, else 1. Raises
    RangeError for a ``dim`` that x lacks.

    >>> minigrad.softmax(minigrad.tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    x = _floating("softmax", input, dtype)
    return Softmax(_dim("softmax", dim, x.ndim))(x)


@numpy_names
def log_softmax(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """ln softmax, computed without overflow; the input is converted to ``dtype`` first.

    Raises RangeError for a ``dim`` that x lacks.

    >>> minigrad.tensor([0.0, 0.0]).log_softmax(0)           # ln ½ twice
    tensor([-0.6931, -0.6931])
    """
    x = _floating("log_softmax", input, dtype)
    return LogSoftmax(_dim("log_softmax", dim, x.ndim))(x)


def top(x: Array, dim: int) -> Array:
    """The maximum along ``dim``, kept with size 1; 0 where there are no entries."""
    return x.max(axis=dim, keepdims=True) if x.size else x.sum(axis=dim, keepdims=True)


def _dim(name: str, dim: int | None, ndim: int) -> int:
    """``dim`` from the front; where it is left out PyTorch's old default, with a warning."""
    if dim is None:
        dim = 0 if ndim in (0, 1, 3) else 1
        warnings.warn(f"{name}: no dim was given, so dim={dim} is taken. Say along which dimension the "
                      f"shares add up to 1: {name}(x, dim=-1) for the last one.", stacklevel=4)
    return normal_dim(dim, ndim, name)


def _floating(name: str, x: Any, dtype: Any) -> Any:
    """x in ``dtype`` if given; DTypeError unless it is floating."""
    x = x if dtype is None else x.to(dtype)
    if x.dtype.kind != "f":
        raise DTypeError(f"{name}: expected a floating input, got {x.dtype}. Use x.float().")
    return x


def softmin(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """softmax(−x): the smallest entries along ``dim`` get the largest shares.

    Raises RangeError for a ``dim`` that x lacks.

    >>> minigrad.nn.functional.softmin(minigrad.tensor([0.0, 1.0]), dim=0)
    tensor([0.7311, 0.2689])
    """
    return softmax(-input, _dim("softmin", dim, input.ndim), dtype)


attach(softmax=softmax, log_softmax=log_softmax)
