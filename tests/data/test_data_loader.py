"""DataLoader: batches, order, resuming, and the background thread."""
from __future__ import annotations

import json
import os
import signal
import threading
import time

import numpy as np
import pytest
from hypothesis import given, strategies as st

from minigrad.autograd.tensor import Tensor
from minigrad.backend.random import Generator, default_generator, manual_seed
from minigrad.data import (BatchSampler, DataLoader, Dataset, RandomSampler, Sampler, Subset,
                           SubsetRandomSampler, TensorDataset, WeightedRandomSampler)
from minigrad.data.randomness import random_stream
from minigrad.errors import DataError, DTypeError, RangeError


def numbers(n=10):
    return TensorDataset(np.arange(n))


def batches(loader):
    return [x.tolist() for (x,) in loader]


def flat(loader):
    return [i for batch in batches(loader) for i in batch]


def prefetch_threads():
    return [t for t in threading.enumerate() if t.name == "minigrad-prefetch"]


def no_threads_left(seconds=2.0):
    end = time.monotonic() + seconds
    while prefetch_threads() and time.monotonic() < end:
        time.sleep(0.005)
    return not prefetch_threads()


# ── batches and order ─────────────────────────────────────────────────────────────────────────────

@given(st.integers(1, 30), st.integers(1, 12), st.booleans(), st.booleans())
def test_batches_cover_the_data(n, size, shuffle, drop):
    if drop and n < size:
        return
    loader = DataLoader(numbers(n), size, shuffle, drop_last=drop, generator=Generator(3))
    out = batches(loader)
    assert len(out) == len(loader) == (n // size if drop else -(-n // size))
    assert all(len(b) == size for b in out[:-1])
    seen = [i for b in out for i in b]
    assert len(set(seen)) == len(seen) == (n // size * size if drop else n)
    assert shuffle or seen == list(range(len(seen)))


def test_shuffle_depends_on_the_generator_alone():
    one, two = (DataLoader(numbers(50), 7, shuffle=True, generator=Generator(5)) for _ in range(2))
    manual_seed(1)
    first = flat(one)
    manual_seed(2)
    assert flat(two) == first != list(range(50))
    assert flat(two) != first, "the second epoch must have another order"
    manual_seed(9)
    a = flat(DataLoader(numbers(50), 7, shuffle=True))
    manual_seed(9)
    assert flat(DataLoader(numbers(50), 3, shuffle=True)) == a, "batch_size must not matter"
    manual_seed(9)
    assert flat(DataLoader(numbers(50), 7, shuffle=True, num_workers=2)) == a


def test_fixed_order_draws_nothing():
    state = default_generator.get_state()
    flat(DataLoader(numbers(), 3))
    assert default_generator.get_state() == state


def test_batch_is_a_copy():
    data = numbers()
    for (x,) in DataLoader(data, 4):
        x.numpy()[...] = -1
    assert data.tensors[0].tolist() == list(range(10))


def test_plain_list_and_collate_fn():
    samples = [(i, f"s{i}") for i in range(3)]
    (first, last) = DataLoader(samples, 2)
    assert first[0].tolist() == [0, 1] and first[1] == ["s0", "s1"] and last[1] == ["s2"]
    assert list(DataLoader(samples, 2, collate_fn=len)) == [2, 1]


def test_collate_fn_takes_precedence_over_whole_batches():
    loader = DataLoader(numbers(3), 2, collate_fn=lambda samples: [s[0].item() for s in samples])
    assert list(loader) == [[0, 1], [2]]


def test_batch_size_none_yields_single_samples():
    out = list(DataLoader([np.ones(2), np.zeros(2)], batch_size=None))
    assert isinstance(out[0], Tensor) and out[0].shape == (2,) and len(out) == 2
    assert list(DataLoader([(1, "a")], batch_size=None, collate_fn=lambda s: s[1])) == ["a"]


def test_samplers():
    assert flat(DataLoader(numbers(), 3, sampler=[4, 2, 2])) == [4, 2, 2]
    assert batches(DataLoader(numbers(), batch_sampler=[[1], [3, 2]])) == [[1], [3, 2]]
    assert len(DataLoader(numbers(), batch_sampler=[[1], [3, 2]])) == 2
    subset = SubsetRandomSampler([7, 8, 9], Generator(0))
    assert sorted(flat(DataLoader(numbers(), 2, sampler=subset))) == [7, 8, 9]
    many = RandomSampler(range(4), num_samples=10, generator=Generator(0))
    drawn = flat(DataLoader(numbers(), 3, sampler=many))
    assert len(drawn) == 10 and sorted(drawn[:4]) == sorted(drawn[4:8]) == [0, 1, 2, 3]
    assert sorted(list(many)[:8]) == [0, 0, 1, 1, 2, 2, 3, 3]
    back = RandomSampler(range(4), replacement=True, num_samples=400, generator=Generator(0))
    assert np.bincount(list(back), minlength=4).min() > 60


def test_weighted_sampler_follows_the_weights():
    sampler = WeightedRandomSampler([1, 0, 3], 4000, generator=Generator(0))
    counts = np.bincount(flat(DataLoader(numbers(3), 100, sampler=sampler)), minlength=3)
    assert counts[1] == 0 and 2850 < counts[2] < 3150
    assert sorted(WeightedRandomSampler([1, 1, 0], 2, replacement=False)) == [0, 1]


def test_a_sampler_subclass_with_its_own_iter_is_followed():
    class Backwards(Sampler):
        def __iter__(self):
            return iter([2, 1, 0])

        def __len__(self):
            return 3

    assert batches(DataLoader(numbers(), 2, sampler=Backwards())) == [[2, 1], [0]]


def test_batch_sampler_object():
    grouped = BatchSampler(RandomSampler(range(10), generator=Generator(1)), 4, drop_last=True)
    loader = DataLoader(numbers(), batch_sampler=grouped)
    assert len(grouped) == len(loader) == 2 and [len(b) for b in batches(loader)] == [4, 4]
    assert [len(b) for b in BatchSampler(range(5), 2, False)] == [2, 2, 1]
    assert [len(b) for b in BatchSampler(range(5), 2, True)] == [2, 2]


@pytest.mark.parametrize("keywords, text", [
    ({"batch_size": 0}, "batch_size.*got 0"), ({"batch_size": -3}, "batch_size"),
    ({"batch_size": 2.5}, "batch_size"), ({"batch_size": "4"}, "batch_size"),
    ({"batch_size": True}, "batch_size"), ({"num_workers": -1}, "num_workers"),
    ({"num_workers": 1.0}, "num_workers"), ({"timeout": -1, "num_workers": 1}, "timeout"),
    ({"timeout": 5}, "timeout.*workers"), ({"prefetch_factor": 2}, "prefetch_factor.*workers"),
    ({"prefetch_factor": 0, "num_workers": 1}, "prefetch_factor"),
    ({"persistent_workers": True}, "persistent_workers.*workers"),
    ({"shuffle": True, "sampler": [1]}, "sampler and shuffle"),
    ({"batch_sampler": [[1]], "batch_size": 2}, "batch_sampler"),
    ({"batch_sampler": [[1]], "shuffle": True}, "batch_sampler"),
    ({"batch_sampler": [[1]], "drop_last": True}, "batch_sampler"),
    ({"batch_size": None, "drop_last": True}, "drop_last"),
])
def test_bad_arguments_are_named(keywords, text):
    with pytest.raises(RangeError, match=text):
        DataLoader(numbers(), **keywords)


def test_bad_data_is_named():
    with pytest.raises(RangeError, match="empty"):
        DataLoader(numbers(0))
    with pytest.raises(RangeError, match="empty"):
        DataLoader(Subset(numbers(), []), shuffle=True)
    with pytest.raises(DTypeError, match="generator"):
        DataLoader(i for i in range(3))
    with pytest.raises(DTypeError, match="integer"):
        list(DataLoader(numbers(), sampler=["a"]))
    with pytest.raises(RangeError, match="10 samples"):
        list(DataLoader(numbers(), sampler=[10]))
    with pytest.warns(UserWarning, match="3 samples do not fill a batch of 4"):
        DataLoader(numbers(3), 4, drop_last=True)
    with pytest.raises(RangeError, match="weights"):
        WeightedRandomSampler([1, float("nan")], 2)
    with pytest.raises(RangeError, match="without replacement"):
        WeightedRandomSampler([1, 0], 2, replacement=False)


# ── stopping and going on ─────────────────────────────────────────────────────────────────────────

@pytest.mark.parametrize("workers", [0, 1])
def test_leaving_a_loop_does_not_shorten_the_next_epoch(workers):
    loader = DataLoader(numbers(), 3, shuffle=True, num_workers=workers, generator=Generator(0))
    for _ in loader:
        break
    assert sorted(flat(loader)) == list(range(10))
    assert sorted(flat(loader)) == list(range(10))


def test_two_loops_at_once_are_independent():
    loader = DataLoader(numbers(4), 2)
    pairs = [(a.tolist(), b.tolist()) for (a,) in loader for (b,) in loader]
    assert pairs == [([0, 1], [0, 1]), ([0, 1], [2, 3]), ([2, 3], [0, 1]), ([2, 3], [2, 3])]


class Noisy(Dataset):
    """Whole batches with random numbers, as augmentation has."""

    def __len__(self):
        return 20

    def get_batch(self, indices):
        return indices + random_stream().random(len(indices))


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("workers", [0, 1])
@given(stop=st.integers(0, 7), seed=st.integers(0, 99))
def test_resumed_loader_goes_on_exactly(own, shuffle, workers, stop, seed):
    def make(seed):
        manual_seed(seed)
        return DataLoader(Noisy(), 3, shuffle, num_workers=workers,
                          generator=Generator(seed) if own else None)

    loader = make(seed)
    list(loader)
    state, rest = None, []
    for k, batch in enumerate(loader):
        if k >= stop:
            rest.append(batch.tolist())
        elif k == stop - 1:
            state = json.loads(json.dumps(loader.state_dict()))
    if state is None:
        return
    after = [b.tolist() for b in loader]

    other = make(seed + 1)
    other.load_state_dict(state)
    assert other.state_dict()["done"] == stop
    assert [b.tolist() for b in other] == rest
    assert [b.tolist() for b in other] == after


def test_state_between_epochs():
    loader = DataLoader(numbers(), 3, shuffle=True, generator=Generator(4))
    flat(loader)
    state = loader.state_dict()
    expected = [flat(loader), flat(loader)]
    other = DataLoader(numbers(), 3, shuffle=True, generator=Generator(0))
    other.load_state_dict(state)
    assert [flat(other), flat(other)] == expected


def test_resume_with_a_foreign_sampler_skips_what_was_seen():
    loader = DataLoader(numbers(), 2, sampler=[5, 4, 3, 2, 1])
    iterator = iter(loader)
    next(iterator)
    state = loader.state_dict()
    other = DataLoader(numbers(), 2, sampler=[5, 4, 3, 2, 1])
    other.load_state_dict(state)
    assert batches(other) == [[3, 2], [1]]
    assert batches(other) == [[5, 4], [3, 2], [1]]


def test_state_of_another_loader_is_refused():
    state = DataLoader(numbers(), 3).state_dict()
    with pytest.raises(DataError, match="4 batches of 3.*5 of 2"):
        DataLoader(numbers(), 2).load_state_dict(state)
    with pytest.raises(DataError, match="lacks done"):
        DataLoader(numbers(), 3).load_state_dict({"seed": 1})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_of_a_prefetching_loop_is_told_so_and_may_begin_its_own():
    loader = DataLoader(numbers(), 2, num_workers=1)
    loop = iter(loader)
    next(loop)
    child = os.fork()
    if child == 0:                      # no pytest here: the answer is the exit code
        signal.alarm(20)                # instead of a hang
        code = 1
        try:
            try:
                next(loop)
            except DataError as error:
                code = 0 if "forked" in str(error) and flat(loader) == list(range(10)) else 2
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert len(list(loop)) == 4


def test_evaluating_in_between_does_not_change_training():
    def orders(evaluate):
        manual_seed(0)
        train, test = DataLoader(numbers(), 3, shuffle=True), DataLoader(numbers(), 4)
        out = []
        for _ in range(3):
            out.append(flat(train))
            if evaluate:
                flat(test)
        return out

    assert orders(True) == orders(False)


# ── the background thread ─────────────────────────────────────────────────────────────────────────

class Slow(Dataset):
    """Counts how many samples were made."""

    def __init__(self, n=20, bad=None, delay=0.0):
        self.n, self.bad, self.delay, self.made = n, bad, delay, 0

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if i == self.bad:
            raise KeyError(f"sample {i} is broken")
        time.sleep(self.delay)
        self.made += 1
        return i


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_keep_the_order(workers):
    assert [b.tolist() for b in DataLoader(Slow(), 3, num_workers=workers)] \
        == [b.tolist() for b in DataLoader(Slow(), 3)]
    assert no_threads_left()


def test_batches_are_made_ahead_but_not_too_far():
    data = Slow(100)
    iterator = iter(DataLoader(data, 1, num_workers=2, prefetch_factor=3))
    next(iterator)
    end = time.monotonic() + 2
    while data.made < 7 and time.monotonic() < end:
        time.sleep(0.005)
    time.sleep(0.05)
    assert data.made == 1 + 2 * 3
    del iterator
    assert no_threads_left()
    assert data.made <= 8


def test_thread_ends_when_the_loop_is_left():
    data = Slow(1000)
    for _ in DataLoader(data, 1, num_workers=1):
        break
    assert no_threads_left()
    assert data.made < 10


def test_exception_comes_at_its_place():
    seen = []
    with pytest.raises(KeyError, match="sample 7 is broken"):
        for batch in DataLoader(Slow(bad=7), 2, num_workers=1):
            seen.append(batch.tolist())
    assert seen == [[0, 1], [2, 3], [4, 5]]
    assert no_threads_left()


def test_timeout():
    with pytest.raises(DataError, match="timeout=0.05"):
        list(DataLoader(Slow(delay=0.5, n=2), 1, num_workers=1, timeout=0.05))
    assert no_threads_left()


def test_worker_init_fn_runs_in_the_thread():
    names = []
    loader = DataLoader(numbers(), 5, num_workers=1, persistent_workers=True,
                        worker_init_fn=lambda i: names.append((i, threading.current_thread().name)))
    flat(loader)
    assert names == [(0, "minigrad-prefetch")]

    def fail(_):
        raise OSError("no such disk")

    with pytest.raises(OSError, match="no such disk"):
        flat(DataLoader(numbers(), 5, num_workers=1, worker_init_fn=fail))


def test_random_stream_outside_of_a_loader():
    manual_seed(3)
    a = random_stream().random()
    manual_seed(3)
    assert random_stream().random() == a
    assert random_stream(Generator(1)).random() == random_stream(Generator(1)).random()
