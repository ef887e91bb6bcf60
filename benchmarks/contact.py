"""The tools of the checks that ``first_contact`` makes, and the list of them.

A check raises with the values that it saw, or returns what to keep.
"""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import numpy as np

import minigrad
from minigrad.backend.arrays import cupy_module, is_array, to_numpy
from minigrad.cuda import capture
from minigrad.errors import DeviceError, GraphError


ROOT = Path(__file__).resolve().parents[1]
SMALL = [False]                         # on the stand-in: sizes that a CPU can do
MISSING: list[str] = []                 # packages that ``bare`` replaces
Seen = dict[str, Any]


class Failed(AssertionError):
    """A check that failed and has more to tell."""

    def __init__(self, text: str, seen: Seen) -> None:
        super().__init__(text)
        self.seen = seen


@dataclass
class Check:
    """One check: its part, what it is called, what it does, and how long it may take where that is long."""

    part: int
    name: str
    run: Callable[[], Seen | None]
    seconds: float = 0.0


CHECKS: list[Check] = []


def check(part: int, name: str, seconds: float = 0.0) -> Callable[[Callable[[], Seen | None]], Any]:
    """Add a function to the plan; within a part they run in the order of the file."""
    def add(function: Callable[[], Seen | None]) -> Any:
        CHECKS.append(Check(part, name, function, seconds))
        return function
    return add


def size(large: int, small: int) -> int:
    return small if SMALL[0] else large


def on_gpu(*arrays: np.ndarray) -> list[Any]:
    return [cupy_module().asarray(a) for a in arrays]


def on_host(x: Any) -> np.ndarray:
    """Numbers, a list, an array or a tensor as a NumPy array."""
    x = getattr(x, "_array", x)
    return np.asarray(to_numpy(x) if is_array(x) else x)


def distance(found: Any, wanted: Any) -> float:
    """The largest difference, of the largest entry; nan and ∞ must stand in the same places."""
    a, b = (on_host(x).astype(np.float64) for x in (found, wanted))
    if a.shape != b.shape:
        raise AssertionError(f"the shapes are {a.shape} and {b.shape}")
    odd = ~np.isfinite(b)
    if not np.array_equal(a[odd], b[odd], equal_nan=True) or not np.isfinite(a[~odd]).all():
        raise AssertionError(f"not finite where the other is: {a[np.isfinite(a) != np.isfinite(b)][:5]}")
    if not b[~odd].size:
        return 0.0
    return float(np.abs(a[~odd] - b[~odd]).max() / (np.abs(b[~odd]).max() + 1e-30))


def near(what: str, found: Any, wanted: Any, tolerance: float) -> float:
    """The distance; AssertionError, with some values, when it is too large."""
    far = distance(found, wanted)
    if far > tolerance:
        a, b = (on_host(x).reshape(-1)[:5].tolist() for x in (found, wanted))
        raise AssertionError(f"{what}: {far:.3g} apart, {tolerance:g} allowed; begins {a}, expected {b}")
    return far


def refusal(step: Callable[..., Any], *inputs: Any) -> str:
    """What a recording says to a step that cannot be recorded; the device must work on after it."""
    captured = capture(step, warmup=1)
    captured(*inputs)
    try:
        captured(*inputs)
    except (GraphError, DeviceError) as error:
        text = str(error)
    else:
        raise AssertionError("it was recorded")
    if (minigrad.ones(3, device="cuda") * 2).sum().item() != 6 or captured.captured:
        raise AssertionError(f"the device does not go on after: {text}")
    return text
