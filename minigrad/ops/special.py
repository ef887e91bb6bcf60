"""The error function's inverse and complement, ln Γ and its derivatives; small sums of products."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import Function
from ..backend import special
from ..backend.arrays import Array
from ..errors import RangeError
from .arithmetic import div, mul, sub
from .attach import attach, in_single
from .compare import comparison
from .exponential import exp, exp2
from .pointwise import pointwise

erfc = pointwise("erfc", "erfc(x)", special.erfc, "−2/√π · exp(−x²)",
                 lambda g, x: g * (exp(-(x * x)) * (-2 / math.sqrt(math.pi))),
                 "1 − erf(x), exact also where erf(x) rounds to 1.", "[0.0, 1.0]", "[1.0000, 0.1573]")
erfinv = pointwise("erfinv", "erfinv(x)", special.erfinv, "√π/2 · exp(z²)",
                   lambda g, z: g * (exp(z * z) * (math.sqrt(math.pi) / 2)),
                   "The number whose error function is x; ±∞ at ±1, nan outside.",
                   "[0.0, 0.5]", "[0.0000, 0.4769]")
lgamma = pointwise("lgamma", "ln|Γ(x)|", special.lgamma, "ψ(x)", lambda g, x: g * digamma(x),
                   "ln |Γ(x)|: of (x − 1)! for whole numbers.", "[1.0, 5.0]", "[0.0000, 3.1781]")
digamma: Any = pointwise("digamma", "ψ(x)", special.digamma, "ψ′(x)", lambda g, x: g * polygamma(1, x),
                         "ψ(x), the derivative of ln Γ(x).", "[1.0, 2.0]", "[-0.5772,  0.4228]")


class Polygamma(Function):
    """z = ψ⁽ⁿ⁾(x), entry by entry;  ∂L/∂x = g · ψ⁽ⁿ⁺¹⁾(x)."""

    __slots__ = ("n",)
    promote = "float"

    def __init__(self, n: int) -> None:
        self.n = n

    def forward(self, x: Array) -> Array:
        self.save(x)
        with np.errstate(all="ignore"):
            return special.polygamma(self.n, x)

    def backward(self, g: Any) -> Any:
        (x,) = self.saved
        return g * polygamma(self.n + 1, x)


def polygamma(n: int, input: Any) -> Any:
    """ψ⁽ⁿ⁾(x), the n-th derivative of ``digamma``. Raises RangeError for n below 0.

    >>> minigrad.polygamma(1, minigrad.tensor([1.0]))                    # π²/6
    tensor([1.6449])
    """
    if n < 0:
        raise RangeError(f"polygamma: n must be 0 or more, got {n}.")
    return Polygamma(n)(input) if n else digamma(input)


heaviside = comparison("heaviside", "1 where x > 0, 0 where x < 0, and y where x = 0",
                       lambda x, y: np.where(x == 0, y, x > 0).astype(x.dtype), "[-1.0, 0.0]", "[0.5, 0.5]",
                       "[0.0000, 0.5000]")
nextafter = comparison("nextafter", "The next number that x's dtype holds on the way to y", np.nextafter,
                       "[1.0]", "[2.0]", "[1.0000]")
gcd = comparison("gcd", "The greatest common divisor of integers", np.gcd, "[12, 7]", "[18, 3]", "[6, 1]")
lcm = comparison("lcm", "The least common multiple of integers", np.lcm, "[4, 3]", "[6, 5]", "[12, 15]")


@in_single
def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """input + value · tensor1 · tensor2, entry by entry. All broadcast.

    >>> minigrad.addcmul(minigrad.tensor([1.0]), minigrad.tensor([2.0]), minigrad.tensor([3.0]), value=10)
    tensor([61.])
    """
    product = mul(tensor1, tensor2)
    return input + (product if value == 1 else mul(product, value))


@in_single
def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """input + value · tensor1 / tensor2, entry by entry. All broadcast.

    >>> minigrad.addcdiv(minigrad.tensor([1.0]), minigrad.tensor([6.0]), minigrad.tensor([3.0]), value=10)
    tensor([21.])
    """
    quotient = div(tensor1, tensor2)
    return input + (quotient if value == 1 else mul(quotient, value))


def rsub(x: Any, y: Any, *, alpha: float = 1) -> Any:
    """y − alpha · x.

    >>> minigrad.rsub(minigrad.tensor([1, 2]), 10)
    tensor([9, 8])
    """
    return sub(y, x, alpha=alpha)


def ldexp(x: Any, y: Any) -> Any:
    """x · 2ʸ. Integers give floats.

    >>> minigrad.ldexp(minigrad.tensor([1.0]), minigrad.tensor([3]))
    tensor([8.])
    """
    return x * exp2(y)


attach(polygamma=lambda x, n: polygamma(n, x), addcmul=addcmul, addcdiv=addcdiv, ldexp=ldexp)
