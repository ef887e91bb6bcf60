"""A solution of exercise 31."""
import numpy as np


def lengths(x, g):
    return np.sqrt((g ** 2).sum(1) * ((x ** 2).sum(1) + 1))


def clipped_sum(x, g, limit):
    factor = np.minimum(1, limit / lengths(x, g))
    g = g * factor[:, None]
    return g.T @ x, g.sum(0)
