"""Dropout masks drawn on the GPU: counter-based random numbers, the same on every device."""
from __future__ import annotations

import numpy as np

from ..arrays import Array, array_module
from .kernels import launch
from .mirror import Mirror

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


class DeviceStream:
    """The random numbers of one generator on the GPU: a seed, and how many draws were made."""

    def __init__(self, seed: int, count: int = 0) -> None:
        self.seed, self.start = seed, count
        self.mirror: Mirror | None = None

    @property
    def count(self) -> int:
        """The number of draws so far, those of replayed graphs included."""
        return self.start if self.mirror is None else int(self.mirror.value)


class HostGenerator(np.random.Generator):
    """NumPy's generator, with room for the stream that belongs to it."""

    stream: DeviceStream | None = None


def stream_of(generator: np.random.Generator) -> DeviceStream:
    """The stream that belongs to a generator of the host, which gives it its seed when first asked.

    A plain generator of NumPy's, which cannot keep one, gives a new seed each time.
    """
    stream = getattr(generator, "stream", None) or DeviceStream(int(generator.integers(1 << 63)))
    if isinstance(generator, HostGenerator):
        generator.stream = stream
    return stream


def stream_state(generator: HostGenerator) -> list[int] | None:
    """[seed, count] of the generator's stream, for a checkpoint; None when it has none yet."""
    return None if generator.stream is None else [generator.stream.seed, generator.stream.count]


def set_stream_state(generator: HostGenerator, state: list[int] | None) -> None:
    """Continue from what ``stream_state`` returned; ValueError for anything else."""
    if state is None:
        generator.stream = None
        return
    if len(state) != 2 or not all(type(number) is int and 0 <= number < 1 << 64 for number in state):
        raise ValueError(f"expected [seed, count] of the device's numbers, got {state}")
    generator.stream = DeviceStream(*state)


def dropout_mask(like: Array, p: float, generator: np.random.Generator) -> Array:
    """A flat mask for the entries of ``like``: 1 / (1 − p) with probability 1 − p, else 0."""
    xp, stream = array_module(like), stream_of(generator)
    if stream.mirror is None:
        stream.mirror = Mirror(xp, np.uint64, stream.start)
    mask = xp.empty(like.size, like.dtype)
    launch("dropout", "dropout_mask", like, like.size, mask, np.int64(like.size), np.uint64(stream.seed),
           stream.mirror.array, np.uint32(min(round(p * (1 << 32)), MASK_32)), np.float64(1 / (1 - p)))
    stream.mirror.advance()
    return mask
