"""A solution of exercise 22."""
import numpy as np


def quantize(w):
    scale = np.abs(w).max(axis=1) / 127
    scale[scale == 0] = 1
    return np.rint(w / scale[:, None]), scale


def dequantize(q, scale):
    return q * scale[:, None]


def linear(x, q, scale):
    return (x @ q.T) * scale
