"""Exercise 6: softmax cross-entropy, its loss and its gradient, for scores of any size.

For a sample with scores z₁ … z_C (logits) and the right class t:

    p = softmax(z),  pₖ = e^zₖ / Σⱼ e^zⱼ           loss = −ln p_t

and for a batch the mean over the N samples. e¹⁰⁰⁰ overflows, so the formula cannot be computed as
it stands. Two facts help: softmax does not change when one number is subtracted from all scores
of a sample; and ln p_t = z_t − ln Σⱼ e^zⱼ needs no division and no logarithm of a tiny number.
(Adding 1e-9 inside the logarithm hides the problem and gives wrong losses.)

The gradient of the loss for the scores is short: derive it for one sample, once for k = t and
once for k ≠ t, and do not forget that the loss is a mean.

On paper: z = [0, 0], t = 0. p = [½, ½], loss = ln 2 = 0.6931, gradient [−½, ½].

Grade it:  python -m lessons check 6
"""
from __future__ import annotations

import numpy as np


def softmax_cross_entropy(logits: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
    """The mean cross-entropy of a batch, and its gradient.

    Args:
        logits: (N, C), the scores; any finite numbers.
        target: (N,), integers from 0 to C − 1: the right classes.

    Returns loss, a number, and grad (N, C) = ∂loss/∂logits.

    >>> loss, grad = softmax_cross_entropy(np.array([[0.0, 0.0]]), np.array([0]))
    >>> print(round(float(loss), 4), grad)
    0.6931 [[-0.5  0.5]]
    """
    raise NotImplementedError
