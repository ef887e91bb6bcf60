"""Exercise 20: layer normalization, forward and backward.

Batch normalization (exercise 12) looks along the batch; with one sample, or sentences of different
lengths, that makes no sense. Layer normalization looks along the features instead: each row of x
has a mean and a spread of its own, whatever the other rows are.

    μ = mean of the row,   s² = mean of (x − μ)²        over the D features, divided by D
    x̂ = (x − μ) / √(s² + ε)
    y = γ ⊙ x̂ + β                                       γ and β: a number for each feature

Backward there are again three ways from each xᵢ to the loss: directly, through μ, through s². And
mind γ: it differs from feature to feature, so it has to be multiplied in *before* the sums over a
row are taken.

A check without a computer: shifting a whole row does not change y. So each row of grad_x adds up
to 0.

On paper, one row x = [1, 3], ε = 0, γ = [2, 1], β = [0, 5]: μ = 2, s = 1, x̂ = [−1, 1],
y = [−2, 6]. With g = [1, 1]: grad_γ = [−1, 1], grad_β = [1, 1], and grad_x = [0, 0], because with
two features x̂ is always [−1, 1].

Grade it:  python -m lessons check 20
"""
from __future__ import annotations

import numpy as np


def layer_norm(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, eps: float) -> np.ndarray:
    """Layer normalization, forward.

    Args:
        x: (N, D), the input.
        gamma, beta: (D,).
        eps: ε, a number.

    Returns y (N, D).

    >>> print(layer_norm(np.array([[1.0, 3.0]]), np.array([2.0, 1.0]), np.array([0.0, 5.0]), 0.0))
    [[-2.  6.]]
    """
    raise NotImplementedError


def layer_norm_backward(g: np.ndarray, x: np.ndarray, gamma: np.ndarray,
                        eps: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradients of layer normalization.

    Args:
        g: (N, D), the upstream gradient.
        x, gamma, eps: as they were in ``layer_norm``.

    Returns grad_x (N, D), grad_gamma (D,), grad_beta (D,).

    >>> grad_x, grad_gamma, grad_beta = layer_norm_backward(
    ...     np.array([[1.0, 1.0]]), np.array([[1.0, 3.0]]), np.array([2.0, 1.0]), 0.0)
    >>> print(abs(grad_x).max().round(9), grad_gamma, grad_beta)
    0.0 [-1.  1.] [1. 1.]
    """
    raise NotImplementedError
