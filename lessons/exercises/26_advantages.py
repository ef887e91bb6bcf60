"""Exercise 26: advantages, and PPO's clip.

How much better was an action than expected? A critic v says what each state is worth. The surprise
of step t is δ, and the advantage adds up the surprises that follow (generalized advantage
estimation):

    δₜ = rₜ + γ · v_after ₜ − vₜ
    Aₜ = δₜ + γ λ Aₜ₊₁

Two things can happen at step t. The pole *fell*: the episode is over, and nothing is worth anything
after it, so δₜ = rₜ − vₜ. Or the episode was *cut* off by a limit of time: it would have gone on,
so v_after counts. In both cases the next step belongs to another episode: Aₜ = δₜ.

PPO weights by the ratio of the new policy to the old one. Its gain is

    min(ratio · A, clip(ratio, 1 − ε, 1 + ε) · A)

and its slope at the ratio is A, or 0 where the clipped term is the smaller one.

On paper: r = [1, 1], v = [2, 1], v_after = [1, 5], fell = [0, 1], γ = λ = 0.5. δ = [−0.5, 0], since
the 5 does not count, and A = [−0.5, 0]. With ε = 0.2, ratio 1.5 and A = 2 the gain is 1.2 · 2 and
the slope 0; with A = −2 the gain is 1.5 · −2 and the slope −2.

Grade it:  python -m lessons check 26
"""
from __future__ import annotations

import numpy as np


def advantages(r: np.ndarray, v: np.ndarray, v_after: np.ndarray, fell: np.ndarray, cut: np.ndarray,
               gamma: float, lam: float) -> np.ndarray:
    """The advantage of each step.

    Args:
        r: (T,), the rewards.
        v: (T,), the value of the state before each step; v_after: (T,), of the state it led to.
        fell: (T,), 1.0 where the episode ended by itself, else 0.0.
        cut: (T,), 1.0 where it was cut off, else 0.0.
        gamma, lam: γ and λ.

    Returns A (T,).

    >>> one, none = np.array([1.0, 1.0]), np.zeros(2)
    >>> v, v_after, fell = np.array([2.0, 1.0]), np.array([1.0, 5.0]), np.array([0.0, 1.0])
    >>> print(advantages(one, v, v_after, fell, none, 0.5, 0.5))
    [-0.5  0. ]
    """
    raise NotImplementedError


def clipped_gain(ratio: np.ndarray, A: np.ndarray, epsilon: float) -> np.ndarray:
    """PPO's gain.

    Args:
        ratio: (N,), π / π_old. A: (N,), the advantages. epsilon: ε.

    Returns gain (N,).

    >>> print(clipped_gain(np.array([1.5, 1.5]), np.array([2.0, -2.0]), 0.2))
    [ 2.4 -3. ]
    """
    raise NotImplementedError


def clipped_slope(ratio: np.ndarray, A: np.ndarray, epsilon: float) -> np.ndarray:
    """∂ gain / ∂ ratio. No ratio is exactly 1 − ε or 1 + ε.

    Args:
        ratio, A, epsilon: as in ``clipped_gain``.

    Returns slope (N,).

    >>> print(clipped_slope(np.array([1.5, 1.5, 1.0]), np.array([2.0, -2.0, 3.0]), 0.2))
    [ 0. -2.  3.]
    """
    raise NotImplementedError
