"""Exercise 13: binary cross-entropy from logits, for scores of any size.

For a score z (logit) and a label y, 0 or 1 (or anything between):

    loss = −[ y · ln σ(z) + (1 − y) · ln(1 − σ(z)) ],     σ(z) = 1 / (1 + e⁻ᶻ)

and for a batch the mean over the N samples. At z = −1000 e⁻ᶻ overflows; at z = 40 1 − σ(z) is
already 0 in the computer's arithmetic, and its logarithm −∞. Rewrite the formula before you
compute: with ln σ(z) = −ln(1 + e⁻ᶻ) and 1 − σ(z) = σ(−z) it becomes

    loss = ln(1 + e⁻ᶻ) + (1 − y) · z

Then find a form in which e is only raised to −|z|, which never overflows. The gradient is short;
σ itself needs the same care.

On paper: z = 0, y = 1: loss = ln 2 = 0.6931, gradient σ(0) − 1 = −½.

Grade it:  python -m lessons check 13
"""
from __future__ import annotations

import numpy as np


def bce_with_logits(z: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """The mean binary cross-entropy of a batch, and its gradient.

    Args:
        z: (N,), the scores; any finite numbers.
        y: (N,), the labels, from 0 to 1.

    Returns loss, a number, and grad (N,) = ∂loss/∂z.

    >>> loss, grad = bce_with_logits(np.array([0.0]), np.array([1.0]))
    >>> print(round(float(loss), 4), grad)
    0.6931 [-0.5]
    """
    raise NotImplementedError
