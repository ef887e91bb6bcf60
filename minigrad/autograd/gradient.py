"""How a backward pass is started: ``loss.backward()`` and ``autograd.grad(loss, inputs)``."""
from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from ..backend.arrays import array_module
from ..errors import GraphError
from ..errors.options import refuses
from .engine import Vertex, run
from .tensor import Tensor, wrap


def _list(value: Any) -> list[Any]:
    return [value] if isinstance(value, Tensor) else list(value)


def _backward(self: Tensor, gradient: Tensor | None = None, retain_graph: bool | None = None,
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
    if inputs is None:
        run([self], [gradient], "backward", retain_graph, create_graph, None)
    else:
        backward(self, gradient, retain_graph, create_graph, inputs)


def backward(tensors: Tensor | Sequence[Tensor], grad_tensors: Any = None, retain_graph: bool | None = None,
             create_graph: bool = False, inputs: Any = None) -> None:
    """``backward`` of one tensor, or of several in one walk; ``grad_tensors`` are their upstream gradients.

    Raises GraphError as ``Tensor.backward`` does, and for another number of gradients.

    >>> x = minigrad.tensor(3.0, requires_grad=True)
    >>> minigrad.autograd.backward([x * 2, x * x])
    >>> x.grad                                                              # 2 + 2x
    tensor(8.)
    """
    outs = _list(tensors)
    seeds = [None] * len(outs) if grad_tensors is None else _list(grad_tensors)
    if len(seeds) != len(outs):
        raise GraphError(f"backward: {len(outs)} tensors but {len(seeds)} grad_tensors.")
    if inputs is None:
        run(outs, seeds, "backward", retain_graph, create_graph, None)
        return
    leaves = _list(inputs)
    if not leaves:
        raise GraphError("backward: inputs is empty. Leave it out to reach every leaf.")
    for x, g in zip(leaves, grad(outs, leaves, seeds, retain_graph, create_graph, allow_unused=True)):
        if g is not None and x._grad is None:
            x._grad = g
        elif g is not None and create_graph:
            x._grad = x._grad + g
        elif g is not None:
            x._grad._array += g._array
            x._grad._changed_in_place()


@refuses(is_grads_batched=False)
def grad(outputs: Tensor | Sequence[Tensor], inputs: Tensor | Sequence[Tensor],
         grad_outputs: Any = None, retain_graph: bool | None = None, create_graph: bool = False,
         allow_unused: bool | None = None, *, only_inputs: bool = True,
         materialize_grads: bool = False) -> tuple[Tensor | None, ...]:
    """∂(sum of outputs)/∂inputs as a tuple, one for each input; no ``.grad`` is touched.

    ``inputs`` may be leaves or intermediate results. Raises GraphError when the outputs do not
    depend on an input, unless ``allow_unused`` (then its entry is None), or ``materialize_grads`` (then it
    is 0).

    >>> x = minigrad.tensor(2.0, requires_grad=True)
    >>> (first,) = minigrad.autograd.grad(x ** 3, x, create_graph=True)     # 3x² = 12
    >>> minigrad.autograd.grad(first, x)                                    # 6x
    (tensor(12.),)
    """
    outs, ins = _list(outputs), _list(inputs)
    if not only_inputs:
        raise NotImplementedError("grad: only_inputs=False is not supported: backward() reaches every leaf.")
    if materialize_grads and allow_unused is False:
        raise ValueError("grad: materialize_grads=True gives zeros for unused inputs, so allow_unused cannot "
                         "be False.")
    seeds = [None] * len(outs) if grad_outputs is None else _list(grad_outputs)
    if len(seeds) != len(outs):
        raise GraphError(f"grad: {len(outs)} outputs but {len(seeds)} grad_outputs.")
    for i, x in enumerate(ins):
        if not x._requires_grad:
            raise GraphError(f"grad: input {i} does not require a gradient. "
                             "Create it with requires_grad=True.")
    wanted: dict[Vertex, Any] = {x.grad_fn or x: None for x in ins}
    run(outs, seeds, "grad", retain_graph, create_graph, wanted)
    results: list[Tensor | None] = []
    for i, x in enumerate(ins):
        g = wanted[x.grad_fn or x]
        if g is None and materialize_grads:
            g = array_module(x._array).zeros_like(x._array)
        if g is None and not allow_unused:
            raise GraphError(f"grad: the outputs do not depend on input {i} (shape "
                             f"{tuple(x.shape)}). Pass allow_unused=True to get None for it.")
        results.append(g if g is None or isinstance(g, Tensor) else
                       wrap(np.array(g) if isinstance(g, np.generic) else g.copy()))
    return tuple(results)


_backward.__name__ = _backward.__qualname__ = "backward"
setattr(Tensor, "backward", _backward)
