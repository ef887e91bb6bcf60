"""Do two measures order things alike?"""
from __future__ import annotations

from typing import Any

import numpy as np


def rank_correlation(a: Any, b: Any) -> float:
    """Spearman's: 1 for the same order, −1 for the opposite, about 0 for none. Ties share a mean rank.

    >>> from lessons.support.ranks import rank_correlation
    >>> rank_correlation([1, 2, 30], [4, 5, 6]), rank_correlation([1, 2, 3], [9, 5, 2])
    (1.0, -1.0)
    """
    ranks = []
    for values in (np.asarray(a, float), np.asarray(b, float)):
        _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
        ranks.append((np.cumsum(counts) - (counts - 1) / 2)[which])
    return round(float(np.corrcoef(*ranks)[0, 1]), 12)
