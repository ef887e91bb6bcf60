"""What each operation contributes to the gradients: seen by watching the engine's own backward walk.

The engine walks a copy of the graph, so that nothing is freed or written to any ``.grad``. Hooks are not
called, because they may do anything; a note says so where there is one.
"""
from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..autograd import Function
from ..autograd.custom import Parts
from ..autograd.engine import walk
from ..autograd.mode import no_grad
from ..autograd.unbroadcast import repeated
from ..autograd.watch import Watcher, watching
from ..backend.arrays import Array, array_module
from ..errors import GraphError
from .formulas import Formula
from .graph import Graph, Vertex
from .values import Values


@dataclass(eq=False)
class Contribution:
    """What one operation gives to the gradient of one of its inputs.

    ``local`` is ∂result/∂input where one array says it: for entrywise operations, in the result's shape, and
    for results that are one number, in the input's shape.
    """

    result: Vertex
    input: Vertex
    index: int                  # which input of the operation it is
    upstream: Array             # the gradient of the result
    local: Array | None
    contribution: Array
    before: Array | None        # the gradient of the input so far; None for the first contribution
    total: Array                # the same with this contribution
    use: int                    # which contribution to this input this is, counting from 1
    summed: tuple[int, ...]     # the dimensions that were summed because the input had been broadcast


def contributions(graph: Graph, values: Values, who: str) -> list[Contribution]:
    """All contributions, from the root to the leaves.

    Raises GraphError when the root is not one number, when what is needed was freed and cannot be
    computed again, or when it was changed.
    """
    root = graph.root
    assert root.value is not None
    if root.value.size != 1:
        raise GraphError(
            f"{who}: the gradient starts at a single number, but {root.name} has the shape "
            f"{tuple(root.value.shape)}. Reduce it first: {who}(loss.mean()) or {who}(loss.sum()).")
    if not values.complete:
        raise GraphError(
            f"{who}: backward has freed this graph, and it cannot be computed again: {values.reason}. "
            f"Call {who}(loss) before loss.backward(), or loss.backward(retain_graph=True), or compute "
            "the loss again.")
    copies: dict[Any, Function] = {}
    for vertex in graph.results:                                # the oldest first
        node = copies[vertex.node] = copy.copy(values.node(vertex))
        node.edges = [copies.get(edge, edge) for edge in node.edges]
        node.hooks = None
    seen = Collector(dict(zip(copies.values(), graph.results)))
    with watching(seen), no_grad(), np.errstate(all="ignore"):
        walk({copies[root.node]: array_module(root.value).ones_like(root.value)}, keep=True)
    return seen.found


class Collector(Watcher):
    """Notes each contribution as the engine passes it on."""

    def __init__(self, vertices: dict[Function, Vertex]) -> None:
        self.vertices = vertices
        self.found: list[Contribution] = []
        self.shape: tuple[int, ...] = ()                        # of the latest gradient, before it is summed
        self.last: dict[Vertex, Contribution] = {}              # to each input, so far

    def gradient(self, op: Function, i: int, array: Array) -> None:
        self.shape = tuple(np.shape(array))

    def contribution(self, op: Function, i: int, g: Array, part: Array, total: Array) -> None:
        if isinstance(part, Parts):             # from one of several results to the call that made them
            return
        if isinstance(g, Parts):                # there is no one array upstream of such a call
            g = np.full((), np.nan)
        result = self.vertices[op]
        source = result.inputs[i]
        assert source is not None
        last = self.last.get(source)
        self.last[source] = Contribution(
            result, source, i, g, _local(op, result, i, g), part, None if last is None else last.total, total,
            1 if last is None else last.use + 1, repeated(self.shape, tuple(np.shape(part))))
        self.found.append(self.last[source])


def _local(node: Function, result: Vertex, i: int, g: Array) -> Array | None:
    """The derivative alone: what the operation makes of an upstream gradient of ones.

    Only minigrad's own operations are asked a second time; others might count their calls.
    """
    if not node.fresh_gradients or not (entrywise(result.formula, node, i) or not node.result_shape):
        return None
    slope = node.backwards[i](node, array_module(g).ones_like(g))
    return slope if slope.dtype == g.dtype else slope.astype(g.dtype)      # NumPy 1 widens 0-d results


def entrywise(formula: Formula | None, node: Function, i: int) -> bool:
    """Whether the operation has a slope for this input."""
    return formula is not None and not node.variadic and node.input_names[i] in formula.slopes


def totals(graph: Graph, values: Values) -> dict[Vertex, Array]:
    """The finished gradient of every vertex; empty where the walk cannot be made."""
    try:
        found = contributions(graph, values, "draw")
    except GraphError:
        return {}
    assert graph.root.value is not None
    return {graph.root: array_module(graph.root.value).ones_like(graph.root.value),
            **{part.input: part.total for part in found}}
