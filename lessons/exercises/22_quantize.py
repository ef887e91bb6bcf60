"""Exercise 22: weights in eight bits.

A trained network needs a quarter of the memory when each weight is a whole number from −127 to 127
(INT8) instead of a float. What a step of 1 is worth, the scale, differs from row to row: each
output of a layer has a row of weights, and a row of small weights would be lost beside one of large
ones. For each row of w (O, I):

    scale = largest |w| of the row / 127            so that the largest becomes ±127
    q     = w / scale, rounded to the nearest whole number
    w ≈ q · scale                                   wrong by half a scale at most

A row of zeros would have the scale 0, and 0/0 isn't a number: such a row has the scale 1.

A layer need not go back to floats first. In y = x wᵀ each row's scale is a common factor, so it
can wait until the products are added up:

    y[n, o] = scale[o] · Σᵢ x[n, i] · q[o, i]

On paper: w = [[2.54, −1], [0, 0]]. Row 0: scale = 2.54 / 127 = 0.02, and −1 / 0.02 = −50, so
q = [[127, −50], [0, 0]] and scale = [0.02, 1].

Grade it:  python -m lessons check 22
"""
from __future__ import annotations

import numpy as np


def quantize(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights as whole numbers, with a scale for each row.

    Args:
        w: (O, I), the weights.

    Returns q (O, I), whole numbers from −127 to 127 (as float64, so that nothing overflows here),
    and scale (O,).

    >>> q, scale = quantize(np.array([[2.54, -1.0], [0.0, 0.0]]))
    >>> print(q.tolist(), scale)
    [[127.0, -50.0], [0.0, 0.0]] [0.02 1.  ]
    """
    raise NotImplementedError


def dequantize(q: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The weights that these whole numbers stand for.

    Args:
        q: (O, I).
        scale: (O,).

    Returns w (O, I).

    >>> print(dequantize(np.array([[127.0, -50.0], [0.0, 0.0]]), np.array([0.02, 1.0])))
    [[ 2.54 -1.  ]
     [ 0.    0.  ]]
    """
    raise NotImplementedError


def linear(x: np.ndarray, q: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """A layer with such weights, y = x wᵀ, without making the floats w.

    Args:
        x: (N, I), the input.
        q: (O, I), scale: (O,).

    Returns y (N, O).

    >>> q, scale = np.array([[127.0, -50.0], [1.0, 3.0]]), np.array([0.02, 2.0])
    >>> print(linear(np.array([[1.0, 0.0], [0.0, 1.0]]), q, scale))
    [[ 2.54  2.  ]
     [-1.    6.  ]]
    """
    raise NotImplementedError
