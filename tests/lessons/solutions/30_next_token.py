"""A solution of exercise 30."""
import numpy as np


def softer(z, temperature):
    e = np.exp((z - z.max(1, keepdims=True)) / temperature)
    return e / e.sum(1, keepdims=True)


def top_k(p, k):
    kept = np.where(p >= np.sort(p, 1)[:, [-k]], p, 0.0)
    return kept / kept.sum(1, keepdims=True)


def top_p(p, share):
    kept = np.zeros_like(p)
    for row, to in zip(p, kept):
        total = 0.0
        for i in np.argsort(-row):
            if total >= share:
                break
            to[i] = row[i]
            total += row[i]
    return kept / kept.sum(1, keepdims=True)
