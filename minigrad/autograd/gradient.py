"""A backward pass that starts at several tensors, or that gives its gradients instead of keeping them."""
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
    run(outs, seeds, "backward", retain_graph, create_graph, None, inputs)


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

