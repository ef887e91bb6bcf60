"""Exercise 25: what a Q-network learns from.

Q(s, a) is what action a is worth in state s. After a step that paid r and led to the state t, the
value is corrected toward a target: the reward, and what comes next, discounted by γ. Three methods
differ in what comes next:

    Q-learning        y = r + γ · max over a of Q(t, a)         the best action there
    SARSA             y = r + γ · Q(t, b)                       b: the action taken there
    double Q-learning y = r + γ · Q₂(t, argmax over a of Q₁(t, a))

The last one lets one network choose and another one value the choice, because the maximum of
estimates is too optimistic. Where the step has ended the episode nothing comes next: y = r.

On paper: r = 1, γ = 0.5, Q(t, ·) = [2, 6]. Q-learning: y = 1 + 0.5 · 6 = 4; SARSA with b = 0:
1 + 0.5 · 2 = 2; if the episode has ended, 1.

Grade it:  python -m lessons check 25
"""
from __future__ import annotations

import numpy as np


def q_targets(r: np.ndarray, q: np.ndarray, ended: np.ndarray, gamma: float) -> np.ndarray:
    """The targets of Q-learning.

    Args:
        r: (N,), the rewards.
        q: (N, A), the values of the actions where each step led to.
        ended: (N,), 1.0 where the step has ended the episode, else 0.0.
        gamma: γ.

    Returns y (N,).

    >>> q = np.array([[2.0, 6.0], [2.0, 6.0]])
    >>> print(q_targets(np.array([1.0, 1.0]), q, np.array([0.0, 1.0]), 0.5))
    [4. 1.]
    """
    raise NotImplementedError


def sarsa_targets(r: np.ndarray, q: np.ndarray, b: np.ndarray, ended: np.ndarray,
                  gamma: float) -> np.ndarray:
    """The targets of SARSA.

    Args:
        r, q, ended, gamma: as in ``q_targets``.
        b: (N,), whole numbers, the actions that are taken next.

    Returns y (N,).

    >>> q = np.array([[2.0, 6.0], [2.0, 6.0]])
    >>> print(sarsa_targets(np.array([1.0, 1.0]), q, np.array([0, 1]), np.array([0.0, 0.0]), 0.5))
    [2. 4.]
    """
    raise NotImplementedError


def double_targets(r: np.ndarray, chooser: np.ndarray, valuer: np.ndarray, ended: np.ndarray,
                   gamma: float) -> np.ndarray:
    """The targets of double Q-learning.

    Args:
        r, ended, gamma: as in ``q_targets``.
        chooser: (N, A), the values Q₁ that choose the action.
        valuer: (N, A), the values Q₂ that it then gets.

    Returns y (N,).

    >>> chooser, valuer = np.array([[2.0, 6.0]]), np.array([[9.0, 4.0]])
    >>> print(double_targets(np.array([1.0]), chooser, valuer, np.array([0.0]), 0.5))
    [3.]
    """
    raise NotImplementedError
