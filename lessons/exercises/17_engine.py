"""Exercise 17: your own engine, on formulas that the grader makes up.

In lesson 2 (build an engine) you built one that knows +, * and tanh. Put it here (it is kept as
engine.py; copy its Value, its operations and backward), and teach it three more operations:

    a - b        slopes   1 and −1
    a / b        slopes   1/b and −a/b²
    a.exp()      slope    of eᵃ: which one?

The grader draws formulas at random, builds them from your Values, calls backward on the result and
compares every slope with minigrad's. Some values are used more than once, so that their slopes add
up; some formulas are 5,000 operations long, and one has 2⁴⁰ paths but only a hundred values.

On paper: a = 6, b = 2, c = a / b = 3, d = c − b = 1. From d, 1 goes to c and −1 to b. From c,
1/b = ½ goes to a, and −a/b² = −1.5 to b. So a.grad = 0.5 and b.grad = −1 − 1.5 = −2.5.

The engine of lesson 3 (engine of tensors) will do as well: the grader gives it single numbers.

Grade it:  python -m lessons check 17
"""
from __future__ import annotations


class Value:
    """A number that remembers what it was made from. Put your own here.

    Attributes:
        data: the number.
        grad: ∂result/∂self, once ``backward(result)`` was called.
    """

    def __init__(self, data: float) -> None:
        raise NotImplementedError


def backward(result: Value) -> None:
    """Set ``grad`` to ∂result/∂value for all values that result was made from.

    Args:
        result: a Value. Called again, backward sets the same slopes again: they do not pile up.

    Returns nothing.

    >>> a, b = Value(6.0), Value(2.0)
    >>> d = a / b - b
    >>> backward(d)
    >>> float(d.data), float(a.grad), float(b.grad)
    (1.0, 0.5, -2.5)
    """
    raise NotImplementedError
