"""The order of samples. A sampler turns random numbers into an array of sample numbers.

The loader draws one seed per epoch and passes ``indices`` a fresh stream made from it. So one number
determines the whole order of an epoch, and a resumed run can make the same order again.
"""
from __future__ import annotations

from typing import Any, Iterator, Sequence

import numpy as np

from ..backend.random import Generator, generator_of
from ..errors import RangeError
from ..errors.arguments import require_integers
from .dataset import index_array


class Sampler:
    """An order of samples. Subclasses define ``indices`` (or ``__iter__``) and ``__len__``.

    DataLoader also accepts any other iterable of sample numbers.

    >>> class Reversed(minigrad.data.Sampler):
    ...     def __init__(self, data): self.n = len(data)
    ...     def __len__(self): return self.n
    ...     def __iter__(self): return iter(range(self.n - 1, -1, -1))
    >>> list(Reversed("abc"))
    [2, 1, 0]
    """

    generator: Generator | None = None

    def __init__(self, data_source: Any = None) -> None:
        pass

    def indices(self, random: np.random.Generator) -> np.ndarray:
        """The sample numbers of one epoch, int64 of shape (len(self),), in order."""
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def pieces(self, random: np.random.Generator, size: int) -> Iterator[np.ndarray]:
        """The epoch in pieces of ``size`` sample numbers, the last of them as short as need be."""
        order = self.indices(random)
        return (order[start:start + size] for start in range(0, len(order), size))

    def __iter__(self) -> Iterator[int]:
        for piece in self.pieces(generator_of(self.generator), 4096):
            yield from piece.tolist()


def gives_arrays(sampler: Any) -> bool:
    """Whether ``sampler.indices`` gives its order: not if a subclass overrides ``__iter__``."""
    return isinstance(sampler, Sampler) and type(sampler).__iter__ is Sampler.__iter__


class SequentialSampler(Sampler):
    """0, 1, 2, … in order.

    >>> list(minigrad.data.SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Any) -> None:
        self.data_source = data_source

    def indices(self, random: np.random.Generator) -> np.ndarray:
        return np.arange(len(self.data_source))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler):
    """Every sample once, in random order; or ``num_samples`` draws with ``replacement``.

    Draws with replacement are made as they are needed, so that ``num_samples`` may be huge. Raises
    RangeError unless ``num_samples`` is an integer from 1.

    >>> sorted(minigrad.data.RandomSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Any, replacement: bool = False, num_samples: int | None = None,
                 generator: Generator | None = None) -> None:
        self.data_source, self.replacement, self.generator = data_source, replacement, generator
        if num_samples is not None:
            require_integers("RandomSampler", num_samples=num_samples)
        self.num_samples = num_samples

    def indices(self, random: np.random.Generator) -> np.ndarray:
        """A permutation (several, one after the other, when more samples are asked for)."""
        n, count = len(self.data_source), len(self)
        if self.replacement:
            return random.integers(0, n, count)
        rounds = [random.permutation(n) for _ in range(-(-count // n))]
        return rounds[0][:count] if len(rounds) == 1 else np.concatenate(rounds)[:count]

    def pieces(self, random: np.random.Generator, size: int) -> Iterator[np.ndarray]:
        if not self.replacement:
            return super().pieces(random, size)
        n, count = len(self.data_source), len(self)
        return (random.integers(0, n, min(size, count - start)) for start in range(0, count, size))

    def __len__(self) -> int:
        return len(self.data_source) if self.num_samples is None else self.num_samples


class SubsetRandomSampler(Sampler):
    """The given sample numbers, in random order. Raises DTypeError when they are not integers.

    >>> sorted(minigrad.data.SubsetRandomSampler([7, 3, 5]))
    [3, 5, 7]
    """

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.subset, self.generator = index_array(indices, "SubsetRandomSampler"), generator

    def indices(self, random: np.random.Generator) -> np.ndarray:
        return random.permutation(self.subset)

    def __len__(self) -> int:
        return len(self.subset)


class WeightedRandomSampler(Sampler):
    """``num_samples`` draws, sample i with probability ``weights[i]`` / Σ weights.

    The usual remedy for a rare class: weight every sample by 1 / (size of its class). Raises RangeError for
    weights below 0 or all 0, and for more draws without replacement than samples.

    >>> list(minigrad.data.WeightedRandomSampler([0.0, 1.0], 3))
    [1, 1, 1]
    """

    def __init__(self, weights: Sequence[float], num_samples: int, replacement: bool = True,
                 generator: Generator | None = None) -> None:
        w = np.asarray(weights, np.float64)
        require_integers("WeightedRandomSampler", num_samples=num_samples)
        if w.ndim != 1 or not w.size or not np.isfinite(w).all() or w.min() < 0 or not w.sum() > 0:
            raise RangeError("WeightedRandomSampler: expected a list of finite weights from 0, not "
                             f"all of them 0, got {weights!r:.80}.")
        if not replacement and num_samples > np.count_nonzero(w):
            raise RangeError(f"WeightedRandomSampler: {num_samples} draws without replacement need "
                             f"as many samples of weight above 0; there are {np.count_nonzero(w)}.")
        self.weights, self.num_samples, self.replacement = w / w.sum(), num_samples, replacement
        self.generator = generator

    def indices(self, random: np.random.Generator) -> np.ndarray:
        return random.choice(len(self.weights), self.num_samples, self.replacement, self.weights)

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler:
    """Groups a sampler's numbers into lists of ``batch_size``, for ``DataLoader(batch_sampler=…)``.

    Raises RangeError unless ``batch_size`` is an integer from 1.

    >>> list(minigrad.data.BatchSampler(range(5), 2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Any, batch_size: int, drop_last: bool) -> None:
        require_integers("BatchSampler", batch_size=batch_size)
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self) -> Iterator[list[int]]:
        batch: list[int] = []
        for index in self.sampler:
            batch.append(index)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

    def __len__(self) -> int:
        n = len(self.sampler)
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)
