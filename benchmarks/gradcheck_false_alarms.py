"""Does the gradient check cry wolf? Random functions with right gradients, checked by the thousand.

    python benchmarks/gradcheck_false_alarms.py                        # seeds 0 to 9,999: some minutes
    python benchmarks/gradcheck_false_alarms.py --first 1000000 --count 10000
    python benchmarks/gradcheck_false_alarms.py --table                # what is recorded, runs nothing

A function is made of two to seven of minigrad's operations on one to three inputs; its seed decides all
of it (``tests/check/random_functions.py``). Its gradient is right, so that each failure is a false alarm.
A check that accepts everything would raise none either: so one entry of each gradient is then made wrong
by one part in a hundred, and the check has to find that entry, and no other.

What was found goes into ``benchmarks/results/gradcheck_false_alarms.json``, after every 500 functions; a
range that was interrupted goes on where it stopped, unless versions have changed in the meantime.
"""
from __future__ import annotations

import json
import platform
import sys
import time
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "tests" / "check")]

from report import recording                                   # noqa: E402
from random_functions import Planted, RandomFunction           # noqa: E402

import minigrad                                                # noqa: E402
from minigrad.check import examine                             # noqa: E402
from minigrad.files.writing import write_atomically                   # noqa: E402

RECORD = ROOT / "benchmarks" / "results" / "gradcheck_false_alarms.json"
PIECE = 500


def main() -> int:
    """Run or go on with a range of seeds; 1 when there was an alarm, or a wrong entry was missed."""
    parser = recording(__doc__, RECORD)
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop at the next piece of 500")
    parser.add_argument("--right-only", action="store_true", help="plant no wrong entries")
    options = parser.parse_args()
    if options.table:
        print(table(read(options.record)))
        return 0
    run = started(options.first, options.count, read(options.record))
    end = time.monotonic() + 60 * options.minutes
    while run["functions"] < options.count and time.monotonic() < end:
        piece(run, min(PIECE, options.count - run["functions"]), not options.right_only)
        record(run, options.record)
    print(table([run]))
    return int(bool(run["alarms"] or run["missed"]))


def started(first: int, count: int, recorded: list[dict[str, Any]]) -> dict[str, Any]:
    """The recorded run of this range, if it can be gone on with, or a new one."""
    about = {"first": first, "count": count, "minigrad": minigrad.__version__, "numpy": np.__version__,
             "python": platform.python_version(), "machine": platform.machine()}
    for run in recorded:
        if all(run[key] == value for key, value in about.items()) and run["functions"] < count:
            return run
    return {**about, "date": "", "seconds": 0.0, "functions": 0, "inputs": 0, "entries": 0, "kinks": 0,
            "unknown": 0, "alarms": [], "planted": 0, "found": 0, "invisible": 0, "missed": [],
            "operations": {}}


def piece(run: dict[str, Any], count: int, planting: bool = True) -> None:
    """Check so many more functions."""
    began = time.perf_counter()
    first = run["first"] + run["functions"]
    operations = Counter(run["operations"])
    for seed in range(first, first + count):
        function = RandomFunction(np.random.default_rng(seed))
        operations.update(function.used)
        report = examine(function, function.inputs)
        if not report.passed and report.measurable:
            run["alarms"].append({"seed": seed, "kind": report.kind, "text": report.text})
        for found in report.comparisons:
            run["inputs"] += 1
            run["entries"] += found.compared
            run["kinks"] += int(found.kinks.sum())
            run["unknown"] += int(found.unknown.sum())
        if planting:
            plant(run, seed)
    run["operations"] = dict(sorted(operations.items()))
    run["functions"] += count
    run["seconds"] = round(run["seconds"] + time.perf_counter() - began, 1)
    run["date"] = datetime.now(timezone.utc).isoformat(timespec="seconds")


def plant(run: dict[str, Any], seed: int) -> None:
    """The same function with one wrong entry. It cannot be seen where L does not depend on the input, at a
    kink where it still is a slope between left and right, and where rounding hides all slopes."""
    planted = Planted(seed)
    report = planted.report()
    if not report.comparisons or not report.comparisons[planted.which].recorded:
        return
    run["planted"] += 1
    seen = report.comparisons[planted.which]
    wrong = [(c.position, int(i)) for c in report.comparisons for i in np.flatnonzero(c.wrong)]
    if wrong == [(planted.which, planted.entry)]:
        run["found"] += 1
    elif not wrong and seen.left_out.flat[planted.entry]:
        run["invisible"] += 1
    else:
        run["missed"].append({"seed": seed, "input": planted.which, "entry": planted.entry, "wrong": wrong})


def read(path: Path) -> list[dict[str, Any]]:
    """All recorded runs."""
    runs: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return runs


def record(run: dict[str, Any], path: Path) -> None:
    """Put a run in the place of the last one with its seeds and versions."""
    same = ("first", "count", "numpy", "python")
    others = [old for old in read(path) if any(old[key] != run[key] for key in same)]
    runs = sorted([*others, run], key=lambda r: (r["first"], r["numpy"]))
    write_atomically(path, (json.dumps(runs, indent=1, ensure_ascii=False) + "\n").encode())


def table(runs: list[dict[str, Any]]) -> str:
    """A line for each run."""
    lines = []
    for run in runs:
        last = run["first"] + run["functions"] - 1
        lines.append(
            f"seeds {run['first']:,} to {last:,}, NumPy {run['numpy']}, {run['date'][:10]}: "
            f"{len(run['alarms'])} alarms in {run['functions']:,} functions, {run['entries']:,} entries "
            f"({run['kinks']:,} at a kink, {run['unknown']:,} too rough to measure); {run['found']:,} of "
            f"{run['planted']:,} planted mistakes found, {run['invisible']:,} cannot be seen, "
            f"{len(run['missed'])} missed; {run['seconds']:.0f} s")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
