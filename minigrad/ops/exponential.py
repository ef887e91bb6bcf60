"""Exponentials, logarithms, roots and waves, entry by entry."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import Function
from ..backend.arrays import Array
from ..backend.special import erf as erf_array
from .attach import attach


class Exp(Function):
    """y = eˣ;  ∂L/∂x = g · y."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        with np.errstate(all="ignore"):         # overflows to inf, as in PyTorch
            y = np.exp(x)
        self.save(y)
        return y

    def backward(self, g: Any) -> Any:
        (y,) = self.saved
        return g * y


class Log(Function):
    """y = ln x;  ∂L/∂x = g / x. ln 0 = −inf, and nan below."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        self.save(x)
        with np.errstate(all="ignore"):
            return np.log(x)

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        return g / x


class Sqrt(Function):
    """y = √x;  ∂L/∂x = g / (2y), which is infinite at 0, as in PyTorch."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        with np.errstate(all="ignore"):
            y = np.sqrt(x)
        self.save(y)
        return y

    def backward(self, g: Any) -> Any:
        (y,) = self.saved
        return g / (y * 2)


def exp(x: Any) -> Any:
    """eˣ. Integers give floats.

    >>> import minigrad
    >>> minigrad.tensor([0.0, 1.0]).exp()
    tensor([1.    , 2.7183])
    """
    return Exp()(x)


def log(x: Any) -> Any:
    """The natural logarithm; −inf at 0, nan below. Integers give floats.

    >>> import minigrad
    >>> minigrad.tensor([1.0, 10.0]).log()
    tensor([0.    , 2.3026])
    """
    return Log()(x)


def sqrt(x: Any) -> Any:
    """√x; nan below 0. The gradient at 0 is infinite. Integers give floats.

    >>> import minigrad
    >>> minigrad.tensor([4.0, 9.0]).sqrt()
    tensor([2., 3.])
    """
    return Sqrt()(x)


class Sin(Function):
    """y = sin x;  ∂L/∂x = g · cos x."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        self.save(x)
        return np.sin(x)

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        return g * cos(x)


class Cos(Function):
    """y = cos x;  ∂L/∂x = −g · sin x."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        self.save(x)
        return np.cos(x)

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        return -g * sin(x)


def sin(x: Any) -> Any:
    """The sine of x in radians. Integers give floats.

    >>> import minigrad
    >>> minigrad.tensor([0.0, minigrad.pi / 2]).sin()
    tensor([0., 1.])
    """
    return Sin()(x)


def cos(x: Any) -> Any:
    """The cosine of x in radians. Integers give floats.

    >>> import minigrad
    >>> minigrad.tensor([0.0, minigrad.pi]).cos()
    tensor([ 1., -1.])
    """
    return Cos()(x)


class Log1p(Function):
    """y = ln(1 + x), exact also for tiny x;  ∂L/∂x = g / (1 + x)."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        self.save(x)
        with np.errstate(all="ignore"):
            return np.log1p(x)

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        return g / (x + 1)


class Expm1(Function):
    """y = eˣ − 1, exact also for tiny x;  ∂L/∂x = g · (y + 1)."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        with np.errstate(all="ignore"):
            y = np.expm1(x)
        self.save(y)
        return y

    def backward(self, g: Any) -> Any:
        (y,) = self.saved
        return g * (y + 1)


class Rsqrt(Function):
    """y = 1/√x;  ∂L/∂x = −½ g · y³."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        with np.errstate(all="ignore"):
            y = 1 / np.sqrt(x)
        self.save(y)
        return y

    def backward(self, g: Any) -> Any:
        (y,) = self.saved
        return g * (y * y * y) * -0.5


class Erf(Function):
    """y = erf x = 2/√π ∫₀ˣ e^(−t²) dt;  ∂L/∂x = g · 2/√π · e^(−x²)."""

    __slots__ = ()
    promote = "float"

    def forward(self, x: Array) -> Array:
        self.save(x)
        return erf_array(x)

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        return g * (exp(-(x * x)) * (2 / math.sqrt(math.pi)))


def log1p(x: Any) -> Any:
    """ln(1 + x), exact also where x is so small that 1 + x rounds to 1.

    Integers give floats; −∞ at −1, nan below.

    >>> import minigrad
    >>> minigrad.tensor([0.0, 1.0]).log1p()
    tensor([0.    , 0.6931])
    """
    return Log1p()(x)


def expm1(x: Any) -> Any:
    """eˣ − 1, exact also where eˣ rounds to 1. Integers give floats.

    >>> import minigrad
    >>> minigrad.tensor([0.0, 1.0]).expm1()
    tensor([0.    , 1.7183])
    """
    return Expm1()(x)


def rsqrt(x: Any) -> Any:
    """1/√x. ∞ at 0, nan below.

    >>> import minigrad
    >>> minigrad.tensor([4.0, 0.25]).rsqrt()
    tensor([0.5, 2. ])
    """
    return Rsqrt()(x)


def erf(x: Any) -> Any:
    """The error function 2/√π ∫₀ˣ e^(−t²) dt, between −1 and 1. Integers give floats.

    >>> import minigrad
    >>> minigrad.tensor([0.0, 1.0]).erf()
    tensor([0.    , 0.8427])
    """
    return Erf()(x)


attach(exp=exp, log=log, sqrt=sqrt, sin=sin, cos=cos, log1p=log1p, expm1=expm1, rsqrt=rsqrt, erf=erf)
