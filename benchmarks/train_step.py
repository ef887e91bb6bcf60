"""One training step, side by side:  python benchmarks/train_step.py --peer torch

Each library runs in a process of its own, from the same weights on the same data. The processes take
turns, a short round each, so that whatever slows the machine down for a while slows all of them. The
ratio is taken within each round, minigrad's median step over the peer's; the table shows its median
over the rounds and its quartiles. Below 1 minigrad is faster. The CPU ratio compares the processor time
of all threads in the same way; on a machine that is busy with other work it is the steadier of the two.
"floor" is the time that the step's arithmetic and its passes over memory take alone (floor.py).
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import median
from typing import Any

from tqdm import tqdm

import choose
import floor
import picture
import report
import sides
from sides import Missing, Side
from workloads import WORKLOADS, Workload, by_key

PEERS = ("torch", "torch-best", "jax", "tinygrad", "mygrad", "autograd", "dezero")
CHECK_STEPS, CHECK_SECONDS = 5, 3.0
TOLERANCE = 1e-3            # of the loss, after CHECK_STEPS updates in float32


def measure(work: Workload, args: argparse.Namespace, peers: list[str],
            tried: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """All sides of one workload: compare losses, warm up, then rounds in turn; and who was left out."""
    what = {"key": work.key}
    options: dict[str, Any] = {}
    if "torch-best" in peers and "torch" not in tried.get("missing", ()):
        options, tried[work.key] = choose.best("torch-best", args, work=what)
    begun = [sides.start(peer, "Step", args, work=what, options=options if peer == "torch-best" else {},
                         name=peer if peer == "minigrad" and not k else "")
             for k, peer in enumerate(["minigrad", *peers])]
    ready, losses, left_out = [], {}, []
    for side in begun:
        try:
            side.wait_until_ready()
            losses[side.name] = side.ask("check", timeout=args.patience, steps=CHECK_STEPS,
                                         seconds=CHECK_SECONDS)["losses"]
            ready.append(side)
        except Missing as reason:
            left_out.append(str(reason))
        except TimeoutError:
            left_out.append(f"{side.name}: left out, its first steps took longer than {args.patience:g} s")
            side.close(kill=True)
    if not ready or ready[0].name != "minigrad":
        raise SystemExit(left_out[0])
    for side in ready:
        side.prepare(args.round, args.warm)
    sides.take_turns(ready, args, work.key)
    reports = {side.name: side.ask("report") for side in ready}
    for side in ready:
        side.close()
    return summary(work, ready, losses, reports), left_out


def summary(work: Workload, ready: list[Side], losses: dict[str, list[float]],
            reports: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What is kept of one workload, as JSON."""
    ours, *theirs = ready
    every = {side.name: side for side in ready}
    return {"title": work.title, "batch": work.batch,
            "rounds": {name: len(s.rounds) for name, s in every.items()},
            "steps_per_round": {name: s.steps for name, s in every.items()},
            "milliseconds": {name: s.milliseconds for name, s in every.items()},
            "cpu_ms": {name: sides.quartiles([1e3 * c for c in s.cpu.values()])
                       for name, s in every.items()},
            "idle_cpu_s": {name: round(median(s.idle_cpu), 4) for name, s in every.items()},
            "peak_mb": {name: round(r["peak_mb"], 1) for name, r in reports.items()},
            "versions": {k: v for r in reports.values() for k, v in r["versions"].items()},
            "details": {name: r["details"] for name, r in reports.items() if r["details"]},
            "losses": losses,
            "ratio": {s.name: sides.ratio(ours, s) for s in theirs},
            "cpu_ratio": {s.name: sides.cpu_ratio(ours, s) for s in theirs},
            "difference": {s.name: sides.difference(losses["minigrad"], losses[s.name])
                           for s in theirs}}


def table(results: dict[str, dict[str, Any]]) -> str:
    """The results, a row for each workload and peer, columns aligned."""
    rows = [["step", "batch", "peer", "minigrad ms", "peer ms", "ratio", "CPU ratio", "peak MB",
             "loss differs by", "floor ms"]]
    for key, r in results.items():
        for peer in r["ratio"]:
            rows.append([key, str(r["batch"]), peer, report.duration(r["milliseconds"]["minigrad"]),
                         report.duration(r["milliseconds"][peer]), report.spread(r["ratio"][peer]),
                         f"{r['cpu_ratio'][peer][1]:.2f}",
                         f"{r['peak_mb']['minigrad']:.0f} : {r['peak_mb'][peer]:.0f}",
                         f"{r['difference'][peer]:.0e}",
                         f"{r['floor']['milliseconds']:.3g}" if "floor" in r else ""])
    return report.columns(rows)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    sides.add_options(parser, peers=f"one of {', '.join(PEERS)} (default torch), or all;\nmay repeat")
    parser.add_argument("--only", action="append", metavar="STEP", help="a step's name; may repeat:\n"
                        + "\n".join(f"{w.key:8} {w.title}" for w in WORKLOADS))
    parser.add_argument("--compile-limit", type=float, default=90.0, metavar="SECONDS",
                        help="that torch-best waits for torch.compile; 0 does not try it\n"
                             "(default %(default)s)")
    parser.add_argument("--patience", type=float, default=40.0, metavar="SECONDS",
                        help="a peer that needs longer for its first five steps is left out\n"
                             "(default %(default)s)")
    parser.add_argument("--no-floor", action="store_true", help="do not measure the floor")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw the ratios (see picture.py)")
    args = parser.parse_args()
    args.peer = args.peer or ["torch"]
    if "all" in args.peer:
        args.peer = list(PEERS)
    for peer in args.peer:
        if peer not in (*PEERS, "minigrad"):
            parser.error(f"there is no peer {peer!r}; there are {', '.join(PEERS)}")
    return args


def main() -> int:
    """Measure, print, save; 1 when two sides do not compute the same losses."""
    args = arguments()
    chosen = [by_key(k) for k in args.only] if args.only else [w for w in WORKLOADS if not w.extra]
    where = report.machine()
    report.warn_if_busy(where)
    results: dict[str, dict[str, Any]] = {}
    tried: dict[str, Any] = {}
    notes: list[str] = []
    peaks = None if args.no_floor else floor.measured(args.threads)
    for work in tqdm(chosen, "steps", leave=False, disable=None):
        results[work.key], left_out = measure(work, args, args.peer, tried)
        if work.key in tried:
            results[work.key]["tried_ms"] = tried[work.key]
        if peaks and not work.is_bert:
            results[work.key]["floor"] = floor.floor(work, peaks)
        notes += [f"{work.key}: {reason}" for reason in left_out]
    print(table(results))
    for line in [*choose.lines(results), *fewer_lines(notes, len(chosen))]:
        print(line)
    if not args.no_save:
        path = report.save("train_step", {**where, **({"peaks": peaks} if peaks else {})}, args, results)
        if args.picture:
            picture.draw(path, args.picture)
    return report.disagreeing(results, TOLERANCE)


def fewer_lines(notes: list[str], count: int) -> list[str]:
    """Who was left out: once, where it was so for every step."""
    reasons = [note.partition(": ")[2] for note in notes]
    everywhere = [r for r in dict.fromkeys(reasons) if reasons.count(r) == count]
    return everywhere + [note for note, r in zip(notes, reasons) if r not in everywhere]


if __name__ == "__main__":
    sys.exit(main())
