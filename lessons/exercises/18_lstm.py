"""Exercise 18: a cell of an LSTM, forward and backward.

A recurrent network reads a sequence one step at a time. An LSTM carries two things along: the
state h that others see, and a memory c that only gates can change. For a batch of N sequences, one
step with input x:

    z = x w + h u + b               (N, 4H)     four blocks of H columns, in this order:
    i = σ(block 0)                  (N, H)      the input gate: how much is written
    f = σ(block 1)                              the forget gate: how much is kept
    g = tanh(block 2)                           what is written
    o = σ(block 3)                              the output gate: how much is shown

    new_c = f ⊙ c + i ⊙ g
    new_h = o ⊙ tanh(new_c)

Backward, new_c is reached in two ways: from the next step's memory, as gc, and through new_h, as
gh. Both count. From new_c go back to f, c, i and g; through each gate's own slope, σ(1 − σ) or
1 − tanh²; then through z = x w + h u + b, as in exercise 4.

On paper, N = D = H = 1, all weights and biases 0: z = 0, so i = f = o = ½ and g = 0. With c = 2:
new_c = ½ · 2 = 1 and new_h = ½ tanh 1 = 0.3808. With gh = 0 and gc = 1: grad_c = f = ½.

Grade it:  python -m lessons check 18
"""
from __future__ import annotations

import numpy as np


def lstm_cell(x: np.ndarray, h: np.ndarray, c: np.ndarray, w: np.ndarray, u: np.ndarray,
              b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One step, forward.

    Args:
        x: (N, D), the input of this step.
        h, c: (N, H), state and memory after the step before.
        w: (D, 4H), u: (H, 4H), b: (4H,).

    Returns new_h (N, H), new_c (N, H).

    >>> zero, c = np.zeros((1, 1)), np.array([[2.0]])
    >>> new_h, new_c = lstm_cell(zero, zero, c, np.zeros((1, 4)), np.zeros((1, 4)), np.zeros(4))
    >>> print(new_h.round(4), new_c)
    [[0.3808]] [[1.]]
    """
    raise NotImplementedError


def lstm_cell_backward(gh: np.ndarray, gc: np.ndarray, x: np.ndarray, h: np.ndarray, c: np.ndarray,
                       w: np.ndarray, u: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, ...]:
    """The gradients of one step.

    Args:
        gh, gc: (N, H), ∂L/∂new_h and ∂L/∂new_c, as they come from what follows.
        x, h, c, w, u, b: as they were in ``lstm_cell``.

    Returns grad_x (N, D), grad_h (N, H), grad_c (N, H), grad_w (D, 4H), grad_u (H, 4H),
    grad_b (4H,).

    >>> zero, one = np.zeros((1, 1)), np.ones((1, 1))
    >>> weights = np.zeros((1, 4)), np.zeros((1, 4)), np.zeros(4)
    >>> grads = lstm_cell_backward(zero, one, zero, zero, 2 * one, *weights)
    >>> print(grads[2], grads[5])
    [[0.5]] [0.  0.5 0.5 0. ]
    """
    raise NotImplementedError
