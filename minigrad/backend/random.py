"""One generator of random numbers for everything that is random: initial weights, dropout, shuffles.

``manual_seed(0)`` makes a run repeatable. The state can be read and set again, so that a resumed
run continues with the very numbers the interrupted one would have drawn.
"""
from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..errors import DataError
from .gpu.dropout import HostGenerator, set_stream_state, stream_state


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
        on_device = stream_state(self.numpy)        # what dropout draws on a GPU
        return json.dumps(state if on_device is None else {**state, "device": on_device})

    def set_state(self, state: str) -> None:
        """Continue from what ``get_state`` returned; DataError for anything else, with nothing changed."""
        try:
            values = json.loads(state)
            on_device = values.pop("device", None)
            trial = HostGenerator(np.random.PCG64(0))       # NumPy sets what it can before it raises
            trial.bit_generator.state = values
            set_stream_state(trial, on_device)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
            raise DataError("Generator.set_state: expected the text that get_state() returned, got "
                            f"{str(state)[:60]!r} ({type(error).__name__}: {error}).") from None
        self.numpy.bit_generator.state = values
        set_stream_state(self.numpy, on_device)


default_generator = Generator()


def generator_of(generator: Generator | None) -> np.random.Generator:
    """NumPy's generator inside of ``generator``, or inside of the default one."""
    return (default_generator if generator is None else generator).numpy


def random_bits(count: int, generator: np.random.Generator) -> np.ndarray:
    """``count`` numbers of 16 random bits: what ``integers(0, 65536, dtype=uint16)`` draws, in half the time.

    Each 64-bit number of the generator makes four of them.
    """
    return generator.bit_generator.random_raw(-(-count // 4)).view(np.uint16)[:count]


def manual_seed(seed: int) -> Generator:
    """Seed the default generator, from which everything random in minigrad draws.

    >>> import minigrad
    >>> _ = minigrad.manual_seed(0)
    >>> a = minigrad.rand(2); _ = minigrad.manual_seed(0)
    >>> bool((a == minigrad.rand(2)).all())
    True
    """
    return default_generator.manual_seed(seed)


def get_rng_state() -> str:
    """The default generator's state, for a checkpoint.

    >>> import minigrad
    >>> state = minigrad.get_rng_state()
    >>> a = minigrad.rand(2); minigrad.set_rng_state(state)
    >>> minigrad.equal(a, minigrad.rand(2))
    True
    """
    return default_generator.get_state()


def set_rng_state(state: Any) -> None:
    """Continue the default generator from a saved state. Raises DataError for what is none.

    >>> import minigrad
    >>> state = minigrad.get_rng_state()
    >>> a = minigrad.randperm(9); minigrad.set_rng_state(state)
    >>> minigrad.equal(a, minigrad.randperm(9))
    True
    """
    default_generator.set_state(state)
