"""Does the gradient check find planted mistakes, and does it name their causes? Functions by mistakes.

    python benchmarks/gradcheck_mistakes.py                 # draws 0 and 500: 2 shapes of 34 functions each
    python benchmarks/gradcheck_mistakes.py --draws 7 --show
    python benchmarks/gradcheck_mistakes.py --table         # what is recorded, runs nothing

The functions and mistakes are in ``tests/check/mistakes.py``; every draw has other shapes, half of them of 2
to 12 entries, and other numbers. A mistake that changes the gradient by less than a ten-thousandth in all
entries is none. Of each the kind of the first diagnosis is compared with those that tell it truly: named,
silent, or misnamed. The result goes into ``benchmarks/results/gradcheck_mistakes.json``, a run for each draw;
inputs of 2 to 12 entries are counted apart as well.
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
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "check")]

from report import recording                                   # noqa: E402
from mistakes import Case, Mistake, general, of_one, of_two, own, shapes            # noqa: E402

import minigrad                                                # noqa: E402
from minigrad.check import gradcheck_function                  # noqa: E402
from minigrad.files.writing import write_atomically  # noqa: E402

RECORD = ROOT / "benchmarks" / "results" / "gradcheck_mistakes.json"
VAGUE = {"wrong", "this_point", "not_compared"}                # these name no cause
FEW = 12                                                       # entries of an input


def main() -> int:
    """Plant and count; 1 when a mistake was missed."""
    parser = recording(__doc__, RECORD)
    parser.add_argument("--draws", type=int, nargs="+", default=[0, 500], metavar="SEED")
    parser.add_argument("--each", type=int, default=10, help="mistakes of each input of a function, at most")
    parser.add_argument("--show", action="store_true", help="print what was missed, misnamed or not named")
    options = parser.parse_args()
    if not options.table:
        for draw in options.draws:
            record(run(draw, options.each, options.show), options.record)
    runs = read(options.record)
    print(table(runs))
    return int(any("missed" in r["counts"] for r in runs))


def run(draw: int, each: int, show: bool) -> dict[str, Any]:
    """One draw: all functions at two shapes, each with its mistakes."""
    began, random = time.process_time(), np.random.default_rng(draw)
    counts: Counter[str] = Counter()
    few: Counter[str] = Counter()
    rows: dict[str, Counter[str]] = {}
    planted: list[int] = []
    for shape in shapes(random, 2):
        for case in of_one(random, shape) + of_two(random, shape):
            planted.append(0)
            for which in range(len(case.inputs)):
                all_of_them = [m for m in general(case, which) + own(case) if m.which == which]
                for k in random.permutation(len(all_of_them))[:each]:
                    mistake = all_of_them[k]
                    verdict, kind = judged(case, mistake, show)
                    if not verdict:
                        continue
                    planted[-1] += 1
                    counts[verdict] += 1
                    few[verdict] += case.inputs[which].size <= FEW
                    rows.setdefault(mistake.name, Counter())[f"{verdict}: {kind}"] += 1
    return {"draw": draw, "minigrad": minigrad.__version__, "numpy": np.__version__,
            "python": platform.python_version(), "machine": platform.machine(),
            "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "processor_seconds": round(time.process_time() - began, 1), "functions": len(planted),
            "fewest": min(planted), "counts": dict(counts), "few": {k: n for k, n in few.items() if n},
            "mistakes": {name: dict(row) for name, row in sorted(rows.items())}}


def judged(case: Case, mistake: Mistake, show: bool) -> tuple[str, str]:
    """What the check makes of one wrong gradient, and the kind that it gives; "" where it is not wrong."""
    with np.errstate(all="ignore"):
        y = case.forward(*case.inputs)
        random = np.random.default_rng([0, 2718])
        v = tuple(random.standard_normal(np.shape(t)) for t in y) if isinstance(y, tuple) else \
            random.standard_normal(np.shape(y))
        right, wrong = case.backward(v, *case.inputs), mistake.backward(v, *case.inputs)
        a, b = ((t if isinstance(t, tuple) else (t,))[mistake.which] for t in (right, wrong))
        size = np.max(np.abs(a), initial=1e-300)
        if np.shape(a) == np.shape(b) and np.all(np.abs(a - b) <= 1e-4 * np.maximum(np.abs(a), 1e-3 * size)):
            return "", ""
        report = gradcheck_function(case.forward, mistake.backward, case.inputs, raise_exception=False)
    found = next((c for c in report.failed if c.position == mistake.which), None)
    kind = report.problem.kind if report.problem else found.kind if found else ""
    if not kind or kind == "not_compared":
        verdict = "missed"
    elif not mistake.kinds:
        verdict = "no cause, silent" if kind in VAGUE else "no cause, named"
    else:
        verdict = "named" if kind in mistake.kinds else "not named" if kind in VAGUE else "misnamed"
    if show and verdict not in ("named", "no cause, silent"):
        print(f"{verdict}: {mistake.name} in {case.name} {case.inputs[mistake.which].shape}: {kind} "
              f"{found.diagnoses[0].text if found and found.diagnoses else ''}"[:200], flush=True)
    return verdict, kind


def read(path: Path) -> list[dict[str, Any]]:
    """All recorded runs."""
    runs: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return runs


def record(run: dict[str, Any], path: Path) -> None:
    """Put a run in the place of the last one of its draw."""
    runs = sorted([*(old for old in read(path) if old["draw"] != run["draw"]), run], key=lambda r: r["draw"])
    write_atomically(path, (json.dumps(runs, indent=1, ensure_ascii=False) + "\n").encode())


def table(runs: list[dict[str, Any]]) -> str:
    """A line for each draw, one for all, and one for the inputs with few entries."""
    lines = [f"draw {r['draw']}, NumPy {r['numpy']}, {r['date'][:10]}: {r['functions']} functions, "
             f"{told(Counter(r['counts']))}; {r['processor_seconds']:.0f} s of processor time" for r in runs]
    for what in ("counts", "few"):
        total = sum((Counter(r[what]) for r in runs), Counter[str]())
        lines.append(("all: " if what == "counts" else f"inputs of 2 to {FEW} entries: ") + told(total))
    return "\n".join(lines)


def told(counts: Counter[str]) -> str:
    """The figures in words."""
    caused, total = counts["named"] + counts["not named"] + counts["misnamed"], counts.total()
    silent, given = counts["no cause, silent"], counts["no cause, named"]
    return (f"{total:,} mistakes, {counts['missed']} missed; of {caused:,} with a cause {counts['named']:,} "
            f"named ({100 * counts['named'] / max(1, caused):.1f} %), {counts['misnamed']} misnamed "
            f"({100 * (counts['misnamed'] + given) / max(1, total):.2f} % of all with the {given} of "
            f"{silent + given} without a cause that were given one)")


if __name__ == "__main__":
    sys.exit(main())
