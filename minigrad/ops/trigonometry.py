"""Sines, their inverses and their hyperbolic siblings: the table of them. Angles are in radians."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from .exponential import rsqrt
from .pointwise import Entrywise, pairwise, pointwise
from .select import where

sin = pointwise("sin", "sin(x)", np.sin, "cos(x)", lambda g, x: g * cos(x),
                "The sine of x in radians.", "[0.0, minigrad.pi / 2]", "[0., 1.]")
cos: Entrywise = pointwise("cos", "cos(x)", np.cos, "−sin(x)", lambda g, x: -g * sin(x),
                           "The cosine of x in radians.", "[0.0, minigrad.pi]", "[ 1., -1.]")
tan = pointwise("tan", "tan(x)", np.tan, "1 + z²", lambda g, z: g * (1 + z * z),
                "The tangent of x in radians.", "[0.0, 1.0]", "[0.0000, 1.5574]")
asin = pointwise("asin", "asin(x)", np.arcsin, "1/√(1 − x²)", lambda g, x: g * rsqrt(1 - x * x),
                 "The angle whose sine is x, from −π/2 to π/2; nan outside of [−1, 1].",
                 "[0.0, 1.0]", "[0.0000, 1.5708]")
acos = pointwise("acos", "acos(x)", np.arccos, "−1/√(1 − x²)", lambda g, x: -g * rsqrt(1 - x * x),
                 "The angle whose cosine is x, from 0 to π; nan outside of [−1, 1].",
                 "[0.0, 1.0]", "[1.5708, 0.0000]")
atan = pointwise("atan", "atan(x)", np.arctan, "1/(1 + x²)", lambda g, x: g / (x * x + 1),
                 "The angle whose tangent is x, between −π/2 and π/2.", "[0.0, 1.0]", "[0.0000, 0.7854]")
sinh = pointwise("sinh", "sinh(x)", np.sinh, "cosh(x)", lambda g, x: g * cosh(x),
                 "(eˣ − e⁻ˣ) / 2, the hyperbolic sine.", "[0.0, 1.0]", "[0.0000, 1.1752]")
cosh: Entrywise = pointwise("cosh", "cosh(x)", np.cosh, "sinh(x)", lambda g, x: g * sinh(x),
                            "(eˣ + e⁻ˣ) / 2, the hyperbolic cosine.", "[0.0, 1.0]", "[1.0000, 1.5431]")
asinh = pointwise("asinh", "asinh(x)", np.arcsinh, "1/√(x² + 1)", lambda g, x: g * rsqrt(x * x + 1),
                  "The number whose hyperbolic sine is x.", "[0.0, 1.0]", "[0.0000, 0.8814]")
acosh = pointwise("acosh", "acosh(x)", np.arccosh, "1/√(x² − 1)", lambda g, x: g * rsqrt(x * x - 1),
                  "The number from 0 on whose hyperbolic cosine is x; nan below 1.",
                  "[1.0, 2.0]", "[0.0000, 1.3170]")
atanh = pointwise("atanh", "atanh(x)", np.arctanh, "1/(1 − x²)", lambda g, x: g / (1 - x * x),
                  "The number whose hyperbolic tangent is x; ±∞ at ±1, nan outside.",
                  "[0.0, 0.5]", "[0.0000, 0.5493]")
sinc = pointwise("sinc", "sinc(x)", np.sinc, "(cos(π·x) − z)/x",
                 lambda g, x, z: where(x == 0, 0.0, g * ((cos(x * math.pi) - z) / where(x == 0, 1.0, x))),
                 "sin(πx) / (πx), and 1 at 0.", "[0.0, 0.5]", "[1.0000, 0.6366]")
deg2rad = pointwise("deg2rad", "deg2rad(x)", np.deg2rad, "π/180", lambda g: g * (math.pi / 180),
                    "An angle in degrees as one in radians: x · π/180.",
                    "[180.0]", "[3.1416]")
rad2deg = pointwise("rad2deg", "rad2deg(x)", np.rad2deg, "180/π", lambda g: g * (180 / math.pi),
                    "An angle in radians as one in degrees: x · 180/π.", "[minigrad.pi]", "[180.]")


def _over_square(part: Any, x: Any, y: Any) -> Any:
    """part / (x² + y²), and 0 at the origin, where there is no angle."""
    square = x * x + y * y
    return where(square == 0, 0.0, part / where(square == 0, 1.0, square))


atan2 = pairwise(
    "atan2", "atan2(x, y)", np.arctan2, ("y/(x² + y²)", "−x/(x² + y²)"),
    (lambda g, x, y: _over_square(g * y, x, y), lambda g, x, y: _over_square(-g * x, x, y)),
    "The angle, from −π to π, of the point that lies x up and y to the right: atan(x / y) in its quadrant.",
    ("[1.0, 1.0]", "[1.0, -1.0]"), "[0.7854, 2.3562]")
hypot = pairwise(
    "hypot", "√(x² + y²)", np.hypot, ("x/z", "y/z"),
    (lambda g, x, y, z: g * (x / z), lambda g, x, y, z: g * (y / z)),
    "√(x² + y²) without overflow: the length of the third side of a right triangle.",
    ("[3.0]", "[4.0]"), "[5.]")
