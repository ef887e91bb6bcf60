"""Steps as users write them, beside PyTorch:  python benchmarks/untuned.py

Twenty training steps (``peers/untuned_steps.py``): recurrent, residual, generative, attention, reinforcement,
small and large batches; the same text runs on both libraries, from the same weights on the same data. They
were chosen before anything was tuned for them. The second round of kernels in C was tuned on them (NOTES.md),
so only results up to 2026-11-28, 18:25 show what minigrad does with steps that nobody has looked at.
Processes take turns, as in ``train_step.py``; the ratio is minigrad's median step over the peer's within a
turn. The last lines are the geometric means. ``--without-c``: minigrad on NumPy alone.
"""
from __future__ import annotations

import argparse
import math
import os
import sys
from typing import Any

from tqdm import tqdm

import choose
import report
import sides
from peers.untuned_steps import UntunedSteps
from sides import Missing, Side

CHECK_STEPS, CHECK_SECONDS = 4, 10.0
TOLERANCE = 2e-3            # of the loss after three updates in float32


def measure(key: str, args: argparse.Namespace, tried: dict[str, Any]) -> dict[str, Any]:
    """All sides of one step: compare losses, warm up, then rounds in turn."""
    begun = [sides.start("minigrad", "Untuned", args, name="minigrad", key=key, options={})]
    for peer in args.peer:
        options: dict[str, bool] = {}
        if peer == "torch-best":
            options, tried[key] = choose.best(peer, args, "Untuned", key=key)
        begun.append(sides.start(peer, "Untuned", args, key=key, options=options))
    ready: list[Side] = [side.wait_until_ready() for side in begun]
    losses = {side.name: side.ask("check", steps=CHECK_STEPS, seconds=CHECK_SECONDS)["losses"]
              for side in ready}
    for side in ready:
        side.prepare(args.round, args.warm)
    sides.take_turns(ready, args, key)
    reports = {side.name: side.ask("report") for side in ready}
    for side in ready:
        side.close()
    ours, *theirs = ready
    return {"title": UntunedSteps.TITLES[key],
            "milliseconds": {side.name: side.milliseconds for side in ready},
            "ratio": {side.name: sides.ratio(ours, side) for side in theirs},
            "cpu_ratio": {side.name: sides.cpu_ratio(ours, side) for side in theirs},
            "peak_mb": {name: round(r["peak_mb"], 1) for name, r in reports.items()},
            "versions": {k: v for r in reports.values() for k, v in r["versions"].items()},
            "details": {name: r["details"] for name, r in reports.items() if r["details"]},
            "losses": losses,
            "difference": {side.name: sides.difference(losses["minigrad"], losses[side.name])
                           for side in theirs}}


def table(results: dict[str, dict[str, Any]]) -> str:
    """A row for each step and peer, and the geometric means."""
    rows = [["step", "peer", "minigrad ms", "peer ms", "ratio", "CPU ratio", "loss differs by"]]
    for key, r in results.items():
        for peer, ratio in r["ratio"].items():
            rows.append([key, peer, f"{r['milliseconds']['minigrad'][1]:.3g}",
                         f"{r['milliseconds'][peer][1]:.3g}", report.spread(ratio),
                         f"{r['cpu_ratio'][peer][1]:.2f}", f"{r['difference'][peer]:.0e}"])
    for peer in next(iter(results.values()))["ratio"]:
        rows.append(["mean", peer, "", "", f"{mean(results, 'ratio', peer):.2f}",
                     f"{mean(results, 'cpu_ratio', peer):.2f}", ""])
    return report.columns(rows)


def mean(results: dict[str, dict[str, Any]], what: str, peer: str) -> float:
    """The geometric mean of a ratio over all steps."""
    return math.exp(sum(math.log(r[what][peer][1]) for r in results.values()) / len(results))


def main() -> int:
    """Measure, print, save; 1 when two sides do not compute the same losses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    sides.add_options(parser, rounds=9, peers="torch (the default) or torch-best; may repeat")
    parser.add_argument("--only", action="append", metavar="STEP", choices=UntunedSteps.TITLES,
                        help="a step's name; may repeat:\n"
                        + "\n".join(f"{key:13} {title}" for key, title in UntunedSteps.TITLES.items()))
    parser.add_argument("--compile-limit", type=float, default=120.0, metavar="SECONDS",
                        help="that torch-best waits for torch.compile; 0 does not try it")
    parser.add_argument("--without-c", action="store_true", help="minigrad on NumPy alone")
    args = parser.parse_args()
    args.peer = args.peer or ["torch"]
    if args.without_c:
        os.environ["MINIGRAD_C"] = "0"
    where = report.machine()
    report.warn_if_busy(where)
    results, tried = {}, dict[str, Any]()
    for key in tqdm(args.only or list(UntunedSteps.TITLES), "steps", leave=False, disable=None):
        try:
            results[key] = measure(key, args, tried)
        except Missing as reason:
            print(reason, file=sys.stderr)
    if not results:
        return 1
    print(table(results))
    if not args.no_save:
        name = "untuned-numpy" if args.without_c else "untuned"
        report.save(name, {**where, "tried_ms": tried}, args, results)
    return report.disagreeing(results, TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
