"""Exercise 7: one step of SGD with momentum and weight decay.

    d = g + decay · p                   the decay pulls the parameter toward 0
    v ← momentum · v + d                the velocity: a sum of gradients, older ones count less
    p ← p − lr · v                      the parameter moves along the new velocity

as in PyTorch. The learning rate is not part of the velocity; the decay is.

On paper: p = 1, g = 2, v = 0, lr = 0.1, momentum = 0.5, decay = 1. First step: d = 3, v = 3,
p = 0.7. Again with g = 2: d = 2.7, v = 0.5 · 3 + 2.7 = 4.2, p = 0.7 − 0.42 = 0.28.

Grade it:  python -m lessons check 7
"""
from __future__ import annotations

import numpy as np


def sgd_step(p: np.ndarray, g: np.ndarray, v: np.ndarray, lr: float,
             momentum: float, decay: float) -> tuple[np.ndarray, np.ndarray]:
    """One step.

    Args:
        p: the parameter, an array; it stays as it is.
        g: its gradient, of the same shape.
        v: the velocity after the last step, of the same shape; zeros before the first one.
        lr, momentum, decay: numbers.

    Returns new_p, new_v: new arrays of that shape.

    >>> new_p, new_v = sgd_step(np.array([1.0]), np.array([2.0]), np.array([0.0]), 0.1, 0.5, 1.0)
    >>> print(new_p, new_v)
    [0.7] [3.]
    """
    raise NotImplementedError
