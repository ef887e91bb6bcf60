"""Page-locked host memory: copies from it to a GPU run while the host goes on."""
from __future__ import annotations

import importlib
import weakref
from collections import deque
from typing import Any

import numpy as np

_pinned: weakref.WeakValueDictionary[int, np.ndarray] = weakref.WeakValueDictionary()
_traveling: deque[tuple[Any, np.ndarray]] = deque()     # (the moment a copy is done, what it reads)


def pinned_copy(array: np.ndarray) -> np.ndarray:
    """The same entries in page-locked memory. Needs CuPy and a GPU."""
    out = importlib.import_module("cupyx").empty_pinned(array.shape, array.dtype)
    out[...] = array
    _pinned[id(out)] = out
    return out


def is_pinned(array: np.ndarray) -> bool:
    """Whether ``pinned_copy`` made it."""
    return _pinned.get(id(array)) is array


def send(cupy: Any, array: np.ndarray) -> Any:
    """A copy of a NumPy array on the current device; from pinned memory the host does not wait for it."""
    if not is_pinned(array):
        return cupy.asarray(array)              # by way of a pinned buffer of CuPy's own
    stream = cupy.cuda.get_current_stream()
    out = cupy.empty(array.shape, array.dtype)
    out.set(array, stream=stream)
    while _traveling and _traveling[0][0].done:
        _traveling.popleft()
    _traveling.append((stream.record(), array))  # the memory must stay until the copy is through
    return out
