"""Exercise 11: inverted dropout.

In training each entry is dropped (set to 0) with probability p; those that are kept are divided
by 1 − p. So the sum stays the same on average, and in evaluation there is nothing to do: the
result is x.

The random numbers come from outside, so that you can check by hand: u holds numbers from 0 to 1,
one for each entry. An entry is kept where u ≥ p.

On paper, p = ½:    x = [3, 4, 5]    u = [0.9, 0.2, 0.5]    result [6, 0, 10]

The backward pass treats the gradient in the same way: what was dropped had no effect on the loss,
and what was kept was multiplied by 1 / (1 − p).

Grade it:  python -m lessons check 11
"""
from __future__ import annotations

import numpy as np


def dropout(x: np.ndarray, u: np.ndarray, p: float, training: bool) -> np.ndarray:
    """Drop and scale.

    Args:
        x: an array of any shape.
        u: random numbers in [0, 1), of the same shape.
        p: the probability to drop an entry, 0 ≤ p < 1.
        training: True or False; False means evaluation.

    Returns y, of the shape of x.

    >>> print(dropout(np.array([3.0, 4.0, 5.0]), np.array([0.9, 0.2, 0.5]), 0.5, True))
    [ 6.  0. 10.]
    """
    raise NotImplementedError


def dropout_backward(g: np.ndarray, u: np.ndarray, p: float, training: bool) -> np.ndarray:
    """The gradient for x.

    Args:
        g: the upstream gradient, of the shape of x.
        u, p, training: as they were in ``dropout``.

    Returns grad_x, of the shape of g.

    >>> print(dropout_backward(np.array([1.0, 1.0, 2.0]), np.array([0.9, 0.2, 0.5]), 0.5, True))
    [2. 0. 4.]
    """
    raise NotImplementedError
