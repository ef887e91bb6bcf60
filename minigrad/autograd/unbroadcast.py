"""Broadcasting undone, once for all operations: a gradient in the shape and dtype of its input."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from .node import Node
from .tensor import Tensor


def fitted(node: Node, i: int, g: Any, edge: Node | Tensor) -> Any:
    """The gradient g of input i of ``node``, in the shape and dtype of that input."""
    if isinstance(edge, Tensor):
        shape, dtype = edge._array.shape, edge._array.dtype
    else:
        shape, dtype = edge.result_shape, edge.result_dtype
    array = g._array if isinstance(g, Tensor) else g
    if array.shape != shape:
        g = _summed(node, i, g, tuple(array.shape), tuple(shape))
        array = g._array if isinstance(g, Tensor) else g
    if array.dtype != dtype:
        if array.dtype.kind != "f":
            raise DTypeError(f"{node.name}: the gradient of input {i} has dtype {array.dtype}, "
                             f"expected {dtype}. Gradients are floating numbers.")
        g = g.to(dtype) if isinstance(g, Tensor) else g.astype(dtype)
    return np.asarray(g) if isinstance(g, np.generic) else g


def _summed(node: Node, i: int, g: Any, got: tuple[int, ...], want: tuple[int, ...]) -> Any:
    """An entry that was repeated receives the sum of the repeats' gradients."""
    extra = len(got) - len(want)
    if extra < 0 or any(a != b and b != 1 for a, b in zip(got[extra:], want)):
        raise ShapeError(f"{node.name}: the gradient of input {i} has shape {got}, but the input "
                         f"has shape {want}, and that was not broadcast from it.")
    return g.sum(axis=repeated(got, want), keepdims=True).reshape(want)


def repeated(got: tuple[int, ...], want: tuple[int, ...]) -> tuple[int, ...]:
    """The dimensions of shape ``got`` along which an array of shape ``want`` is repeated."""
    extra = len(got) - len(want)
    return tuple(k for k in range(len(got)) if k < extra or (want[k - extra] == 1 and got[k] != 1))
