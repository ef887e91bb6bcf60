"""Compiled steps:  python benchmarks/compiled.py

Each training step is one program (``minigrad.compile``), beside the same step as it is, PyTorch, and PyTorch
at its best, torch.compile included. The steps are those of ``train_step.py``, and with ``--untuned`` those of
``untuned.py``. Processes take turns, as there; a ratio below 1 means that the compiled step is faster. What
compiling takes happens before the first turn, and is shown apart.
"""
from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from tqdm import tqdm

import choose
import report
import sides
from peers.untuned_steps import UntunedSteps
from sides import Missing, Side
from workloads import WORKLOADS

CHECK_STEPS, CHECK_SECONDS = 9, 20.0        # each of four batches must come twice before all are compiled
TOLERANCE = 2e-3            # of the loss after the steps of the check, in float32
STEPS = ("chain", "2-3-1", "A2", "B4", "C3", "D4", "E4")
UNTUNED = ("encoder", "gpt", "lstm", "resnet", "dcgan", "small_mlp")


def measure(task: str, key: str, args: argparse.Namespace, tried: dict[str, Any]) -> dict[str, Any]:
    """All sides of one step: compare losses, warm up, then rounds in turn."""
    what: dict[str, Any] = {"work": {"key": key}} if task == "Step" else {"key": key}
    begun = [sides.start("minigrad-compiled", task, args, name="compiled", options={}, **what),
             sides.start("minigrad", task, args, name="eager", options={}, **what)]
    for peer in args.peer:
        options: dict[str, bool] = {}
        if peer == "torch-best":
            options, tried[key] = choose.best(peer, args, task, **what)
        begun.append(sides.start(peer, task, args, options=options, **what))
    ready: list[Side] = [side.wait_until_ready() for side in begun]
    losses, seconds = {}, {}
    for side in ready:
        start = time.perf_counter()
        losses[side.name] = side.ask("check", steps=CHECK_STEPS, seconds=CHECK_SECONDS)["losses"]
        seconds[side.name] = time.perf_counter() - start
    for side in ready:
        side.prepare(args.round, args.warm)
    sides.take_turns(ready, args, key)
    reports = {side.name: side.ask("report") for side in ready}
    for side in ready:
        side.close()
    ours, *theirs = ready
    return {"milliseconds": {side.name: side.milliseconds for side in ready},
            "ratio": {side.name: sides.ratio(ours, side) for side in theirs},
            "cpu_ratio": {side.name: sides.cpu_ratio(ours, side) for side in theirs},
            "first_steps_s": seconds,
            "peak_mb": {name: round(r["peak_mb"], 1) for name, r in reports.items()},
            "versions": {k: v for r in reports.values() for k, v in r["versions"].items()},
            "losses": losses,
            "difference": {side.name: sides.difference(losses["compiled"], losses[side.name])
                           for side in theirs}}


def table(results: dict[str, dict[str, Any]]) -> str:
    """A row for each step and side."""
    rows = [["step", "beside", "compiled ms", "its ms", "ratio", "CPU ratio", "peak MB", "loss differs by",
             "first steps s"]]
    for key, r in results.items():
        for name, ratio in r["ratio"].items():
            rows.append([key, name, report.duration(r["milliseconds"]["compiled"]),
                         report.duration(r["milliseconds"][name]), report.spread(ratio),
                         f"{r['cpu_ratio'][name][1]:.2f}",
                         f"{r['peak_mb']['compiled']:.0f} : {r['peak_mb'][name]:.0f}",
                         f"{r['difference'][name]:.0e}", f"{r['first_steps_s']['compiled']:.1f}"])
    return report.columns(rows)


def main() -> int:
    """Measure, print, save; 1 when two sides do not compute the same losses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    sides.add_options(parser, rounds=9, peers="torch (the default) or torch-best; may repeat")
    parser.add_argument("--only", action="append", metavar="STEP",
                        choices=[*(w.key for w in WORKLOADS), *UntunedSteps.TITLES], help="may repeat")
    parser.add_argument("--untuned", action="store_true", help=f"also {', '.join(UNTUNED)}")
    parser.add_argument("--compile-limit", type=float, default=120.0, metavar="SECONDS",
                        help="that torch-best waits for torch.compile; 0 does not try it")
    args = parser.parse_args()
    args.peer = args.peer or ["torch"]
    where = report.machine()
    report.warn_if_busy(where)
    results, tried = {}, dict[str, Any]()
    for key in tqdm(args.only or [*STEPS, *(UNTUNED if args.untuned else ())], "steps", leave=False,
                    disable=None):
        try:
            results[key] = measure("Untuned" if key in UntunedSteps.TITLES else "Step", key, args, tried)
        except Missing as reason:
            print(reason, file=sys.stderr)
    if not results:
        return 1
    print(table(results))
    if not args.no_save:
        report.save("compiled", {**where, "tried_ms": tried}, args, results)
    return report.disagreeing(results, TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
