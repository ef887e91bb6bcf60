"""Every operation, forward and backward, beside PyTorch:  python benchmarks/ops.py

For each operation of op_table.py, three sizes, float32 and float64: the time of its forward (recorded for
a backward) and of both, and the ratio of minigrad's time to PyTorch's, the median over the turns. Both
sides compute on the same numbers, and the run fails where their results differ. Small sizes show what a
call costs, large ones what the arithmetic costs.
"""
from __future__ import annotations

import argparse
import sys
from typing import Any

from tqdm import tqdm

import report
import sides
from op_table import ENTRIES, SIZES, Entry, by_name
from sides import Missing, Side

PEERS = ("torch", "minigrad")
TOLERANCE = {"float32": 1e-3, "float64": 1e-8}


def measure(entry: Entry, size: int, dtype: str, ready: list[Side],
            args: argparse.Namespace) -> dict[str, Any]:
    """One operation at one size: {"forward": …, "both": …}, each with milliseconds and ratio."""
    for side in ready:
        side.ask("choose", name=entry.name, size=size, dtype=dtype)
    result: dict[str, Any] = {"op": entry.name, "size": SIZES[size], "dtype": dtype}
    for mode in ("forward", "both") if entry.backward else ("forward",):
        values = []
        for side in ready:
            side.ask("mode", both=mode == "both")
            values.append(side.ask("check", steps=1, seconds=0)["losses"])
            side.prepare(args.round, args.warm)
            side.rounds.clear()
            side.cpu.clear()
        sides.take_turns(ready, args, "")
        ours, *theirs = ready
        result[mode] = {"milliseconds": {s.name: s.milliseconds for s in ready},
                        "ratio": {s.name: sides.ratio(ours, s) for s in theirs}}
        if entry.compare:
            found = max([sides.difference(values[0], other) for other in values[1:]], default=0.0)
            result["difference"] = max(found, result.get("difference", 0.0))
    return result


def table(results: list[dict[str, Any]], peer: str) -> str:
    """A row for each operation, size and dtype; with both means forward and backward."""
    rows = [["operation", "size", "dtype", "forward ms", f"{peer}", "ratio", "with backward ms", f"{peer}",
             "ratio"]]
    for r in results:
        row = [r["op"], r["size"], r["dtype"]]
        for mode in ("forward", "both"):
            if mode not in r:
                row += ["", "", ""]
                continue
            ms = r[mode]["milliseconds"]
            row += [f"{ms['minigrad'][1]:.4f}", f"{ms[peer][1]:.4f}", f"{r[mode]['ratio'][peer][1]:.2f}"]
        rows.append(row)
    return report.columns(rows)


def missing() -> list[str]:
    """minigrad's operations that no entry of the table runs, forward or backward.

    Lines of ``ops.pointwise`` run the same code around a NumPy function: some of them are measured.
    """
    import minigrad
    from minigrad.autograd import Function
    from minigrad.ops.pointwise import Pairwise, Pointwise
    from peers.minigrad import Op

    used: set[str] = set()
    call = Function.__call__

    def counted(self: Function, *inputs: Any) -> Any:
        used.add(type(self).__name__)
        return call(self, *inputs)

    Function.__call__ = counted                             # type: ignore[method-assign]
    try:
        runner = Op(seed=0, threads=1, options={})
        for entry in ENTRIES:
            runner.choose(entry.name, 0, "float32")
            runner.mode(entry.backward)
            runner.step(0)
    finally:
        Function.__call__ = call                            # type: ignore[method-assign]
    ops = [c for c in _children(Function) if c.__module__.startswith(f"{minigrad.__name__}.ops.")
           and not issubclass(c, (Pairwise, Pointwise))]
    return sorted({c.__name__ for c in ops} - used)


def _children(base: type) -> list[type]:
    return [c for child in base.__subclasses__() for c in [child, *_children(child)]]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    sides.add_options(parser, rounds=5, peers=f"one of {', '.join(PEERS)} (default torch)")
    parser.add_argument("--only", action="append", metavar="OPERATION", help="may repeat")
    parser.add_argument("--size", action="append", choices=SIZES, help="may repeat (default: all)")
    parser.add_argument("--dtype", action="append", choices=list(TOLERANCE),
                        help="may repeat (default: both)")
    parser.add_argument("--list", action="store_true", help="print the operations, and those of minigrad\n"
                        "that none of them runs, and stop")
    parser.set_defaults(round=0.02, warm=0.02, pause=0.01)
    args = parser.parse_args()
    args.peer = args.peer or ["torch"]
    return args


def main() -> int:
    """Measure, print, save; 1 when results differ."""
    args = arguments()
    if args.list:
        print("\n".join(entry.name for entry in ENTRIES))
        print(f"\nnot measured: {', '.join(missing()) or 'nothing'}")
        return 0
    where = report.machine()
    report.warn_if_busy(where)
    entries = [by_name(name) for name in args.only] if args.only else ENTRIES
    try:
        ready = [sides.start(peer, "Op", args, name=peer if not k else "").wait_until_ready()
                 for k, peer in enumerate(["minigrad", args.peer[0]])]
    except Missing as reason:
        raise SystemExit(str(reason))
    cases = [(entry, SIZES.index(size), dtype) for entry in entries for size in args.size or SIZES
             for dtype in args.dtype or TOLERANCE]
    results = [measure(*case, ready, args) for case in tqdm(cases, "operations", leave=False, disable=None)]
    versions = {k: v for side in ready for k, v in side.ask("report")["versions"].items()}
    for side in ready:
        side.close()
    print(table(results, ready[1].name))
    if not args.no_save:
        report.save("ops", where, args, {"versions": versions, "rows": results})
    wrong = [f"{r['op']} ({r['size']}, {r['dtype']}: {r['difference']:.0e})" for r in results
             if not r.get("difference", 0.0) < TOLERANCE[r["dtype"]]]
    if wrong:
        print(f"results differ: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
