"""Exercise 28: fair shares of a score.

A network has a score for each set of features that it gets to see, the others replaced by a
baseline. Which share of the whole score belongs to feature i? Let the features come one after the
other, and note by how much the score rises when i comes. The mean over all orders is the Shapley
value. Sets of the same size come up equally often, so that it is a weighted sum over the sets S
without i:

    φᵢ = Σ over S of |S|! (d − 1 − |S|)! / d! · (score(S and i) − score(S))

The shares add up to the score of all features minus that of none. A set is a number here: feature
i is in it if bit i is 1, so 5 = 101₂ is the set of features 0 and 2, and scores[5] its score.

Where sets can't be counted, integrated gradients add up to the same: the mean slope along the way
from the baseline to x, times x − baseline.

On paper: d = 2 and scores = [0, 1, 2, 7]. Feature 0 adds 1 when it comes first and 7 − 2 = 5 when
it comes second: φ₀ = 3; φ₁ = (2 + 6) / 2 = 4. Together 7.

Grade it:  python -m lessons check 28
"""
from __future__ import annotations

import numpy as np


def shapley(scores: np.ndarray) -> np.ndarray:
    """The share of each feature.

    Args:
        scores: (2ᵈ,), the score of each set, d from 1 to 6.

    Returns shares (d,).

    >>> print(shapley(np.array([0.0, 1.0, 2.0, 7.0])))
    [3. 4.]
    """
    raise NotImplementedError


def integrated_gradients(slopes: np.ndarray, x: np.ndarray, baseline: np.ndarray) -> np.ndarray:
    """Integrated gradients, from slopes that have been computed already.

    Args:
        slopes: (M, D), the slopes at M points, evenly spread over the way from the baseline to x.
        x, baseline: (D,).

    Returns shares (D,).

    >>> slopes = np.array([[1.0, 3.0], [5.0, 3.0]])
    >>> print(integrated_gradients(slopes, np.array([2.0, 1.0]), np.array([0.0, 3.0])))
    [ 6. -6.]
    """
    raise NotImplementedError
