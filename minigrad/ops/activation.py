"""Activation functions: what makes a network more than one matrix product."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import Function
from ..backend import sigmoid as backend
from ..backend.arrays import CPU, Array, device_of, is_array
from ..backend.gelu import gelu_and_slope
from ..backend.relu import leaky_relu as leaky_relu_forward, leaky_relu_backward, relu_backward, relu_forward
from ..errors import RangeError, ShapeError
from .arithmetic import abs
from .attach import attach, in_single, own_dim
from .exponential import erf, exp
from .pointwise import pointwise
from .select import minimum, where


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
    """y = 1 / (1 + e⁻ˣ);  ∂L/∂x = g · y · (1 − y)."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        y = backend.sigmoid(x)
        self.save(y)
        return y

    def backward(self, g: Any) -> Any:
        (y,) = self.saved
        return backend.sigmoid_backward(g, y) if is_array(g) else g * (y * (1 - y))


class Tanh(Function):
    """y = tanh x;  ∂L/∂x = g · (1 − y²)."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        y = backend.tanh(x)
        self.save(y)
        return y

    def backward(self, g: Any) -> Any:
        (y,) = self.saved
        return backend.tanh_backward(g, y) if is_array(g) else g * (1 - y * y)


def relu(input: Any) -> Any:
    """max(0, x). x of any shape; the gradient at 0 is 0.

    >>> minigrad.tensor([-1.0, 0.0, 2.0]).relu()
    tensor([0., 0., 2.])
    """
    return ReLU()(input)


def sigmoid(input: Any) -> Any:
    """1 / (1 + e⁻ˣ). Integers give floats.

    >>> minigrad.tensor([0.0, 1.0]).sigmoid()
    tensor([0.5000, 0.7311])
    """
    return Sigmoid()(input)


def tanh(input: Any) -> Any:
    """(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), the hyperbolic tangent. Integers give floats.

    >>> minigrad.tensor([0.0, 1.0]).tanh()
    tensor([0.0000, 0.7616])
    """
    return Tanh()(input)


class LeakyReLU(Function):
    """y = x for x > 0, else a·x;  ∂L/∂x = g or a·g."""

    __slots__ = ("slope",)

    def __init__(self, slope: float) -> None:
        self.slope = slope

    def forward(self, x: Array) -> Array:
        self.save(x)
        return leaky_relu_forward(x, self.slope)

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        return leaky_relu_backward(g, x, self.slope) if is_array(g) else where(x > 0, g, g * self.slope)


class ELU(Function):
    """y = s·x for x > 0, else s·a·(e^(kx) − 1);  ∂L/∂x = g·s or g · s·a·k·e^(kx)  (Clevert et al. 2016).

    ELU has s = k = 1, CELU k = 1/a, and SELU a scale s.
    """

    __slots__ = ("alpha", "scale", "rate")
    promote = True

    def __init__(self, alpha: float, scale: float = 1.0, rate: float = 1.0) -> None:
        self.alpha, self.scale, self.rate = alpha, scale, rate

    def forward(self, x: Array) -> Array:
        self.save(x)
        number = x.dtype.type
        below = np.minimum(x, 0) if self.rate == 1 else np.minimum(x, 0) * number(self.rate)
        above = x if self.scale == 1 else x * number(self.scale)
        return np.where(x > 0, above, np.expm1(below) * number(self.scale * self.alpha))

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        below = exp(minimum(x, 0.0) * self.rate) * (self.scale * self.alpha * self.rate)
        return where(x <= 0, g * below, g if self.scale == 1 else g * self.scale)


class Softplus(Function):
    """y = ln(1 + e^(βx)) / β, and x itself where βx > threshold;  ∂L/∂x = g · σ(βx), or g."""

    __slots__ = ("beta", "threshold")
    promote = True

    def __init__(self, beta: float, threshold: float) -> None:
        self.beta, self.threshold = beta, threshold

    def forward(self, x: Array) -> Array:
        self.save(x)
        z = x * x.dtype.type(self.beta)
        smooth = (np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0)) / x.dtype.type(self.beta)
        return np.where(z > self.threshold, x, smooth)

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        z = x * self.beta
        return where(z > self.threshold, g, g * sigmoid(z))


class GELU(Function):
    """y = x · Φ(x), Φ the normal distribution function;  ∂L/∂x = g · (Φ + x · φ).

    Φ(x) = ½ (1 + erf(x/√2)) and φ(x) = e^(−x²/2) / √(2π)  (Hendrycks and Gimpel 2016).
    """

    __slots__ = ("slope",)
    promote = "float"

    def forward(self, x: Array) -> Array:
        self.save(x)
        self.slope: Array | None = None
        if x.dtype == np.float32 and device_of(x) is CPU:
            y, self.slope = gelu_and_slope(x)                   # Φ + x · φ in the same pass
            return y
        return x * ((erf(x * x.dtype.type(math.sqrt(0.5))) + 1) * x.dtype.type(0.5))

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        if self.slope is not None and is_array(g):
            return backend.times(g, self.slope)
        cumulative = (erf(x * math.sqrt(0.5)) + 1) * 0.5
        density = exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))
        return g * (cumulative + x * density)


class SiLU(Function):
    """y = x · σ(x);  ∂L/∂x = g · (σ + y · (1 − σ))."""

    __slots__ = ("slope",)
    promote = "float"

    def forward(self, x: Array) -> Array:
        self.save(x)
        y, self.slope = backend.silu_and_slope(x)
        return y

    def backward(self, g: Any) -> Any:
        if is_array(g):
            return backend.times(g, self.slope)
        (x,) = self.saved
        s = sigmoid(x)
        return g * (s * (x * (1 - s) + 1))


class GELUTanh(Function):
    """y = ½ x (1 + tanh u), u = √(2/π) (x + 0.044715 x³): GELU as GPT-2 approximates it.

    ∂L/∂x = g · (½ (1 + t) + ½ x (1 − t²) · u′),  t = tanh u,  u′ = √(2/π) (1 + 0.134145 x²).
    """

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        self.save(x)
        return x * ((self.inner(x) + 1) * x.dtype.type(0.5))

    @staticmethod
    def inner(x: Any) -> Any:
        """t = tanh u."""
        return tanh((x + x * x * x * 0.044715) * math.sqrt(2 / math.pi))

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        t = self.inner(x)
        slope = (x * x * (3 * 0.044715) + 1) * math.sqrt(2 / math.pi)
        return g * ((t + 1) * 0.5 + x * (1 - t * t) * slope * 0.5)


def leaky_relu(input: Any, negative_slope: float = 0.01) -> Any:
    """x for x > 0, else negative_slope · x. Any shape. Source: Maas et al. 2013.

    >>> minigrad.nn.functional.leaky_relu(minigrad.tensor([-1.0, 2.0]), 0.1)
    tensor([-0.1000,  2.0000])
    """
    return LeakyReLU(negative_slope)(input)


def elu(input: Any, alpha: float = 1.0) -> Any:
    """x for x > 0, else alpha · (eˣ − 1). Any shape. Source: Clevert et al. 2016.

    >>> minigrad.nn.functional.elu(minigrad.tensor([-1.0, 2.0]))            # e⁻¹ − 1
    tensor([-0.6321,  2.0000])
    """
    return ELU(alpha)(input)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """ln(1 + e^(beta·x)) / beta: a smooth ReLU; x itself where beta·x > threshold. Any shape.

    >>> minigrad.nn.functional.softplus(minigrad.tensor([0.0, 30.0]))       # ln 2
    tensor([ 0.6931, 30.0000])
    """
    return Softplus(beta, threshold)(input)


logsigmoid = pointwise(
    "LogSigmoid", "logsigmoid(x)", lambda x: np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x))),
    "σ(−x)", lambda g, x: g * sigmoid(-x),
    "ln σ(x), without overflow.", "[0.0, -100.0]", "[  -0.6931, -100.0000]", functional=True)


def silu(input: Any) -> Any:
    """x · σ(x), also called swish. Any shape; integers give floats. Source: Elfwing et al. 2018.

    >>> minigrad.nn.functional.silu(minigrad.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7311])
    """
    return SiLU()(input)


def gelu(input: Any, approximate: str = "none") -> Any:
    """x · Φ(x); ``approximate="tanh"`` for GPT-2's formula.

    Any shape. Raises ValueError for another ``approximate``. Source: Hendrycks and Gimpel 2016.

    >>> minigrad.nn.functional.gelu(minigrad.tensor([0.0, 1.0]))            # Φ(1)
    tensor([0.0000, 0.8413])
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}.")
    return GELU()(input) if approximate == "none" else GELUTanh()(input)


softsign = pointwise(
    "softsign", "x/(1 + |x|)", lambda x: x / (1 + np.abs(x)), "1/(1 + |x|)²",
    lambda g, x: g / ((abs(x) + 1) * (abs(x) + 1)),
    "x / (1 + |x|), between −1 and 1.", "[-1.0, 3.0]", "[-0.5000,  0.7500]", functional=True)
tanhshrink = pointwise(
    "tanhshrink", "x − tanh(x)", lambda x: x - np.tanh(x), "tanh(x)²", lambda g, x: g * (tanh(x) * tanh(x)),
    "x − tanh x.", "[0.0, 1.0]", "[0.0000, 0.2384]", functional=True)


def celu(input: Any, alpha: float = 1.0) -> Any:
    """x for x > 0, else alpha · (e^(x/alpha) − 1). Any shape. Raises RangeError for alpha 0.

    Source: Barron 2017.

    >>> minigrad.nn.functional.celu(minigrad.tensor([-2.0, 2.0]), alpha=2.0)     # 2 (e⁻¹ − 1)
    tensor([-1.2642,  2.0000])
    """
    if not alpha:
        raise RangeError("celu: alpha must not be 0.")
    return ELU(alpha, 1.0, 1 / alpha)(input)


def selu(input: Any) -> Any:
    """1.0507 · elu(x, 1.6733): keeps mean 0 and variance 1 from layer to layer. Any shape.

    Source: Klambauer et al. 2017.

    >>> minigrad.nn.functional.selu(minigrad.tensor([-1.0, 1.0]))
    tensor([-1.1113,  1.0507])
    """
    return ELU(1.6732632423543772, 1.0507009873554805)(input)


@in_single
def mish(input: Any) -> Any:
    """x · tanh(softplus(x)). Any shape. Source: Misra 2019.

    >>> minigrad.nn.functional.mish(minigrad.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8651])
    """
    return input * tanh(softplus(input))


def prelu(input: Any, weight: Any) -> Any:
    """x for x > 0, else weight · x: a leaky ReLU whose slope is learned. Source: He et al. 2015.

    input: (N, C, …) or any shape; weight: (1) or (C), a slope for all or for each channel (else ShapeError).

    >>> minigrad.nn.functional.prelu(minigrad.tensor([-2.0, 2.0]), minigrad.tensor([0.25]))
    tensor([-0.5000,  2.0000])
    """
    channels = input.shape[min(1, input.ndim - 1)] if input.ndim else 1
    if weight.ndim > 1 or weight.numel() not in (1, channels):
        raise ShapeError(f"prelu: weight must have the shape (1,) or ({channels},), got "
                         f"{tuple(weight.shape)}.")
    if weight.ndim and input.ndim > 2:
        weight = weight.reshape(-1, *[1] * (input.ndim - 2))                # (C, 1, …)
    elif not input.ndim:
        weight = weight.reshape(())
    return where(input > 0, input, weight * input)


def glu(input: Any, dim: int = -1) -> Any:
    """a · σ(b) for the two halves a and b of x along ``dim``: a gate learns what passes.

    Raises ShapeError when that size is odd, RangeError for a ``dim`` that x lacks.
    Source: Dauphin et al. 2017.

    >>> minigrad.nn.functional.glu(minigrad.tensor([3.0, 0.0]))             # 3 · σ(0)
    tensor([1.5000])
    """
    dim = own_dim(dim, input.ndim, "glu")
    if input.shape[dim] % 2:
        raise ShapeError(f"glu: the size of dimension {dim} must be even, got {input.shape[dim]}.")
    a, b = input.chunk(2, dim)
    return a * sigmoid(b)


attach(relu=relu, sigmoid=sigmoid, tanh=tanh)
