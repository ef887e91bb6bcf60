"""A solution of exercise 2."""
import numpy as np


def mul_backward(g, x, y):
    return g * y, g * x


def pow_backward(g, x, n):
    if n == 0:
        return np.zeros_like(x)
    return g * n * x ** (n - 1)


def tanh_backward(g, x):
    return g * (1 - np.tanh(x) ** 2)
