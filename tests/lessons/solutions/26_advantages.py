"""A solution of exercise 26."""
import numpy as np


def advantages(r, v, v_after, fell, cut, gamma, lam):
    delta = r + gamma * v_after * (1 - fell) - v
    goes_on = (1 - fell) * (1 - cut)
    A, later = np.zeros(len(r)), 0.0
    for t in reversed(range(len(r))):
        later = delta[t] + gamma * lam * goes_on[t] * later
        A[t] = later
    return A


def clipped_gain(ratio, A, epsilon):
    clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon)
    return np.minimum(ratio * A, clipped * A)


def clipped_slope(ratio, A, epsilon):
    clipped = np.clip(ratio, 1 - epsilon, 1 + epsilon)
    return np.where(ratio * A <= clipped * A, A, 0.0)
