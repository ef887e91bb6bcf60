"""Noticing a graph that is kept alive from step to step, as ``total += loss`` keeps it.

The sum remembers how every loss came about, so the memory of all steps stays in use, though nobody
will walk there again. PyTorch leaves that to be found out by running out of memory.
"""
from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from .tensor import Tensor

if TYPE_CHECKING:
    from .function import Function


def operations_behind(node: Function) -> list[Function]:
    """The operations that made the inputs of ``node``; leaves and constants are left out."""
    return [edge for edge in node.edges if edge is not None and not isinstance(edge, Tensor)]


def warn_if_kept_alive(node: Function) -> None:
    """Warn when a number is combined with another whose graph has been walked and freed."""
    inputs = operations_behind(node)
    if len(set(inputs)) < 2:
        return
    for made in inputs:
        for freed in (made, *operations_behind(made)):
            if freed.walked:
                warnings.warn(
                    f"{node.name.lower()} at {node.source} keeps the graph of an earlier step alive: "
                    f"{freed.name} (called at {freed.source}) was already walked by backward. To add up "
                    "losses for display, add loss.item() or loss.detach().", stacklevel=5)
                return
