"""Exercise 29: a recurrent cell, along a sequence and back.

A recurrent network reads a sequence of T inputs, one at a time. Its state starts at h₀ = 0, and
each step makes a new one, with the same w, u and b:

    hₜ = tanh(xₜ w + hₜ₋₁ u + b)        t = 1 … T,   (N, H)

Backward, from the last step to the first. A state is used twice: outside, which hands gₜ in, and
by the next step. So two gradients meet at hₜ, and add up. They go through the tanh together, whose
slope is 1 − hₜ², then to xₜ, w, hₜ₋₁, u and b, as in exercise 4. The weights are used at every
step: their gradients are sums over all steps.

On paper: T = 2, N = D = H = 1, w = 1, u = 2, b = 0, x = 1, 2. h₁ = tanh 1 = 0.7616 and
h₂ = tanh(2 + 1.5232) = 0.9983. With g = 0, 1: inside the second tanh 1 − h₂² = 0.0035, inside the
first 0.0035 · 2 · (1 − h₁²) = 0.0029; grad_b = 0.0064.

Grade it:  python -m lessons check 29
"""
from __future__ import annotations

import numpy as np


def walk(x: np.ndarray, w: np.ndarray, u: np.ndarray, b: np.ndarray) -> np.ndarray:
    """All states, forward.

    Args:
        x: (T, N, D), an input for each step.
        w: (D, H), u: (H, H), b: (H,).

    Returns h (T, N, H): h[0] is h₁, the state after the first input.

    >>> x, one = np.array([[[1.0]], [[2.0]]]), np.ones((1, 1))
    >>> print(walk(x, one, 2 * one, np.zeros(1)).ravel().round(4))
    [0.7616 0.9983]
    """
    raise NotImplementedError


def walk_backward(g: np.ndarray, x: np.ndarray, w: np.ndarray, u: np.ndarray,
                  b: np.ndarray) -> tuple[np.ndarray, ...]:
    """The gradients.

    Args:
        g: (T, N, H), what comes to each state from outside.
        x, w, u, b: as they were in ``walk``.

    Returns grad_x (T, N, D), grad_w (D, H), grad_u (H, H), grad_b (H,).

    >>> x, one = np.array([[[1.0]], [[2.0]]]), np.ones((1, 1))
    >>> g = np.array([[[0.0]], [[1.0]]])
    >>> print(walk_backward(g, x, one, 2 * one, np.zeros(1))[3].round(4))
    [0.0064]
    """
    raise NotImplementedError
