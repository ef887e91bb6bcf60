"""Exercise 10: the backward pass of max-pooling.

Max-pooling keeps the largest number of each window. A small step of any other number changes
nothing, so the gradient of a window goes to its largest entry alone. Three things to settle:

    Two entries share the maximum: the first one gets all, in reading order (as in PyTorch).
    Two windows overlap and share their maximum: their gradients add up.
    All numbers of a window are negative: the largest of them is still the maximum.

Here x is one channel of one image; channels and images do not touch each other.

    OH = (H − K) // stride + 1          OW = (W − K) // stride + 1

On paper, K = 2:    x = [[1 5]      z = [[5]],  and with g = [[2]]:     grad_x = [[0 2]
                         [3 0]]                                                   [0 0]]

Grade it:  python -m lessons check 10
"""
from __future__ import annotations

import numpy as np


def max_pool_backward(g: np.ndarray, x: np.ndarray, k: int, stride: int) -> np.ndarray:
    """The gradient of max-pooling.

    Args:
        g: (OH, OW), the upstream gradient: one number for each window.
        x: (H, W), the input.
        k: height and width of a window.
        stride: how many pixels the window moves, in both directions.

    Returns grad_x (H, W).

    >>> x = np.array([[1.0, 5.0], [3.0, 0.0]])
    >>> print(max_pool_backward(np.array([[2.0]]), x, 2, 2))
    [[0. 2.]
     [0. 0.]]
    """
    raise NotImplementedError
