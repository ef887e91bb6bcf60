"""A solution of exercise 33."""
import numpy as np


def loops(operands, sums, inputs):
    loop = np.zeros(len(operands))
    for k in range(1, len(operands)):
        loop[k] = loop[k - 1]
        for value in operands[k]:
            maker = value - inputs
            if maker >= 0 and sums[maker] and loop[maker] == loop[k - 1]:
                loop[k] = loop[k - 1] + 1
    return loop


def last_uses(operands, results, inputs):
    last = np.full(inputs + len(operands), -1.0)
    for k in range(len(operands)):
        last[operands[k]] = k
    last[results] = len(operands)
    return last
