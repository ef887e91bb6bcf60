"""Exercise 33: loops fused, and the last use of a value.

A recorded program is a table. Its values are numbered: first the n inputs, 0 … n − 1, then each
line makes one more, so line k makes value n + k. A line says which two values it reads.

**Fusing.** Lines that run over the same entries can be computed in one loop, one after the other
for each entry. There is one thing that ends a loop: a sum is known only when its loop is over. So
go line by line. A line joins the loop of the line before it, unless it reads a sum that this very
loop makes; then it begins the next loop.

**The last use.** A value needs memory until the last line that reads it. What nobody reads has the
last use −1, even an input. What the program returns is needed after its end: its last use is L,
the number of lines.

On paper: n = 1, operands = [[0, 0], [1, 1], [0, 2]], and line 1 is a sum (of a square: a length).
Line 0 and line 1 are loop 0. Line 2 reads value 2, the sum, so it begins loop 1: loops = [0, 0,
1]. The last uses: value 0 is read by line 2 for the last time, value 1 by line 1, value 2 by line
2, and value 3 is returned: [2, 1, 2, 3].

Grade it:  python -m lessons check 33
"""
from __future__ import annotations

import numpy as np


def loops(operands: np.ndarray, sums: np.ndarray, inputs: int) -> np.ndarray:
    """The number of the loop that each line is computed in, from 0.

    Args:
        operands: (L, 2), whole numbers: the values that each line reads.
        sums: (L,), 1 where a line is a sum, else 0.
        inputs: n, how many values are inputs.

    Returns loop (L,), of float64 like every result.

    >>> print(loops(np.array([[0, 0], [1, 1], [0, 2]]), np.array([0, 1, 0]), 1))
    [0. 0. 1.]
    """
    raise NotImplementedError


def last_uses(operands: np.ndarray, results: np.ndarray, inputs: int) -> np.ndarray:
    """The last line that reads each value; −1 where none does, L for what is returned.

    Args:
        operands: (L, 2), as in ``loops``.
        results: (R,), the values that the program returns.
        inputs: n, how many values are inputs.

    Returns last (n + L,), of float64.

    >>> print(last_uses(np.array([[0, 0], [1, 1], [0, 2]]), np.array([3]), 1))
    [2. 1. 2. 3.]
    """
    raise NotImplementedError
