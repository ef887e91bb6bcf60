"""The error function's inverse and complement, ln Γ and its derivatives; small sums of products."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import Function
from ..backend import special
from ..backend.arrays import Array
from ..errors import RangeError
from .arithmetic import div, mul
from .attach import attach, combined, in_single
from .compare import comparison
from .exponential import exp
from .pointwise import pointwise

erfc = pointwise("erfc", "erfc(x)", special.erfc, "−2/√π · exp(−x²)",
                 lambda g, x: g * (exp(-(x * x)) * (-2 / math.sqrt(math.pi))),
                 "1 − erf(x), exact also where erf(x) rounds to 1.", "[0.0, 1.0]", "[1.0000, 0.1573]")
erfinv = pointwise("erfinv", "erfinv(x)", special.erfinv, "√π/2 · exp(z²)",
                   lambda g, z: g * (exp(z * z) * (math.sqrt(math.pi) / 2)),
                   "The number whose error function is x; ±∞ at ±1, nan outside.",
                   "[0.0, 0.5]", "[0.0000, 0.4769]")
lgamma = pointwise("lgamma", "ln|Γ(x)|", special.lgamma, "ψ(x)", lambda g, x: g * digamma(x),
                   "ln |Γ(x)|: of (x − 1)! for whole numbers.", "[2.5, 5.0]", "[0.2847, 3.1781]")
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
gcd = comparison("gcd", "The greatest common divisor of integers", np.gcd, "[12, 7]", "[18, 3]", "[6, 1]")
lcm = comparison("lcm", "The least common multiple of integers", np.lcm, "[4, 3]", "[6, 5]", "[12, 15]")


addcmul = combined(
    "addcmul",
    in_single(lambda input, tensor1, tensor2, *, value=1: input + mul(mul(tensor1, tensor2), value)),
    "input + value · tensor1 · tensor2, entry by entry. All broadcast.",
    "minigrad.addcmul(minigrad.tensor([1]), minigrad.tensor([2]), minigrad.tensor([3]), value=10)",
    "tensor([61])")
addcdiv = combined(
    "addcdiv",
    in_single(lambda input, tensor1, tensor2, *, value=1: input + mul(div(tensor1, tensor2), value)),
    "input + value · tensor1 / tensor2, entry by entry. All broadcast.",
    "minigrad.addcdiv(minigrad.tensor([1.0]), minigrad.tensor([6.0]), minigrad.tensor([3.0]), value=10)",
    "tensor([21.])")
attach(polygamma=lambda x, n: polygamma(n, x))
