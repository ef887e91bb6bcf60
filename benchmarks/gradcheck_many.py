"""A gradient of 10⁵ entries, right and wrong in several ways: how long does the check take?

    python benchmarks/gradcheck_many.py             # prints verdict, calls of the function, processor time

Directions come first; entries are measured only where a direction fails. The processor time is printed beside
the time that passed, since another program may have taken the difference.
"""
from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any, Callable

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from minigrad.check import gradcheck_function           # noqa: E402

COUNT = 100_000
NOISE = np.random.default_rng(1).standard_normal(COUNT)

#: What is made of a right gradient.
CHANGES: dict[str, Callable[[Any], Any]] = {
    "right": lambda a: a,
    "one entry wrong": lambda a: a * np.where(np.arange(COUNT) == 70_001, 1.5, 1),
    "five entries wrong": lambda a: a * np.where(np.arange(COUNT) % 20_001 == 7, 1.5, 1),
    "a hundred wrong": lambda a: a * np.where(np.arange(COUNT) % 1_001 == 7, 1.5, 1),
    "a block of 1,000 lost": lambda a: a * np.where(np.arange(COUNT) // 1_000 == 2, 0, 1),
    "every second doubled": lambda a: a * (1 + np.arange(COUNT) % 2),
    "the sign": lambda a: -a, "twice": lambda a: 2 * a, "nothing": lambda a: 0 * a,
    "off by 10⁻⁴": lambda a: 1.0001 * a, "noise": lambda a: a * (1 + NOISE),
    "NaN in one entry": lambda a: np.where(np.arange(COUNT) == 5, np.nan, a)}


def main() -> int:
    """Time each; 1 if a verdict is wrong."""
    x = np.random.default_rng(0).standard_normal(COUNT)
    bad = 0
    for name, change in CHANGES.items():
        calls = 0

        def forward(x: Any) -> Any:
            nonlocal calls
            calls += 1
            return np.sin(x)
        began, worked = time.perf_counter(), time.process_time()
        with np.errstate(all="ignore"):
            report = gradcheck_function(forward, lambda v, x: change(v * np.cos(x)), [x],
                                        raise_exception=False)
            kind = report.kind
        passed, worked = time.perf_counter() - began, time.process_time() - worked
        bad += report.passed != (name == "right")
        print(f"{name:22} {'right' if report.passed else 'wrong: ' + kind:24} {calls:5,} calls, "
              f"{worked:5.2f} s of processor time, {passed:5.2f} s passed", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
