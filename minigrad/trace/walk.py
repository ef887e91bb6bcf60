"""The backward walk once more, one contribution at a time, with nothing written to any ``.grad``.

It computes with the engine's own functions, in the engine's order. Hooks are not called, because they
may do anything; a note says so where there is one.
"""
from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, Iterator

import numpy as np

from ..autograd import Function
from ..autograd.engine import check_saved, fitted
from ..autograd.mode import no_grad
from ..backend.arrays import Array, array_module
from ..errors import GraphError
from .formulas import Formula
from .graph import Graph, Vertex
from .values import Values


@dataclass(eq=False)
class Contribution:
    """What one operation gives to the gradient of one of its inputs.

    Attributes:
        index: which input of the operation it is.
        upstream: the gradient of the operation's result.
        local: ∂result/∂input where one array says it: for entrywise operations, of the result's
            shape, and for results that are one number, of the input's shape; else None.
        before: the gradient of the input without this contribution; None for the first one.
        total: the same with this contribution added.
        use: which contribution to this input this is, counting from 1.
        summed: the dimensions that were summed because the input had been broadcast.
    """

    result: Vertex
    input: Vertex
    index: int
    upstream: Array
    local: Array | None
    contribution: Array
    before: Array | None
    total: Array
    use: int
    summed: tuple[int, ...]


def walk(graph: Graph, values: Values, who: str) -> Iterator[Contribution]:
    """All contributions, from the root to the leaves.

    Raises GraphError when the root is not one number, when what is needed was freed and cannot be
    computed again, or when it was changed.
    """
    assert graph.root.node is not None and graph.root.value is not None
    if graph.root.value.size != 1:
        raise GraphError(
            f"{who}: the gradient starts at a single number, but {graph.root.name} has the shape "
            f"{tuple(graph.root.value.shape)}. Reduce it first: {who}(loss.mean()) or {who}(loss.sum()).")
    if not values.complete:
        raise GraphError(
            f"{who}: backward has freed this graph, and it cannot be computed again: {values.reason}. "
            f"Call {who}(loss) before loss.backward(), or loss.backward(retain_graph=True), or compute "
            "the loss again.")
    for vertex in graph.results:
        check_saved(values.node(vertex))
    return _contributions(graph, values)


def _contributions(graph: Graph, values: Values) -> Iterator[Contribution]:
    root = graph.root
    assert root.value is not None
    totals: dict[Vertex, Array] = {root: array_module(root.value).ones_like(root.value)}
    uses: dict[Vertex, int] = {}
    waiting = [(-root.number, root)]
    while waiting:
        result = heappop(waiting)[1]
        node, g = values.node(result), totals[result]
        for i, source in enumerate(result.inputs):
            edge = node.edges[i]
            if source is None or edge is None:
                continue
            with no_grad(), np.errstate(all="ignore"):
                raw = node.backwards[i](node, g)
                local = _local(node, result, i, g)
                part = fitted(node, i, raw, edge)
                before = totals.get(source)
                totals[source] = part if before is None else before + part
            if before is None and source.node is not None:
                heappush(waiting, (-source.number, source))
            uses[source] = uses.get(source, 0) + 1
            yield Contribution(result, source, i, g, local, part, before, totals[source], uses[source],
                               _stretched(tuple(np.shape(raw)), tuple(np.shape(part))))


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


def _stretched(got: tuple[int, ...], want: tuple[int, ...]) -> tuple[int, ...]:
    """The dimensions of ``got`` that were summed to come to ``want``."""
    extra = len(got) - len(want)
    return tuple(k for k in range(len(got)) if k < extra or (want[k - extra] == 1 and got[k] != 1))


def totals(graph: Graph, values: Values) -> dict[Vertex, Array]:
    """The finished gradient of every vertex; empty where the walk cannot be made."""
    found: dict[Vertex, Any] = {}
    try:
        for part in walk(graph, values, "draw"):
            found[part.input] = part.total
    except GraphError:
        return {}
    assert graph.root.value is not None
    found[graph.root] = array_module(graph.root.value).ones_like(graph.root.value)
    return found
