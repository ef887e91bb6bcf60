"""A solution of exercise 17."""
import math


class Value:
    def __init__(self, data, inputs=(), slopes=()):
        self.data, self.inputs, self.slopes, self.grad = data, inputs, slopes, 0.0

    def __add__(self, other):
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __sub__(self, other):
        return Value(self.data - other.data, (self, other), (1.0, -1.0))

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __truediv__(self, other):
        quotient = self.data / other.data
        return Value(quotient, (self, other), (1 / other.data, -quotient / other.data))

    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, (self,), (1 - t ** 2,))

    def exp(self):
        power = math.exp(self.data)
        return Value(power, (self,), (power,))


def ordered(result):
    order, seen, waiting = [], set(), [(result, False)]
    while waiting:
        value, complete = waiting.pop()
        if complete:
            order.append(value)
        elif id(value) not in seen:
            seen.add(id(value))
            waiting.append((value, True))
            waiting += [(x, False) for x in value.inputs]
    return reversed(order)


def backward(result):
    order = list(ordered(result))
    for value in order:
        value.grad = float(value is result)
    for value in order:
        for x, slope in zip(value.inputs, value.slopes):
            x.grad += slope * value.grad
