"""Data in files, of which only what is asked for is read."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from minigrad.data import DataLoader, MappedDataset
from minigrad.errors import DataError, RangeError, ShapeError


@pytest.fixture
def files(tmp_path: Path) -> tuple[list[Path], Path, np.ndarray]:
    x = np.arange(22.0).reshape(11, 2)
    shards = [tmp_path / f"x{k}.npy" for k in range(3)]
    for path, part in zip(shards, (x[:4], x[4:5], x[5:])):
        np.save(path, part)
    np.save(tmp_path / "y.npy", np.arange(11))
    return shards, tmp_path / "y.npy", x


@pytest.mark.parametrize("ranks", [1, 2, 4])
def test_the_ranks_have_each_sample_once_in_every_epoch(files, ranks: int) -> None:
    shards, labels, x = files
    for epoch in range(2):
        seen: list[int] = []
        for rank in range(ranks):
            loader = DataLoader(MappedDataset(shards, labels), batch_size=4)
            loader.share(rank, ranks)
            for a, b in loader:
                counted = loader.counted if ranks > 1 else len(a)
                assert np.array_equal(a.numpy(), x[b.numpy()])
                seen += b.tolist()[:counted]
        assert sorted(seen) == list(range(11))


def test_rows_come_in_the_order_asked_for_and_from_the_right_file(files) -> None:
    shards, labels, x = files
    data = MappedDataset(shards, labels)
    order = np.array([10, 0, 4, -1, 3, 5])
    a, b = data.get_batch(order)
    assert np.array_equal(a.numpy(), x[order]) and b.tolist() == [10, 0, 4, 10, 3, 5]
    a += 1.0
    assert np.array_equal(data.get_batch(order)[0].numpy(), x[order]), "a batch is a copy"


def test_only_the_rows_of_a_batch_are_read(files) -> None:
    """Not the files: they are mapped, so a field is not an array in memory."""
    data = MappedDataset(files[0], files[1])
    assert all(isinstance(shard, np.memmap) for shards in data.fields for shard in shards)


def test_files_that_do_not_fit_are_refused(files, tmp_path: Path) -> None:
    shards, labels, _ = files
    with pytest.raises(DataError, match="none.npy cannot be mapped"):
        MappedDataset(tmp_path / "none.npy")
    (tmp_path / "text.npy").write_text("not an array")
    with pytest.raises(DataError, match="Write it by np.save"):
        MappedDataset(tmp_path / "text.npy")
    with pytest.raises(ShapeError, match=r"same number of samples.*\[5, 11\]"):
        MappedDataset(shards[:2], labels)
    with pytest.raises(ShapeError, match="one dtype"):
        MappedDataset([shards[0], labels])
    with pytest.raises(RangeError, match="samples 11 to 11"):
        MappedDataset(shards)[11]
