"""Softmax and cross-entropy fused: two kernels forward, one backward, and no look at the labels."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arrays import Array, array_module
from .kernels import launch


class Rows(NamedTuple):
    """For each row of logits: its loss, ln Σ eˣ, and 1, or 0 where the label is ignored."""

    loss: Array
    lse: Array
    weight: Array


def rows_reference(x: Array, target: Array, ignored: int) -> Rows:
    """loss = ln Σ eˣ − xₜ for logits x (N, classes) and labels (N); NaN for a label that isn't a class."""
    top = x.max(axis=1, keepdims=True)
    lse = top[:, 0] + np.log(np.exp(x - top).sum(axis=1))
    known = (target >= 0) & (target < x.shape[1])
    own = np.where(target[:, None] == np.arange(x.shape[1]), x, 0).sum(axis=1)          # xₜ
    loss = np.where(known, lse - own, np.nan)
    return Rows(np.where(target == ignored, 0, loss).astype(x.dtype), lse.astype(x.dtype),
                (target != ignored).astype(x.dtype))


def mean_reference(rows: Rows) -> Array:
    """(Σ loss / Σ weight, Σ weight)."""
    return np.stack([rows.loss.sum() / rows.weight.sum(), rows.weight.sum()])


def backward_reference(x: Array, target: Array, lse: Array, g: Array, divisor: Array | None,
                       ignored: int) -> Array:
    """∂L/∂x = g · (p − onehot(t)) / divisor, and 0 in ignored rows; g of shape () or (N)."""
    p = np.exp(x - lse[:, None])
    p -= target[:, None] == np.arange(x.shape[1])
    p *= (g.reshape(-1, 1) if g.ndim else g) / (1 if divisor is None else divisor)
    return np.where((target == ignored)[:, None], 0, p).astype(x.dtype)


def rows(x: Array, target: Array, ignored: int) -> Rows:
    """The same in one kernel; x row-major, target int64."""
    xp = array_module(x)
    n, classes = x.shape
    out = Rows(*(xp.empty(n, x.dtype) for _ in range(3)))
    launch("cross_entropy", "cross_entropy", x, 32 * n, x, target, *out, np.int64(n), np.int32(classes),
           np.int64(ignored))
    return out


def mean(rows: Rows) -> Array:
    """(Σ loss / Σ weight, Σ weight) as an array of two."""
    out = array_module(rows.loss).empty(2, rows.loss.dtype)
    launch("cross_entropy", "weighted_mean", rows.loss, 256, rows.loss, rows.weight, out,
           np.int64(rows.loss.size), block=256)
    return out


def backward(x: Array, target: Array, lse: Array, g: Array, divisor: Array | None, ignored: int) -> Array:
    """∂L/∂x; g a single number, or one for each row, row-major."""
    gx = array_module(x).empty_like(x)
    launch("cross_entropy", "cross_entropy_backward", x, x.size, x, target, lse, g,
           np.int32(g.ndim), divisor, gx, np.int64(x.size), np.int32(x.shape[1]), np.int64(ignored))
    return gx
