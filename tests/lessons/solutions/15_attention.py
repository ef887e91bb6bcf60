"""A solution of exercise 15."""
import numpy as np


def shares(q, k, mask):
    scores = np.where(mask, q @ k.T / np.sqrt(q.shape[1]), -np.inf)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def attention(q, k, v, mask):
    return shares(q, k, mask) @ v


def attention_backward(g, q, k, v, mask):
    p = shares(q, k, mask)
    grad_p = g @ v.T
    grad_scores = p * (grad_p - (grad_p * p).sum(axis=1, keepdims=True)) / np.sqrt(q.shape[1])
    return grad_scores @ k, grad_scores.T @ q, p.T @ g
