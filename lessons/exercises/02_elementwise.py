"""Exercise 2: the backward pass of mul, pow and tanh.

Each of these works entry by entry. A backward function is given the upstream gradient g = ∂L/∂z,
which says how the loss L changes with the result z, and returns how L changes with each input:

    z = x · y           ∂L/∂x = g · ∂z/∂x        ∂L/∂y = g · ∂z/∂y
    z = xⁿ              ∂L/∂x = g · ∂z/∂x
    z = tanh x          ∂L/∂x = g · ∂z/∂x

All arrays have one shape. Two places where formulas break: x⁰ is 1 everywhere, so its slope is 0,
at x = 0 as well; and eˣ overflows at x = 1000, though tanh x is harmless there.

On paper: x = 2, y = 5 and g = 10 give z = 10; a small step h of x moves z by 5h and L by 10 · 5h.

Grade it:  python -m lessons check 2
"""
from __future__ import annotations

import numpy as np


def mul_backward(g: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gradients of z = x · y.

    Args:
        g, x, y: arrays of one shape.

    Returns grad_x, grad_y: arrays of that shape.

    >>> grad_x, grad_y = mul_backward(np.array([10.0]), np.array([2.0]), np.array([5.0]))
    >>> print(grad_x, grad_y)
    [50.] [20.]
    """
    raise NotImplementedError


def pow_backward(g: np.ndarray, x: np.ndarray, n: float) -> np.ndarray:
    """The gradient of z = xⁿ.

    Args:
        g, x: arrays of one shape.
        n: a number, the same for all entries.

    Returns grad_x, of the shape of x. For n = 0 it is 0 everywhere.

    >>> print(pow_backward(np.array([1.0, 10.0]), np.array([3.0, 2.0]), 3))
    [ 27. 120.]
    """
    raise NotImplementedError


def tanh_backward(g: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The gradient of z = tanh x.

    Args:
        g, x: arrays of one shape; x is the input of tanh, not its result.

    Returns grad_x, of the shape of x.

    >>> print(tanh_backward(np.array([1.0, 2.0]), np.array([0.0, 1000.0])))
    [1. 0.]
    """
    raise NotImplementedError
