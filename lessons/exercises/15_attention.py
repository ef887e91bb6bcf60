"""Exercise 15: scaled dot-product attention with a mask, forward and backward.

L queries look at S keys, and take a mixture of the S values:

    scores = q kᵀ / √d                   (L, S)     how well each key fits each query
    scores = −∞ where the mask forbids              the mask is True where a query may look
    p = softmax(scores) over the keys    (L, S)     each row adds up to 1
    out = p v                            (L, E)

The scores may be large: subtract the largest of each row before e is raised to them. Every query
may look at one key at least.

Backward, from g = ∂L/∂out, in the reverse order:

    through out = p v                    to v and to p, as in exercise 4
    through the softmax                  ∂L/∂scores = p ⊙ (gₚ − c), where gₚ = ∂L/∂p and c is one
                                         number for each row; find it. A forbidden score gets 0
    through scores = q kᵀ / √d           to q and to k; the factor 1/√d stays

On paper: q = [[0]], k = [[1], [2]], v = [[1], [3]]: both scores are 0, p = [½, ½], out = [[2]].
With the mask [[True, False]] it is [[1]].

Grade it:  python -m lessons check 15
"""
from __future__ import annotations

import numpy as np


def attention(q: np.ndarray, k: np.ndarray, v: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Attention, forward.

    Args:
        q: (L, d), the queries.
        k: (S, d), the keys.
        v: (S, E), the values.
        mask: (L, S), booleans; True where a query may look.

    Returns out (L, E).

    >>> q, k, v = np.array([[0.0]]), np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]])
    >>> print(attention(q, k, v, np.array([[True, True]])))
    [[2.]]
    >>> print(attention(q, k, v, np.array([[True, False]])))
    [[1.]]
    """
    raise NotImplementedError


def attention_backward(g: np.ndarray, q: np.ndarray, k: np.ndarray, v: np.ndarray,
                       mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradients of attention.

    Args:
        g: (L, E), the upstream gradient.
        q, k, v, mask: as they were in ``attention``.

    Returns grad_q (L, d), grad_k (S, d), grad_v (S, E).

    >>> q, k, v = np.array([[0.0]]), np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]])
    >>> grad_q, grad_k, grad_v = attention_backward(
    ...     np.array([[1.0]]), q, k, v, np.array([[True, True]]))
    >>> print(grad_q, abs(grad_k).max(), grad_v.ravel())
    [[0.5]] 0.0 [0.5 0.5]
    """
    raise NotImplementedError
