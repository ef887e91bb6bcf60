"""Data larger than memory: arrays in files, of which only the rows that a batch needs are read."""
from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from ..autograd.tensor import Tensor, wrap
from ..errors import DataError, RangeError, ShapeError
from .dataset import Dataset

Path = str | os.PathLike[str]


class MappedDataset(Dataset):
    """Sample i is row i of every field; a field is a .npy file, or several that follow each other (shards).

    The files are mapped into memory, not read: a batch costs as much memory as its own rows, however large
    the files are. In several processes each reads its own part of every batch (``DataLoader.share``, which
    ``fit`` calls): an epoch has every sample exactly once. Files on a fast local disk serve random
    orders best.

    Args:
        fields: for each field a path, or a list of paths, as ``np.save`` wrote them, (M, …) each.

    Raises DataError for a file that cannot be mapped, ShapeError when shards of a field or the lengths of the
    fields don't fit, RangeError for a number outside of the data.

    >>> import numpy as np, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> for k in range(2):
    ...     np.save(f"{folder}/x{k}.npy", np.arange(6.0).reshape(3, 2) + 10 * k)
    >>> np.save(f"{folder}/y.npy", np.arange(6))
    >>> data = minigrad.data.MappedDataset([f"{folder}/x0.npy", f"{folder}/x1.npy"], f"{folder}/y.npy")
    >>> len(data), data[4]
    (6, (tensor([12., 13.], dtype=minigrad.float64), tensor(4)))
    """

    def __init__(self, *fields: Path | Sequence[Path]) -> None:
        if not fields:
            raise ShapeError("MappedDataset: expected at least one field, got none.")
        self.fields = [[_mapped(path) for path in ([f] if isinstance(f, (str, os.PathLike)) else f)]
                       for f in fields]
        for shards in self.fields:
            if not shards or len({(s.shape[1:], s.dtype) for s in shards}) != 1:
                raise ShapeError("MappedDataset: a field needs files of one dtype and, after the first size, "
                                 f"one shape, but they are {[(s.shape, str(s.dtype)) for s in shards]}.")
        self.ends = [list(accumulate(map(len, shards))) for shards in self.fields]
        if len({ends[-1] for ends in self.ends}) != 1:
            raise ShapeError("MappedDataset: the fields must have the same number of samples, but they have "
                             f"{[ends[-1] for ends in self.ends]}.")

    def __len__(self) -> int:
        return self.ends[0][-1]

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(x[0] for x in self.get_batch(np.array([index])))

    def get_batch(self, indices: np.ndarray) -> tuple[Tensor, ...]:
        """The rows ``indices`` (int64, (N,)) of every field, (N, …)."""
        n = len(self)
        if len(indices) and (indices.min() < -n or indices.max() >= n):
            raise RangeError(f"MappedDataset: samples {indices.min()} to {indices.max()} were asked for, of "
                             f"{n}.")
        indices = indices % n
        return tuple(wrap(_rows(shards, ends, indices)) for shards, ends in zip(self.fields, self.ends))


def _mapped(path: Path) -> np.ndarray:
    try:
        array = np.load(path, mmap_mode="r")
        if array.ndim:
            return array
        reason = "it holds one number, not rows"
    except (OSError, ValueError) as error:
        reason = str(error)
    raise DataError(f"MappedDataset: {os.fspath(path)} cannot be mapped: {reason}. Write it by np.save.")


def _rows(shards: list[np.ndarray], ends: list[int], indices: np.ndarray) -> np.ndarray:
    """The rows, each from the shard that it lies in."""
    rows = np.empty((len(indices), *shards[0].shape[1:]), shards[0].dtype)
    shard_of = np.searchsorted(ends, indices, side="right")
    for k in np.unique(shard_of):
        mine = shard_of == k
        rows[mine] = shards[k][indices[mine] - (ends[k] - len(shards[k]))]
    return rows
