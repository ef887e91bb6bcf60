"""Exercise 14: a learning-rate schedule: warm-up, then half a cosine.

The rate of step t, counted from 0:

    warm-up, t < warmup             peak · (t + 1) / (warmup + 1)       rises in equal parts
    then, to t = total              final + (peak − final) · ½(1 + cos(π · s))
                                    s = (t − warmup) / (total − warmup), from 0 to 1
    after that, t > total           final

So it reaches peak at t = warmup, is half way down in the middle, and ends at final.

On paper: warmup = 1, total = 5, peak = 1, final = 0. Steps 0 to 5: ½, 1, 0.8536, ½, 0.1464, 0.

Grade it:  python -m lessons check 14
"""
from __future__ import annotations

import numpy as np      # noqa: F401


def learning_rate(step: int, total: int, warmup: int, peak: float, final: float) -> float:
    """The learning rate of one step.

    Args:
        step: t, an integer from 0.
        total: the step at which the rate has come down to final; an integer above warmup.
        warmup: how many steps come before the peak, an integer from 0.
        peak, final: numbers.

    Returns rate, a number.

    >>> [round(float(learning_rate(t, 5, 1, 1.0, 0.0)), 4) for t in range(6)]
    [0.5, 1.0, 0.8536, 0.5, 0.1464, 0.0]
    """
    raise NotImplementedError
