"""A solution of exercise 12."""
import numpy as np


def batch_norm_backward(g, x, gamma, eps):
    s = np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) / s
    grad_gamma = (g * x_hat).sum(axis=0)
    grad_beta = g.sum(axis=0)
    grad_hat = g * gamma
    grad_x = (grad_hat - grad_hat.mean(axis=0) - x_hat * (grad_hat * x_hat).mean(axis=0)) / s
    return grad_x, grad_gamma, grad_beta
