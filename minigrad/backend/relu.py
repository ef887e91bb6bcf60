"""ReLU: one pass each way over large arrays, in parts that stay in the cache.

The formulas are ``np.maximum(x, 0)`` and ``g * (y != 0)``, and that is how small arrays are computed. Where
there is no compiler a large one goes in parts, and the mask of a part never leaves the cache.
"""
from __future__ import annotations

import numpy as np

from .arrays import Array, row_major
from .c.pointwise import in_one_pass
from .gpu import bias_relu as gpu
from .gpu.kernels import has_kernels
from .layout import flat, flat_row_major, memory_order, unflat
from .memory import empty, parts_of
from .tuning import IN_PARTS


def relu_forward(x: Array) -> Array:
    """max(0, x), in the memory order of x."""
    if type(x) is not np.ndarray and has_kernels(x):
        entries = flat(x)
        return unflat(gpu.bias_relu(entries, None, 1), x) if entries is not None else \
            gpu.bias_relu(flat_row_major(x), None, 1).reshape(x.shape)
    found = in_one_pass("relu", x)
    if found:
        return found[0]
    zero = x.dtype.type(0)
    source = flat(x) if type(x) is np.ndarray and x.nbytes >= IN_PARTS else None
    if source is None:
        return np.maximum(x, zero)
    out = empty(source, source.shape)
    np.maximum(source, zero, out=out)
    return unflat(out, x)


def bias_relu(z: Array, b: Array) -> Array:
    """max(0, z + b) with b added to each channel: z (N, channels, …), b (channels). One kernel on a GPU."""
    if type(z) is np.ndarray or not has_kernels(z, b):
        return np.maximum(z + b.reshape((-1,) + (1,) * (z.ndim - 2)), 0)
    order, entries = memory_order(z), flat(z)
    if entries is None:
        z = row_major(z)
        order, entries = list(range(z.ndim)), z.reshape(-1)
    inner = 1                               # the entries in memory for which the channel stays
    for dim in order[order.index(1) + 1:]:
        inner *= z.shape[dim]
    return unflat(gpu.bias_relu(entries, row_major(b), inner), z)


def relu_backward(g: Array, y: Array) -> Array:
    """g where y > 0 or NaN, else 0: y = max(0, x) is never below 0. Fast when g lies in memory as y does."""
    if type(g) is not np.ndarray and has_kernels(g, y) and g.shape == y.shape:
        return _backward_on_gpu(g, y)
    found = in_one_pass("relu_backward", y, g)
    if found:
        return found[0]
    if type(g) is not np.ndarray or g.nbytes < IN_PARTS or g.shape != y.shape \
            or g.strides != y.strides or g.dtype != y.dtype:
        return g * (y != 0)
    upstream, result = flat(g), flat(y)
    if upstream is None or result is None:
        return g * (y != 0)
    out = empty(result, result.shape)
    for part in parts_of(out.size, out.nbytes):
        out[part] = result[part] != 0               # 1 or 0
        out[part] *= upstream[part]
    return unflat(out, y)


def leaky_relu(x: Array, slope: float) -> Array:
    """x for x > 0, else slope · x."""
    found = in_one_pass("leaky_relu", x, numbers=(float(slope),))
    return found[0] if found else np.where(x > 0, x, x * x.dtype.type(slope))


def leaky_relu_backward(g: Array, x: Array, slope: float) -> Array:
    """g for x > 0, else slope · g."""
    found = in_one_pass("leaky_relu_backward", x, g, numbers=(float(slope),))
    return found[0] if found else np.where(x > 0, g, g * x.dtype.type(slope))


def _backward_on_gpu(g: Array, y: Array) -> Array:
    """In the memory order of y, to which g is brought if it lies otherwise."""
    result = flat(y)
    if result is None:
        return gpu.relu_backward(flat_row_major(g), flat_row_major(y)).reshape(y.shape)
    upstream = flat(g) if g.strides == y.strides else None
    if upstream is None:
        upstream = flat_row_major(g.transpose(memory_order(y)))
    return unflat(gpu.relu_backward(upstream, result), y)
