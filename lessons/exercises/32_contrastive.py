"""Exercise 32: the contrastive loss, and backward.

Two views of B things: a[i] and b[i] belong together, a[i] and b[j] don't. All pairs have scores,

    S[i, j] = ⟨a[i], b[j]⟩ / τ                      (B, B)

and the loss asks both ways: which b belongs to a[i] (a softmax over row i), and which a belongs to
b[j] (a softmax over column j). The right answer is always on the diagonal:

    loss = ½ ( mean_i −log softmax(row i)[i]  +  mean_j −log softmax(column j)[j] )

Backward: for a softmax and its logarithm you know the gradient at the scores. Add both ways, and
then go back through S to a and b. The rows are used as they are; they are not made 1 long.

On paper: if all scores are equal, each answer has the probability 1/B, and the loss is ln B. For
B = 2, a = b = [[1], [1]] and τ = 1: loss = ln 2, and the gradients are 0, since what pulls at a
row and what pushes are the same there.

Grade it:  python -m lessons check 32
"""
from __future__ import annotations

import numpy as np


def contrastive(a: np.ndarray, b: np.ndarray, tau: float) -> float:
    """The loss, both ways.

    Args:
        a, b: (B, D). Scores may be in the thousands.
        tau: τ, the temperature, above 0.

    Returns loss, one number.

    >>> print(round(contrastive(np.array([[1.0], [-1.0]]), np.array([[1.0], [-1.0]]), 2.0), 4))
    0.3133
    """
    raise NotImplementedError


def contrastive_backward(a: np.ndarray, b: np.ndarray, tau: float) -> tuple[np.ndarray, np.ndarray]:
    """The gradients of the loss.

    Args:
        a, b: (B, D), as in ``contrastive``.
        tau: τ, the temperature, above 0.

    Returns grad_a (B, D) and grad_b (B, D).

    >>> a = np.array([[1.0], [-1.0]])
    >>> grad_a, grad_b = contrastive_backward(a, a, 2.0)
    >>> print(grad_a.round(4).tolist(), grad_b.round(4).tolist())
    [[-0.1345], [0.1345]] [[-0.1345], [0.1345]]
    """
    raise NotImplementedError
