"""A graph built of the Nodes of a student's file, for the exercises that walk through one."""
from __future__ import annotations

from types import ModuleType
from typing import Any

Graph = list[list[Any]]                 # [value, [places of the parents], [slopes]] for each node


class StubChanged(Exception):
    """Something of the stub that the exercise needs is gone; the message says what."""


def build(module: ModuleType, graph: Graph) -> list[Any]:
    """The nodes, in the order of the graph."""
    if not isinstance(getattr(module, "Node", None), type):
        raise StubChanged("There is no class Node any more. Keep the stub's.")
    nodes: list[Any] = []
    for value, parents, slopes in graph:
        nodes.append(module.Node(value, tuple(nodes[i] for i in parents), tuple(slopes)))
    return nodes


def order(module: ModuleType, function: str, graph: Graph) -> Any:
    """What the function returns for the last node: in a list, for each node its place in the graph as text,
    and "another" for a node of another graph."""
    nodes = build(module, graph)
    returned = getattr(module, function)(nodes[-1])
    if not isinstance(returned, (list, tuple)):
        return returned
    places = {id(node): str(i) for i, node in enumerate(nodes)}
    return [places.get(id(x), "another" if hasattr(x, "parents") else None if isinstance(x, str) else x)
            for x in returned]


def gradients(module: ModuleType, function: str, graph: Graph) -> Any:
    """The gradients that the function leaves in the nodes, when it is called with the last one."""
    nodes = build(module, graph)
    getattr(module, function)(nodes[-1])
    return [float(node.grad) for node in nodes]
