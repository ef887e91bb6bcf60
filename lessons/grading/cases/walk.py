"""Exercise 5: the topological walk.

A graph is a list of steps, ("d", ("b", "c"), (1.0, 2.0)): d = 1·b + 2·c. The last one is the root.
"""
from __future__ import annotations

from typing import Iterator

from types import ModuleType
from typing import Any

import numpy as np

from minigrad.autograd import grad

from ..layout import Block
from ..model import Arguments, Attempt, Case, Exercise, Finding, Task
from ..oracle import tensor
from ..returned import a_kind
from ..student import StubChanged

Step = tuple[str, tuple[str, ...], tuple[float, ...]]
Graph = list[Step]


def build(module: ModuleType, graph: Graph) -> dict[str, Any]:
    """The graph as the student's Nodes, by name."""
    if not isinstance(getattr(module, "Node", None), type):
        raise StubChanged("There is no class Node any more. Keep the stub's.")
    nodes: dict[str, Any] = {}
    value = values(graph)
    for name, parents, slopes in graph:
        nodes[name] = module.Node(value[name], tuple(nodes[p] for p in parents), slopes)
    return nodes


def values(graph: Graph) -> dict[str, float]:
    """The value of each node, where every leaf is 1."""
    found: dict[str, float] = {}
    for name, parents, slopes in graph:
        found[name] = sum(s * found[p] for p, s in zip(parents, slopes)) if parents else 1.0
    return found


def call_order(module: ModuleType, task: Task, arguments: Arguments) -> Any:
    """The student's order as names; other values as they are."""
    nodes = build(module, arguments["graph"])
    order = module.topological_order(list(nodes.values())[-1])
    if not isinstance(order, (list, tuple)):
        return order
    names = {id(node): name for name, node in nodes.items()}
    return [names.get(id(node), node) for node in order]


def check_order(arguments: Arguments, order: Any) -> Finding | None:
    """Whether every node is there once, and before its parents."""
    graph: Graph = arguments["graph"]
    if not isinstance(order, list):
        return Finding("type", f"topological_order returned {a_kind(order)}; expected is a list of Nodes."
                       + (" Is a return missing?" if order is None else ""))
    strange = [x for x in order if not isinstance(x, str)]
    if strange and hasattr(strange[0], "parents"):
        return Finding("kept", "The list holds a Node of another graph, from an earlier call. Is something "
                       "kept between calls? A default argument as order=[] is made only once; begin with "
                       "new, empty lists inside of the function.")
    if strange:
        return Finding("type", f"The list holds {a_kind(strange[0])} where a Node is expected.")
    at = {name: i for i, name in enumerate(order)}
    got = f" The list: {', '.join(order)}." if len(order) <= 12 else ""
    if len(at) < len(order):
        name = next(name for name in order if order.count(name) > 1)
        return Finding("visited twice", f"{name} is in the list {order.count(name)} times. It can be reached "
                       f"on several paths; remember which nodes were seen.{got}")
    missing = [name for name, _, _ in graph if name not in at]
    if missing:
        return not_there(graph, missing, got)
    wrong = [(name, p) for name, parents, _ in graph for p in parents if at[p] < at[name]]
    if wrong and len(wrong) == sum(len(parents) for _, parents, _ in graph):
        return Finding("reversed", f"The list runs from the leaves to the root; backward needs the root "
                       f"first.{got}")
    if wrong:
        name, parent = wrong[0]
        return Finding("order", f"{parent} comes before {name}, but {name} was computed from it and has yet "
                       f"to hand on its share.{got}")
    return None


def not_there(graph: Graph, missing: list[str], got: str) -> Finding:
    """Why nodes are not in the list."""
    found = values(graph)
    there = {found[name] for name, _, _ in graph if name not in missing}
    first = [p for name, parents, _ in graph if name not in missing for p in parents if p in missing]
    if len(there) > 1 and first and all(found[name] in there for name in first):
        return Finding("equal values", f"{len(missing)} of {len(graph)} nodes are not in the list, among "
                       f"them {first[0]}, which has the value of another node. Two nodes with one value are "
                       f"still two nodes: remember the nodes that were seen, not their values.{got}")
    return Finding("missing node", f"{len(missing)} of {len(graph)} nodes are not in the list, among them "
                   f"{missing[0]}. The root belongs to it, too.{got}")


def call_backward(module: ModuleType, task: Task, arguments: Arguments) -> np.ndarray:
    """The gradients that the student's walk leaves in the nodes, in the order of the graph."""
    nodes = build(module, arguments["graph"])
    module.backward(list(nodes.values())[-1])
    return np.array([[float(node.grad)] for node in nodes.values()])      # below each other, as the graph is


def backward(graph: Graph) -> np.ndarray:
    """The same by autograd."""
    tensors: dict[str, Any] = {}
    for name, parents, slopes in graph:
        terms = [tensors[parent] * slope for parent, slope in zip(parents, slopes)]
        tensors[name] = sum(terms[1:], terms[0]) if terms else tensor(np.float64(1.0), requires_grad=True)
    root = list(tensors.values())[-1]
    found = grad(root, list(tensors.values()), allow_unused=True)
    return np.array([[0.0 if g is None else g.item()] for g in found])


def without_upstream(graph: Graph) -> np.ndarray:
    """What comes out when each node adds its slope alone to its parents' gradients."""
    found = {name: 0.0 for name, _, _ in graph}
    for name, parents, slopes in graph:
        for parent, slope in zip(parents, slopes):
            found[parent] += slope
    return np.array([[1.0 if name == graph[-1][0] else value] for name, value in found.items()])


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    graph: Graph = attempt.arguments["graph"]
    uses = [p for _, parents, _ in graph for p in parents]
    shared = {name for name in uses if uses.count(name) > 1} if len(graph) < 1000 else set()
    wrong = {name for (name, _, _), bad in zip(graph, attempt.wrong("grads")) if bad}
    root = graph[-1][0]
    if root in wrong:
        yield Finding("seed", "The root's own gradient is ∂root/∂root = 1; the walk begins with it.")
    if attempt.is_("grads", without_upstream(graph)):
        yield Finding("chain rule", "The slopes alone were added up. By the chain rule a parent gets the "
                      "node's own gradient times the slope.")
    behind = set(shared)
    for name, parents, _ in reversed(graph):
        if name in behind:
            behind.update(parents)
    if wrong and wrong <= behind:
        yield Finding("accumulate", f"Wrong only at {', '.join(sorted(wrong)[:4])}, where several paths meet "
                      "or behind. The gradients of all uses add up (+=), a parent that stands there twice "
                      "counts twice, and a node may hand on its own only when all its users have been there.")


def show(arguments: Arguments) -> list[Block]:
    """The graph as formulas."""
    graph: Graph = arguments["graph"]
    lines = []
    for name, parents, slopes in graph:
        terms = " + ".join((f"{s:g}·" if s != 1 else "") + p for p, s in zip(parents, slopes))
        lines.append(f"{name} = {terms or '1'}")
    if len(lines) > 8:
        lines = [*lines[:3], "…", lines[-1]]
    return [("graph", lines)]


TASKS = {
    "order": Task("topological_order", ("root",), ("order",), lambda graph: None, call=call_order,
                  check=check_order, show=show),
    "backward": Task("backward", ("root",), ("grads",), backward, call=call_backward, show=show,
                     recognize=recognize),
}


def chain(length: int) -> Graph:
    """n0 → n1 → n2 …"""
    return [("n0", (), ()), *((f"n{i}", (f"n{i - 1}",), (1.0,)) for i in range(1, length))]


def diamonds(count: int) -> Graph:
    """a → b and c → the next a, again and again."""
    graph: Graph = [("a0", (), ())]
    for i in range(count):
        graph += [(f"b{i}", (f"a{i}",), (0.5,)), (f"c{i}", (f"a{i}",), (0.5,)),
                  (f"a{i + 1}", (f"b{i}", f"c{i}"), (1.0, 1.0))]
    return graph


def ladder(random: np.random.Generator, length: int) -> Graph:
    """Each node is made from some of the nodes before it; the last one from all that nobody used."""
    graph: Graph = [("a0", (), ())]
    unused = {"a0"}
    for i in range(1, length):
        count = int(random.integers(1, 4))
        parents = tuple(f"a{j}" for j in random.integers(max(0, i - 6), i, count))
        graph.append((f"a{i}", parents, tuple(random.choice([-2.0, -1.0, 1.0, 2.0], count).tolist())))
        unused = unused - set(parents) | {f"a{i}"}
    parents = tuple(sorted(unused))
    return [*graph, ("root", parents, (1.0,) * len(parents))]


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    small = [("a", (), ()), ("b", ("a",), (2.0,)), ("c", ("b",), (5.0,))]
    diamond = [("a", (), ()), ("b", ("a",), (2.0,)), ("c", ("a", "a"), (3.0, 3.0)),
               ("d", ("b", "c"), (1.0, 1.0))]
    long_way = [("a", (), ()), ("b", ("a",), (2.0,)), ("c", ("b",), (3.0,)), ("d", ("c", "a"), (1.0, 1.0)),
                ("e", ("b", "d"), (1.0, 1.0))]
    once = "A node that is reached on two paths is in the list once, after all nodes that use it."
    adds = "The gradients of all uses add up, before a node hands on its own."
    loop = "Keep a list of nodes that are still to be visited, and take from it in a while loop."
    paths = "40 diamonds in a row have 2⁴⁰ paths, but only 121 nodes: visit each node once."
    random_graph = ladder(random, 30)
    result = []
    for task, hint in (("order", once), ("backward", adds)):
        name = {"order": "order", "backward": "gradients"}[task]
        result += [
            Case(f"{name}: a chain of three", task, {"graph": small}, hint),
            Case(f"{name}: a diamond", task, {"graph": diamond}, hint),
            Case(f"{name}: a short way and a long way", task, {"graph": long_way}, hint),
            Case(f"{name}: a random graph", task, {"graph": random_graph}, hint),
            Case(f"{name}: a chain of 10,000", task, {"graph": chain(10_000)}, hint, slow=loop),
            Case(f"{name}: 40 diamonds in a row", task, {"graph": diamonds(40)}, hint, slow=paths)]
    return result


EXERCISE = Exercise(TASKS, cases, seconds=10.0)
