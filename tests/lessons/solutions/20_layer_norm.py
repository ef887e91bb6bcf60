"""A solution of exercise 20."""
import numpy as np


def standardized(x, eps):
    s = np.sqrt(x.var(axis=1, keepdims=True) + eps)
    return (x - x.mean(axis=1, keepdims=True)) / s, s


def layer_norm(x, gamma, beta, eps):
    return gamma * standardized(x, eps)[0] + beta


def layer_norm_backward(g, x, gamma, eps):
    x_hat, s = standardized(x, eps)
    back = g * gamma
    along = (back * x_hat).mean(axis=1, keepdims=True)
    grad_x = (back - back.mean(axis=1, keepdims=True) - x_hat * along) / s
    return grad_x, (g * x_hat).sum(axis=0), g.sum(axis=0)
