"""Noticing a graph that is kept alive from step to step, as ``total += loss`` keeps it.

The sum remembers how every loss came about, so the memory of all steps stays in use, though no backward
pass will go there again. PyTorch lets you find out by running out of memory.
"""
from __future__ import annotations

import warnings

from .node import Node


def warn_if_kept_alive(node: Node) -> None:
    """Warn when a number is combined with another whose graph has been walked and freed."""
    inputs = [edge for edge in node.edges if isinstance(edge, Node)]
    if len(set(inputs)) < 2:
        return
    for made in inputs:
        for freed in (made, *made.edges):
            if isinstance(freed, Node) and freed.walked:
                warnings.warn(
                    f"{node.name.lower()} at {node.source} keeps the graph of an earlier step alive: "
                    f"{freed.name} (called at {freed.source}) was already walked by backward. To add up "
                    "losses for display, add loss.item() or loss.detach().", stacklevel=6)
                return
