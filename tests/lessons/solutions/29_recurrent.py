"""A solution of exercise 29."""
import numpy as np


def walk(x, w, u, b):
    h = np.zeros((len(x) + 1, x.shape[1], len(u)))
    for t in range(len(x)):
        h[t + 1] = np.tanh(x[t] @ w + h[t] @ u + b)
    return h[1:]


def walk_backward(g, x, w, u, b):
    h = np.vstack([0 * g[:1], walk(x, w, u, b)])
    grad_x, grad_w, grad_u, grad_b = (np.zeros_like(a) for a in (x, w, u, b))
    later = np.zeros_like(g[0])
    for t in reversed(range(len(x))):
        inside = (g[t] + later) * (1 - h[t + 1] ** 2)
        grad_x[t] = inside @ w.T
        grad_w += x[t].T @ inside
        grad_u += h[t].T @ inside
        grad_b += inside.sum(0)
        later = inside @ u.T
    return grad_x, grad_w, grad_u, grad_b
