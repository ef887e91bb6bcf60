"""Pooling that chooses: the largest entry of each window, where windows are of any kind, and its inverse.

A window is a list of positions along each dimension. Which entry is the largest is found on arrays, one
dimension after the other; ``gather`` then takes the winners, and knows their gradient.
"""
from __future__ import annotations

import math
from typing import Any, Callable, Sequence

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import array_of, wrap
from ..backend.arrays import Array, array_module, to_numpy
from ..backend.random import generator_of
from ..errors import DTypeError, RangeError, ShapeError
from .convolution import require_numeric
from .gather_scatter import gather, scatter
from .pooling import stride_or_window
from .resize import adaptive_sizes
from .volumes import Triple, triple


def winners(x: Array, windows: Sequence[Array]) -> Array:
    """For each window the position of its largest entry, the first of equal ones, in the flattened
    dimensions.

    x (…, *spatial), windows for each spatial dimension (outputs, positions); the result (…, *outputs).
    """
    xp, dims = array_module(x), len(windows)
    spatial = x.shape[-dims:]
    at = xp.broadcast_to(xp.arange(int(np.prod(spatial))).reshape(spatial), x.shape)
    for axis in range(-1, -dims - 1, -1):
        window = xp.asarray(windows[axis])
        before = x.ndim + axis
        x, at = (xp.take(v, window, axis=before) for v in (x, at))              # (…, outputs, positions, …)
        best = xp.expand_dims(x.argmax(before + 1), before + 1)
        x, at = (xp.take_along_axis(v, best, before + 1).squeeze(before + 1) for v in (x, at))
    return at


def chosen(x: Any, at: Array, dims: int, return_indices: bool) -> Any:
    """The entries of x at the winners' places; with the places if asked for."""
    shape = tuple(x.shape)
    flat = at.reshape(*shape[:-dims], math.prod(at.shape[-dims:]))
    y = gather(x.reshape(*shape[:-dims], int(np.prod(shape[-dims:]))), -1, flat).reshape(at.shape)
    return (y, wrap(at) if isinstance(y, Tensor) else at) if return_indices else y


def sliding(name: str, n: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> Array:
    """The windows (outputs, positions) of a pooling along one dimension of n entries."""
    if 2 * p > k:
        raise ShapeError(f"{name}: padding {p} is more than half of the window {k}, so that some windows "
                         "would hold nothing but padding.")
    over = n + 2 * p - d * (k - 1) - 1
    count = (-(-over // s) if ceil_mode else over // s) + 1
    if ceil_mode and (count - 1) * s >= n + p:          # the last window would start past the end
        count -= 1
    if count < 1:
        raise ShapeError(f"{name}: a window of {k} (dilation {d}) does not fit into {n} with padding {p}.")
    at = np.arange(count)[:, None] * s - p + np.arange(k) * d
    inside = (at >= 0) & (at < n)
    first = np.take_along_axis(at, inside.argmax(1)[:, None], 1)  # padding counts as the first entry
    return np.where(inside, at, first)


def max_pool3d(input: Any, kernel_size: int | Triple, stride: int | Triple | None = None,
               padding: int | Triple = 0, dilation: int | Triple = 1, ceil_mode: bool = False,
               return_indices: bool = False) -> Any:
    """The largest entry of each window of a volume: (N, C, D, H, W) or (C, D, H, W).

    Options and errors as in ``max_pool2d``; indices count the D·H·W entries.

    >>> x = minigrad.arange(8.0).reshape(1, 1, 2, 2, 2)
    >>> minigrad.nn.functional.max_pool3d(x, 2).flatten()
    tensor([7.])
    """
    name, shape = "max_pool3d", tuple(input.shape)
    if len(shape) not in (4, 5) or 0 in shape[-4:]:
        raise ShapeError(f"{name}: the input must be (N, C, D, H, W) or (C, D, H, W), but it is {shape}.")
    require_numeric(name, input)
    options = (triple(kernel_size, f"{name}: kernel_size"),
               triple(stride_or_window(stride, kernel_size), f"{name}: stride"),
               triple(padding, f"{name}: padding", 0), triple(dilation, f"{name}: dilation"))
    windows = [sliding(name, n, k, s, p, d, ceil_mode) for n, k, s, p, d in zip(shape[-3:], *options)]
    return chosen(input, winners(array_of(input), windows), 3, return_indices)


def _adaptive_max(dims: int) -> Callable[..., Any]:
    """adaptive_max_pool1d, 2d or 3d."""
    name, letters = f"adaptive_max_pool{dims}d", ("L", "H, W", "D, H, W")[dims - 1]

    def pool(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        sizes = adaptive_sizes(name, input, output_size, dims)
        require_numeric(name, input)
        windows = []
        for n, m in zip(input.shape[-dims:], sizes):
            start, stop = np.arange(m) * n // max(m, 1), -(-(np.arange(m) + 1) * n // max(m, 1))
            at = start[:, None] + np.arange(int((stop - start).max(initial=0)))
            windows.append(np.minimum(at, stop[:, None] - 1))
        return chosen(input, winners(array_of(input), windows), dims, return_indices)
    pool.__name__ = pool.__qualname__ = name
    pool.__doc__ = f"""The largest entries of as many windows as the output has entries.

    (N, C, {letters}) or (C, {letters}) → (…, *output_size); None keeps a size. With ``return_indices`` also
    where they are in the flattened input. Raises ShapeError for other shapes.

    >>> x = minigrad.arange(4.0 ** {dims}).reshape(1, {', '.join(['4'] * dims)})
    >>> minigrad.nn.functional.{name}(x, 2).max()
    tensor({4 ** dims - 1}.)
    """
    return pool


adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = map(_adaptive_max, (1, 2, 3))


def fractional_max_pool(name: str, input: Any, kernel: Sequence[int], sizes: Sequence[int],
                        samples: Any, return_indices: bool) -> Any:
    """Windows at places drawn for each channel: along a dimension, steps of two neighboring sizes.

    samples (N, C, dimensions): uniform numbers in [0, 1), or None to draw them.
    """
    shape, dims = tuple(input.shape), len(kernel)
    if len(shape) not in (dims + 1, dims + 2):
        raise ShapeError(f"{name}: the input must have {dims + 1} or {dims + 2} dimensions, but it is "
                         f"{shape}.")
    if any(not 1 <= m <= n - k + 1 for n, m, k in zip(shape[-dims:], sizes, kernel)):
        raise ShapeError(f"{name}: windows of {tuple(kernel)} over {shape[-dims:]} cannot give "
                         f"{tuple(sizes)}.")
    planes = array_of(input).reshape(math.prod(shape[:-dims]), *shape[-dims:])
    if samples is None:
        samples = generator_of(None).random((len(planes), dims))
    drawn = to_numpy(array_of(samples)).reshape(-1, dims)[:len(planes), ::-1 if dims == 2 else 1]
    at = []
    for plane, draw in zip(planes, drawn):
        windows = []
        for n, m, k, u in zip(plane.shape, sizes, kernel, draw):
            alpha = (n - k) / (m - 1) if m > 1 else 0.0
            starts = ((np.arange(m) + u) * alpha).astype(int) - int(u * alpha)
            starts[-1] = n - k
            windows.append(starts[:, None] + np.arange(k))
        at.append(winners(plane, windows))
    xp = array_module(planes)
    places = xp.stack(at) if at else xp.zeros((0, *sizes), np.int64)
    return chosen(input, places.reshape(*shape[:-dims], *sizes), dims, return_indices)


def max_unpool(name: str, input: Any, indices: Any, kernel: Sequence[int], stride: Sequence[int],
               padding: Sequence[int], output_size: Sequence[int] | None) -> Any:
    """Zeros with the entries of ``input`` at ``indices``: what max pooling lost is 0."""
    shape, dims = tuple(input.shape), len(kernel)
    if len(shape) not in (dims + 1, dims + 2) or tuple(indices.shape) != shape:
        raise ShapeError(f"{name}: the input must have {dims + 1} or {dims + 2} dimensions and the indices "
                         f"its shape, got {shape} and {tuple(indices.shape)}.")
    usual = [(n - 1) * s + k - 2 * p for n, s, k, p in zip(shape[-dims:], stride, kernel, padding)]
    size = usual if output_size is None else list(output_size)[-dims:]
    if len(size) != dims or any(abs(a - b) >= s for a, b, s in zip(size, usual, stride)):
        raise ShapeError(f"{name}: output_size must be closer to {usual} than one stride {tuple(stride)}, "
                         f"got {list(output_size or ())}.")
    at = array_of(indices)
    if at.dtype.kind not in "iu":
        raise DTypeError(f"{name}: indices must be integers, as return_indices=True gives them, got "
                         f"{at.dtype}.")
    flat, count = at.reshape(*shape[:-dims], -1), int(np.prod(size))
    if at.size and int(at.max()) >= count:
        raise RangeError(f"{name}: indices must be in [0, {count - 1}], got {int(at.max())}.")
    xp = array_module(at)
    zeros = wrap(xp.zeros((*shape[:-dims], count), input.dtype))
    return scatter(zeros, -1, wrap(flat), input.reshape(*flat.shape)).reshape(*shape[:-dims], *size)
