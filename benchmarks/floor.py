"""The time below which a step cannot fall, op by op:  python benchmarks/floor.py

    floor = GEMM operations / measured peak of sgemm  +  bytes moved / measured bandwidth of a copy

counts the products of matrices that the step cannot do without (a multiplication and an addition are
two operations), and one pass for each array that an operation has to read or write: forward, backward
and update, unfused. Buffers that an implementation adds (im2col, copies, casts) are not in it, nor is
the time of Python. An array that fits the cache moves faster, so the bandwidth is that of copies of the
array's own size. A library that fuses operations can fall below the second part.
"""
from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
from typing import Any

import numpy as np
from tqdm import tqdm

import report
from costs import Cost, costs
from sides import THREADS
from workloads import WORKLOADS, Workload, by_key

SIDES = (256, 512, 1024, 2048)                              # of square matrices
COPIES = tuple(1 << k for k in range(14, 27, 2))            # bytes of the array copied, 16 KiB … 64 MiB


def best_time(work: Any, seconds: float) -> float:
    """The fastest of repeated calls: the machine at its peak."""
    work()
    best, end = math.inf, time.perf_counter() + seconds
    while time.perf_counter() < end or best == math.inf:
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def peaks(seconds: float) -> dict[str, Any]:
    """{"sgemm": FLOP/s of the best size, "copy": {bytes of the array: bytes read and written a second}}."""
    random, rates = np.random.default_rng(0), []
    for n in SIDES:
        a, b = random.random((2, n, n), dtype=np.float32)
        out = np.empty_like(a)
        rates.append(2 * n ** 3 / best_time(lambda: np.matmul(a, b, out=out), seconds))
    copies = {}
    for size in COPIES:
        source, target = np.ones(size // 4, np.float32), np.empty(size // 4, np.float32)
        calls = max(1, (1 << 20) // size)                   # of the smallest, a call costs a part

        def copy() -> None:
            for _ in range(calls):
                np.copyto(target, source)
        copies[str(size)] = 2 * size * calls / best_time(copy, seconds)
    return {"sgemm": max(rates), "copy": copies}


def measured(threads: int, seconds: float = 0.2) -> dict[str, Any]:
    """``peaks`` in a process of its own with this number of threads."""
    environment = {**os.environ, **dict.fromkeys(THREADS, str(threads))}
    done = subprocess.run([sys.executable, __file__, "--peaks", "--seconds", str(seconds)], check=True,
                          env=environment, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def bandwidth(copy: dict[str, float], size: float) -> float:
    """Bytes a second for arrays of ``size`` bytes: measured at the nearest size."""
    nearest = min(copy, key=lambda known: abs(math.log(int(known) / max(size, 1))))
    return copy[nearest]


def floor(work: Workload, peak: dict[str, Any]) -> dict[str, float]:
    """GEMM work, bytes, and the milliseconds of both."""
    parts = costs(work)
    gemm = sum(part.flop for part in parts) / peak["sgemm"]
    moving = sum(size / bandwidth(peak["copy"], size) for part in parts for size in part.arrays)
    return {"mflop": sum(part.flop for part in parts) / 1e6,
            "mbytes": sum(sum(part.arrays) for part in parts) / 1e6,
            "gemm_ms": 1e3 * gemm, "moving_ms": 1e3 * moving, "milliseconds": 1e3 * (gemm + moving)}


def table(works: list[Workload], peak: dict[str, Any]) -> str:
    """A row for each workload."""
    rows = [["step", "MFLOP", "GEMM ms", "MB moved", "moving ms", "floor ms"]]
    for work in works:
        f = floor(work, peak)
        rows.append([work.key, f"{f['mflop']:.4g}", f"{f['gemm_ms']:.3g}", f"{f['mbytes']:.4g}",
                     f"{f['moving_ms']:.3g}", f"{f['milliseconds']:.3g}"])
    return report.columns(rows)


def details(work: Workload, peak: dict[str, Any]) -> str:
    """A row for each part of one workload."""
    rows = [[f"{work.key}: part", "MFLOP", "MB moved", "ms"]]
    for part in costs(work):
        rows.append([part.name, f"{part.flop / 1e6:.4g}", f"{sum(part.arrays) / 1e6:.4g}",
                     f"{1e3 * _seconds(part, peak):.3g}"])
    return report.columns(rows)


def _seconds(part: Cost, peak: dict[str, Any]) -> float:
    return part.flop / peak["sgemm"] + sum(size / bandwidth(peak["copy"], size) for size in part.arrays)


def main() -> int:
    """Measure the peaks, print the floors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", action="append", metavar="STEP", help="a step's name; may repeat;\n"
                        "its parts are printed, too")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=0.3, help="for each size")
    parser.add_argument("--peaks", action="store_true", help="print the peaks as JSON and stop")
    args = parser.parse_args()
    if args.peaks:
        print(json.dumps(peaks(args.seconds)))
        return 0
    with tqdm(total=1, desc="peaks", leave=False, disable=None) as bar:
        peak = measured(args.threads, args.seconds)
        bar.update()
    print(f"sgemm: {peak['sgemm'] / 1e9:.0f} GFLOP/s, {args.threads} thread(s)")
    print("copy:  " + ", ".join(f"{_size(int(n))} {rate / 1e9:.1f}" for n, rate in peak["copy"].items())
          + " GB/s (read and written, one thread)\n")
    works = [by_key(key) for key in args.only] if args.only else list(WORKLOADS)
    print(table(works, peak))
    for work in works if args.only else []:
        print(f"\n{details(work, peak)}")
    return 0


def _size(n: int) -> str:
    return f"{n >> 20} MiB" if n >= 1 << 20 else f"{n >> 10} KiB"


if __name__ == "__main__":
    sys.exit(main())
