"""The backward pass: walk the graph from the loss to the leaves, and add up gradients.

The chain rule for a node z = f(x, …) with upstream gradient g = ∂L/∂z gives ∂L/∂x = (∂z/∂x)ᵀ g.
A tensor that is used twice receives the sum of both contributions. A node may be passed on only
when all its consumers have contributed; they were all created later than the node, so always taking
the youngest node that is waiting does it, in one pass and without recursion.
"""
from __future__ import annotations

from functools import partial
from heapq import heapify, heappop, heappush
from typing import Any, Sequence

import numpy as np

from ..backend.arrays import Array, array_module, is_array
from ..backend.gpu.recording import in_progress
from ..errors import DTypeError, GraphError, ShapeError
from .function import Function
from .hooks import run_hooks
from .mode import mode
from .source import source_line
from .tensor import Tensor, as_array, clock, wrap

Node = Function | Tensor            # a recorded operation, or a leaf
ndarray = np.ndarray


def backward(self: Tensor, gradient: Tensor | None = None, retain_graph: bool | None = None,
             create_graph: bool = False) -> None:
    """Add ∂self/∂leaf to ``.grad`` of every leaf that self was computed from.

    Args:
        gradient: the upstream gradient, of self's shape; may be left out for a single element (1).
        retain_graph: keep what was saved, so that backward can run again (default: create_graph).
        create_graph: record the backward pass itself, for gradients of gradients.

    Raises GraphError: nothing to differentiate, not a scalar, or a second backward.

    >>> import minigrad
    >>> x = minigrad.tensor(3.0, requires_grad=True)
    >>> (x ** 2).backward()
    >>> x.grad
    tensor(6.)
    """
    _run([self], [gradient], "backward", retain_graph, create_graph, None)


def grad(outputs: Tensor | Sequence[Tensor], inputs: Tensor | Sequence[Tensor],
         grad_outputs: Any = None, retain_graph: bool | None = None, create_graph: bool = False,
         allow_unused: bool = False) -> tuple[Tensor | None, ...]:
    """∂(sum of outputs)/∂inputs as a tuple, one for each input; no ``.grad`` is touched.

    ``inputs`` may be leaves or intermediate results. Raises GraphError when the outputs do not
    depend on an input, unless ``allow_unused`` (then its entry is None).

    >>> import minigrad
    >>> x = minigrad.tensor(2.0, requires_grad=True)
    >>> (first,) = minigrad.autograd.grad(x ** 3, x, create_graph=True)     # 3x² = 12
    >>> minigrad.autograd.grad(first, x)                                    # 6x
    (tensor(12.),)
    """
    outs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    ins = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    seeds = ([None] * len(outs) if grad_outputs is None else
             [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs))
    if len(seeds) != len(outs):
        raise GraphError(f"grad: {len(outs)} outputs but {len(seeds)} grad_outputs.")
    for i, x in enumerate(ins):
        if not x._requires_grad:
            raise GraphError(f"grad: input {i} does not require a gradient. "
                             "Create it with requires_grad=True.")
    wanted: dict[Node, Any] = {x.grad_fn or x: None for x in ins}
    _run(outs, seeds, "grad", retain_graph, create_graph, wanted)
    results: list[Tensor | None] = []
    for i, x in enumerate(ins):
        g = wanted[x.grad_fn or x]
        if g is None and not allow_unused:
            raise GraphError(f"grad: the outputs do not depend on input {i} (shape "
                             f"{tuple(x.shape)}). Pass allow_unused=True to get None for it.")
        results.append(None if g is None else g if isinstance(g, Tensor) else wrap(_copy(g)))
    return tuple(results)


def _run(outputs: list[Tensor], seeds: list[Any], name: str, retain_graph: bool | None,
         create_graph: bool, wanted: dict[Node, Any] | None) -> None:
    """Start gradients at the outputs, then walk, recording or not."""
    keep = create_graph if retain_graph is None else retain_graph
    gradients: dict[Node, Any] = {}
    for out, seed in zip(outputs, seeds):
        node = _start(out, name)
        g = _seed(out, seed, name, create_graph)
        gradients[node] = gradients[node] + g if node in gradients else g
    before = mode.grad
    try:
        try:
            mode.grad = create_graph
            # Slopes are infinite at places (√x and ln x at 0); as in PyTorch, that is no warning.
            with np.errstate(all="ignore"):
                _walk(gradients, keep, create_graph, wanted)
        finally:
            mode.grad = before
    finally:                            # Ctrl-C may have come just before the line above
        mode.grad = before


def _start(out: Tensor, name: str) -> Node:
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


def _walk(gradients: dict[Node, Any], keep: bool, create_graph: bool,
          wanted: dict[Node, Any] | None) -> None:
    """Take the youngest waiting node, pass its gradient on to its inputs, until only leaves wait."""
    # Nodes older than all that are wanted cannot lead to one: the walk for ``grad`` ends there.
    last = min((-1 if isinstance(w, Tensor) else w.order for w in wanted), default=-1) if wanted else -1
    leaves: dict[Tensor, Any] = {}
    owned: set[Tensor] = set()         # leaves whose gradient array nothing else can see
    waiting = []
    anomaly = mode.anomaly
    for node in list(gradients):
        if isinstance(node, Tensor):
            leaves[node] = gradients.pop(node)
        else:
            waiting.append((-node.order, node))
    heapify(waiting)
    while waiting:
        node = heappop(waiting)[1]
        g = gradients.pop(node)
        if node.hooks:
            g = run_hooks(node.hooks, g)
        if wanted is not None and node in wanted:
            wanted[node] = g
        if node.order <= last:
            continue
        if node.saved is None or node.order < clock.last_change:
            check_saved(node)
        step = _recorded(node) if create_graph else node
        for i, edge in enumerate(node.edges):
            if edge is None:
                continue
            gi = node.backwards[i](step, g)                     # ∂L/∂(input i)
            if anomaly:
                node._check_finite(gi._array if isinstance(gi, Tensor) else gi, "a gradient from")
            if isinstance(edge, Tensor):
                gi = fitted(node, i, gi, edge)
                if edge in leaves:
                    leaves[edge] = leaves[edge] + gi
                    owned.add(edge)
                else:
                    leaves[edge] = gi
                    if node.fresh_gradients and gi is not g and is_array(gi) and gi.base is None:
                        owned.add(edge)
                continue
            if type(gi) is not ndarray or gi.shape != edge.result_shape or gi.dtype is not edge.result_dtype:
                gi = fitted(node, i, gi, edge)             # seldom
            if edge in gradients:
                gradients[edge] = gradients[edge] + gi
            else:
                gradients[edge] = gi
                heappush(waiting, (-edge.order, edge))
        if not keep:
            node.walked = True
            if node.saved:
                node.saved = None
    _deliver(leaves, owned, create_graph, wanted)


def check_saved(node: Function) -> None:
    """What backward needs must still be there, and unchanged."""
    if node.saved is None:
        raise GraphError(
            f"backward: the graph was freed: what {node.name} (called at {node.source}) saved is "
            "gone after the first backward. Pass retain_graph=True to the first call, or compute "
            "the loss again.")
    version = node.changed()
    if version:
        where = source_line(version[1]) if len(version) > 1 else None
        raise GraphError(
            f"backward: {node.name} (called at {node.source}) needs a tensor that was changed in place "
            f"after the call{f', at {where}' if where else ''}. Change a copy (x.clone()), or write "
            "x = x + 1 instead of x += 1.")


def _recorded(node: Function) -> Function:
    """The node with Tensors in place of saved arrays: its backward is then recorded."""
    if not node.twice_differentiable:
        raise GraphError(f"backward: {node.name} (called at {node.source}) has no second derivative "
                         "in minigrad, so create_graph=True cannot pass through it.")
    return node.on_tensors()


def fitted(node: Function, i: int, g: Any, edge: Node) -> Any:
    """The gradient in the shape and dtype of its input: broadcasting undone, here, once for all."""
    if isinstance(edge, Tensor):
        shape, dtype = edge._array.shape, edge._array.dtype
    else:
        shape, dtype = edge.result_shape, edge.result_dtype
    array = g._array if isinstance(g, Tensor) else g
    if array.shape != shape:
        g = _summed_to(node, i, g, tuple(array.shape), tuple(shape))
        array = g._array if isinstance(g, Tensor) else g
    if array.dtype != dtype:
        if array.dtype.kind != "f":
            raise DTypeError(f"{node.name}: the gradient of input {i} has dtype {array.dtype}, "
                             f"expected {dtype}. Gradients are floating numbers.")
        g = g.to(dtype) if isinstance(g, Tensor) else g.astype(dtype)
    return np.asarray(g) if isinstance(g, np.generic) else g


def _summed_to(node: Function, i: int, g: Any, got: tuple[int, ...], want: tuple[int, ...]) -> Any:
    """Undo broadcasting: an entry that was repeated receives the sum of the repeats' gradients."""
    extra = len(got) - len(want)
    stretched = tuple(k for k in range(len(got))
                      if k < extra or (want[k - extra] == 1 and got[k] != 1))
    summed = tuple(n for k, n in enumerate(got) if k >= extra)
    if extra < 0 or any(a != b and b != 1 for a, b in zip(summed, want)):
        raise ShapeError(f"{node.name}: the gradient of input {i} has shape {got}, but the input "
                         f"has shape {want}, and that was not broadcast from it.")
    return g.sum(axis=stretched, keepdims=True).reshape(want)


def _deliver(leaves: dict[Tensor, Any], owned: set[Tensor], create_graph: bool,
             wanted: dict[Node, Any] | None) -> None:
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


def _copy(g: Array) -> Array:
    """A copy that is an array even where g is a NumPy scalar, as the sum of two 0-d arrays is."""
    return np.array(g) if isinstance(g, np.generic) else g.copy()


def _contiguous_copy(g: Array, like: Array) -> Array:
    out = array_module(g).empty_like(like)
    out[...] = g
    return out


setattr(Tensor, "backward", backward)
