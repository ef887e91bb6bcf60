"""DataLoader: batches of a data set, in order or shuffled, made ahead of time on request."""
from __future__ import annotations

import warnings
from contextlib import closing
from itertools import islice
from typing import Any, Callable, Iterable, Iterator

import numpy as np

from ..backend.random import Generator, default_generator
from ..distributed.group import world
from ..errors import DTypeError, DataError, RangeError
from ..errors.arguments import require_integers
from ..errors.states import COUNT, TEXT, check_state, optional
from .collate import default_collate, default_convert
from .dataset import IterableDataset, fetch, index_array
from .pinning import can_pin, pinned
from .prefetch import prefetch
from .randomness import Epoch, batch_stream
from .sampler import BatchSampler, RandomSampler, SequentialSampler, gives_arrays


class DataLoader:
    """Iterates over a data set in batches. Each ``for`` loop over it is one epoch.

    Args:
        dataset: anything with ``__getitem__(i)`` and ``__len__()``. If it has ``get_batch``, every
            batch is made in one step; otherwise ``collate_fn`` combines single samples.
        batch_size: samples per batch. None yields single samples, not batches.
        shuffle: a new random order each epoch, decided by ``generator`` alone.
        sampler: an iterable of sample numbers to take instead of 0, 1, 2, …
        batch_sampler: an iterable of lists of sample numbers, one list per batch.
        num_workers: from 1, a background thread makes ``num_workers · prefetch_factor`` batches ahead. 0
            makes each batch when it is needed.
        collate_fn: makes a batch from a list of samples; ``get_batch`` is then not used.
        pin_memory: put batches into page-locked memory, from which ``x.to("cuda", non_blocking=True)``
            copies while the program goes on; without a GPU it is ignored, with a warning.
        drop_last: leave out the last batch if it is smaller than the others.
        timeout: with workers, seconds to wait for a batch before DataError; 0 waits forever.
        worker_init_fn: with workers, called as ``worker_init_fn(0)`` in the thread as it starts.
        prefetch_factor: with workers, batches made ahead per worker; 2 when None.
        multiprocessing_context, pin_memory_device, in_order: accepted, and without effect.
        persistent_workers: accepted with workers, and without effect: the thread shares the data set with the
            program, so whatever it keeps in memory persists anyway.
        generator: source of the order; minigrad's default generator when None.

    In fixed order and without random transforms, nothing is drawn from the generator. After a loop that was
    left early, the next epoch is complete. To continue in the middle of an epoch, even in another process,
    use ``state_dict`` and ``load_state_dict``.

    Raises RangeError for sizes and counts that make no sense, and for an empty data set; DTypeError
    for anything but a data set.

    >>> import numpy as np
    >>> from minigrad.data import DataLoader, TensorDataset
    >>> data = TensorDataset(np.arange(10))
    >>> [len(x) for (x,) in DataLoader(data, batch_size=4)]
    [4, 4, 2]
    """

    def __init__(self, dataset: Any, batch_size: int | None = 1, shuffle: bool = False,
                 sampler: Any = None, batch_sampler: Any = None, num_workers: int = 0,
                 collate_fn: Callable[[Any], Any] | None = None, pin_memory: bool = False,
                 drop_last: bool = False, timeout: float = 0,
                 worker_init_fn: Callable[[int], object] | None = None, *,
                 prefetch_factor: int | None = None, persistent_workers: bool = False,
                 generator: Generator | None = None, multiprocessing_context: Any = None,
                 pin_memory_device: str = "", in_order: bool = True) -> None:
        _check_dataset(dataset)
        self.streams = isinstance(dataset, IterableDataset)
        if self.streams and (shuffle or sampler is not None or batch_sampler is not None):
            raise RangeError("DataLoader: the samples of an IterableDataset come in their own order. Leave "
                             "out shuffle, sampler and batch_sampler, and shuffle in its __iter__.")
        _check_order(batch_size, bool(shuffle), sampler, batch_sampler, drop_last)
        _check_workers(num_workers, prefetch_factor, persistent_workers, timeout)
        self.dataset, self.batch_size, self.drop_last = dataset, batch_size, bool(drop_last)
        self.num_workers, self.collate_fn = num_workers, collate_fn
        self.pin_memory = bool(pin_memory) and can_pin()
        self.timeout, self.worker_init_fn = timeout, worker_init_fn
        self.prefetch_factor = 2 if prefetch_factor is None and num_workers else prefetch_factor
        self.persistent_workers, self.generator = persistent_workers, generator
        if sampler is None:
            sampler = RandomSampler(dataset) if shuffle else SequentialSampler(dataset)
        self.sampler, self.batch_sampler = sampler, batch_sampler
        if type(batch_sampler) is BatchSampler:       # its parts mean the same, and can resume
            self.sampler, self.batch_sampler = batch_sampler.sampler, None
            self.batch_size, self.drop_last = batch_sampler.batch_size, batch_sampler.drop_last
        elif batch_sampler is not None:
            self.sampler = self.batch_size = None
        self.rank, self.ranks = 0, 1                  # whose part of each batch comes: see ``share``
        self.counted = 0                              # samples of the latest batch that are this rank's
        self._epoch: Epoch | None = None              # the latest epoch, until it is complete
        self._resume: Epoch | None = None             # where load_state_dict says to continue
        if not self.streams and self.batch_sampler is None and gives_arrays(self.sampler) and not len(self):
            warnings.warn(f"DataLoader: {len(self.sampler)} samples do not fill a batch of "
                          f"{self.batch_size} with drop_last=True: every epoch will be empty.",
                          stacklevel=2)

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        if self.batch_sampler is not None:
            return len(self.batch_sampler)
        n = len(self.sampler)
        if self.batch_size is None:
            return n
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        epoch, self._resume = self._resume or Epoch(self._order_generator()), None
        epoch.rank, self._epoch = self.rank, epoch
        if self.ranks > 1 and not isinstance(self.sampler, SequentialSampler):
            seed = np.array([epoch.seed])             # all ranks need one order
            world().broadcast(seed).wait()
            epoch.known_seed = int(seed[0])
        return self._run(epoch, self._jobs(epoch))

    def share(self, rank: int, ranks: int) -> None:
        """From the next epoch on, yield of each batch only every ``ranks``-th sample, from the ``rank``-th.

        So ``ranks`` processes with equal loaders have the batches of one between them, each sample once.
        ``counted`` is the number of samples of the latest batch that are this rank's. Where a batch has fewer
        samples than there are ranks, some get another rank's, and for them it is 0. ``len`` and the state are
        those of the whole. Random transforms draw other numbers on every rank.

        Raises RangeError for single samples (``batch_size=None``), and for a rank outside 0 … ranks − 1.

        >>> loader = minigrad.data.DataLoader(range(7), batch_size=4)
        >>> loader.share(rank=1, ranks=2)
        >>> [x.tolist() for x in loader]
        [[1, 3], [5]]
        """
        require_integers("DataLoader.share", ranks=ranks)
        require_integers("DataLoader.share", 0, ranks - 1, rank=rank)
        if self.batch_size is None and self.batch_sampler is None:
            raise RangeError("DataLoader.share: batch_size is None, and single samples cannot be dealt out.")
        self.rank, self.ranks = rank, ranks

    # ── one epoch ─────────────────────────────────────────────────────────────────────────────

    def _order_generator(self) -> Generator | None:
        return getattr(self.sampler, "generator", None) or self.generator

    def _jobs(self, epoch: Epoch) -> Iterator[tuple[int, Any]]:
        """(number of the batch, its sample numbers) for the batches of ``epoch`` still to come."""
        groups: Iterator[Any]
        if self.streams:
            return islice(enumerate(self._samples()), epoch.done, None)
        if self.batch_sampler is not None:
            groups = (index_array(group, "DataLoader") for group in self.batch_sampler)
        elif gives_arrays(self.sampler):
            random: Any = None if isinstance(self.sampler, SequentialSampler) else epoch.order_stream()
            groups = islice(self.sampler.pieces(random, self.batch_size or 1), len(self))
        elif self.batch_size is None:
            groups = (index_array([i], "DataLoader") for i in self.sampler)
        else:
            groups = (index_array(group, "DataLoader") for group in
                      BatchSampler(self.sampler, self.batch_size, self.drop_last))
        return islice(enumerate(groups), epoch.done, None)

    def _samples(self) -> Iterator[Any]:
        """The samples of an IterableDataset, in lists of ``batch_size``, or one by one."""
        samples = iter(self.dataset)
        if self.batch_size is None:
            yield from samples
            return
        while batch := list(islice(samples, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def _run(self, epoch: Epoch, jobs: Iterable[tuple[int, Any]]) -> Iterator[Any]:
        def make(job: tuple[int, np.ndarray]) -> Any:
            samples, counted = self._mine(job[1])
            with batch_stream(epoch, job[0]):
                batch = self._make(samples)
                return pinned(batch) if self.pin_memory else batch, counted

        for batch, self.counted in self._results(make, jobs):
            epoch.done += 1
            yield batch
        if self._epoch is epoch:
            self._epoch = None

    def _mine(self, samples: Any) -> tuple[Any, int]:
        """This rank's part of a batch's samples, or their numbers; and how many of them count."""
        if self.ranks == 1:
            return samples, 0
        mine = samples[self.rank::self.ranks]
        return (mine, len(mine)) if len(mine) else (samples[:1], 0)

    def _results(self, make: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[Any]:
        if not self.num_workers:
            yield from map(make, jobs)
            return
        init = self.worker_init_fn
        depth = self.num_workers * (self.prefetch_factor or 2)
        with closing(prefetch(make, jobs, depth, self.timeout,
                              None if init is None else lambda: init(0))) as results:
            yield from results

    def _make(self, indices: Any) -> Any:
        """The batch of the samples ``indices``, int64 (N,); for a stream, of the samples themselves."""
        if self.streams:
            default = default_convert if self.batch_size is None else default_collate
            return (self.collate_fn or default)(indices)
        if self.batch_size is None and self.batch_sampler is None:
            return (self.collate_fn or default_convert)(self.dataset[int(indices[0])])
        if self.collate_fn is not None:
            return self.collate_fn([self.dataset[i] for i in indices.tolist()])
        return fetch(self.dataset, indices)

    # ── stopping and resuming ─────────────────────────────────────────────────────────────────

    def state_dict(self) -> dict[str, Any]:
        """Where the loader stands, as numbers and text that JSON can hold.

        Taken inside the loop after k batches, it lets a new loader yield the rest of this epoch and then the
        same epochs as this loader would have. It includes the state of the generator: of minigrad's default
        one for a loader without its own.
        """
        epoch = self._resume or self._epoch
        generator = self._order_generator() or default_generator
        return {"seed": epoch.known_seed if epoch else None, "done": epoch.done if epoch else 0,
                "batches": len(self), "batch_size": self.batch_size,
                "generator": generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from ``state``: the next loop yields the rest of the interrupted epoch.

        With a custom ``sampler`` or ``batch_sampler``, batches already seen are skipped; the rest is the same
        only if the sampler gives the same order again. Raises DataError when the state belongs to a loader
        with other batches.
        """
        check_state("DataLoader", state, seed=optional(COUNT), done=COUNT, batches=COUNT,
                    batch_size=optional(COUNT), generator=TEXT)
        if (state["batches"], state["batch_size"]) != (len(self), self.batch_size):
            raise DataError(f"load_state_dict: the state is of a loader with {state['batches']} "
                            f"batches of {state['batch_size']}, this one has {len(self)} of "
                            f"{self.batch_size}. Use the same data set and batch_size.")
        if state["done"] > len(self):
            raise DataError(f"load_state_dict: {state['done']} batches are done, of only {len(self)}.")
        generator = self._order_generator()
        (generator or default_generator).set_state(state["generator"])
        begun = state["seed"] is not None or state["done"]
        self._epoch = None
        self._resume = Epoch(generator, state["seed"], state["done"]) if begun else None


# ── checks of the arguments ───────────────────────────────────────────────────────────────────────

def _check_dataset(dataset: Any) -> None:
    if isinstance(dataset, IterableDataset):
        return
    if not hasattr(dataset, "__getitem__") or not hasattr(dataset, "__len__"):
        raise DTypeError(f"DataLoader: expected a data set with __getitem__ and __len__, got "
                         f"{type(dataset).__name__}. Make a list of it, or a subclass of Dataset.")
    if len(dataset) == 0:
        raise RangeError("DataLoader: the data set is empty, there is nothing to iterate over. "
                         "Check how it was made or filtered.")


def _check_order(batch_size: Any, shuffle: bool, sampler: Any, batch_sampler: Any,
                 drop_last: bool) -> None:
    if hasattr(batch_size, "shape"):
        raise TypeError("DataLoader: the second argument is batch_size, not y. Put x and y into one data "
                        "set: DataLoader(TensorDataset(x, y), batch_size=32).")
    if batch_size is not None:
        require_integers("DataLoader", batch_size=batch_size)
    elif drop_last:
        raise RangeError("DataLoader: drop_last needs batches, but batch_size is None.")
    if sampler is not None and shuffle:
        raise RangeError("DataLoader: sampler and shuffle=True both decide the order. Give one.")
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None
                                      or drop_last):
        raise RangeError("DataLoader: batch_sampler decides the batches; it cannot be combined with "
                         "batch_size, shuffle, sampler or drop_last.")


def _check_workers(num_workers: Any, prefetch_factor: Any, persistent: bool,
                   timeout: float) -> None:
    require_integers("DataLoader", 0, num_workers=num_workers)
    if not timeout >= 0:
        raise RangeError(f"DataLoader: timeout must be a number of seconds from 0, got {timeout!r}.")
    if prefetch_factor is not None:
        require_integers("DataLoader", prefetch_factor=prefetch_factor)
    if num_workers == 0:
        for name, value in (("prefetch_factor", prefetch_factor), ("timeout", timeout),
                            ("persistent_workers", persistent)):
            if value:
                raise RangeError(f"DataLoader: {name}={value!r} is for background workers. "
                                 f"Set num_workers=1, or leave {name} out.")
