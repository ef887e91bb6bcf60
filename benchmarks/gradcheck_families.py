"""Does the gradient check cry wolf where measuring is hard? Families of right gradients, by the thousand.

    python benchmarks/gradcheck_families.py              # 2,000 of each family, 40 with 10⁵ entries
    python benchmarks/gradcheck_families.py --count 100 --only ties

The families are in ``tests/check/hard_functions.py`` and ``odd_functions.py``. For each: how many raised an
alarm or an error, and how many entries the check could not measure, of those that float64 can show. The
result goes into ``benchmarks/results/gradcheck_families.json``.
"""
from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "check")]

from hard_functions import FAMILIES                             # noqa: E402
from odd_functions import ODD                                  # noqa: E402

import minigrad                                                # noqa: E402
from minigrad.check import gradcheck_function                  # noqa: E402
from minigrad.files.writing import write_atomically  # noqa: E402

RECORD = ROOT / "benchmarks" / "results" / "gradcheck_families.json"
ALL = {**FAMILIES, **ODD}
SLOW = ("many_entries", "many_outputs")         # 10⁵ of them


def main() -> int:
    """Run the families; 1 when there was an alarm or an error."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--only", choices=list(ALL))
    parser.add_argument("--record", type=Path, default=RECORD, metavar="FILE")
    options = parser.parse_args()
    about = {"minigrad": minigrad.__version__, "numpy": np.__version__, "python": platform.python_version(),
             "machine": platform.machine(), "first": options.first,
             "date": datetime.now(timezone.utc).isoformat(timespec="seconds")}
    rows = {name: family(name, options.first, max(1, options.count // (50 if name in SLOW else 1)))
            for name in ALL if options.only in (None, name)}
    if not options.only:
        text = json.dumps({**about, "families": rows}, indent=1, ensure_ascii=False)
        write_atomically(options.record, (text + "\n").encode())
    return int(any(row["alarms"] for row in rows.values()))


def family(name: str, first: int, count: int) -> dict[str, Any]:
    """One family: alarms and errors, and what was measured."""
    began = time.perf_counter()
    row: dict[str, Any] = {"functions": count, "alarms": [], "not_compared": 0, "entries": 0, "measurable": 0,
                           "unknown": 0, "kinks": 0, "slowest": 0.0}
    for seed in range(first, first + count):
        with np.errstate(all="ignore"):
            hard = ALL[name](np.random.default_rng([seed, len(name)]))
            start = time.perf_counter()
            try:
                report = gradcheck_function(hard.forward, hard.backward, [hard.x], raise_exception=False)
            except Exception as error:          # a crash counts as an alarm
                row["alarms"].append({"seed": seed, "text": repr(error)})
                continue
            row["slowest"] = max(row["slowest"], round(time.perf_counter() - start, 2))
            if not report.passed and report.measurable:
                row["alarms"].append({"seed": seed, "text": report.text})
            row["not_compared"] += not report.measurable
            if report.comparisons:
                found, can = report.comparisons[0], hard.measurable()
                row["entries"] += found.numeric.size
                row["measurable"] += int(can.sum())
                row["unknown"] += int((found.unknown & can).sum())
                row["kinks"] += int(found.kinks.sum())
    row["seconds"] = round(time.perf_counter() - began, 1)
    share = row["unknown"] / max(1, row["measurable"])
    print(f"{name:20} {len(row['alarms'])} alarms in {count:,} functions, {row['entries']:,} entries, "
          f"{row['measurable']:,} measurable, {100 * share:.2f} % of them not measured, {row['kinks']:,} at "
          f"a kink, "
          f"{row['not_compared']} not compared; {row['seconds']} s, slowest {row['slowest']} s", flush=True)
    for alarm in row["alarms"][:5]:
        print(f"    seed {alarm['seed']}: {alarm['text'][:400]}", flush=True)
    return row


if __name__ == "__main__":
    sys.exit(main())
