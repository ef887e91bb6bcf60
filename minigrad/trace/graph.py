"""The graph behind a tensor as a list of vertices: leaves, constants, and results in the order computed.

The engine's nodes know the operation, its inputs and the shape of its result, but not the result itself,
which would keep everything alive. ``values`` finds it again.
"""
from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any, Mapping

import numpy as np

from ..autograd import Function, Tensor
from ..backend.arrays import Array, is_array
from ..errors import DTypeError, GraphError
from .formula_table import formula_of
from .formulas import ATOM, PRODUCT, SUM, Formula
from .names import letters, numbered
from .wording import constant, shape, shortened

Number = (bool, int, float, np.generic)
OPTION = 20             # characters of an input that is not a number
TITLE = 60              # characters up to which the whole expression is written out
NAME = 24               # characters up to which a variable's name is used in formulas


@dataclass(eq=False)
class Vertex:
    """A leaf, a constant or the result of an operation.

    Attributes:
        kind: "leaf" (a gradient is wanted), "constant" or "result".
        shape: None for a constant that is gone.
        value: the array, or None if it is no longer known.
        raw: a constant as it was given; a Python number has no dtype of its own.
        inputs: of the operation, in the order of forward's parameters; None for one left out.
        named: whether the name is that of the student's own variable.
        full: the variable's name if it is too long for a formula; ``name`` is then a short one.
        number: a result's place in the order of computation, from 1.
        uses: how often it is an input.
    """

    kind: str
    shape: tuple[int, ...] | None = None
    value: Array | None = None
    raw: Any = None
    node: Function | None = None
    tensor: Tensor | None = None
    formula: Formula | None = None
    inputs: list[Vertex | None] = field(default_factory=list)
    name: str = ""
    named: bool = False
    full: str = ""
    number: int = 0
    uses: int = 0

    @property
    def inline(self) -> bool:
        """Whether it is a number written into the formula, without a box of its own."""
        return self.kind == "constant" and self.shape == () and not self.named

    def operand(self) -> tuple[str, int]:
        """The name and how tightly it binds: a negative number or 1/3 may need parentheses."""
        if self.inline:
            return self.name, SUM if self.name.startswith("−") else PRODUCT if "/" in self.name else ATOM
        return self.name, ATOM

    def written(self, operands: list[tuple[str, int]] | None = None) -> str:
        """The operation, as in "x · y"; or with other texts than the inputs' names."""
        assert self.node is not None and self.formula is not None
        texts = operands if operands is not None else [v.operand() for v in self.inputs if v is not None]
        if self.node.variadic:
            return self.formula.write({"xs": (", ".join(text for text, _ in texts), ATOM)})
        names = [n for n, v in zip(self.node.input_names, self.inputs) if v is not None]
        return self.formula.write(dict(zip(names, texts)))

    def statement(self) -> str:
        """The whole line: a = x · y."""
        return f"{self.name} = {self.written()}"


@dataclass(eq=False)
class Graph:
    """All vertices behind a root; ``results`` in the order in which they were computed."""

    root: Vertex
    results: list[Vertex]
    leaves: list[Vertex]
    constants: list[Vertex]
    of: dict[Function | Tensor, Vertex]

    @property
    def upstream(self) -> str:
        """What formulas call the upstream gradient: g, unless the student uses that name."""
        named = (v.name for v in (*self.results, *self.leaves, *self.constants))
        return "upstream" if "g" in named else "g"

    def abbreviated(self) -> list[str]:
        """The variables that have a short name here: "w1 is encoder.layers[0].weight"."""
        return [f"{v.name} is {v.full}" for v in (*self.leaves, *self.constants, *self.results)
                if v.full and not v.named or v is self.root and v.full]

    def expression(self) -> str:
        """The root as one formula, or "" if that would be long."""
        texts: dict[Vertex, tuple[str, int]] = {}
        for vertex in self.results:
            operands = [texts[v] if v in texts else v.operand() for v in vertex.inputs if v is not None]
            if vertex.named and vertex is not self.root:
                texts[vertex] = (vertex.name, ATOM)
                continue
            text = vertex.written(operands)
            assert vertex.formula is not None
            texts[vertex] = (text, vertex.formula.rank)
            if len(text) > TITLE:
                return ""
        return texts[self.root][0].replace(" · ", "·")


def graph_of(root: Any, names: Mapping[str, Tensor], who: str) -> Graph:
    """The graph behind ``root``, with named vertices whose values are not filled in yet.

    Raises DTypeError for anything but a Tensor, GraphError for a tensor without a graph.
    """
    nodes = _nodes(root, who)
    of: dict[Function | Tensor, Vertex] = {}
    constants: dict[int, Vertex] = {}
    leaves: list[Vertex] = []
    results: list[Vertex] = []
    for k, node in enumerate(nodes):
        vertex = Vertex("result", tuple(node.result_shape), node=node, number=k + 1,
                        formula=formula_of(node))
        given = iter(node.constants)
        for i, edge in enumerate(node.edges):
            if edge is None:
                vertex.inputs.append(_constant(node, i, next(given, None), constants))
                continue
            if edge not in of:
                assert isinstance(edge, Tensor)
                of[edge] = Vertex("leaf", tuple(edge.shape), edge._array, tensor=edge)
                leaves.append(of[edge])
            vertex.inputs.append(of[edge])
        for used in vertex.inputs:
            if used is not None:
                used.uses += 1
        of[node] = vertex
        results.append(vertex)
    graph = Graph(results[-1], results, leaves, list(constants.values()), of)
    graph.root.value = root._array
    _name(graph, root, names)
    return graph


def _nodes(root: Any, who: str) -> list[Function]:
    """All operations behind root, oldest first. A loop instead of a recursion: chains can be long."""
    if not isinstance(root, Tensor):
        raise DTypeError(f"{who}: expected a Tensor, the result of a computation, got "
                         f"{type(root).__name__}.")
    if root.grad_fn is None:
        why = ("it is a leaf: no operation made it. Compute something from it, and pass the result"
               if root._requires_grad else
               "nothing that needs a gradient went into it. Create the inputs with requires_grad=True, "
               "and compute outside no_grad()")
        raise GraphError(f"{who}: this tensor of shape {shape(tuple(root.shape))} has no graph: {why}.")
    seen = {root.grad_fn}
    waiting = [root.grad_fn]
    while waiting:
        for edge in waiting.pop().edges:
            if edge is not None and not isinstance(edge, Tensor) and edge not in seen:
                seen.add(edge)
                waiting.append(edge)
    return sorted(seen, key=lambda node: node.order)


def _constant(node: Function, i: int, kept: Any, known: dict[int, Vertex]) -> Vertex | None:
    """The vertex of an input without a gradient: a number, an array, or one that is gone."""
    if isinstance(kept, weakref.ref):
        kept = kept()
        if kept is None:                    # gone, unless the operation saved it
            saved = [a for a in node.saved or () if a is not None and node.origin(a) == i]
            if not saved:
                return known.setdefault(-1 - len(known), Vertex("constant"))
            kept = saved[0]
    elif kept is None:
        return None
    elif isinstance(kept, Tensor):
        kept = kept._array
    array = kept if is_array(kept) else np.asarray(kept) if isinstance(kept, Number) else None
    if array is None:                       # an option, given to a student's own operation as an input
        return known.setdefault(-1 - len(known), Vertex("constant", (), None, kept,
                                                        name=shortened(repr(kept), OPTION)))
    if id(array) not in known:              # the vertex keeps the array alive, so its id is unique
        known[id(array)] = Vertex("constant", tuple(array.shape), array, kept)
    return known[id(array)]


def _name(graph: Graph, root: Tensor, names: Mapping[str, Tensor]) -> None:
    """Names for all vertices: variables' names, or the number itself, or letters."""
    by_array = {id(v.value): v for v in graph.constants if v.value is not None}
    for name, tensor in names.items():
        vertex = graph.of.get(tensor.grad_fn or tensor) or by_array.get(id(tensor._array))
        if vertex is not None and len(name) > NAME:
            vertex.full = vertex.full or name
        elif vertex is not None and not vertex.named:
            vertex.name, vertex.named = name, True
    if not graph.root.named:
        free = [n for n in ("loss", "out") if n not in names and (n == "out" or root._array.size == 1)]
        graph.root.name, graph.root.named = free[0] if free else "result", True
    taken = set(names) | {graph.root.name}
    _number([v for v in graph.leaves if not v.named], "w", taken)
    unnamed = [v for v in graph.constants if not v.named]
    for vertex in unnamed:
        if vertex.inline and vertex.value is not None:
            vertex.name = constant(vertex.value.item())
    _number([v for v in unnamed if not v.name], "c", taken)
    results = [v for v in graph.results if not v.name]
    for vertex, name in zip(results, letters(len(results), taken)):
        vertex.name = name


def _number(vertices: list[Vertex], prefix: str, taken: set[str]) -> None:
    for vertex, name in zip(vertices, numbered(prefix, len(vertices), taken)):
        vertex.name = name
        taken.add(name)
