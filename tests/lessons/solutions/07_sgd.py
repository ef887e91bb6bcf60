"""A solution of exercise 7."""


def sgd_step(p, g, v, lr, momentum, decay):
    g = g + decay * p
    new_v = momentum * v + g
    return p - lr * new_v, new_v
