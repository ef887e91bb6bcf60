"""Exercise 24: looking up words, and backward.

A network that reads text begins with a table: a row of D numbers for each of V words. A sentence is
a row of word numbers, and looking them up gives a row of the table for each:

    out[n, l] = table[ids[n, l]]                    (N, L, D)

No arithmetic at all. Yet the table learns, so it has a gradient: each place of a sentence hands its
g to the row that it came from. A word that occurs five times gets five shares, and they add up. A
word that does not occur gets 0.

Sentences have different lengths; short ones are filled up with the number pad, which means
nothing. Its row is looked up like any other, but it gets no gradient, so that it never changes.

On paper: V = 3, D = 1, table = [[0], [10], [20]], ids = [[2, 1, 2]]: out = [[[20], [10], [20]]].
With g = [[[1], [2], [4]]] and pad = 0: grad_table = [[0], [2], [1 + 4]].

Grade it:  python -m lessons check 24
"""
from __future__ import annotations

import numpy as np


def embedding(table: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """The rows of the words, forward.

    Args:
        table: (V, D).
        ids: (N, L), whole numbers from 0 to V − 1.

    Returns out (N, L, D).

    >>> print(embedding(np.array([[0.0], [10.0], [20.0]]), np.array([[2, 1, 2]])))
    [[[20.]
      [10.]
      [20.]]]
    """
    raise NotImplementedError


def embedding_backward(g: np.ndarray, ids: np.ndarray, words: int, pad: int) -> np.ndarray:
    """The gradient of the table.

    Args:
        g: (N, L, D), the upstream gradient.
        ids: (N, L), as in ``embedding``.
        words: V, how many rows the table has.
        pad: the number that fills sentences up.

    Returns grad_table (V, D).

    >>> g = np.array([[[1.0], [2.0], [4.0]]])
    >>> print(embedding_backward(g, np.array([[2, 1, 2]]), 3, 0))
    [[0.]
     [2.]
     [5.]]
    """
    raise NotImplementedError
