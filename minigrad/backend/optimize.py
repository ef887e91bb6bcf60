"""Optimizer updates in place, in blocks that stay in the cache.

An update is a dozen passes over five arrays. Done on whole arrays, each pass fetches everything from
memory again; done on blocks of 16,384 entries, only the first does. The formulas stand in ``optim``.
"""
from __future__ import annotations

import math
from typing import Iterator

import numpy as np

from .arrays import Array, array_module

BLOCK = 1 << 14             # entries; five float32 arrays of that size fill 320 KiB


def blocks(*arrays: Array) -> Iterator[tuple[Array, ...]]:
    """The same stretch of each array, block after block, as views that can be written to.

    Small arrays, and those that are not row-major in memory, come whole, in one piece.
    """
    if 0 < arrays[0].ndim and arrays[0].size <= BLOCK or not all(a.flags.c_contiguous for a in arrays) \
            or array_module(arrays[0]) is not np:
        yield arrays
        return
    flat = [a.reshape(-1) for a in arrays]
    for start in range(0, flat[0].size, BLOCK):
        yield tuple([a[start:start + BLOCK] for a in flat])


def sgd_update(p: Array, g: Array, velocity: Array | None, lr: float, momentum: float,
               weight_decay: float, dampening: float, nesterov: bool, maximize: bool,
               first: bool) -> None:
    """p ← p − lr · (momentum · velocity + g), with g ← g + weight_decay · p; see ``optim.SGD``."""
    number = p.dtype.type
    arrays = (p, g) if velocity is None else (p, g, velocity)
    for pb, gb, *rest in blocks(*arrays):
        d = -gb if maximize else gb
        if weight_decay:
            d = d + pb * number(weight_decay)
        if rest:
            vb = rest[0]
            if first:
                vb[...] = d
            else:
                vb *= number(momentum)
                vb += d if dampening == 0 else d * number(1 - dampening)
            d = d + vb * number(momentum) if nesterov else vb
        pb -= d * number(lr)


def adam_update(p: Array, g: Array, m: Array, v: Array, step: int, lr: float,
                betas: tuple[float, float], eps: float, weight_decay: float, decoupled: bool,
                maximize: bool, v_max: Array | None) -> None:
    """One step of Adam (Kingma and Ba 2015) or, decoupled, AdamW; see ``optim.Adam``."""
    xp = array_module(p)
    number = p.dtype.type
    beta1, beta2 = betas
    size = lr / (1 - beta1 ** step)                    # the bias of m, corrected
    scale = 1 / math.sqrt(1 - beta2 ** step)           # the bias of √v, corrected
    arrays = (p, g, m, v) if v_max is None else (p, g, m, v, v_max)
    for pb, gb, mb, vb, *top in blocks(*arrays):
        d = -gb if maximize else gb
        if weight_decay and decoupled:
            pb *= number(1 - lr * weight_decay)
        elif weight_decay:
            d = d + pb * number(weight_decay)
        work = d * number(1 - beta1)
        mb *= number(beta1)
        mb += work                                     # m ← β₁ m + (1 − β₁) g
        xp.multiply(d, d, out=work)
        work *= number(1 - beta2)
        vb *= number(beta2)
        vb += work                                     # v ← β₂ v + (1 − β₂) g²
        if top:
            xp.maximum(top[0], vb, out=top[0])
        xp.sqrt(top[0] if top else vb, out=work)
        work *= number(scale)
        work += number(eps)
        xp.divide(mb, work, out=work)
        work *= number(size)
        pb -= work                                     # p ← p − lr · m̂ / (√v̂ + ε)
