"""Exponentials, logarithms and roots: the table of them."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..backend.special import erf as erf_array
from .attach import attach
from .pointwise import pairwise, pointwise
from .select import clamp, where

exp = pointwise("exp", "exp(x)", np.exp, "z", lambda g, z: g * z,
                "eˣ.", "[0.0, 1.0]", "[1.0000, 2.7183]")
exp2 = pointwise("exp2", "exp2(x)", np.exp2, "z·ln(2)", lambda g, z: g * (z * math.log(2)),
                 "2ˣ.", "[-1.0, 3.0]", "[0.5000, 8.0000]")
expm1 = pointwise("expm1", "exp(x) − 1", np.expm1, "z + 1", lambda g, z: g * (z + 1),
                  "eˣ − 1, exact also where eˣ rounds to 1.", "[0.0, 1.0]", "[0.0000, 1.7183]")
log = pointwise("log", "ln(x)", np.log, "1/x", lambda g, x: g / x,
                "The natural logarithm; −∞ at 0, nan below.", "[1.0, 10.0]", "[0.0000, 2.3026]")
log2 = pointwise("log2", "log2(x)", np.log2, "1/(x·ln(2))", lambda g, x: g / (x * math.log(2)),
                 "The logarithm to base 2; −∞ at 0, nan below.", "[1.0, 8.0]", "[0., 3.]")
log10 = pointwise("log10", "log10(x)", np.log10, "1/(x·ln(10))", lambda g, x: g / (x * math.log(10)),
                  "The logarithm to base 10; −∞ at 0, nan below.", "[1.0, 100.0]", "[0.0000, 2.0000]")
log1p = pointwise("log1p", "ln(1 + x)", np.log1p, "1/(1 + x)", lambda g, x: g / (x + 1),
                  "ln(1 + x), exact also where x is so small that 1 + x rounds to 1; −∞ at −1, nan below.",
                  "[0.0, 1.0]", "[0.0000, 0.6931]")
sqrt = pointwise("sqrt", "√x", np.sqrt, "1/(2·z)", lambda g, z: g / (z * 2),
                 "√x; nan below 0. The gradient at 0 is infinite.", "[4.0, 9.0]", "[2., 3.]")
rsqrt = pointwise("rsqrt", "1/√x", lambda x: 1 / np.sqrt(x), "−½·z³", lambda g, z: g * (z * z * z) * -0.5,
                  "1/√x; ∞ at 0, nan below.", "[4.0, 0.25]", "[0.5000, 2.0000]")
erf = pointwise("erf", "erf(x)", erf_array, "2/√π · exp(−x²)",
                lambda g, x: g * (exp(-(x * x)) * (2 / math.sqrt(math.pi))),
                "The error function 2/√π ∫₀ˣ e^(−t²) dt, between −1 and 1.",
                "[0.0, 1.0]", "[0.0000, 0.8427]")

logaddexp = pairwise(
    "logaddexp", "ln(exp(x) + exp(y))", np.logaddexp, ("1/(1 + exp(y − x))", "1/(1 + exp(x − y))"),
    (lambda g, x, y: g / (exp(y - x) + 1), lambda g, x, y: g / (exp(x - y) + 1)),
    "ln(eˣ + eʸ) without overflow: the sum of two numbers that are given by their logarithms.",
    ("[100.0]", "[100.0]"), "[100.6931]")
logaddexp2 = pairwise(
    "logaddexp2", "log2(exp2(x) + exp2(y))", np.logaddexp2, ("1/(1 + exp2(y − x))", "1/(1 + exp2(x − y))"),
    (lambda g, x, y: g / (exp2(y - x) + 1), lambda g, x, y: g / (exp2(x - y) + 1)),
    "log₂(2ˣ + 2ʸ) without overflow.", ("[1000.0]", "[1000.0]"), "[1001.]")
xlogy = pairwise(
    "xlogy", "x·ln(y)", lambda x, y: np.where((x == 0) & (y == y), x.dtype.type(0), x * np.log(y)),
    ("ln(y)", "x/y"),
    (lambda g, x, y: where((x == 0) & (y <= 0), 0.0, g * log(y)), lambda g, x, y: g * (x / y)),
    "x · ln y, and 0 for x = 0 whatever y is (but nan), as an entropy needs it.",
    ("[0.0, 2.0]", "[0.0, 1.0]"), "[0., 0.]")

_logit = pointwise("logit", "ln(x/(1 − x))", lambda x: np.log(x / (1 - x)), "1/(x·(1 − x))",
                   lambda g, x: where((x >= 0) & (x <= 1), g / (x * (1 - x) + 0.0), math.nan),
                   "ln(x / (1 − x)).", "[0.5]", "[0.]")


def logit(input: Any, eps: float | None = None) -> Any:
    """ln(x / (1 − x)), of which the sigmoid is the inverse; ±∞ at 1 and 0, nan outside.

    With ``eps`` x is first held between eps and 1 − eps. Integers give floats.

    >>> minigrad.logit(minigrad.tensor([0.5, 0.75]))                     # ln 3
    tensor([0.0000, 1.0986])
    """
    return _logit(input if eps is None else clamp(input, eps, 1 - eps))


attach(logit=logit)
