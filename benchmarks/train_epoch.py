"""A whole epoch of document C's network on MNIST, with data set and loader:  python benchmarks/train_epoch.py

minigrad's DataLoader over its TensorDataset, and PyTorch's over its own, on the same 60,000 images in
memory, shuffled, batches of 128, and the plain loop of a tutorial. The two processes take turns of an
epoch each. "loader" is an epoch of the loader alone, whose batches nobody uses. Before any timing both
train on the first five batches in the order of the file, and the run fails if their losses differ.

MNIST is read from the folder in MINIGRAD_DATA or from the user's cache, never downloaded; where it is not
found, random images of the same shape take its place, which cost the same time.
"""
from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import report
import sides
from sides import Missing

sys.path.insert(1, str(Path(__file__).resolve().parents[1]))

from minigrad.errors import DataError                       # noqa: E402
from minigrad.vision.datasets import MNIST                  # noqa: E402

PEERS = ("torch", "minigrad")
CHECK_STEPS, TOLERANCE = 5, 1e-3


def images(count: int, seed: int) -> tuple[str, np.ndarray, np.ndarray]:
    """What it is, images (N, 1, 28, 28) float32 in [0, 1], labels (N) int64."""
    try:
        x, t = MNIST(download=False).tensors()
        return "MNIST", x.numpy()[:count], t.numpy()[:count]
    except DataError:
        random = np.random.default_rng(seed)
        return ("random images of MNIST's shape", random.random((count, 1, 28, 28), dtype=np.float32),
                random.integers(0, 10, count))


def measure(data: Path, args: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    """The epochs of all sides, in turns; and who was left out."""
    begun = [sides.start(peer, "Epoch", args, data=str(data), batch=args.batch, workers=args.workers,
                         name=peer if not k else "") for k, peer in enumerate(["minigrad", *args.peer])]
    ready, losses, left_out = [], {}, []
    for side in begun:
        try:
            side.wait_until_ready()
            losses[side.name] = side.ask("check", steps=CHECK_STEPS, seconds=60)["losses"]
            ready.append(side)
        except Missing as reason:
            left_out.append(str(reason))
    if not ready or ready[0].name != "minigrad":
        raise SystemExit(left_out[0])
    loading = {side.name: min(side.ask("loading")["seconds"] for _ in range(2)) for side in ready}
    sides.take_turns(ready, args, "epochs")
    reports = {side.name: side.ask("report") for side in ready}
    for side in ready:
        side.close()
    ours, *theirs = ready
    return {"seconds": {s.name: sides.quartiles([t for r in s.rounds.values() for t in r]) for s in ready},
            "cpu_s": {s.name: median(s.cpu.values()) for s in ready},
            "loader_s": loading, "losses": losses,
            "ratio": {s.name: sides.ratio(ours, s) for s in theirs},
            "cpu_ratio": {s.name: sides.cpu_ratio(ours, s) for s in theirs},
            "difference": {s.name: sides.difference(losses["minigrad"], losses[s.name]) for s in theirs},
            "last_loss": {name: r["details"]["loss"] for name, r in reports.items()},
            "peak_mb": {name: round(r["peak_mb"], 1) for name, r in reports.items()},
            "versions": {k: v for r in reports.values() for k, v in r["versions"].items()}}, left_out


def table(result: dict[str, Any]) -> str:
    """A row for each side."""
    rows = [["", "epoch s", "loader s", "ratio", "CPU ratio", "peak MB", "mean loss of the last epoch"]]
    for name, seconds in result["seconds"].items():
        compared = name in result["ratio"]
        rows.append([name, report.spread(seconds), f"{result['loader_s'][name]:.2f}",
                     report.spread(result["ratio"][name]) if compared else "",
                     f"{result['cpu_ratio'][name][1]:.2f}" if compared else "",
                     f"{result['peak_mb'][name]:.0f}", f"{result['last_loss'][name]:.4f}"])
    return report.columns(rows)


def main() -> int:
    """Measure, print, save; 1 when the losses differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    sides.add_options(parser, rounds=3, peers=f"one of {', '.join(PEERS)} (default torch); may repeat")
    parser.add_argument("--images", type=int, default=60_000, help="the first ones only")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--workers", type=int, default=0, help="num_workers of both loaders; minigrad's\n"
                        "is a thread, PyTorch's are processes (default %(default)s)")
    parser.set_defaults(pause=0.5)
    args = parser.parse_args()
    args.peer = args.peer or ["torch"]
    where = report.machine()
    report.warn_if_busy(where)
    what, x, t = images(args.images, args.seed)
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "data.npz", images=x, labels=t)
        result, left_out = measure(Path(folder) / "data.npz", args)
    print(f"one epoch: {what}, {len(x)} images, batches of {args.batch}, {args.threads} thread(s)\n")
    print(table(result))
    for line in left_out:
        print(line)
    if not args.no_save:
        report.save("train_epoch", where, args, {"data": what, "images": len(x), **result})
    wrong = [name for name, d in result["difference"].items() if not d < TOLERANCE]
    if wrong:
        print(f"the losses differ by more than {TOLERANCE:g}: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
