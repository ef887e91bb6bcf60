"""A solution of exercise 21."""
import numpy as np


def rates(count, low, high):
    return low * (high / low) ** (np.arange(count) / (count - 1))


def smooth(losses, beta):
    m, trail = 0.0, []
    for t, loss in enumerate(losses, 1):
        m = beta * m + (1 - beta) * loss
        trail.append(m / (1 - beta ** t))
    return np.array(trail)


def suggestion(rates, losses, beta):
    curve = smooth(losses, beta)
    end = len(curve)
    for k in range(1, len(curve)):
        if curve[k] > 4 * curve[:k].min():
            end = k
            break
    slopes = np.diff(curve[:end]) / np.diff(np.log(rates[:end]))
    return rates[np.argmin(slopes)]
