"""Data that comes as a stream, and orders too long to draw ahead."""
from __future__ import annotations

import itertools

import numpy as np
import pytest

from minigrad.backend.random import Generator
from minigrad.data import DataLoader, IterableDataset, RandomSampler, get_worker_info
from minigrad.errors import RangeError


class Counting(IterableDataset):
    def __init__(self, n: int) -> None:
        self.n = n

    def __iter__(self):
        return iter(range(self.n))


@pytest.mark.parametrize("workers", [0, 1])
def test_a_stream_is_batched_as_it_comes(workers):
    loader = DataLoader(Counting(5), batch_size=2, num_workers=workers)
    assert [x.tolist() for x in loader] == [[0, 1], [2, 3], [4]]
    assert [x.tolist() for x in loader] == [[0, 1], [2, 3], [4]], "every epoch starts again"
    assert [x.tolist() for x in DataLoader(Counting(5), 2, drop_last=True)] == [[0, 1], [2, 3]]
    assert list(DataLoader(Counting(3), batch_size=None)) == [0, 1, 2]
    assert [x for x in DataLoader(Counting(3), 2, collate_fn=sum)] == [1, 2]


def test_a_stream_has_no_order_to_choose_and_no_length():
    with pytest.raises(RangeError, match="IterableDataset.*shuffle"):
        DataLoader(Counting(3), shuffle=True)
    with pytest.raises(TypeError, match="__len__"):
        len(DataLoader(Counting(3)))


def test_ten_billion_draws_are_made_as_they_are_needed():
    sampler = RandomSampler(range(7), replacement=True, num_samples=10**10)
    assert len(sampler) == 10**10
    assert set(itertools.islice(sampler, 200)) == set(range(7))
    loader = DataLoader(range(7), batch_size=4, sampler=sampler)
    first = next(iter(loader))
    assert first.shape == (4,) and len(loader) == 25 * 10**8


def test_draws_in_pieces_are_the_draws_at_once():
    sampler = RandomSampler(range(1000), replacement=True, num_samples=50)
    pieces = list(sampler.pieces(Generator(3).numpy, 8))
    np.testing.assert_array_equal(np.concatenate(pieces), sampler.indices(Generator(3).numpy))
    assert [len(piece) for piece in pieces] == [8] * 6 + [2]


def test_arguments_for_processes_are_accepted():
    loader = DataLoader(range(3), num_workers=2, multiprocessing_context="spawn", pin_memory_device="",
                        persistent_workers=True, prefetch_factor=4, worker_init_fn=lambda worker: None)
    assert len(list(loader)) == 3 and get_worker_info() is None
