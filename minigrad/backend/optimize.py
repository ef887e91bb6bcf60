"""Optimizer updates in place, in blocks that stay in the cache.

An update is a dozen passes over five arrays. Done on whole arrays, each pass fetches everything from
memory again; done on blocks of 65,536 entries, only the first does. The formulas stand in ``optim``.
"""
from __future__ import annotations

import math
from typing import Callable

import numpy as np

from .arrays import Array, array_module

BLOCK = 1 << 16             # entries; five float32 arrays of that size fill 1.3 MB, a core's second cache
SETTLE_EVERY = 64           # steps


def settle(a: Array, squares: bool = False) -> None:
    """Stop a decaying mean, in place, before it becomes subnormal: called every ``SETTLE_EVERY`` steps.

    A weight that gets no gradient any more, for its ReLU is dead, has a mean that shrinks by β each step.
    After some 800 steps it is below the smallest normal float32, 1.2e-38, where Adam's step takes four times
    as long (``benchmarks/NOTES.md``), and there it stays: 0.9 of four smallest subnormals rounds to four
    again. So what would get there before the next call becomes 0; in a mean of ``squares``, which is divided
    by, it becomes the least number that would not.
    """
    if array_module(a) is not np or a.dtype not in (np.float32, np.float64):
        return                                          # a GPU computes subnormals as fast as others
    least = a.dtype.type(np.finfo(a.dtype).tiny * 1024)         # 0.9⁶⁴ = 1/850
    if squares:
        np.copyto(a, least, where=(a > 0) & (a < least))
    else:
        np.copyto(a, 0, where=abs(a) < least)


def in_blocks(update: Callable[..., None], *arrays: Array) -> None:
    """``update`` on the same stretch of each array, block after block, as views that it changes.

    Small arrays, and those that are not row-major in memory, go whole, in one piece.
    """
    p = arrays[0]
    if 0 < p.ndim and p.size <= BLOCK or not all(a.flags.c_contiguous for a in arrays) \
            or array_module(p) is not np:
        update(*arrays)
        return
    flat = [a.reshape(-1) for a in arrays]
    for start in range(0, p.size, BLOCK):
        update(*[a[start:start + BLOCK] for a in flat])


def sgd_update(p: Array, g: Array, velocity: Array | None, lr: float, momentum: float,
               weight_decay: float, dampening: float, nesterov: bool, maximize: bool,
               first: bool) -> None:
    """p ← p − lr · (momentum · velocity + g), with g ← g + weight_decay · p; see ``optim.SGD``."""
    number = p.dtype.type

    def update(p: Array, g: Array, v: Array | None = None) -> None:
        d = -g if maximize else g
        if weight_decay:
            d = d + p * number(weight_decay)
        if v is not None:
            if first:
                v[...] = d
            else:
                v *= number(momentum)
                v += d if dampening == 0 else d * number(1 - dampening)
            d = d + v * number(momentum) if nesterov else v
        p -= d * number(lr)

    in_blocks(update, *((p, g) if velocity is None else (p, g, velocity)))


def adam_update(p: Array, g: Array, m: Array, v: Array, step: int, lr: float,
                betas: tuple[float, float], eps: float, weight_decay: float, decoupled: bool,
                maximize: bool, v_max: Array | None) -> None:
    """One step of Adam (Kingma and Ba 2015) or, decoupled, AdamW; see ``optim.Adam``."""
    xp = array_module(p)
    number = p.dtype.type
    beta1, beta2 = betas
    scale = 1 / math.sqrt(1 - beta2 ** step)           # √v̂ = scale · √v, the bias of v corrected
    size = number(lr / (1 - beta1 ** step) / scale)    # the bias of m corrected; both parts over scale
    keep1, keep2, new1, new2 = number(beta1), number(beta2), number(1 - beta1), number(1 - beta2)
    small = number(eps / scale)

    def update(p: Array, g: Array, m: Array, v: Array, top: Array | None = None) -> None:
        d = -g if maximize else g
        if weight_decay and decoupled:
            p *= number(1 - lr * weight_decay)
        elif weight_decay:
            d = d + p * number(weight_decay)
        work = d * new1
        m *= keep1
        m += work                                      # m ← β₁ m + (1 − β₁) g
        xp.multiply(d, d, out=work)
        work *= new2
        v *= keep2
        v += work                                      # v ← β₂ v + (1 − β₂) g²
        if top is not None:
            xp.maximum(top, v, out=top)
        xp.sqrt(v if top is None else top, out=work)
        work += small
        xp.divide(m, work, out=work)
        work *= size
        p -= work                                      # p ← p − lr · m̂ / (√v̂ + ε)

    in_blocks(update, *((p, g, m, v) if v_max is None else (p, g, m, v, v_max)))
