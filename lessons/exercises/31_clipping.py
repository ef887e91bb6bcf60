"""Exercise 31: each example's gradient, cut to a length.

Differential privacy limits what one example may do: each example's gradient is cut to a length C
before they are added. A linear layer y = W x + b has, for example n with input x_n and upstream
gradient g_n,

    ∂L_n/∂W = g_n x_nᵀ  (O, K)        ∂L_n/∂b = g_n  (O)

Its length is that of all these numbers in one row: the root of the sum of their squares, W's and
b's together. No gradient needs to be made for that: work out, on paper, the sum of the squares of
g_n x_nᵀ.

Then each example has a factor, min(1, C / length): long gradients become C long, short ones stay as
they are. The factors go into one sum over the examples, which is a product of matrices.

On paper: x = [[3, 4]], g = [[2]]: ∂L/∂W = [[6, 8]], ∂L/∂b = [2], length √(36 + 64 + 4) = √104.
With x = [[0, 0]] only b is left, and the length is 2.

Grade it:  python -m lessons check 31
"""
from __future__ import annotations

import numpy as np


def lengths(x: np.ndarray, g: np.ndarray) -> np.ndarray:
    """The length of each example's gradient, of W and b together.

    Args:
        x: (N, K), the inputs.
        g: (N, O), the upstream gradients.

    Returns length (N,).

    >>> print(lengths(np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[2.0], [1.0]])).round(4))
    [2.     1.7321]
    """
    raise NotImplementedError


def clipped_sum(x: np.ndarray, g: np.ndarray, limit: float) -> tuple[np.ndarray, np.ndarray]:
    """The sum of the gradients, each cut to the length ``limit``.

    Args:
        x: (N, K), the inputs.
        g: (N, O), the upstream gradients, none of which is 0 everywhere.
        limit: C, above 0.

    Returns grad_w (O, K) and grad_b (O,).

    >>> w, b = clipped_sum(np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[2.0], [0.1]]), 1.0)
    >>> print(w, b)
    [[0.1 0.1]] [1.1]
    """
    raise NotImplementedError
