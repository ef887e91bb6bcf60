"""A solution of exercise 13."""
import numpy as np


def bce_with_logits(z, y):
    small = np.exp(-np.abs(z))
    loss = (np.maximum(z, 0) - z * y + np.log1p(small)).mean()
    sigma = np.where(z >= 0, 1, small) / (1 + small)
    return loss, (sigma - y) / len(z)
