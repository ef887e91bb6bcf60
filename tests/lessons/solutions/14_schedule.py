"""A solution of exercise 14."""
import numpy as np


def learning_rate(step, total, warmup, peak, final):
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    s = min(1.0, (step - warmup) / (total - warmup))
    return final + (peak - final) * 0.5 * (1 + np.cos(np.pi * s))
