"""ReLU, with or without a bias before it, in one kernel each way."""
from __future__ import annotations

import numpy as np

from ..arrays import Array, array_module
from .kernels import launch


def bias_relu_reference(z: Array, b: Array | None, inner: int) -> Array:
    """y = max(0, z + b), z flat, the channel of entry i being (i // inner) % channels."""
    if b is None:
        return np.maximum(z, 0)
    return np.maximum(z + b[np.arange(z.size) // inner % b.size], 0)


def relu_backward_reference(g: Array, y: Array) -> Array:
    """∂L/∂x = g where y > 0 or NaN, else 0."""
    return np.where(y != 0, g, 0).astype(g.dtype)


def bias_relu(z: Array, b: Array | None, inner: int) -> Array:
    """max(0, z + b) of a flat z; b may be None."""
    y = array_module(z).empty_like(z)
    launch("bias_relu", "bias_relu", z, z.size, z, b, y, np.int64(z.size), np.int64(inner),
           np.int32(1 if b is None else b.size))
    return y


def relu_backward(g: Array, y: Array) -> Array:
    """g where y > 0 or NaN, else 0; both flat."""
    gx = array_module(g).empty_like(g)
    launch("bias_relu", "relu_backward", g, g.size, g, y, gx, np.int64(g.size))
    return gx
