"""Batches in page-locked memory, which can be copied to a GPU while the program goes on."""
from __future__ import annotations

import warnings
from typing import Any

from ..autograd.tensor import Tensor, wrap
from ..backend.arrays import on_host
from ..backend.gpu import probe
from ..backend.gpu.pinned import pinned_copy
from .collate import mapped


def can_pin() -> bool:
    """Whether there is a GPU to copy to; if not, a warning says why nothing is pinned."""
    reason = probe.find()[1]
    if reason:
        warnings.warn(f"DataLoader: pin_memory=True is ignored: {reason}", stacklevel=4)
    return not reason


def pinned(batch: Any) -> Any:
    """The batch with its tensors copied to page-locked memory; those on a GPU stay as they are."""
    return mapped(batch, lambda x: wrap(pinned_copy(x._array)) if isinstance(x, Tensor) and on_host(x._array)
                  else x)
