"""Ways to call a student's function other than once: step after step, or on a graph.

A graph is a list of steps, ("d", ("b", "c"), (1.0, 2.0)): d = 1·b + 2·c. The last one is the root.
"""
from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from .columns import value_block
from .layout import Block
from .model import Arguments, Finding, Student, Task, Way
from .returned import a_kind, one_number, usable

Step = tuple[str, tuple[str, ...], tuple[float, ...]]
Graph = list[Step]


class Steps(Way):
    """A step of an optimizer, again and again, each with what the one before returned, from rest."""

    name = "steps"

    def call(self, student: Student, task: Task, arguments: Arguments) -> Any:
        """The last results."""
        state = {name.removeprefix("new_"): np.zeros_like(arguments["p"]) for name in task.results}
        state["p"] = arguments["p"]
        for t, g in enumerate(arguments["grads"], 1):
            given = {**arguments, **state, "g": g, "t": t}
            value = usable(task, student.call(task.function, *(given[name] for name in task.parameters)))
            state = dict(zip(state, value))
        return tuple(state.values())


class Rates(Way):
    """The rates of a schedule, step by step."""

    name = "rates"

    def call(self, student: Student, task: Task, arguments: Arguments) -> np.ndarray:
        """The rates as an array."""
        others = [arguments[name] for name in task.parameters[1:]]
        return np.array([one_number(task, student.call(task.function, t, *others))
                         for t in range(arguments["steps"])])

    def show(self, arguments: Arguments) -> list[Block]:
        """The arguments, and of which steps the rates are."""
        others = [(name, [f"{value:g}"]) for name, value in arguments.items() if name != "steps"]
        return [("steps", [f"0 to {arguments['steps'] - 1}"]), *others]


class OnGraph(Way):
    """A function of the last node of a graph; its nodes are made over there."""

    def arrays(self, graph: Graph) -> tuple[np.ndarray, ...]:
        """Of each node its value and the number of its parents; then all their places, and all slopes."""
        places = {name: i for i, (name, _, _) in enumerate(graph)}
        return (np.array(list(values(graph).values())), np.array([len(parents) for _, parents, _ in graph]),
                np.array([places[p] for _, parents, _ in graph for p in parents], int),
                np.array([slope for _, _, slopes in graph for slope in slopes], float))

    def show(self, arguments: Arguments) -> list[Block]:
        """The graph as formulas."""
        lines = []
        for name, parents, slopes in arguments["graph"]:
            terms = " + ".join((f"{s:g}·" if s != 1 else "") + p for p, s in zip(parents, slopes))
            lines.append(f"{name} = {terms or '1'}")
        if len(lines) > 8:
            lines = [*lines[:3], "…", lines[-1]]
        return [("graph", lines)]


class Order(OnGraph):
    """An order of the nodes; any that begins with the root and has each node before its parents is right."""

    name = "order"
    judges = True

    def call(self, student: Student, task: Task, arguments: Arguments) -> Any:
        """The order by names; what is no node as it came."""
        order = student.call(task.function, *self.arrays(arguments["graph"]), how="order")
        if not isinstance(order, list):
            return order
        names = {str(i): step[0] for i, step in enumerate(arguments["graph"])}
        return [names.get(x, x) if isinstance(x, str) else x for x in order]

    def check(self, arguments: Arguments, value: Any) -> Finding | None:
        """What is wrong with the order."""
        return check_order(arguments["graph"], value)


class Gradients(OnGraph):
    """The gradients that a walk leaves in the nodes, in the order of the graph, below each other."""

    name = "gradients"

    def call(self, student: Student, task: Task, arguments: Arguments) -> Any:
        """The gradients as a column."""
        found = student.call(task.function, *self.arrays(arguments["graph"]), how="gradients")
        numbers = isinstance(found, list) and all(type(x) is float for x in found)
        return np.array(found)[:, None] if numbers and found else found


OPERATIONS = ("{a} + {b}", "{a} * {b}", "{a}.tanh()", "{a} - {b}", "{a} / {b}", "{a}.exp()")


class Engine(Way):
    """A formula built of a student's Values over there, and walked back."""

    name = "engine"

    def call(self, student: Student, task: Task, arguments: Arguments) -> Any:
        """The result, and the slope along each leaf."""
        found = student.call(task.function, *(arguments[name] for name in ("leaves", "code", "twice")),
                             how="engine")
        try:
            value, grads = found
            return np.asarray(float(value)), np.array([float(x) for x in grads])
        except (TypeError, ValueError):
            return found

    def show(self, arguments: Arguments) -> list[Block]:
        """The formula as the lines of a program."""
        names = [*"abc"[:len(arguments["leaves"])]]
        lines = [f"{name} = Value({x:g})" for name, x in zip(names, arguments["leaves"])]
        for k, (operation, i, j) in enumerate(arguments["code"].tolist(), 1):
            names.append(f"v{k}")
            lines.append(f"v{k} = {OPERATIONS[operation].format(a=names[i], b=names[j])}")
        lines += [f"backward({names[-1]})"] * (2 if arguments["twice"] else 1)
        return [("formula", lines if len(lines) <= 24 else [*lines[:8], "…", *lines[-2:]])]


class Measured(Way):
    """A function of the student's that takes a function: f(x) = Σ (a x³ + b x²) + (Σ x)²."""

    name = "measured"

    def call(self, student: Student, task: Task, arguments: Arguments) -> Any:
        """The slopes."""
        return student.call(task.function, None, *(arguments[name] for name in ("x", "h", "a", "b")),
                            how="measured")

    def show(self, arguments: Arguments) -> list[Block]:
        """What f is, and the other arguments."""
        f = "lambda x: (a * x ** 3 + b * x ** 2).sum() + x.sum() ** 2"
        return [("f", [f]), *(value_block(name, arguments[name]) for name in ("a", "b", "x", "h"))]


WAYS = {way.name: way for way in (Way(), Steps(), Rates(), Order(), Gradients(), Engine(),
                                  Measured())}


def to_lines(graph: Graph) -> list[str]:
    """A graph as short lines of text, a fifth as long as its tuples.

    >>> to_lines([("a", (), ()), ("b", ("a",), (2.0,))])
    ['a', 'b 2.0 a']
    """
    return [" ".join([name, *(f"{slope!r} {parent}" for parent, slope in zip(parents, slopes))])
            for name, parents, slopes in graph]


def from_lines(lines: Sequence[str]) -> Graph:
    """The graph."""
    found: Graph = []
    for line in lines:
        name, *rest = line.split()
        found.append((name, tuple(rest[1::2]), tuple(float(slope) for slope in rest[::2])))
    return found


def values(graph: Graph) -> dict[str, float]:
    """The value of each node, where every leaf is 1."""
    found: dict[str, float] = {}
    for name, parents, slopes in graph:
        found[name] = sum(s * found[p] for p, s in zip(parents, slopes)) if parents else 1.0
    return found


def check_order(graph: Graph, order: Any) -> Finding | None:
    """Whether every node is there once, and before its parents."""
    if not isinstance(order, list):
        return Finding("type", f"topological_order returned {a_kind(order)}; expected is a list of Nodes."
                       + (" Is a return missing?" if order is None else ""))
    known = {name for name, _, _ in graph}
    strange = [x for x in order if not (isinstance(x, str) and x in known)]
    if strange and isinstance(strange[0], str):
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
    root = graph[-1][0]
    why = ("The root belongs to it, too." if root in missing else
           "All that the root was computed from belongs to it, however far back.")
    return Finding("missing node", f"{len(missing)} of {len(graph)} nodes are not in the list, among them "
                   f"{root if root in missing else missing[0]}. {why}{got}")
