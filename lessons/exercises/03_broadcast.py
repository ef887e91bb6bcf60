"""Exercise 3: summing a broadcast gradient.

In z = x + b with x (2, 3) and b (3,), NumPy repeats b for each of the 2 rows. So each entry of b
is used twice, and its gradient is the sum of the gradients from both places. On paper:

    g = [[1, 2, 3],        ∂L/∂b = [1 + 10, 2 + 20, 3 + 30] = [11, 22, 33]
         [10, 20, 30]]

Broadcasting does two things, and both have to be undone:

    it puts new axes in front             (3,)     becomes (2, 3)
    it repeats along axes of size 1       (2, 1)   becomes (2, 3)

Write the function that any broadcast gradient goes through on its way back.

Grade it:  python -m lessons check 3
"""
from __future__ import annotations

import numpy as np


def unbroadcast(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sum a gradient back to the shape that an input had before it was broadcast.

    Args:
        g: the upstream gradient, an array of the shape of the result.
        shape: the shape of the input, a tuple; it broadcasts to the shape of g. May be ().

    Returns grad, an array of that shape.

    >>> g = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
    >>> print(unbroadcast(g, (3,)))
    [11. 22. 33.]
    >>> print(unbroadcast(g, (2, 1)).tolist())
    [[6.0], [60.0]]
    """
    raise NotImplementedError
