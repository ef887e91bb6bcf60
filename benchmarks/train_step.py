"""One training step, side by side:  python benchmarks/train_step.py --peer torch

Each library runs in a process of its own, from the same weights on the same data. The processes take
turns, a short round each, so that whatever slows the machine down for a while slows both. The ratio
is taken within each round, minigrad's median step over the peer's; the table shows its median over
the rounds and its quartiles. Below 1 minigrad is faster. The CPU ratio compares the processor time of
all threads in the same way; on a machine that is busy with other work it is the steadier of the two.
"""
from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from workloads import WORKLOADS, Workload, by_key

HERE = Path(__file__).resolve().parent
CHECK_STEPS = 5
TOLERANCE = 1e-3            # of the loss, after CHECK_STEPS updates in float32


@dataclass
class Side:
    """A worker process and what it measured."""

    peer: str
    process: subprocess.Popen[str]
    rounds: list[list[float]] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    idle_cpu: list[float] = field(default_factory=list)

    def ask(self, **order: Any) -> dict[str, Any]:
        """Send an order, wait for the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """The next line that the worker prints."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the {self.peer} worker stopped; what it said is above")
        return dict(json.loads(line))

    def close(self) -> None:
        """End the process: closing its input does."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    @property
    def milliseconds(self) -> list[float]:
        """Quartiles of all timed steps."""
        return quartiles([1e3 * t for r in self.rounds for t in r])


def quartiles(values: list[float]) -> list[float]:
    """[lower quartile, median, upper quartile]."""
    return quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3


def start(peer: str, work: Workload, args: argparse.Namespace) -> Side:
    """A worker with its libraries loaded and its model built."""
    threads = str(args.threads)
    env = {**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
                                          "VECLIB_MAXIMUM_THREADS"), threads)}
    command = [sys.executable, str(HERE / "worker.py"), peer, work.key, str(args.seed), threads]
    side = Side(peer, subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                       env=env))
    side.answer()
    return side


def measure(work: Workload, args: argparse.Namespace) -> dict[str, Any]:
    """All sides of one workload: compare losses, warm up, then rounds in turn."""
    sides = [start(peer, work, args) for peer in ["minigrad", *args.peer]]
    losses = {side.peer: side.ask(check=CHECK_STEPS)["losses"] for side in sides}
    steps = 1
    for side in sides:
        seconds = side.ask(warm=args.warm)["seconds"]
        steps = max(steps, round(args.round / seconds))
    for number in range(args.rounds):
        for side in sides if number % 2 == 0 else sides[::-1]:
            time.sleep(args.pause)      # BLAS threads spin for a while after their last job
            reply = side.ask(steps=steps)
            side.rounds.append(reply["times"])
            side.cpu.append(reply["cpu"])
            side.idle_cpu.append(reply["idle_cpu"])
    reports = {side.peer: side.ask(report=1) for side in sides}
    for side in sides:
        side.close()
    return summary(work, sides, losses, reports, steps)


def summary(work: Workload, sides: list[Side], losses: dict[str, list[float]],
            reports: dict[str, dict[str, Any]], steps: int) -> dict[str, Any]:
    """What is kept of one workload, as JSON."""
    ours, *theirs = sides
    result: dict[str, Any] = {"title": work.title, "batch": work.batch, "steps_per_round": steps,
                              "rounds": len(ours.rounds), "milliseconds": {}, "peak_mb": {},
                              "versions": {}, "losses": losses, "ratio": {}, "cpu_ratio": {},
                              "difference": {},
                              "cpu_ms": {s.peer: quartiles([1e3 * c for c in s.cpu]) for s in sides},
                              "idle_cpu_s": {s.peer: round(median(s.idle_cpu), 4) for s in sides}}
    for side in sides:
        result["milliseconds"][side.peer] = side.milliseconds
        result["peak_mb"][side.peer] = round(reports[side.peer]["peak_mb"], 1)
        result["versions"].update(reports[side.peer]["versions"])
    for side in theirs:
        result["ratio"][side.peer] = quartiles([median(a) / median(b)
                                                for a, b in zip(ours.rounds, side.rounds)])
        result["cpu_ratio"][side.peer] = quartiles([a / b for a, b in zip(ours.cpu, side.cpu)])
        result["difference"][side.peer] = max(abs(a - b) / max(abs(b), 1e-12) for a, b in
                                              zip(losses["minigrad"], losses[side.peer]))
    return result


def machine() -> dict[str, Any]:
    """Where the numbers come from."""
    name = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines()
                 if line.startswith("model name")]
        name = names[0] if names else name
    load = [round(x, 2) for x in os.getloadavg()] if hasattr(os, "getloadavg") else None
    return {"load": load, "cpu": name, "cores": os.cpu_count(), "system": platform.platform(),
            "python": platform.python_version()}


def spread(values: list[float], digits: int = 2) -> str:
    """``median (lower–upper)``."""
    low, middle, high = (f"{v:.{digits}f}" for v in values)
    return f"{middle} ({low}–{high})"


def table(results: dict[str, dict[str, Any]], peers: list[str]) -> str:
    """The results, a row for each workload and peer, columns aligned."""
    rows = [["step", "", "batch", "peer", "minigrad ms", "peer ms", "ratio", "CPU ratio",
             "peak MB", "loss differs by"]]
    for key, r in results.items():
        for peer in peers:
            rows.append([key, r["title"], str(r["batch"]), peer,
                         spread(r["milliseconds"]["minigrad"]), spread(r["milliseconds"][peer]),
                         spread(r["ratio"][peer]), f"{r['cpu_ratio'][peer][1]:.2f}",
                         f"{r['peak_mb']['minigrad']:.0f} : {r['peak_mb'][peer]:.0f}",
                         f"{r['difference'][peer]:.0e}"])
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip() for row in rows)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--peer", action="append", help="a file in peers/ (default torch); may repeat")
    parser.add_argument("--only", action="append", metavar="STEP", help="a step's name; may repeat:\n"
                        + "\n".join(f"{w.key:6} {w.title}" for w in WORKLOADS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--round", type=float, default=0.2, metavar="SECONDS", help="of the faster side")
    parser.add_argument("--warm", type=float, default=0.5, metavar="SECONDS")
    parser.add_argument("--pause", type=float, default=0.1, metavar="SECONDS", help="between turns")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-save", action="store_true", help="write no file under results/")
    args = parser.parse_args()
    args.peer = args.peer or ["torch"]
    return args


def main() -> int:
    """Measure, print, save; 1 when two sides do not compute the same losses."""
    args = arguments()
    chosen = [by_key(k) for k in args.only] if args.only else [w for w in WORKLOADS if not w.extra]
    results, where = {}, machine()
    if where["load"] and where["load"][0] > 0.5:
        print(f"the machine is busy: load {where['load'][0]}; trust the CPU ratio, or measure again later")
    for work in chosen:
        print(f"{work.key} …", file=sys.stderr, flush=True)
        results[work.key] = measure(work, args)
    print(table(results, args.peer))
    now = datetime.now(timezone.utc)
    if not args.no_save:
        path = HERE / "results" / f"train_step-{now:%Y%m%d-%H%M%S}.json"
        path.parent.mkdir(exist_ok=True)
        record = {"date": now.isoformat(timespec="seconds"), "machine": where,
                  "options": vars(args), "results": results}
        path.write_text(json.dumps(record, indent=1) + "\n")
        print(f"\nsaved as {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")
    wrong = [f"{k} ({p})" for k, r in results.items() for p, d in r["difference"].items()
             if not d < TOLERANCE]
    if wrong:
        print(f"the losses differ by more than {TOLERANCE:g}: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
