"""Node: one recorded call of an operation; its subclass ``Function`` can compute and differentiate it."""
from __future__ import annotations

from itertools import count
from typing import Any, Callable

from ..backend.dtypes import DType
from .source import Position, SourceLine, source_line


class Node:
    """A vertex of the graph: it refers to what it was computed from, never to what was computed from it."""

    __slots__ = ("edges", "saved", "identities", "order", "version", "constants", "constant_versions",
                 "result_shape", "result_dtype", "position", "hooks", "walked")

    edges: list[Any]                # for each input its Node, its leaf Tensor, or None: no gradient is needed
    saved: Any                      # the arrays that ``forward`` saved; None once they were freed
    identities: list[int]           # the ids of the inputs' arrays and the result's: see ``saved.origins``
    order: int                      # when it was recorded: a node's consumers are all younger than it
    version: list[Any]              # of the result's memory: see ``views``
    constants: tuple[Any, ...]      # for ``trace``: inputs without an edge, large arrays by weak references
    constant_versions: list[list[Any]]
    result_shape: tuple[int, ...]
    result_dtype: DType
    position: Position | None       # where the operation was called
    hooks: dict[int, Callable[..., Any]] | None     # called with the result's gradient
    walked: bool                    # a backward pass came by, and did not retain the graph

    @property
    def name(self) -> str:
        """The operation's name, as it stands in errors and in the repr of a Tensor."""
        return type(self).__name__

    @property
    def printed_name(self) -> str:
        """The name as PyTorch prints it: ``"MulBackward0"``."""
        return f"{self.name}Backward0"

    def __repr__(self) -> str:
        return f"<{self.printed_name} object at {hex(id(self))}>"

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """For each input (the node it came from, 0): of a leaf its AccumulateGrad, None without gradient."""
        return tuple((e if e is None or isinstance(e, Node) else AccumulateGrad(e), 0) for e in self.edges)

    @property
    def source(self) -> SourceLine | None:
        """The line outside of minigrad that called this operation."""
        return source_line(self.position)


class AccumulateGrad:
    """Where the graph ends: it stands for a leaf, ``variable``, whose ``.grad`` the gradient is added to."""

    def __init__(self, variable: Any) -> None:
        self.variable = variable
        self.next_functions: tuple[Any, ...] = ()

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {hex(id(self))}>"


class Clock:
    """The graph's time: each recorded operation and each change in place has a moment of its own."""

    def __init__(self) -> None:
        self.tick = count(1).__next__       # the next moment
        self.last_change = 0                # when any tensor at all was last changed in place


clock = Clock()
