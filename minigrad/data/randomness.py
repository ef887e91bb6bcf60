"""Random numbers that belong to a batch: the source for random transforms.

A loader may make batches ahead of time in a thread, and may resume in the middle of an epoch. If transforms
drew from one common stream, their numbers would depend on who drew before them. So each batch has a stream of
its own, made from the seed of the epoch and the number of the batch.
"""
from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import Iterator

import numpy as np

from ..backend.random import Generator, generator_of


class Epoch:
    """One pass over the data: its seed, and how many batches are done.

    The seed is drawn when first needed, so that a loader in fixed order without random transforms leaves the
    generator untouched: evaluating does not change training.
    """

    def __init__(self, generator: Generator | None, seed: int | None = None, done: int = 0) -> None:
        self.generator, self.known_seed, self.done = generator, seed, done
        self.rank = 0

    @property
    def seed(self) -> int:
        """A number from 0 to 2⁶³ − 1 that determines everything random in this epoch."""
        if self.known_seed is None:
            self.known_seed = int(generator_of(self.generator).integers(2**63 - 1))
        return self.known_seed

    def order_stream(self) -> np.random.Generator:
        """The random numbers for the order of the samples."""
        return np.random.Generator(np.random.PCG64(self.seed))


class _Batch:
    """The place of one batch; its stream is made when a transform first needs it."""

    def __init__(self, epoch: Epoch, number: int) -> None:
        self.epoch, self.number = epoch, number
        self.stream: np.random.Generator | None = None


_current: ContextVar[_Batch | None] = ContextVar("batch", default=None)


@contextmanager
def batch_stream(epoch: Epoch, number: int) -> Iterator[None]:
    """Within this block ``random_stream()`` gives the stream of batch ``number`` of ``epoch``."""
    token = _current.set(_Batch(epoch, number))
    try:
        yield
    finally:
        _current.reset(token)


def random_stream(generator: Generator | None = None) -> np.random.Generator:
    """Where a transform draws from: ``generator`` if given; in a loader, the stream of the batch being made;
    otherwise minigrad's default generator."""
    batch = _current.get()
    if generator is not None or batch is None:
        return generator_of(generator)
    if batch.stream is None:
        batch.stream = np.random.Generator(np.random.PCG64(
            [batch.epoch.seed, batch.number] + [batch.epoch.rank] * (batch.epoch.rank > 0)))
    return batch.stream
