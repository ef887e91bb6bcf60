"""A solution of exercise 11."""


def dropout(x, u, p, training):
    if not training:
        return x
    return x * (u >= p) / (1 - p)


def dropout_backward(g, u, p, training):
    if not training:
        return g
    return g * (u >= p) / (1 - p)
