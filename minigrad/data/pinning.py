"""Batches in page-locked memory, which can be copied to a GPU while the program goes on."""
from __future__ import annotations

import warnings
from typing import Any

from ..autograd.tensor import Tensor, wrap
from ..backend.arrays import on_host
from ..backend.gpu import probe
from ..backend.gpu.pinned import pinned_copy
from .collate import rebuild


def can_pin() -> bool:
    """Whether there is a GPU to copy to; if not, a warning says why nothing is pinned."""
    reason = probe.find()[1]
    if reason:
        warnings.warn(f"DataLoader: pin_memory=True is ignored: {reason}", stacklevel=4)
    return not reason


def pinned(batch: Any) -> Any:
    """The batch with its tensors copied to page-locked memory; those on a GPU stay as they are."""
    if isinstance(batch, Tensor):
        return wrap(pinned_copy(batch._array)) if on_host(batch._array) else batch
    if isinstance(batch, dict):
        return {key: pinned(value) for key, value in batch.items()}
    if isinstance(batch, (tuple, list)):
        return rebuild(batch, [pinned(value) for value in batch])
    return batch
