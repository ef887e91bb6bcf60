"""The value of each vertex of the graph in the forward pass.

Some results are still there, because an operation saved them for its derivative. The others are computed
again from their inputs, with a copy of the operation, so that the graph stays as it is. After ``backward``
nothing is saved anymore, and everything is computed again from the leaves. What was computed again is used
only if it leads to the known results, so that a changed leaf is noticed.
"""
from __future__ import annotations

import copy
from typing import Any

import numpy as np

from ..autograd import Function
from ..autograd.function import promoted
from ..autograd.mode import no_grad
from ..backend.arrays import Array, is_array, to_numpy
from .graph import Graph, Vertex


class Values:
    """Fills in ``vertex.value`` of every result that is known or can be computed again.

    Attributes:
        freed: whether a backward pass has freed what the operations had saved.
        complete: whether everything for another backward pass is there or could be computed again.
        reason: why something is missing, or "".
    """

    def __init__(self, graph: Graph) -> None:
        self.freed = any(v.node is not None and v.node.walked for v in graph.results)
        self.reason = ""
        self._twins: dict[Function, Function] = {}
        self._again: set[Vertex] = set()
        changed = changed_input(graph)
        if changed is not None:
            self.reason = f"an input of {changed.name} was changed in place since"
        _recorded(graph)
        with no_grad(), np.errstate(all="ignore"):
            for vertex in graph.results:
                self._fill(vertex)
        if self.reason:
            for vertex in self._again - {graph.root}:
                vertex.value = None
        self.complete = not (self.freed and self.reason)

    def node(self, vertex: Vertex) -> Function:
        """The operation with what it saved: itself, or the copy that was computed again."""
        assert vertex.node is not None
        return self._twins.get(vertex.node, vertex.node)

    def _fill(self, vertex: Vertex) -> None:
        """Compute a result again if it is unknown, or to check what was computed again before it."""
        node = vertex.node
        assert node is not None
        doubtful = any(v in self._again for v in vertex.inputs)
        if vertex.value is not None and not self.freed and not doubtful:
            return
        inputs = [None if v is None else v.value if v.raw is None else v.raw for v in vertex.inputs]
        missing = [v for v, x in zip(vertex.inputs, inputs) if v is not None and x is None]
        if missing:
            if missing[0].kind == "constant":
                self.reason = self.reason or f"a constant that went into {node.name} is gone"
            return
        twin, value = again(node, inputs)
        if not _fits(value, node) or vertex.value is not None and not same(value, vertex.value):
            self.reason = self.reason or (
                f"{node.name}, computed again, gives another result: a leaf was changed since, or the "
                "operation draws random numbers")
            return
        if node.saved is None:
            self._twins[node] = twin
        if vertex.value is None:
            vertex.value = value
            self._again.add(vertex)


def again(node: Function, inputs: list[Any]) -> tuple[Function, Any]:
    """A copy of the operation that has run once more, and its result; None if that fails."""
    twin = copy.copy(node)
    twin.saved = ()
    if getattr(node, "generator", None) is not None and type(node).replay is Function.replay:
        return twin, None                           # it would draw different random numbers
    try:
        value = twin.replay(promoted(inputs, node.promote == "float") if node.promote else inputs)
    except Exception:                               # a student's own operation may do anything
        return twin, None
    return twin, value


def changed_input(graph: Graph) -> Function | None:
    """The first operation that saved a tensor that was changed in place afterwards."""
    for vertex in graph.results:
        node = vertex.node
        assert node is not None
        if node.changed():
            return node
    return None


def same(value: Array, known: Array) -> bool:
    """Equal up to rounding: a library may add in a different order the second time."""
    a, b = to_numpy(value), to_numpy(known)
    scale = np.abs(b[np.isfinite(b)]).max(initial=0)
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-3, atol=1e-3 * scale, equal_nan=True))


def _fits(value: Any, node: Function) -> bool:
    return is_array(value) and tuple(value.shape) == tuple(node.result_shape) \
        and value.dtype == node.result_dtype


def _recorded(graph: Graph) -> None:
    """Take the results that an operation still holds: its own, or an input's."""
    for vertex in graph.results:
        node = vertex.node
        assert node is not None
        for array in node.saved or ():
            origin = None if array is None else node.origin(array)
            if origin is None:
                continue
            source = vertex if origin == -1 else vertex.inputs[origin]
            if source is not None and source.node is not None and source.value is None \
                    and _fits(array, source.node):
                source.value = array
