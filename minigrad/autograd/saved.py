"""What an operation saved for its derivative: whether it is still there, unchanged, and what it was.

``forward`` saves arrays. For gradients of gradients, backward has to work on the Tensors they came from:
∂(x · y)/∂x = y depends on y, and the graph must know that.
"""
from __future__ import annotations

import copy
from typing import Any

from ..errors import GraphError
from .node import Node
from .source import source_line
from .tensor import Tensor, wrap

NEVER = [0]                 # the version of what isn't a Tensor


def check_saved(node: Node) -> None:
    """Raise GraphError if what backward needs was freed, or changed in place."""
    if node.saved is None:
        raise GraphError(
            f"backward: the graph was freed: what {node.name} (called at {node.source}) saved is "
            "gone after the first backward. Pass retain_graph=True to the first call, or compute "
            "the loss again.")
    version = overwritten(node)
    if version:
        where = source_line(version[1]) if len(version) > 1 else None
        raise GraphError(
            f"backward: {node.name} (called at {node.source}) needs a tensor that was changed in place "
            f"after the call{f', at {where}' if where else ''}. Change a copy (x.clone()), or write "
            "x = x + 1 instead of x += 1.")


def overwritten(node: Node) -> list[Any] | None:
    """The version of a saved tensor that was changed in place after the call; None if there is none."""
    versions = [_version(node, i) for i in origins(node) if i is not None]
    return next((version for version in versions if version[0] > node.order), None)


def _version(node: Node, i: int) -> list[Any]:
    """When and where input i, or the result (-1), was last changed in place."""
    if i == -1:
        return node.version
    edge = node.edges[i]
    if edge is None:
        return getattr(node, "constant_versions", [NEVER] * len(node.edges))[
            sum([e is None for e in node.edges[:i]])]
    return edge.version if isinstance(edge, Node) else edge._version


def origins(node: Node) -> list[int | None]:
    """For each saved array which input it is; -1 for the result, None for something else.

    A saved array is kept alive, so its id is unique. If two inputs are the same array, the one in the same
    place is meant.
    """
    found: list[int | None] = []
    for place, array in enumerate(node.saved or ()):
        ids, own = node.identities, id(array)
        if array is None or own not in ids:
            found.append(None)
        elif place < len(ids) - 1 and ids[place] == own:
            found.append(place)
        else:
            found.append(-1 if ids[-1] == own else ids.index(own))
    return found


def on_tensors(node: Any) -> Any:
    """A copy of the operation that saved Tensors instead of arrays: what its backward does is recorded."""
    if not node.twice_differentiable:
        raise GraphError(f"backward: {node.name} (called at {node.source}) has no second derivative "
                         "in minigrad, so create_graph=True cannot pass through it.")
    twin = copy.copy(node)
    twin.saved = tuple([array if i is None else _as_tensor(array, node if i == -1 else node.edges[i])
                        for array, i in zip(node.saved, origins(node))])
    return twin


def _as_tensor(array: Any, edge: Any) -> Any:
    """The Tensor of a leaf or a node that this array belongs to; a constant (None) stays an array."""
    if isinstance(edge, Tensor):
        if edge._array is array:
            return edge
        if edge.dtype != array.dtype:           # the operation computed with a promoted copy
            return edge.to(array.dtype)
    return wrap(array, edge if isinstance(edge, Node) else None)
