"""A graph built of the Nodes of a student's file, for the exercises that walk through one."""
from __future__ import annotations

from types import ModuleType
from typing import Any


class StubChanged(Exception):
    """Something of the stub that the exercise needs is gone; the message says what."""


def build(module: ModuleType, values: Any, counts: Any, parents: Any, slopes: Any) -> list[Any]:
    """The nodes, from arrays: of each its value and the number of its parents, then the places of all of
    these, and all slopes."""
    if not isinstance(getattr(module, "Node", None), type):
        raise StubChanged("There is no class Node any more. Keep the stub's.")
    nodes: list[Any] = []
    end = 0
    for value, count in zip(values.tolist(), counts.tolist()):
        begin, end = end, end + count
        nodes.append(module.Node(value, tuple(nodes[i] for i in parents[begin:end].tolist()),
                                 tuple(slopes[begin:end].tolist())))
    return nodes


def order(module: ModuleType, function: str, *graph: Any) -> Any:
    """What the function returns for the last node: in a list, for each node its place in the graph as text,
    and "another" for a node of another graph."""
    nodes = build(module, *graph)
    returned = getattr(module, function)(nodes[-1])
    if not isinstance(returned, (list, tuple)):
        return returned
    places = {id(node): str(i) for i, node in enumerate(nodes)}
    return [places.get(id(x), "another" if hasattr(x, "parents") else None if isinstance(x, str) else x)
            for x in returned]


def gradients(module: ModuleType, function: str, *graph: Any) -> Any:
    """The gradients that the function leaves in the nodes, when it is called with the last one."""
    nodes = build(module, *graph)
    getattr(module, function)(nodes[-1])
    return [float(node.grad) for node in nodes]
