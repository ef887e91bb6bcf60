"""Exercise 1: the derivative of a formula, by hand.

    f(x, y) = (x·y + x)²            g(x) = x² · e⁻ˣ

Derive on paper, with the chain rule and the product rule

    ∂f/∂x,  ∂f/∂y                   dg/dx

then write down the results as code. Watch out: x stands twice in f, and each place counts. x and y
are numbers or arrays; so use np.exp and not math.exp.

On paper, at x = 2, y = 3: the bracket is 2·3 + 2 = 8, so f = 64. With y = 3 + h the bracket is
8 + 2h, and f grows by about 32h: ∂f/∂y = 32.

Grade it:  python -m lessons check 1
"""
from __future__ import annotations

import numpy as np


def f_slopes(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """∂f/∂x and ∂f/∂y of f(x, y) = (x·y + x)².

    Args:
        x, y: numbers, or arrays of one shape.

    Returns df_dx, df_dy: numbers, or arrays of that shape.

    >>> f_slopes(2.0, 3.0)
    (64.0, 32.0)
    """
    raise NotImplementedError


def g_slope(x: np.ndarray) -> np.ndarray:
    """dg/dx of g(x) = x² · e⁻ˣ.

    Args:
        x: a number or an array.

    Returns dg_dx, of the shape of x.

    >>> round(float(g_slope(1.0)), 4)
    0.3679
    """
    raise NotImplementedError
