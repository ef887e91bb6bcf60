"""A solution of exercise 5."""


class Node:
    def __init__(self, value, parents=(), slopes=()):
        self.value, self.parents, self.slopes, self.grad = value, parents, slopes, 0.0


def topological_order(root):
    order, seen = [], set()
    waiting = [(root, False)]
    while waiting:
        node, expanded = waiting.pop()
        if expanded:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            waiting.append((node, True))
            waiting.extend((parent, False) for parent in node.parents)
    return order[::-1]


def backward(root):
    root.grad = 1.0
    for node in topological_order(root):
        for parent, slope in zip(node.parents, node.slopes):
            parent.grad += node.grad * slope
