"""Exercise 5: the topological walk, which makes an autograd engine of a graph.

A Node remembers the nodes it was computed from (its parents) and its slope for each of them. To
find ∂root/∂node for every node, walk from the root back and hand the gradient on:

    parent.grad += node.grad · slope            for each parent of each node

A node may hand on its gradient only when it is complete: when all nodes that use it have been
there before. So the order matters: every node before its parents (a topological order).

On paper, a diamond: a = 3, b = 2·a, c = a·a, d = b + c. From d, 1 goes to b and 1 to c. From b, 2
goes to a; from c, 3 goes to a, twice. So a.grad = 2 + 3 + 3 = 8, the slope of 2a + a² at 3.

Two things to get right: a node that is reached on several paths must be visited once (forty
diamonds in a row have 2⁴⁰ paths); and a chain of 10,000 nodes must not end in a RecursionError.
So no function may call itself: keep a list of what is still to be done.

Grade it:  python -m lessons check 5
"""
from __future__ import annotations


class Node:
    """A number in the graph. Leave this class as it is.

    Attributes:
        value: the number.
        parents: the nodes it was computed from; one may occur twice.
        slopes: ∂self/∂parent, one number for each parent.
        grad: ∂root/∂self, for ``backward`` to fill in; 0 at first.
    """

    def __init__(self, value: float, parents: tuple[Node, ...] = (),
                 slopes: tuple[float, ...] = ()) -> None:
        self.value, self.parents, self.slopes, self.grad = value, parents, slopes, 0.0


def topological_order(root: Node) -> list[Node]:
    """All nodes that root was computed from, and root itself.

    Args:
        root: a Node.

    Returns order: a list with each node once, and every node before its parents: root comes first.

    >>> a = Node(3.0)
    >>> b, c = Node(6.0, (a,), (2.0,)), Node(9.0, (a, a), (3.0, 3.0))
    >>> d = Node(15.0, (b, c), (1.0, 1.0))
    >>> order = topological_order(d)
    >>> len(order), order[0] is d, order[-1] is a
    (4, True, True)
    """
    raise NotImplementedError


def backward(root: Node) -> None:
    """Set ``grad`` to ∂root/∂node for root and every node that it was computed from.

    Args:
        root: a Node; every grad is 0 when backward is called.

    Returns nothing.

    >>> a = Node(3.0)
    >>> b, c = Node(6.0, (a,), (2.0,)), Node(9.0, (a, a), (3.0, 3.0))
    >>> d = Node(15.0, (b, c), (1.0, 1.0))
    >>> backward(d)
    >>> a.grad, b.grad, c.grad, d.grad
    (8.0, 1.0, 1.0, 1.0)
    """
    raise NotImplementedError
