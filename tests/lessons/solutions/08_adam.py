"""A solution of exercise 8."""
import numpy as np


def adam_step(p, g, m, v, t, lr, beta1, beta2, eps, decay):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    m_hat = m / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    p = (1 - lr * decay) * p
    return p - lr * m_hat / (np.sqrt(v_hat) + eps), m, v
