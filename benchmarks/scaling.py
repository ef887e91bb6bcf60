"""How minigrad's cost grows:  python benchmarks/scaling.py

    nodes     a chain of 10 to 100,000 operations on 3 numbers: the time of one operation, forward and
              backward, should not depend on how many there are
    batch     document C's network, 128 samples a step against 4,096: the time of one sample
    dtypes    each workload in float64 against float32: at most twice the time, for twice the bytes

Each configuration runs in a process of its own; those that are compared take turns.
"""
from __future__ import annotations

import argparse
import sys
from typing import Any

from tqdm import tqdm

import report
import sides
from sides import Side
from workloads import WORKLOADS, by_key

NODES = (10, 100, 1_000, 10_000, 100_000)
BATCHES = (128, 4096)
PARTS = ("nodes", "batch", "dtypes")


def compare(works: dict[str, dict[str, Any]], args: argparse.Namespace) -> dict[str, Side]:
    """Processes of minigrad with these changes of workloads, measured in turns."""
    begun = {name: sides.start("minigrad", "Step", args, work=work, name=name)
             for name, work in works.items()}
    for side in begun.values():
        side.wait_until_ready()
        side.prepare(args.round, args.warm)
    sides.take_turns(list(begun.values()), args, " : ".join(begun))
    for side in begun.values():
        side.close()
    return begun


def nodes(args: argparse.Namespace) -> dict[str, Any]:
    """Microseconds of an operation, forward and backward, in chains of each length."""
    found = compare({str(n): {"key": "chain", "chain": n} for n in args.nodes}, args)
    return {name: [1e3 * ms / int(name) for ms in side.milliseconds] for name, side in found.items()}


def batch(args: argparse.Namespace) -> dict[str, Any]:
    """Microseconds of a sample for each batch size."""
    found = compare({str(n): {"key": "C3", "batch": n} for n in args.batch}, args)
    return {name: [1e3 * ms / int(name) for ms in side.milliseconds] for name, side in found.items()}


def dtypes(args: argparse.Namespace) -> dict[str, Any]:
    """For each workload milliseconds of a step in both dtypes, and the ratio within each round."""
    result = {}
    chosen = [by_key(key) for key in args.only] if args.only else [w for w in WORKLOADS if not w.extra]
    for work in tqdm(chosen, "dtypes", leave=False, disable=None):
        found = compare({d: {"key": work.key, "dtype": d} for d in ("float32", "float64")}, args)
        result[work.key] = {"milliseconds": {d: side.milliseconds for d, side in found.items()},
                            "ratio": sides.ratio(found["float64"], found["float32"])}
    return result


def tables(results: dict[str, Any]) -> str:
    """One for each part."""
    parts = []
    if "nodes" in results:
        times = {name: values[1] for name, values in results["nodes"].items()}
        rows = [["operations in a chain", "µs an operation"],
                *[[f"{int(n):,}", report.spread(v)] for n, v in results["nodes"].items()]]
        spread = max(times.values()) / min(times.values())
        parts.append(f"{report.columns(rows)}\nlargest / smallest: {spread:.2f}")
    if "batch" in results:
        first, *_, last = results["batch"].values()
        rows = [["C3, samples in a step", "µs a sample"],
                *[[f"{int(n):,}", report.duration(v)] for n, v in results["batch"].items()]]
        parts.append(report.columns(rows) + f"\nlast / first: {last[1] / first[1]:.2f}")
    if "dtypes" in results:
        rows = [["step", "float32 ms", "float64 ms", "ratio", "at most 2"]]
        for key, r in results["dtypes"].items():
            rows.append([key, *[report.duration(r["milliseconds"][d]) for d in ("float32", "float64")],
                         report.spread(r["ratio"]), "yes" if r["ratio"][1] <= 2 else "no"])
        parts.append(report.columns(rows))
    return "\n\n".join(parts)


def main() -> int:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    sides.add_options(parser, rounds=10)
    parser.add_argument("--part", action="append", choices=PARTS, help="may repeat (default: all)")
    parser.add_argument("--only", action="append", metavar="STEP",
                        help="of dtypes: a step's name; may repeat")
    parser.add_argument("--nodes", type=int, nargs="+", default=NODES)
    parser.add_argument("--batch", type=int, nargs="+", default=BATCHES)
    args = parser.parse_args()
    where = report.machine()
    report.warn_if_busy(where)
    measure = {"nodes": nodes, "batch": batch, "dtypes": dtypes}
    results = {part: measure[part](args) for part in args.part or PARTS}
    print(tables(results))
    if not args.no_save:
        report.save("scaling", where, args, results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
