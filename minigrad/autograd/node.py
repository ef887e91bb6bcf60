"""Node: one recorded call of an operation, as the rest of the graph sees it; and the graph's clock.

What the call computes, and how its derivative is taken, is the matter of its subclass ``Function``.
"""
from __future__ import annotations

from itertools import count
from typing import Any, Callable

from ..backend.dtypes import DType
from .source import Position, SourceLine, source_line


class Node:
    """A vertex of the graph: it refers to what it was computed from, never to what was computed from it.

    Attributes, set when the call is recorded:
        edges: for each input the Node that made it, the leaf Tensor itself, or None when no gradient is
            needed.
        saved: the arrays that ``forward`` gave to ``save``; None once they were freed.
        identities: the ids of the inputs' arrays, then that of the result; see ``saved.origins``.
        order: when the call was recorded. The consumers of a result are all younger than it, so a walk from
            the youngest node to the oldest meets each node after all its consumers.
        version: when and where the result was last changed in place; its Tensor's own list, see ``views``.
        constants: the inputs without an edge, for ``trace`` to show: numbers and small arrays themselves,
            large arrays by a weak reference, so that nothing is kept alive for it.
        constant_versions: the versions of these inputs.
        result_shape, result_dtype: of the result.
        position: where the operation was called.
        hooks: what to call when the result's gradient is known, if anything.
        walked: a backward pass came by and did not retain the graph.
    """

    __slots__ = ("edges", "saved", "identities", "order", "version", "constants", "constant_versions",
                 "result_shape", "result_dtype", "position", "hooks", "walked")

    edges: list[Any]
    saved: Any
    identities: list[int]
    order: int
    version: list[Any]
    constants: tuple[Any, ...]
    constant_versions: list[list[Any]]
    result_shape: tuple[int, ...]
    result_dtype: DType
    position: Position | None
    hooks: dict[int, Callable[..., Any]] | None
    walked: bool

    @property
    def name(self) -> str:
        """The operation's name, as it stands in errors and in the repr of a Tensor."""
        return type(self).__name__

    @property
    def source(self) -> SourceLine | None:
        """The line outside of minigrad that called this operation."""
        return source_line(self.position)


class Clock:
    """The graph's time: each recorded operation and each change in place has a moment of its own."""

    def __init__(self) -> None:
        self.tick = count(1).__next__       # the next moment
        self.last_change = 0                # when any tensor at all was last changed in place


clock = Clock()
