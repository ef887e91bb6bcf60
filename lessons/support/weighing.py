"""How long something takes, and how many bytes it takes on disk."""
from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Callable, Mapping

import numpy as np

import minigrad


def seconds(run: Callable[[], Any], times: int = 15) -> float:
    """The median time of a run, without a graph."""
    found = []
    with minigrad.no_grad():
        for _ in range(times):
            began = time.perf_counter()
            run()
            found.append(time.perf_counter() - began)
    return float(np.median(found))


def size_on_disk(tensors: Mapping[str, Any], folder: Path, name: str) -> int:
    """Bytes of a file with these tensors, which is written: NAME.safetensors."""
    path = folder / f"{name}.safetensors"
    minigrad.save(dict(tensors), path)
    return path.stat().st_size


def without_zeros(tensors: Mapping[str, Any]) -> dict[str, minigrad.Tensor]:
    """What isn't 0 in each tensor, and as int16 how far each is from the one before it."""
    found = {}
    for name, tensor in tensors.items():
        array = tensor.detach().cpu().numpy().ravel()
        places = np.flatnonzero(array)
        steps = np.diff(places, prepend=0)
        if len(steps) and steps.max() >= 2 ** 15:
            raise ValueError(f"{name}: more than {2 ** 15} zeros in a row do not fit into int16.")
        found[f"{name}.values"] = minigrad.tensor(array[places])
        found[f"{name}.steps"] = minigrad.tensor(steps.astype(np.int16))
    return found


def spread(values: Any, digits: int = 1) -> str:
    """Median, smallest and largest, as in "67.2 (66.3 to 68.4)"."""
    return f"{np.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"
