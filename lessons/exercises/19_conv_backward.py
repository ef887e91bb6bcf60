"""Exercise 19: the backward pass of a convolution.

Here over sequences, with a filter that leaves gaps: a dilation of 2 takes every second step. So a
few layers hear a long way back. For C channels in and O channels out:

    y[n, o, t] = b[o] + Σ_c Σᵢ w[o, c, i] · x[n, c, t + i · dilation]

Every t for which the filter lies within the sequence has a result: T = L − (K − 1) · dilation.

Do not differentiate by index gymnastics. Ask which products a number stands in, and add up:

    w[o, c, i]   met x[n, c, t + i · dilation] for every n and t, and went to y[n, o, t]
    x[n, c, p]   met w[o, c, i] for every o and i, and went to y[n, o, p − i · dilation], where
                 there is such a place
    b[o]         went to every y[n, o, t]

On paper: x = [[[1, 2, 3]]], w = [[[10, 1]]], dilation 1: y = [10 + 2, 20 + 3] = [12, 23] (b = 0).
With g = [[[1, 0]]]: grad_x = [[[10, 1, 0]]], grad_w = [[[1, 2]]], grad_b = [1].

Grade it:  python -m lessons check 19
"""
from __future__ import annotations

import numpy as np


def conv_backward(g: np.ndarray, x: np.ndarray, w: np.ndarray,
                  dilation: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradients of a convolution over sequences.

    Args:
        g: (N, O, T), the upstream gradient.
        x: (N, C, L), the input.
        w: (O, C, K), the filters.
        dilation: how many steps lie between two weights of a filter.

    Returns grad_x (N, C, L), grad_w (O, C, K), grad_b (O,).

    >>> grad_x, grad_w, grad_b = conv_backward(
    ...     np.array([[[1.0, 0.0]]]), np.array([[[1.0, 2.0, 3.0]]]), np.array([[[10.0, 1.0]]]), 1)
    >>> print(grad_x, grad_w, grad_b)
    [[[10.  1.  0.]]] [[[1. 2.]]] [1.]
    """
    raise NotImplementedError
