"""A gradient of 10⁵ entries, right and wrong in several ways: how long does the check take?

    python benchmarks/gradcheck_many.py             # prints verdict, calls of the function, processor time
    python benchmarks/gradcheck_many.py --table     # what is recorded, runs nothing

Directions come first; entries are measured only where a direction fails. The processor time stands beside the
time that passed and the load of the machine, since other programs may have taken the difference. The result
goes into ``benchmarks/results/gradcheck_many.json``.
"""
from __future__ import annotations

import json
import os
import platform
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from report import recording                                   # noqa: E402

import minigrad                                         # noqa: E402
from minigrad.check import gradcheck_function           # noqa: E402
from minigrad.files.writing import write_atomically     # noqa: E402

RECORD = ROOT / "benchmarks" / "results" / "gradcheck_many.json"
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
    "a little off, and right": lambda a: 1.000009 * a,
    "off by 10⁻⁴": lambda a: 1.0001 * a, "noise": lambda a: a * (1 + NOISE),
    "NaN in one entry": lambda a: np.where(np.arange(COUNT) == 5, np.nan, a)}


def main() -> int:
    """Time each; 1 if a verdict is wrong."""
    options = recording(__doc__, RECORD).parse_args()
    if options.table:
        for name, row in json.loads(options.record.read_text(encoding="utf-8"))["rows"].items():
            print(line(name, row))
        return 0
    x, rows = np.random.default_rng(0).standard_normal(COUNT), {}
    for name, change in CHANGES.items():
        rows[name] = timed(x, change)
        print(line(name, rows[name]), flush=True)
    about = {"minigrad": minigrad.__version__, "numpy": np.__version__, "python": platform.python_version(),
             "machine": platform.machine(), "processors": os.cpu_count(),
             "date": datetime.now(timezone.utc).isoformat(timespec="seconds"), "entries": COUNT, "rows": rows}
    write_atomically(options.record, (json.dumps(about, indent=1, ensure_ascii=False) + "\n").encode())
    return int(any(bool(row["kind"]) == ("right" in name) for name, row in rows.items()))


def timed(x: np.ndarray, change: Callable[[Any], Any]) -> dict[str, Any]:
    """What is made of one gradient, and how long it took."""
    calls = 0

    def forward(x: Any) -> Any:
        nonlocal calls
        calls += 1
        return np.sin(x)
    began, worked = time.perf_counter(), time.process_time()
    with np.errstate(all="ignore"):
        report = gradcheck_function(forward, lambda v, x: change(v * np.cos(x)), [x], raise_exception=False)
        kind = report.kind
    worked, passed = time.process_time() - worked, time.perf_counter() - began
    load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
    return {"kind": kind, "calls": calls, "processor_seconds": round(worked, 2),
            "seconds": round(passed, 2), "load": load}


def line(name: str, row: dict[str, Any]) -> str:
    """A row as it is printed."""
    verdict = f"wrong: {row['kind']}" if row["kind"] else "right"
    return (f"{name:24} {verdict:20} {row['calls']:5,} calls, {row['processor_seconds']:5.2f} s of processor "
            f"time, {row['seconds']:6.2f} s passed at load {row['load']}")


if __name__ == "__main__":
    sys.exit(main())
