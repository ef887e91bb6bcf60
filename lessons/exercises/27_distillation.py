"""Exercise 27: learning from a teacher's scores.

A large network, the teacher, has scores t (N, K); a small one, the student, has scores s. The
student should not only get the label right: it should learn which wrong answers are nearly right.
A temperature T softens both:

    p = softmax(t / T),  q = softmax(s / T)         row by row
    loss = T² · mean over the N rows of Σₖ p · ln(p / q)

ln p and ln q are best computed from the scores, with the row's maximum subtracted first: eˣ is too
large for a float from x = 710 on. The factor T² keeps the gradient from shrinking as T grows. Only
the student learns, and its gradient has a simple form. Derive it: with
∂ ln qⱼ / ∂ (sₖ / T) = [j = k] − qₖ, all sums collapse.

On paper: t = [[ln 3, 0]] and s = [[0, 0]] with T = 1: p = [0.75, 0.25], q = [0.5, 0.5],
loss = 0.75 ln 1.5 + 0.25 ln 0.5 = 0.1308, and the gradient for s is [[−0.25, 0.25]].

Grade it:  python -m lessons check 27
"""
from __future__ import annotations

import numpy as np


def soft(scores: np.ndarray, T: float) -> np.ndarray:
    """Softmax at a temperature.

    Args:
        scores: (N, K), of any size.
        T: the temperature, above 0.

    Returns p (N, K).

    >>> print(soft(np.array([[np.log(9), 0.0], [1000.0, 1000.0]]), 2.0).round(4))
    [[0.75 0.25]
     [0.5  0.5 ]]
    """
    raise NotImplementedError


def distillation(student: np.ndarray, teacher: np.ndarray, T: float) -> float:
    """The loss.

    Args:
        student, teacher: (N, K), scores.
        T: the temperature.

    Returns loss, a number.

    >>> student, teacher = np.array([[0.0, 0.0]]), np.array([[np.log(3), 0.0]])
    >>> print(round(distillation(student, teacher, 1.0), 4))
    0.1308
    """
    raise NotImplementedError


def distillation_backward(student: np.ndarray, teacher: np.ndarray, T: float) -> np.ndarray:
    """∂ loss / ∂ student.

    Args:
        student, teacher, T: as in ``distillation``.

    Returns grad (N, K).

    >>> print(distillation_backward(np.array([[0.0, 0.0]]), np.array([[np.log(3), 0.0]]), 1.0))
    [[-0.25  0.25]]
    """
    raise NotImplementedError
