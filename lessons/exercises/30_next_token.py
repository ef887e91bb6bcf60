"""Exercise 30: from scores to the next token.

A language model gives a score for each of V tokens. Which one comes next is drawn, and three knobs
decide from what.

    temperature     p = softmax(z / T): T < 1 makes the best more certain, T > 1 makes all alike
    top-k           only the k best tokens stay; the others get 0
    top-p           only the best tokens stay, as few as have at least the share together

After top-k and top-p the rest is divided by its sum, so that it adds up to 1. Each row is a
distribution of its own, and every entry stays in its place: entry i belongs to token i.

On paper: p = [0.125, 0.5, 0.25, 0.125]. top-k with k = 2: [0, 2/3, 1/3, 0]. top-p with 0.6: the
best, 0.5, isn't enough, with the next it is 0.75; so again [0, 2/3, 1/3, 0]. With 0.75 the two
have it exactly: the same.

Grade it:  python -m lessons check 30
"""
from __future__ import annotations

import numpy as np


def softer(z: np.ndarray, temperature: float) -> np.ndarray:
    """softmax(z / temperature), without overflow.

    Args:
        z: (N, V), scores of any size.
        temperature: above 0.

    Returns p (N, V), each row adds up to 1.

    >>> print(softer(np.array([[0.0, 2.0]]), 2.0).round(4))
    [[0.2689 0.7311]]
    """
    raise NotImplementedError


def top_k(p: np.ndarray, k: int) -> np.ndarray:
    """The k best tokens of each row.

    Args:
        p: (N, V), no two entries of a row that matter are equal.
        k: from 1 to V.

    Returns q (N, V).

    >>> print(top_k(np.array([[0.125, 0.5, 0.25, 0.125]]), 2).round(4))
    [[0.     0.6667 0.3333 0.    ]]
    """
    raise NotImplementedError


def top_p(p: np.ndarray, share: float) -> np.ndarray:
    """As few of the best tokens of each row as have at least this share together.

    Args:
        p: (N, V), each row adds up to 1.
        share: above 0, and 1 at most.

    Returns q (N, V).

    >>> print(top_p(np.array([[0.125, 0.5, 0.25, 0.125]]), 0.6).round(4))
    [[0.     0.6667 0.3333 0.    ]]
    """
    raise NotImplementedError
