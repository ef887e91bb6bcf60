"""Activation functions: what makes a network more than one matrix product."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function
from ..backend.arrays import Array, array_module, is_array, on_host
from ..backend.gpu.dropout import dropout_mask
from ..backend.layout import flat, memory_order, unflat
from ..backend.random import Generator, generator_of, random_bits
from ..backend.rectify import relu_backward, relu_forward
from ..backend.softmax import softmax as stable_softmax
from ..errors import DTypeError, RangeError
from ..unsupported import refuses
from .attach import attach, normal_dim, numpy_names
from .elementwise import exp


class ReLU(Function):
    """y = max(0, x);  ∂L/∂x = g where x > 0, else 0 (0 also at the kink; g where x is NaN)."""

    __slots__ = ()

    def forward(self, x: Array) -> Array:
        y = relu_forward(x)                 # max(0, x)
        self.save(y)
        return y

    def backward(self, g: Any) -> Any:
        (y,) = self.saved
        return relu_backward(g, y) if is_array(g) else g * (y != 0)


class Sigmoid(Function):
    """y = 1 / (1 + e⁻ˣ);  ∂L/∂x = g · y · (1 − y).

    Small values keep all their digits, which ½ (1 + tanh(x/2)), the same function, would round away.
    """

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        with np.errstate(over="ignore"):                # e⁻ˣ may be ∞, and 1 / ∞ = 0 is right
            y = np.exp(-x)
            y += 1
            y = np.reciprocal(y, out=y) if isinstance(y, type(x)) else np.asarray(1 / y)
        self.save(y)
        return y

    def backward(self, g: Any) -> Any:
        (y,) = self.saved
        return g * (y * (1 - y))


class Tanh(Function):
    """y = tanh x;  ∂L/∂x = g · (1 − y²)."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        y = np.tanh(x)
        self.save(y)
        return y

    def backward(self, g: Any) -> Any:
        (y,) = self.saved
        return g * (1 - y * y)


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


def top(x: Array, dim: int) -> Array:
    """The maximum along ``dim``, kept with size 1; 0 where there is no entry."""
    return x.max(axis=dim, keepdims=True) if x.size else x.sum(axis=dim, keepdims=True)


def _floating(name: str, x: Any, dtype: Any) -> Any:
    """x in ``dtype`` if given; DTypeError unless it is floating."""
    x = x if dtype is None else x.to(dtype)
    if x.dtype.kind != "f":
        raise DTypeError(f"{name}: expected a floating input, got {x.dtype}. Use x.float().")
    return x


class Dropout(Function):
    """y = x · m / (1 − p) with m = 0 for a share p of the entries, else 1;  ∂L/∂x = g · m / (1 − p).

    Dividing during training keeps the expected value, so that evaluation needs no change
    (inverted dropout).
    """

    __slots__ = ("p", "generator", "mask")

    def __init__(self, p: float, generator: np.random.Generator) -> None:
        self.p, self.generator = p, generator

    def forward(self, x: Array) -> Array:
        self.mask = keep_mask(x, self.p, self.generator)
        return self.masked(x)

    def backward(self, g: Any) -> Any:
        return self.masked(g)

    def replay(self, arrays: list[Any]) -> Any:
        return self.masked(arrays[0])

    def masked(self, x: Any) -> Any:
        """x · m / (1 − p) with the mask that was drawn."""
        if self.mask.dtype != bool:         # drawn on a GPU: 1 / (1 − p) in place of 1
            return x * self.mask
        scale = 1 / (1 - self.p) if self.p < 1 else 1.0
        if type(x) is not np.ndarray:
            return x * self.mask * scale
        y = np.empty_like(x)
        y[...] = self.mask                  # faster than multiplying by a mask of another type
        y *= x
        y *= x.dtype.type(scale)
        return y


def keep_mask(x: Array, p: float, generator: np.random.Generator) -> Array:
    """True with probability 1 − p, else False, in the shape of x; on a GPU 1 / (1 − p) and 0, in its dtype.

    Sixteen random bits for an entry are enough: p is met to 1/65,536.
    """
    if p >= 1:
        return array_module(x).zeros(x.shape, bool)
    if not on_host(x):
        mask = dropout_mask(x, p, generator)
        return mask.reshape(x.shape) if flat(x) is None else unflat(mask, x)
    order = memory_order(x)                                 # drawn in the order of memory
    bits = random_bits(x.size, generator).reshape([x.shape[d] for d in order])
    mask = bits >= np.uint16(min(round(p * (1 << 16)), (1 << 16) - 1))
    return array_module(x).asarray(mask.transpose(np.argsort(order)))


@refuses(inplace=False)
def relu(input: Any) -> Any:
    """max(0, x). x of any shape; the gradient at 0 is 0.

    >>> import minigrad
    >>> minigrad.tensor([-1.0, 0.0, 2.0]).relu()
    tensor([0., 0., 2.])
    """
    return ReLU()(input)


def sigmoid(input: Any) -> Any:
    """1 / (1 + e⁻ˣ). Integers give floats.

    >>> import minigrad
    >>> minigrad.tensor([0.0, 1.0]).sigmoid()
    tensor([0.5   , 0.7311])
    """
    return Sigmoid()(input)


def tanh(input: Any) -> Any:
    """(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), the hyperbolic tangent. Integers give floats.

    >>> import minigrad
    >>> minigrad.tensor([0.0, 1.0]).tanh()
    tensor([0.    , 0.7616])
    """
    return Tanh()(input)


@numpy_names
def softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """Positive numbers that add up to 1 along ``dim``: eˣ / Σ eˣ; the input is converted to ``dtype`` before.

    >>> import minigrad
    >>> minigrad.softmax(minigrad.tensor([0.0, 0.0]), dim=0)
    tensor([0.5, 0.5])
    """
    x = _floating("softmax", input, dtype)
    return Softmax(normal_dim(dim, x.ndim, "softmax"))(x)


@numpy_names
def log_softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """ln softmax, computed without overflow; the input is converted to ``dtype`` before.

    Raises RangeError for a ``dim`` that x lacks.

    >>> import minigrad
    >>> minigrad.tensor([0.0, 0.0]).log_softmax(0)           # ln ½ twice
    tensor([-0.6931, -0.6931])
    """
    x = _floating("log_softmax", input, dtype)
    return LogSoftmax(normal_dim(dim, x.ndim, "log_softmax"))(x)


@refuses(inplace=False)
def dropout(input: Any, p: float = 0.5, training: bool = True, *,
            generator: Generator | None = None) -> Any:
    """A share p of the entries set to 0 and the rest divided by 1 − p; the input when not training.

    The shape and dtype of x. Raises RangeError for p outside of [0, 1]. Source: Srivastava et al. 2014.

    >>> import minigrad
    >>> x = minigrad.ones(1000)
    >>> sorted(set(minigrad.dropout(x, 0.5).tolist())), minigrad.dropout(x, 0.5, training=False) is x
    ([0.0, 2.0], True)
    """
    if not 0 <= p <= 1:
        raise RangeError(f"dropout: p must be in [0, 1], got {p}.")
    return Dropout(p, generator_of(generator))(input) if training and p > 0 else input


attach(relu=relu, sigmoid=sigmoid, tanh=tanh, softmax=softmax, log_softmax=log_softmax)
