"""A solution of exercise 24."""
import numpy as np


def embedding(table, ids):
    return table[ids]


def embedding_backward(g, ids, words, pad):
    grad = np.zeros((words, g.shape[2]))
    np.add.at(grad, ids, g)
    grad[pad] = 0
    return grad
