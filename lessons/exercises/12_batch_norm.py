"""Exercise 12: the backward pass of batch normalization.

Each feature (a column of x) is standardized over the batch, then scaled and shifted:

    μ = mean of the column,   s² = mean of (x − μ)²        both over the N samples, divided by N
    x̂ = (x − μ) / √(s² + ε)
    y = γ · x̂ + β

γ and β are easy: each is used N times. For x, remember that every sample has a share in μ and in
s²: a small step of one xᵢ moves *all* x̂ of its column. So there are three ways from xᵢ to the
loss: directly, through μ, and through s². Leave one out, and the gradient is wrong.

A check without a computer: shifting all of x does not change y. So each column of grad_x adds up
to 0.

On paper, one column x = [1, 3], ε = 0, γ = 2, β = 0: μ = 2, s = 1, x̂ = [−1, 1], y = [−2, 2].
With g = [1, 0]: grad_γ = −1, grad_β = 1, and grad_x = [0, 0], because with two samples x̂ is
always [−1, 1].

Grade it:  python -m lessons check 12
"""
from __future__ import annotations

import numpy as np


def batch_norm_backward(g: np.ndarray, x: np.ndarray, gamma: np.ndarray,
                        eps: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradients of batch normalization in training.

    Args:
        g: (N, D), the upstream gradient.
        x: (N, D), the input.
        gamma: (D,).
        eps: ε, a number.

    Returns grad_x (N, D), grad_gamma (D,), grad_beta (D,).

    >>> grad_x, grad_gamma, grad_beta = batch_norm_backward(
    ...     np.array([[1.0], [0.0]]), np.array([[1.0], [3.0]]), np.array([2.0]), 0.0)
    >>> print(abs(grad_x).max().round(9), grad_gamma, grad_beta)
    0.0 [-1.] [1.]
    """
    raise NotImplementedError
