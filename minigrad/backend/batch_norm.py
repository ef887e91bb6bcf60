"""Batch normalization of channels, and its derivative. A channel is a row here: images lie batch-last.

In training, x̂ = (x − mean) / s for each channel, s = √(variance + eps), and y = x̂ · w + b.
"""
from __future__ import annotations

import numpy as np

from .arrays import Array, array_module
from .c.kernels import has_kernels, run
from .memory import empty, parts_of
from .tuning import NORM

Moments = tuple[Array, Array]               # mean and variance, one of each for a channel


def as_rows(x: Array) -> Array:
    """(N, C, …) as (C, entries), no copy if it lies batch-last in memory, or is a matrix."""
    return array_module(x).moveaxis(x, 0, -1).reshape(x.shape[1], -1) if x.ndim > 2 else x.T


def as_images(rows: Array, like: Array) -> Array:
    """(C, entries) in the shape of ``like``, (N, C, …), batch-last in memory."""
    if like.ndim == 2:
        return rows.T
    return array_module(rows).moveaxis(rows.reshape(*like.shape[1:], like.shape[0]), -1, 0)


def has_rows(*rows: Array) -> bool:
    """Whether the kernels take these: large enough, channels in one piece."""
    return rows[0].size >= NORM and has_kernels(*rows) and all([r.flags.c_contiguous for r in rows])


def batch_norm(x: Array, w: Array | None, b: Array | None, eps: float) -> tuple[Array, Moments]:
    """x̂ · w + b for rows (C, n), and the moments (C,)."""
    xp = array_module(x)
    mean, variance = xp.empty(len(x), x.dtype), xp.empty(len(x), x.dtype)
    if has_rows(x):
        y = empty(x, x.shape)
        run("batch_norm", x, x, w, b, y, mean, variance, *x.shape, float(eps),
            entries=x.size)
        return y, (mean, variance)
    y = xp.empty_like(x)
    for part in parts_of(len(x), x.nbytes if xp is np else 0):
        mean[part] = x[part].mean(axis=1)
        away = xp.subtract(x[part], mean[part, None], out=y[part])
        variance[part] = (away * away).mean(axis=1)
        away *= _scale(variance[part], None if w is None else w[part], eps)[:, None]
        if b is not None:
            away += b[part, None]
    return y, (mean, variance)


def _scale(variance: Array, w: Array | None, eps: float) -> Array:
    """w / s."""
    return (1 if w is None else w) / array_module(variance).sqrt(variance + variance.dtype.type(eps))


def batch_norm_backward(g: Array, x: Array, w: Array | None, moments: Moments,
                        eps: float, input_too: bool) -> tuple[Array, Array, Array]:
    """∂L/∂x = w / s · (g − mean(g) − x̂ · mean(g · x̂)), ∂L/∂w = Σ g · x̂, ∂L/∂b = Σ g  for rows (C, n).

    The first is None unless ``input_too``.
    """
    mean, variance = moments
    inverse = _scale(variance, None, eps)
    if has_rows(x, g):
        gx = empty(x, x.shape) if input_too else None
        gw, gb = np.empty_like(mean), np.empty_like(mean)
        run("batch_norm_backward", x, g, x, w, mean, inverse, gx, gw, gb, *x.shape,
            entries=x.size)
        return gx, gw, gb
    xp = array_module(x)
    gb, gw = xp.empty_like(mean), xp.empty_like(mean)
    gx = xp.empty_like(x) if input_too else None
    for part in parts_of(len(x), x.nbytes if xp is np else 0):
        standard = (x[part] - mean[part, None]) * inverse[part, None]
        gb[part] = g[part].sum(axis=1)
        gw[part] = (g[part] * standard).sum(axis=1)
        if gx is not None:
            scale = inverse[part] if w is None else inverse[part] * w[part]
            standard *= gw[part, None] / x.shape[1]
            standard += gb[part, None] / x.shape[1]
            gx[part] = (g[part] - standard) * scale[:, None]
    return gx, gw, gb
