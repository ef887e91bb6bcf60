"""What is right: minigrad's own operations in float64, and the gradients that autograd finds."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

import minigrad
from minigrad.autograd import Tensor, grad


def tensor(array: Any, requires_grad: bool = False) -> Tensor:
    """A float64 tensor with its own memory; an array of integers or truth values keeps its type."""
    array = np.array(array)
    if array.dtype.kind not in "bi":
        array = array.astype(np.float64)
    return minigrad.tensor(array, requires_grad=requires_grad)


def gradients(f: Callable[..., Tensor], upstream: Any, *inputs: Any) -> tuple[np.ndarray, ...]:
    """∂ Σ upstream · f(inputs) / ∂ input for each input, by autograd, as arrays."""
    leaves = [tensor(np.asarray(x, np.float64), requires_grad=True) for x in inputs]
    result = f(*leaves)
    found = grad(result, leaves, tensor(np.broadcast_to(upstream, result.shape).astype(np.float64)),
                 allow_unused=True)
    return tuple(np.zeros(x.shape) if g is None else g.numpy() for g, x in zip(found, leaves))


def value_and_gradients(f: Callable[..., Tensor], *inputs: Any) -> tuple[Any, ...]:
    """The number f(inputs), then its gradient for each input."""
    return (f(*[tensor(np.asarray(x, np.float64)) for x in inputs]).numpy(),
            *gradients(f, 1.0, *inputs))
