"""Dropout masks drawn on the GPU: counter-based random numbers, the same on every device."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import Array, array_module
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


class DeviceStream:
    """The random numbers of one generator on the GPU: a seed, and how many draws were made.

    It lives as long as the generator does. Seeding the generator anew changes the numbers in it, not the
    object: a graph that was recorded before looks at the same place for them.
    """

    def __init__(self) -> None:
        self.seed: int | None = None            # None: drawn from the generator when first needed
        self.count = 0                          # draws so far, those of replayed graphs included
        self._mirrors: tuple[Mirror, Mirror] | None = None

    def reset(self, seed: int | None = None, count: int = 0) -> None:
        """Start over from a seed, or from one that the generator will give."""
        self.seed, self.count = seed, count

    def draw(self, xp: Any, generator: np.random.Generator) -> tuple[Array, Array, Mirror]:
        """Seed and count on the device for one more draw, and the count's mirror, to be advanced after it."""
        if self._mirrors is None:
            self._mirrors = Mirror(xp, np.uint64), Mirror(xp, np.uint64)
        seed, count = self._mirrors
        return seed.follow(lambda: (self._seeded(generator),)), count.follow(lambda: (self.count,)), count

    def _seeded(self, generator: np.random.Generator) -> int:
        if self.seed is None:
            self.seed = int(generator.integers(1 << 63))
        return self.seed

    def drawn(self) -> None:
        """One draw more."""
        self.count += 1


class HostGenerator(np.random.Generator):
    """NumPy's generator, with the stream that belongs to it."""

    stream: DeviceStream

    def __init__(self, bits: np.random.BitGenerator, seed: int | None = None, count: int = 0) -> None:
        super().__init__(bits)
        self.stream = DeviceStream()
        self.stream.reset(seed, count)

    def __reduce__(self) -> Any:            # NumPy's would make a plain generator of a copy
        return HostGenerator, (self.bit_generator, self.stream.seed, self.stream.count)


def stream_of(generator: np.random.Generator) -> DeviceStream:
    """The stream that belongs to a generator of the host.

    A plain generator of NumPy's, which cannot keep one, gets a new one each time; GraphError while a step
    is recorded, for each replay would draw the same again.
    """
    if isinstance(generator, HostGenerator):
        return generator.stream
    require_made_before("a stream of random numbers for a plain NumPy generator",
                        "Pass a minigrad.Generator, or none.")
    return DeviceStream()


def stream_state(generator: HostGenerator) -> list[int] | None:
    """[seed, count] of the generator's stream, for a checkpoint; None when it has none yet."""
    stream = generator.stream
    return None if stream.seed is None else [stream.seed, stream.count]


def set_stream_state(generator: HostGenerator, state: list[int] | None) -> None:
    """Continue from what ``stream_state`` returned; ValueError for anything else."""
    if state is None:
        generator.stream.reset()
        return
    if len(state) != 2 or not all(type(number) is int and 0 <= number < 1 << 64 for number in state):
        raise ValueError(f"expected [seed, count] of the device's numbers, got {state}")
    generator.stream.reset(*state)


def dropout_mask(like: Array, p: float, generator: np.random.Generator) -> Array:
    """A flat mask for the entries of ``like``: 1 / (1 − p) with probability 1 − p, else 0."""
    xp, stream = array_module(like), stream_of(generator)
    mask = xp.empty(like.size, like.dtype if has_kernels(like) else np.float32)         # float16 has none
    seed, count, mirror = stream.draw(xp, generator)
    launch("dropout", "dropout_mask", mask, mask.size, mask, np.int64(like.size), seed, count,
           np.uint32(min(round(p * (1 << 32)), MASK_32)), np.float64(1 / (1 - p)))
    mirror.advance()
    with_each_run(stream.drawn)
    return mask.astype(like.dtype, copy=False)
