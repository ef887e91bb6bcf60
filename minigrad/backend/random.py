"""One generator of random numbers for everything that is random: initial weights, dropout, shuffles.

``manual_seed(0)`` makes a run repeatable. The state can be read and set again, so that a resumed
run continues with exactly the numbers that the interrupted one would have drawn.
"""
from __future__ import annotations

import json
from contextlib import contextmanager
from typing import Any, Iterator

import numpy as np

from ..errors import DataError
from .noting import in_progress


class DeviceStream:
    """The random numbers that a GPU draws for one generator: a seed, and how many draws were made.

    It lives as long as the generator does. Seeding the generator again changes the numbers in it, not the
    object: a graph that was recorded before looks for them in the same place.
    """

    def __init__(self, seed: int | None = None, count: int = 0) -> None:
        self.reset(seed, count)
        self.mirrors: Any = None                # both in the device's memory, after the first draw

    def reset(self, seed: int | None = None, count: int = 0) -> None:
        """Start over from a seed, or from one that the generator will give when it is first needed."""
        self.seed, self.count = seed, count     # draws so far, those of replayed graphs included

    def seeded(self, generator: np.random.Generator) -> int:
        """The seed; the first call draws it from the generator, if there is none."""
        if self.seed is None:
            self.seed = int(generator.integers(1 << 63))
        return self.seed

    def drawn(self) -> None:
        """One draw more."""
        self.count += 1

    def state(self) -> list[int] | None:
        """[seed, count] for a checkpoint; None while there is no seed."""
        return None if self.seed is None else [self.seed, self.count]

    def set_state(self, state: list[int] | None) -> None:
        """Continue from what ``state`` returned; ValueError for anything else."""
        if state is not None and (len(state) != 2 or not all(
                type(number) is int and 0 <= number < 1 << 64 for number in state)):
            raise ValueError(f"expected [seed, count] of the device's numbers, got {state}")
        self.reset(*state or ())


class HostGenerator(np.random.Generator):
    """NumPy's generator, with the stream that belongs to it."""

    def __init__(self, bits: np.random.BitGenerator, seed: int | None = None, count: int = 0) -> None:
        super().__init__(bits)
        self.stream = DeviceStream(seed, count)

    def __reduce__(self) -> Any:            # NumPy's would make a plain generator of a copy
        return HostGenerator, (self.bit_generator, self.stream.seed, self.stream.count)


class Generator:
    """A seeded source of random numbers (NumPy's PCG64).

    >>> from minigrad.backend.random import Generator
    >>> a, b = Generator(1), Generator(1)
    >>> bool(a.numpy.random() == b.numpy.random())
    True
    """

    def __init__(self, seed: int | None = None) -> None:
        self.numpy = HostGenerator(np.random.PCG64(seed))

    def manual_seed(self, seed: int) -> Generator:
        """Start over from ``seed``, a non-negative integer."""
        if not isinstance(seed, (int, np.integer)) or seed < 0:
            raise ValueError(f"manual_seed: expected an integer from 0, got {seed!r}.")
        self.numpy.bit_generator.state = np.random.PCG64(seed).state        # the object stays: graphs know it
        self.numpy.stream.reset()
        return self

    def get_state(self) -> str:
        """The whole state as a line of JSON text."""
        state = dict(self.numpy.bit_generator.state)
        on_device = self.numpy.stream.state()       # what dropout draws on a GPU
        return json.dumps(state if on_device is None else {**state, "device": on_device})

    def set_state(self, state: str) -> None:
        """Continue from what ``get_state`` returned; DataError for anything else, with nothing changed."""
        try:
            values = json.loads(state)
            on_device = values.pop("device", None)
            trial = HostGenerator(np.random.PCG64(0))       # NumPy sets what it can before it raises
            trial.bit_generator.state = values
            trial.stream.set_state(on_device)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
            raise DataError("Generator.set_state: expected the text that get_state() returned, got "
                            f"{str(state)[:60]!r} ({type(error).__name__}: {error}).") from None
        self.numpy.bit_generator.state = values
        self.numpy.stream.set_state(on_device)


default_generator = Generator()


def generator_of(generator: Generator | None) -> np.random.Generator:
    """NumPy's generator inside ``generator``, or inside the default one."""
    numpy = (default_generator if generator is None else generator).numpy
    return in_progress[-1].generator(numpy) if in_progress else numpy


def manual_seed(seed: int) -> Generator:
    """Seed the default generator, from which everything random in minigrad draws.

    >>> _ = minigrad.manual_seed(0)
    >>> a = minigrad.rand(2); _ = minigrad.manual_seed(0)
    >>> bool((a == minigrad.rand(2)).all())
    True
    """
    return default_generator.manual_seed(seed)


def get_rng_state() -> str:
    """The default generator's state, for a checkpoint.

    >>> state = minigrad.get_rng_state()
    >>> a = minigrad.rand(2); minigrad.set_rng_state(state)
    >>> minigrad.equal(a, minigrad.rand(2))
    True
    """
    return default_generator.get_state()


def set_rng_state(state: Any) -> None:
    """Continue the default generator from a saved state. Raises DataError for anything else.

    >>> state = minigrad.get_rng_state()
    >>> a = minigrad.randperm(9); minigrad.set_rng_state(state)
    >>> minigrad.equal(a, minigrad.randperm(9))
    True
    """
    default_generator.set_state(state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True) -> Iterator[None]:
    """After the block the random numbers go on as if it had drawn none.

    >>> _ = minigrad.manual_seed(0)
    >>> a = minigrad.rand(2); _ = minigrad.manual_seed(0)
    >>> with minigrad.random.fork_rng():
    ...     _ = minigrad.rand(9)
    >>> minigrad.equal(a, minigrad.rand(2))
    True
    """
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)
