"""Pooling that chooses: the largest entry of each window, where windows are of any kind.

A window is a list of positions along each dimension. Which entry is the largest is found on arrays, one
dimension after the other; ``gather`` then takes the winners, and knows their gradient.
"""
from __future__ import annotations

import math
from typing import Any, Callable, Sequence

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import array_of, wrap
from ..backend.arrays import Array, array_module
from ..errors import ShapeError
from .convolution import require_numeric
from .gather_scatter import gather
from .pooling import stride_or_window
from .resize import adaptive_sizes
from .volumes import Triple, triple


def winners(x: Array, windows: Sequence[Array]) -> Array:
    """For each window where its largest entry is, of equal ones the first, counted in the flattened image.

    x (…, *spatial), windows for each spatial dimension (outputs, positions); the result (…, *outputs).
    """
    xp, dims = array_module(x), len(windows)
    spatial = x.shape[-dims:]
    at = xp.broadcast_to(xp.arange(math.prod(spatial)).reshape(spatial), x.shape)
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
    y = gather(x.reshape(*shape[:-dims], math.prod(shape[-dims:])), -1, flat).reshape(at.shape)
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
