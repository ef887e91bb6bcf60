"""Data sets, splits and collating."""
from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given, strategies as st

from minigrad.autograd.tensor import Tensor, wrap
from minigrad.backend.random import Generator
from minigrad.data import (ConcatDataset, Dataset, Subset, TensorDataset, default_collate,
                           random_split)
from minigrad.data.dataset import fetch, has_whole_batches, take_rows
from minigrad.errors import DTypeError, RangeError, ShapeError


class Squares(Dataset):
    """Sample i is (i, i²); remembers which samples were read."""

    def __init__(self, n):
        self.n, self.read = n, []

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if not 0 <= i < self.n:
            raise IndexError(i)
        self.read.append(i)
        return i, float(i * i)


def test_tensor_dataset_gives_rows_of_every_tensor():
    x, y = np.arange(12.0, dtype=np.float32).reshape(4, 3), np.arange(4)
    data = TensorDataset(wrap(x), y)
    assert len(data) == 4
    a, b = data[2]
    assert isinstance(a, Tensor) and a.shape == (3,) and b.shape == () and b.item() == 2
    np.testing.assert_array_equal(a.numpy(), x[2])
    assert data[-1][1].item() == 3


def test_tensor_dataset_refuses_what_does_not_fit():
    with pytest.raises(ShapeError, match=r"\(4, 3\), \(5,\)"):
        TensorDataset(np.zeros((4, 3)), np.zeros(5))
    with pytest.raises(ShapeError, match="first size"):
        TensorDataset(np.float32(1))
    with pytest.raises(ShapeError, match="at least one"):
        TensorDataset()


@given(st.lists(st.integers(-7, 6), max_size=12))
def test_take_rows_equals_indexing_and_is_a_copy(indices):
    array = np.arange(14).reshape(7, 2)
    rows = take_rows(array, np.array(indices, np.int64))
    np.testing.assert_array_equal(rows, array[np.array(indices, np.int64)])
    assert not np.shares_memory(rows, array)


@pytest.mark.parametrize("start", range(5))
def test_take_rows_of_neighbors_is_a_copy(start):
    array = np.arange(14).reshape(7, 2)
    rows = take_rows(array, np.arange(start, start + 3))
    np.testing.assert_array_equal(rows, array[start:start + 3])
    assert not np.shares_memory(rows, array)


def test_rows_outside_are_named():
    with pytest.raises(RangeError, match="from 0 to 7 .* 7 samples"):
        take_rows(np.zeros(7), np.array([0, 7]))


def test_subset_takes_whole_batches_through_every_level():
    data = TensorDataset(np.arange(10) * 10)
    inner = Subset(data, [9, 8, 7, -4])
    outer = Subset(inner, np.array([3, 0]))
    assert [outer[i][0].item() for i in range(2)] == [60, 90]
    assert outer.get_batch(np.array([1, 0]))[0].tolist() == [90, 60]
    assert has_whole_batches(outer)


def test_subset_of_plain_samples_collates():
    batch = Subset(Squares(5), [4, 2]).get_batch(np.array([0, 1]))
    assert batch[0].tolist() == [4, 2] and batch[1].tolist() == [16.0, 4.0]
    assert Subset(Squares(5), [-1])[0] == (4, 16.0), "Squares itself knows no negative numbers"


@pytest.mark.parametrize("indices, error", [([0, 5], RangeError), ([-6], RangeError),
                                            ([0.5], DTypeError), ([[0], [1]], DTypeError),
                                            ([True], DTypeError), (["0"], DTypeError)])
def test_subset_refuses(indices, error):
    with pytest.raises(error, match="Subset"):
        Subset(Squares(5), indices)


def test_overriding_only_getitem_is_not_ignored():
    class Doubled(TensorDataset):
        def __getitem__(self, i):
            return super().__getitem__(i)[0].item() * 2

    data = Doubled(np.arange(4))
    assert not has_whole_batches(data)
    assert fetch(data, np.array([1, 3])).tolist() == [2, 6]
    assert has_whole_batches(TensorDataset(np.arange(4)))


def test_dataset_without_methods_says_what_to_define():
    with pytest.raises(NotImplementedError, match="Dataset: define __getitem__"):
        Dataset()[0]
    with pytest.raises(NotImplementedError, match="Dataset: define __len__"):
        len(Dataset())


def test_concat():
    both = Squares(3) + Squares(2)
    assert len(both) == 5
    assert [both[i][0] for i in range(5)] == [0, 1, 2, 0, 1]
    assert both[-1] == (1, 1.0)
    for i in (5, -6):
        with pytest.raises(RangeError, match=str(i)):
            both[i]
    with pytest.raises(ShapeError):
        ConcatDataset([])


@given(st.integers(0, 50), st.integers(0, 2**32), st.data())
def test_random_split_is_a_partition(n, seed, data):
    cut = data.draw(st.integers(0, n))
    parts = random_split(range(n), [cut, n - cut], Generator(seed))
    assert [len(p) for p in parts] == [cut, n - cut]
    assert sorted(i for p in parts for i in p.indices.tolist()) == list(range(n))
    again = random_split(range(n), [cut, n - cut], Generator(seed))
    assert [p.indices.tolist() for p in parts] == [p.indices.tolist() for p in again]


def test_random_split_depends_on_the_seed():
    a, b = (random_split(range(100), [50, 50], Generator(s))[0].indices for s in (1, 2))
    assert (a != b).any() and (a != np.arange(50)).any()


@pytest.mark.parametrize("n, fractions, sizes", [(10, [0.75, 0.25], [8, 2]), (100, [0.29, 0.71], [29, 71]),
                                                 (10, [1 / 3, 1 / 3, 1 / 3], [4, 3, 3]),
                                                 (1, [1.0], [1]), (7, [0.5, 0.5], [4, 3])])
def test_random_split_by_fractions(n, fractions, sizes):
    assert [len(p) for p in random_split(range(n), fractions)] == sizes


@pytest.mark.parametrize("lengths", [[5, 6], [11, -1], [0.5, 0.6], [2.5, 7.5], [float("nan")], []])
def test_random_split_refuses(lengths):
    with pytest.raises(RangeError, match="random_split"):
        random_split(range(10), lengths)


# ── collating ─────────────────────────────────────────────────────────────────────────────────────

def test_collate_kinds_and_dtypes():
    assert default_collate([1, 2]).dtype == np.int64
    assert default_collate([1.0, 2]).dtype == np.float32
    assert default_collate([True, False]).dtype == np.bool_
    assert default_collate([np.float64(1), np.float64(2)]).dtype == np.float64
    assert default_collate(["a", "b"]) == ["a", "b"]
    stacked = default_collate([np.ones((2, 3), np.uint8), np.zeros((2, 3), np.uint8)])
    assert stacked.shape == (2, 2, 3) and stacked.dtype == np.uint8
    assert default_collate([wrap(np.ones(3)), wrap(np.ones(3))]).shape == (2, 3)


def test_collate_containers():
    Pair = namedtuple("Pair", "a b")
    batch = default_collate([Pair(1, {"k": [1.0, "x"]}), Pair(2, {"k": [2.0, "y"]})])
    assert isinstance(batch, Pair) and batch.a.tolist() == [1, 2]
    assert isinstance(batch.b["k"], list) and batch.b["k"][0].tolist() == [1.0, 2.0]
    assert batch.b["k"][1] == ["x", "y"]
    assert isinstance(default_collate([(1, 2)]), tuple)


@pytest.mark.parametrize("samples, error, text", [
    ([np.zeros(2), np.zeros(3)], ShapeError, r"sample 1 of the batch has \(3,\)"),
    ([np.zeros(2), 1.0], ShapeError, r"sample 1 of the batch has \(\)"),
    ([1, "a"], DTypeError, "another is str"),
    ([(1, 2), (1,)], ShapeError, "2 fields"),
    ([{"a": 1}, {"b": 1}], ShapeError, "'a'"),
    ([object()], DTypeError, "type object"),
])
def test_collate_refuses(samples, error, text):
    with pytest.raises(error, match=text):
        default_collate(samples)
