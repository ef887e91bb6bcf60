"""The samples of an epoch, dealt out to the processes of a job."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..distributed.group import get_rank, get_world_size
from ..errors.arguments import require_integers
from .sampler import Sampler


class DistributedSampler(Sampler):
    """This rank's samples: of the epoch's order every ``num_replicas``-th, beginning with the ``rank``-th.

    So the ranks' k-th batches together are the k-th batch that one process would take, ``num_replicas`` times
    as large. All ranks make the same order, from ``seed`` and the epoch: call ``set_epoch`` before each one,
    or all epochs have the same order.

    Args:
        num_replicas, rank: how many processes, and which one; those of the job when None.
        drop_last: leave out the last samples where there are not enough for all ranks. Otherwise the first
            ones come again, so that all ranks have equally many; an accuracy counts those twice.

    Raises RangeError for a rank outside 0 … num_replicas − 1.

    >>> from minigrad.utils.data.distributed import DistributedSampler
    >>> [list(DistributedSampler("abcde", 2, rank, shuffle=False)) for rank in (0, 1)]
    [[0, 2, 4], [1, 3, 0]]
    """

    def __init__(self, dataset: Any, num_replicas: int | None = None, rank: int | None = None,
                 shuffle: bool = True, seed: int = 0, drop_last: bool = False) -> None:
        self.dataset = dataset
        self.num_replicas = get_world_size() if num_replicas is None else num_replicas
        self.rank = get_rank() if rank is None else rank
        require_integers("DistributedSampler", num_replicas=self.num_replicas)
        require_integers("DistributedSampler", 0, self.num_replicas - 1, rank=self.rank)
        self.shuffle, self.seed, self.drop_last, self.epoch = shuffle, seed, drop_last, 0
        n = len(dataset)
        self.num_samples = n // self.num_replicas if drop_last else -(-n // self.num_replicas)
        self.total_size = self.num_samples * self.num_replicas

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch is next: each has an order of its own."""
        self.epoch = epoch

    def indices(self, random: Any = None) -> np.ndarray:
        """This rank's sample numbers, int64 of shape (len(self),); seed and epoch decide, not ``random``."""
        n = len(self.dataset)
        order = np.arange(n)
        if self.shuffle:
            order = np.random.default_rng([self.seed, self.epoch]).permutation(n)
        return np.resize(order, self.total_size)[self.rank::self.num_replicas]      # repeats, or cuts off

    def __len__(self) -> int:
        return self.num_samples
