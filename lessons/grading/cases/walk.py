"""Exercise 5: the topological walk."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from minigrad.autograd import grad

from ..model import Attempt, Case, Exercise, Finding, Task
from ..oracle import tensor
from ..ways import WAYS, Graph


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
    never = (attempt.got["grads"] == 0) & (attempt.expected["grads"] != 0)
    if root not in wrong and never.any():
        yield Finding("not reached", f"{int(never.sum())} of {len(graph)} gradients are still 0: the walk "
                      "never came there. Does the order hold every node that it should?")


TASKS = {
    "order": Task("topological_order", ("root",), ("order",), lambda graph: None, way=WAYS["order"]),
    "backward": Task("backward", ("root",), ("grads",), backward, way=WAYS["gradients"],
                     recognize=recognize),
}


def chain(length: int) -> Graph:
    """n0 → n1 → n2 …, of the values 1, 2, 1, 2 …"""
    slopes = 0.5, 2.0
    return [("n0", (), ()), *((f"n{i}", (f"n{i - 1}",), (slopes[i % 2],)) for i in range(1, length))]


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
