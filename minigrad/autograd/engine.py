"""The backward pass: walk the graph from the loss to the leaves, and add up gradients.

The chain rule for a node z = f(x, …) with upstream gradient g = ∂L/∂z gives ∂L/∂x = (∂z/∂x)ᵀ g.
A tensor that is used twice receives the sum of both contributions. A node passes its gradient on when all
its consumers have contributed. They are younger than the node, so the walk always takes the youngest node
that is waiting: one pass, without recursion.
"""
from __future__ import annotations

from functools import partial
from heapq import heapify, heappop, heappush
from sys import getrefcount
from typing import Any, Sequence

import numpy as np

from ..backend.arrays import Array, array_module, is_array
from ..backend.gpu.recording import in_progress
from ..errors import DTypeError, GraphError, ShapeError
from .hooks import run_hooks
from .mode import mode
from .node import Node, clock
from .saved import check_saved, on_tensors
from .tensor import Tensor, as_array, wrap
from .unbroadcast import fitted
from .watch import Follower, Several

Vertex = Node | Tensor              # a recorded operation, or a leaf
ndarray = np.ndarray


def backward(self: Tensor, gradient: Tensor | None = None, retain_graph: bool | None = None,
             create_graph: bool = False, inputs: Any = None) -> None:
    """Add ∂self/∂leaf to ``.grad`` of every leaf that self was computed from.

    Args:
        gradient: the upstream gradient, of self's shape; for a single element 1 if not given.
        retain_graph: keep what was saved, so that backward can run again (default: create_graph).
        create_graph: record the backward pass itself, for gradients of gradients.
        inputs: the leaves whose ``.grad`` is wanted; the others stay as they are.

    Raises GraphError: nothing to differentiate, not a scalar, or a second backward.

    >>> x = minigrad.tensor(3.0, requires_grad=True)
    >>> (x ** 2).backward()
    >>> x.grad
    tensor(6.)
    """
    run([self], [gradient], "backward", retain_graph, create_graph, None, inputs)


def run(outputs: list[Tensor], seeds: list[Any], name: str, retain_graph: bool | None,
        create_graph: bool, wanted: dict[Vertex, Any] | None, inputs: Any = None) -> None:
    """Start gradients at the outputs, then walk, recording or not. See ``backward`` and ``grad``."""
    keep = create_graph if retain_graph is None else retain_graph
    gradients: dict[Vertex, Any] = {}
    for out, seed in zip(outputs, seeds):
        node = _start(out, name)
        g = _seed(out, seed, name, create_graph)
        gradients[node] = gradients[node] + g if node in gradients else g
    before = mode.grad
    try:
        try:
            mode.grad = create_graph
            # Some slopes are infinite (√x and ln x at 0); as in PyTorch, without a warning.
            with np.errstate(all="ignore"):
                followers = [f for f in mode.followers if wanted is None and f.begins(gradients)]
                owned = walk(gradients, keep, create_graph, wanted, followers)
                for follower in followers:
                    follower.ends(gradients)
                    owned.clear()
                if inputs is not None:
                    gradients = _chosen(gradients, inputs)
                _deliver(gradients, owned, create_graph, wanted)
        finally:
            mode.grad = before
    finally:                            # Ctrl-C may have come just before the line above
        mode.grad = before


def walk(gradients: dict[Any, Any], keep: bool, create_graph: bool = False,
         wanted: dict[Vertex, Any] | None = None, followers: Sequence[Follower] = ()) -> set[Vertex]:
    """Take the youngest waiting node and pass its gradient on to its inputs, until only leaves wait.

    Args:
        gradients: of the nodes where the walk starts; afterwards, of the leaves.
        keep: do not free what was saved.
        wanted: nodes whose gradients are put there, too.
        followers: see each contribution, as ``mode.watch`` does.

    Returns the leaves whose gradient is an array that nothing else refers to.
    """
    last, watch, owned = _oldest(wanted), mode.watch, set()
    if followers:
        watch = Several([*followers] if watch is None else [watch, *followers])
    waiting = [(-node.order, node) for node in gradients if isinstance(node, Node)]
    heapify(waiting)
    while waiting:
        node: Any = heappop(waiting)[1]
        g = gradients.pop(node)                                 # ∂L/∂(the result of node)
        if node.hooks:
            g = run_hooks(node.hooks, g)
        if wanted is not None and node in wanted:
            wanted[node] = g
        if node.order <= last:                                  # −1 where all are wanted
            continue
        if node.saved is None or node.order < clock.last_change:
            check_saved(node)
        step = on_tensors(node) if create_graph else node
        for i, edge in enumerate(node.edges):
            if edge is None:
                continue
            part = node.backwards[i](step, g)                   # ∂L/∂(input i), by this way
            if watch is not None:
                watch.gradient(node, i, part)
            leaf = isinstance(edge, Tensor)
            if leaf or type(part) is not ndarray or part.shape != edge.result_shape \
                    or part.dtype is not edge.result_dtype:
                if part is None:                                # PyTorch's form: no gradient
                    continue
                part = fitted(node, i, part, edge)
            if edge in gradients:
                gradients[edge] = gradients[edge] + part
                owned.add(edge)
            else:
                gradients[edge] = part
                if not leaf:
                    heappush(waiting, (-edge.order, edge))
                elif node.fresh_gradients and part is not g and is_array(part) \
                        and (part.base is None or _only_view(part)):
                    owned.add(edge)
            if watch is not None:
                watch.contribution(node, i, g, part, gradients[edge])
        if not keep:
            node.walked = True
            if node.saved:
                node.saved = None
    return owned


def _references(x: Array) -> int:
    """How often the block that x is a view of is referred to."""
    return getrefcount(x.base)


ONE_VIEW = _references(np.empty(2)[:1])             # no other array looks into the block


def _only_view(x: Array) -> bool:
    """Whether x is all that looks into its block, and has a place for each entry, to write to."""
    return _references(x) == ONE_VIEW and 0 not in x.strides and getattr(x.flags, "writeable", True)


def _oldest(wanted: dict[Vertex, Any] | None) -> int:
    """The order of the oldest wanted node: older ones cannot lead to it. −1 if a leaf is wanted, or all."""
    return min((node.order if isinstance(node, Node) else -1 for node in wanted or ()), default=-1)


def _start(out: Tensor, name: str) -> Vertex:
    if not isinstance(out, Tensor):
        raise DTypeError(f"{name}: expected a Tensor, got {type(out).__name__}.")
    if not out._requires_grad:
        raise GraphError(
            f"{name}: this tensor does not require a gradient: nothing that needs one went into it. "
            "Create the inputs with requires_grad=True, and compute outside of no_grad(). A gradient is "
            "recorded only when it was computed with create_graph=True.")
    return out.grad_fn or out


def _seed(out: Tensor, seed: Any, name: str, create_graph: bool) -> Any:
    """The upstream gradient of an output: 1 for a single element, else what the caller gave."""
    array = out._array
    if seed is None:
        if array.size != 1:
            raise GraphError(
                f"{name}: the gradient can start by itself only at a single number, but the shape is "
                f"{tuple(array.shape)}. Reduce it (loss.mean(), loss.sum()), or pass "
                f"gradient= with that shape.")
        g = array_module(array).ones_like(array)
    else:
        g = as_array(seed)
        if g.shape != array.shape:
            raise ShapeError(f"{name}: gradient has shape {tuple(g.shape)}, expected the output's "
                             f"shape {tuple(array.shape)}.")
        if g.dtype != array.dtype:
            g = g.astype(array.dtype)
    if not create_graph:
        return g
    return seed if isinstance(seed, Tensor) and seed._array is g else wrap(g)


def _deliver(leaves: dict[Any, Any], owned: set[Vertex], create_graph: bool,
             wanted: dict[Vertex, Any] | None) -> None:
    """Add the finished gradients to the leaves' ``.grad``, or hand them to ``grad``."""
    for leaf, g in leaves.items():
        if in_progress:                         # if it fails, what the new arrays hold was never computed
            in_progress[-1].undo.append(partial(setattr, leaf, "_grad", leaf._grad))
        hooks = getattr(leaf, "_hooks", None)
        if hooks:
            g = run_hooks(hooks, g)
            owned.discard(leaf)
        if wanted is not None:
            if leaf in wanted:
                wanted[leaf] = g
        elif create_graph:
            leaf._grad = g.clone() if leaf._grad is None else leaf._grad + g
        elif leaf._grad is None:
            fresh = leaf in owned and is_array(g)       # a 0-d sum is a NumPy scalar, not an array
            leaf._grad = wrap(g if fresh else _contiguous_copy(g, leaf._array))
        else:
            leaf._grad._array += g
            leaf._grad._changed_in_place()


def _chosen(leaves: dict[Any, Any], inputs: Any) -> dict[Any, Any]:
    """Of the leaves those that were asked for."""
    asked = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if not asked or any([x.grad_fn is not None for x in asked]):
        raise GraphError("backward: inputs must be leaves, at least one. For an intermediate result call "
                         "retain_grad() on it, or use autograd.grad.")
    return {x: leaves[x] for x in asked if x in leaves}


def _contiguous_copy(g: Array, like: Array) -> Array:
    out = array_module(g).empty_like(like)
    out[...] = g
    return out


setattr(Tensor, "backward", backward)
