"""Exercise 4: the backward pass of a matrix product.

    z = x @ w           zᵢⱼ = Σₖ xᵢₖ wₖⱼ

x (N, D) holds N samples with D features, w (D, M) the weights of M units, z is (N, M). Given the
upstream gradient g = ∂L/∂z, also (N, M), find ∂L/∂x and ∂L/∂w. Start from one entry: which zᵢⱼ
does x₁₂ go into, and with which factor? Then write the sum as a matrix product. The shapes show
the way: from g (N, M) and w (D, M) there is one way to get (N, D).

On paper: x = [[1, 2]], w = [[3], [4]], so z = [[11]]. With g = [[10]]: a small step h of x₁₂
moves z by 4h and L by 40h.

Grade it:  python -m lessons check 4
"""
from __future__ import annotations

import numpy as np


def matmul_backward(g: np.ndarray, x: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gradients of z = x @ w.

    Args:
        g: (N, M), the upstream gradient.
        x: (N, D).
        w: (D, M).

    Returns grad_x (N, D), grad_w (D, M).

    >>> grad_x, grad_w = matmul_backward(
    ...     np.array([[10.0]]), np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]))
    >>> print(grad_x.tolist(), grad_w.tolist())
    [[30.0, 40.0]] [[10.0], [20.0]]
    """
    raise NotImplementedError
