"""Does the gradient check find planted mistakes, and does it name their causes? Functions by mistakes.

    python benchmarks/gradcheck_mistakes.py                 # 4 draws of 2 shapes of 34 functions
    python benchmarks/gradcheck_mistakes.py --draws 1

The functions and mistakes are in ``tests/check/mistakes.py``; every draw has other shapes, half of them of 2
to 12 entries, and other numbers. A mistake that changes the gradient by less than a ten-thousandth in all
entries is none. Of each the kind of the first diagnosis is compared with those that tell it truly: named,
silent, or misnamed. The result goes into ``benchmarks/results/gradcheck_mistakes.json``.
"""
from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "check")]

from mistakes import Case, Mistake, general, of_one, of_two, own, shapes            # noqa: E402

import minigrad                                                # noqa: E402
from minigrad.check import gradcheck_function                  # noqa: E402
from minigrad.files.writing import write_atomically  # noqa: E402

RECORD = ROOT / "benchmarks" / "results" / "gradcheck_mistakes.json"
VAGUE = {"wrong", "this_point", "not_compared"}                # these name no cause


def main() -> int:
    """Plant and count; 1 when a mistake was missed."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=4)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--each", type=int, default=10, help="mistakes of each input of a function, at most")
    parser.add_argument("--record", type=Path, default=RECORD, metavar="FILE")
    parser.add_argument("--show", action="store_true", help="print what was missed, misnamed or not named")
    options = parser.parse_args()
    began, counts, rows, functions = time.perf_counter(), Counter(), {}, 0
    for draw in range(options.first, options.first + options.draws):
        random = np.random.default_rng(draw)
        for shape in shapes(random, 2):
            for case in of_one(random, shape) + of_two(random, shape):
                functions += 1
                for which in range(len(case.inputs)):
                    all_of_them = [m for m in general(case, which) + own(case) if m.which == which]
                    chosen = random.permutation(len(all_of_them))[:options.each]
                    for mistake in [all_of_them[k] for k in chosen]:
                        judged(case, mistake, counts, rows, options.show)
    known = {k: n for k, n in counts.items()}
    total = sum(known.values())
    named = known.get("named", 0)
    told = named + known.get("not named", 0) + known.get("misnamed", 0)
    print(f"{functions} functions, {total} mistakes: {known.get('missed', 0)} missed; of {told} with a cause "
          f"{named} named ({100 * named / told:.1f} %), {known.get('misnamed', 0)} misnamed "
          f"({100 * known.get('misnamed', 0) / total:.2f} % of all); of {known.get('no cause, silent', 0)} "
          f"without "
          f"a cause {known.get('no cause, named', 0)} were given one; {time.perf_counter() - began:.0f} s")
    about = {"minigrad": minigrad.__version__, "numpy": np.__version__, "python": platform.python_version(),
             "machine": platform.machine(), "first": options.first, "draws": options.draws,
             "date": datetime.now(timezone.utc).isoformat(timespec="seconds"), "functions": functions,
             "counts": known, "mistakes": {k: dict(v) for k, v in rows.items()}}
    write_atomically(options.record, (json.dumps(about, indent=1, ensure_ascii=False) + "\n").encode())
    return int(bool(known.get("missed", 0)))


def judged(case: Case, mistake: Mistake, counts: Counter[str], rows: dict[str, Counter[str]],
           show: bool) -> None:
    """Check one wrong gradient, and count what came of it."""
    with np.errstate(all="ignore"):
        y = case.forward(*case.inputs)
        random = np.random.default_rng([0, 2718])
        v = tuple(random.standard_normal(np.shape(t)) for t in y) if isinstance(y, tuple) else \
            random.standard_normal(np.shape(y))
        right, wrong = case.backward(v, *case.inputs), mistake.backward(v, *case.inputs)
        a, b = ((t if isinstance(t, tuple) else (t,))[mistake.which] for t in (right, wrong))
        size = np.max(np.abs(a), initial=1e-300)
        if np.shape(a) == np.shape(b) and np.all(np.abs(a - b) <= 1e-4 * np.maximum(np.abs(a), 1e-3 * size)):
            return
        report = gradcheck_function(case.forward, mistake.backward, case.inputs, raise_exception=False)
    found = next((c for c in report.failed if c.position == mistake.which), None)
    kind = report.problem.kind if report.problem else found.kind if found else ""
    if not kind or kind == "not_compared":
        verdict = "missed"
    elif not mistake.kinds:
        verdict = "no cause, silent" if kind in VAGUE else "no cause, named"
    else:
        verdict = "named" if kind in mistake.kinds else "not named" if kind in VAGUE else "misnamed"
    counts[verdict] += 1
    rows.setdefault(mistake.name, Counter())[f"{verdict}: {kind}"] += 1
    if show and verdict not in ("named", "no cause, silent"):
        print(f"{verdict}: {mistake.name} in {case.name} {case.inputs[mistake.which].shape}: {kind} "
              f"{found.diagnoses[0].text if found and found.diagnoses else ''}"[:200], flush=True)


if __name__ == "__main__":
    sys.exit(main())
