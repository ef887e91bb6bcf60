"""Turn whatever the user passes as data into batches on the model's device."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import Tensor
from ..backend.arrays import CPU, Device
from ..data import DataLoader, Subset, TensorDataset
from ..errors import DTypeError, RangeError, ShapeError
from ..nn import Module

TRAIN_BATCH, EVALUATE_BATCH = 32, 256


def as_loader(data: Any, where: str, batch_size: int | None, shuffle: bool) -> DataLoader:
    """A DataLoader for a DataLoader (itself), a Dataset, or a tuple of Tensors or arrays.

    ``where`` names the caller in errors: RangeError for empty data and for sizes that make no sense,
    ShapeError for x and y of different lengths, DTypeError for what is not data.
    """
    if isinstance(data, DataLoader):
        if batch_size is not None:
            raise RangeError(f"{where}: the DataLoader has its own batch_size ({data.batch_size}); "
                             "leave batch_size out, or pass the data set itself.")
        if not len(data):
            raise RangeError(f"{where}: the DataLoader has no batches (drop_last with fewer samples "
                             "than batch_size?).")
        return data
    dataset = as_dataset(data, where)
    if len(dataset) == 0:
        raise RangeError(f"{where}: the data is empty, 0 samples. Check how it was read or filtered.")
    if batch_size is None:
        batch_size = TRAIN_BATCH if shuffle else EVALUATE_BATCH
    return DataLoader(dataset, batch_size=batch_size, shuffle=shuffle)


def as_dataset(data: Any, where: str) -> Any:
    """A data set from a data set (itself) or from a tuple of Tensors or arrays."""
    if isinstance(data, (tuple, list)) and data and all(isinstance(d, (Tensor, np.ndarray))
                                                        for d in data):
        lengths = [len(d) if d.ndim else None for d in data]
        if len(set(lengths)) > 1 or None in lengths:
            shapes = " and ".join(str(tuple(d.shape)) for d in data)
            raise ShapeError(f"{where}: x and y must have the same number of samples, their first "
                             f"size, but their shapes are {shapes}.")
        return TensorDataset(*data)
    if hasattr(data, "__getitem__") and hasattr(data, "__len__") \
            and not isinstance(data, (Tensor, np.ndarray, str, bytes, dict)):
        return data
    raise DTypeError(f"{where}: expected a DataLoader, a Dataset or a pair (x, y) of Tensors or "
                     f"arrays, got {type(data).__name__}.")


def split_off(data: Any, share: float) -> tuple[Any, Any]:
    """(the first samples, the last ``share`` of the samples), as Keras splits: before shuffling."""
    if isinstance(data, DataLoader):
        raise DTypeError("fit: validation_split cannot divide a DataLoader. Pass the data set or a "
                         "pair (x, y), or use random_split and validation=….")
    if not 0 < share < 1:
        raise RangeError(f"fit: validation_split must be from 0 to below 1, got {share!r}.")
    dataset = as_dataset(data, "fit")
    n = len(dataset)
    kept = math.floor(n * (1 - share) + 1e-9)        # 10 · (1 − 0.9) is 0.99999…
    if not 0 < kept < n:
        raise RangeError(f"fit: validation_split={share} splits {n} samples into {kept} and "
                         f"{n - kept}; both parts need at least one.")
    return Subset(dataset, range(kept)), Subset(dataset, range(kept, n))


def pair_of(batch: Any, where: str, device: Device) -> tuple[Tensor, Any]:
    """x and y of a batch, on the model's device."""
    if not isinstance(batch, (tuple, list)) or len(batch) != 2:
        got = f"{len(batch)} fields" if isinstance(batch, (tuple, list)) else type(batch).__name__
        raise DTypeError(f"{where}: every batch must be a pair (x, y), got {got}. Return (x, y) from "
                         "the data set's __getitem__.")
    return _moved(batch[0], device), _moved(batch[1], device)


def input_of(batch: Any, device: Device) -> Tensor:
    """x of a batch: its first field, or the batch itself."""
    return _moved(batch[0] if isinstance(batch, (tuple, list)) else batch, device)


def _moved(x: Any, device: Device) -> Any:
    """x on the device; a batch in pinned memory is copied while the program goes on."""
    return x.to(str(device), non_blocking=True) if isinstance(x, Tensor) and x.device != device else x


def samples_of(loader: DataLoader, x: Tensor) -> int:
    """How many samples of the batch x of ``loader`` count on this rank."""
    return loader.counted if loader.ranks > 1 else len(x)


def device_of_model(model: Module) -> Device:
    """Where the model's first parameter is; the CPU for a model without any."""
    return next((p.device for p in model.parameters()), CPU)
