"""Did an epoch learn anything? If not, ``fit`` says where to look."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

OFFER = ("The training loss did not fall in the first epoch. To look for the usual mistakes, call\n"
         "minigrad.check.training_step(model, loss, optimizer, batch) with a batch (x, y) of the data.")


def learned_nothing(losses: Sequence[float]) -> bool:
    """Whether the losses of an epoch's batches, in order, did not fall beyond noise.

    The mean of the last third is compared with that of the first: noise is the standard error of their
    difference. Of fewer than nine batches nothing can be said.

    >>> from minigrad.train.learned import learned_nothing
    >>> learned_nothing([2.3, 2.1, 2.2] * 4), learned_nothing([2.3 - 0.1 * k for k in range(12)])
    (True, False)
    """
    third = len(losses) // 3
    if third < 3:
        return False
    first, last = np.asarray(losses[:third], float), np.asarray(losses[-third:], float)
    noise = float(np.sqrt((first.var(ddof=1) + last.var(ddof=1)) / third))
    return float(first.mean() - last.mean()) <= noise
