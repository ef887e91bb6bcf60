"""Activation functions: what makes a network more than one matrix product."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import Function
from ..backend.arrays import Array, is_array
from ..backend.gelu import gelu_and_slope
from ..backend.relu import relu_backward, relu_forward
from ..errors.options import refuses
from .attach import attach
from .exponential import erf, exp
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


class LeakyReLU(Function):
    """y = x for x > 0, else a·x;  ∂L/∂x = g or a·g."""

    __slots__ = ("slope",)

    def __init__(self, slope: float) -> None:
        self.slope = slope

    def forward(self, x: Array) -> Array:
        self.save(x)
        return np.where(x > 0, x, x * x.dtype.type(self.slope))

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        return where(x > 0, g, g * self.slope)


class ELU(Function):
    """y = x for x > 0, else a·(eˣ − 1);  ∂L/∂x = g or g · a·eˣ  (Clevert et al. 2016)."""

    __slots__ = ("alpha",)
    promote = True

    def __init__(self, alpha: float) -> None:
        self.alpha = alpha

    def forward(self, x: Array) -> Array:
        self.save(x)
        return np.where(x > 0, x, np.expm1(np.minimum(x, 0)) * x.dtype.type(self.alpha))

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        return where(x <= 0, g * (exp(minimum(x, 0.0)) * self.alpha), g)


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


class LogSigmoid(Function):
    """y = ln σ(x) = min(x, 0) − ln(1 + e^(−|x|));  ∂L/∂x = g · σ(−x)."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        self.save(x)
        return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        return g * sigmoid(-x)


class Hardtanh(Function):
    """y = x held between low and high;  ∂L/∂x = g strictly inside, 0 outside and on the limits."""

    __slots__ = ("low", "high")

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def forward(self, x: Array) -> Array:
        self.save(x)
        number = x.dtype.type
        return np.minimum(np.maximum(x, number(self.low)), number(self.high))

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        return where((x > self.low) & (x < self.high), g, 0.0)


class SiLU(Function):
    """y = x · σ(x);  ∂L/∂x = g · σ · (1 + x · (1 − σ))  (Elfwing et al. 2018)."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        self.save(x)
        return x * sigmoid(x)

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        s = sigmoid(x)
        return g * (s * (x * (1 - s) + 1))


class GELU(Function):
    """y = x · Φ(x), Φ the normal distribution function;  ∂L/∂x = g · (Φ + x · φ).

    Φ(x) = ½ (1 + erf(x/√2)) and φ(x) = e^(−x²/2) / √(2π)  (Hendrycks and Gimpel 2016).
    """

    __slots__ = ("slope",)
    promote = "float"

    def forward(self, x: Array) -> Array:
        self.save(x)
        self.slope: Array | None = None
        if type(x) is np.ndarray and x.dtype == np.float32:
            y, self.slope = gelu_and_slope(x)                   # Φ + x · φ in the same go
            return y
        return x * ((erf(x * x.dtype.type(math.sqrt(0.5))) + 1) * x.dtype.type(0.5))

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        if self.slope is not None and is_array(g):
            return g * self.slope
        cumulative = (erf(x * math.sqrt(0.5)) + 1) * 0.5
        density = exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))
        return g * (cumulative + x * density)


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


@refuses(inplace=False)
def leaky_relu(input: Any, negative_slope: float = 0.01) -> Any:
    """x for x > 0, else negative_slope · x. Any shape. Source: Maas et al. 2013.

    >>> import minigrad
    >>> minigrad.nn.functional.leaky_relu(minigrad.tensor([-1.0, 2.0]), 0.1)
    tensor([-0.1,  2. ])
    """
    return LeakyReLU(negative_slope)(input)


@refuses(inplace=False)
def elu(input: Any, alpha: float = 1.0) -> Any:
    """x for x > 0, else alpha · (eˣ − 1). Any shape. Source: Clevert et al. 2016.

    >>> import minigrad
    >>> minigrad.nn.functional.elu(minigrad.tensor([-1.0, 2.0]))            # e⁻¹ − 1
    tensor([-0.6321,  2.    ])
    """
    return ELU(alpha)(input)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """ln(1 + e^(beta·x)) / beta: a smooth ReLU; x itself where beta·x > threshold. Any shape.

    >>> import minigrad
    >>> minigrad.nn.functional.softplus(minigrad.tensor([0.0, 30.0]))       # ln 2
    tensor([ 0.6931, 30.    ])
    """
    return Softplus(beta, threshold)(input)


def logsigmoid(input: Any) -> Any:
    """ln σ(x), without overflow. Any shape; integers give floats.

    >>> import minigrad
    >>> minigrad.nn.functional.logsigmoid(minigrad.tensor([0.0, -100.0]))         # −ln 2
    tensor([  -0.6931, -100.    ])
    """
    return LogSigmoid()(input)


@refuses(inplace=False)
def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """x held between min_val and max_val. Any shape. Raises ValueError when min_val is above max_val.

    >>> import minigrad
    >>> minigrad.nn.functional.hardtanh(minigrad.tensor([-3.0, 0.5, 3.0]))
    tensor([-1. ,  0.5,  1. ])
    """
    if min_val > max_val:
        raise ValueError(f"hardtanh: min_val {min_val} is above max_val {max_val}.")
    return Hardtanh(min_val, max_val)(input)


@refuses(inplace=False)
def relu6(input: Any) -> Any:
    """x held between 0 and 6. Any shape.

    >>> import minigrad
    >>> minigrad.nn.functional.relu6(minigrad.tensor([-1.0, 3.0, 8.0]))
    tensor([0., 3., 6.])
    """
    return Hardtanh(0.0, 6.0)(input)


@refuses(inplace=False)
def silu(input: Any) -> Any:
    """x · σ(x), also called swish. Any shape; integers give floats. Source: Elfwing et al. 2018.

    >>> import minigrad
    >>> minigrad.nn.functional.silu(minigrad.tensor([0.0, 1.0]))
    tensor([0.    , 0.7311])
    """
    return SiLU()(input)


def gelu(input: Any, approximate: str = "none") -> Any:
    """x · Φ(x); ``approximate="tanh"`` for GPT-2's formula.

    Any shape. Raises ValueError for another ``approximate``. Source: Hendrycks and Gimpel 2016.

    >>> import minigrad
    >>> minigrad.nn.functional.gelu(minigrad.tensor([0.0, 1.0]))            # Φ(1)
    tensor([0.    , 0.8413])
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}.")
    return GELU()(input) if approximate == "none" else GELUTanh()(input)


attach(relu=relu, sigmoid=sigmoid, tanh=tanh)
