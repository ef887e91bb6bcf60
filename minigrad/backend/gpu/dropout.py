"""Dropout masks drawn on the GPU: counter-based random numbers, the same on every device."""
from __future__ import annotations

import numpy as np

from ..arrays import Array, array_module
from ..random import DeviceStream, HostGenerator
from .kernels import has_kernels, launch
from .mirror import Mirror
from .recording import require_made_before, with_each_run

MASK_32 = 0xFFFFFFFF


def philox_reference(seed: int, count: int, i: np.ndarray) -> np.ndarray:
    """Philox 4x32-10: for every i four random numbers of 32 bits, uint32 (len(i), 4)."""
    k0, k1 = seed & MASK_32, seed >> 32
    i = np.asarray(i, np.uint64)
    c0, c1 = i & np.uint64(MASK_32), i >> np.uint64(32)
    c2, c3 = np.full_like(c0, count & MASK_32), np.full_like(c0, count >> 32)
    for _ in range(10):
        product0, product1 = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = (product1 >> np.uint64(32) ^ c1 ^ np.uint64(k0), product1 & np.uint64(MASK_32),
                          product0 >> np.uint64(32) ^ c3 ^ np.uint64(k1), product0 & np.uint64(MASK_32))
        k0, k1 = (k0 + 0x9E3779B9) & MASK_32, (k1 + 0xBB67AE85) & MASK_32
    return np.stack([c0, c1, c2, c3], axis=1).astype(np.uint32)


def mask_reference(n: int, seed: int, count: int, limit: int, scale: float) -> np.ndarray:
    """scale where the random number of an entry is at least ``limit``, else 0; float64 (n)."""
    bits = philox_reference(seed, count, np.arange(-(-n // 4))).reshape(-1)[:n]
    return np.where(bits >= limit, scale, 0.0)


def stream_of(generator: np.random.Generator) -> DeviceStream:
    """The stream that belongs to a generator of the host.

    A plain NumPy generator, which cannot keep one, gets a new one each time; GraphError while a step
    is recorded, for each replay would draw the same again.
    """
    if isinstance(generator, HostGenerator):
        return generator.stream
    require_made_before("a stream of random numbers for a plain NumPy generator",
                        "Pass a minigrad.Generator, or none.")
    return DeviceStream()


def dropout_mask(like: Array, p: float, generator: np.random.Generator) -> Array:
    """A flat mask for the entries of ``like``: 1 / (1 − p) with probability 1 − p, else 0."""
    xp, stream = array_module(like), stream_of(generator)
    if stream.mirrors is None:
        stream.mirrors = Mirror(xp, np.uint64), Mirror(xp, np.uint64)
    seed, count = stream.mirrors
    mask = xp.empty(like.size, like.dtype if has_kernels(like) else np.float32)         # float16 has none
    launch("dropout", "dropout_mask", mask, mask.size, mask, np.int64(like.size),
           seed.follow(lambda: (stream.seeded(generator),)), count.follow(lambda: (stream.count,)),
           np.uint32(min(round(p * (1 << 32)), MASK_32)), np.float64(1 / (1 - p)))
    count.advance()
    with_each_run(stream.drawn)
    return mask.astype(like.dtype, copy=False)
