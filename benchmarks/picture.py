"""The ratios of a measurement as a picture:  python benchmarks/picture.py results/train_step-….json out.png

A group of bars for each step, a bar for each library: how many times minigrad's time the library takes,
on a logarithmic axis. At the line, 1, both take the same; right of it minigrad is faster.
"""
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

import report

sys.path.insert(1, str(Path(__file__).resolve().parents[1]))    # minigrad, where it is not installed

from minigrad import plot                                       # noqa: E402

COLORS = {"torch": plot.BLUE, "torch-best": plot.SKY, "jax": plot.GREEN, "tinygrad": plot.PURPLE,
          "mygrad": plot.ORANGE, "autograd": plot.YELLOW, "dezero": plot.GRAY}
NAMES = {"torch": "PyTorch", "torch-best": "PyTorch at its best", "jax": "JAX, jit",
         "tinygrad": "tinygrad, jit", "mygrad": "MyGrad", "autograd": "HIPS autograd",
         "dezero": "DeZero", "itself": "minigrad again"}
ROW, GAP = 0.17, 0.16       # inches: a bar, and the space between two steps
WIDTH = 10.0


def draw(source: str | Path, target: str | Path | None = None) -> Any:
    """The figure of one JSON file of ``train_step.py``, written to ``target`` unless that is None."""
    record = json.loads(Path(source).read_text(encoding="utf-8"))
    results = record["results"]
    peers = [p for p in NAMES if any(p in r["ratio"] for r in results.values())]
    bars = sum(len(r["ratio"]) for r in results.values())
    height = 1.7 + ROW * bars + GAP * len(results)
    with plot.figure(WIDTH, height, "Time of one training step, in units of minigrad's") as fig:
        ax = fig.subplots()
        _bars(ax, results, peers)
        _axis(ax, results)
        handles, labels = ax.get_legend_handles_labels()
        order = [labels.index(NAMES[p]) for p in peers]
        fig.legend([handles[i] for i in order], [labels[i] for i in order], loc="outside lower left",
                   ncols=4, columnspacing=1.4, handlelength=1.2)
    if target is not None:
        plot.save_figure(fig, target)
    return fig


def _bars(ax: Any, results: dict[str, dict[str, Any]], peers: list[str]) -> None:
    """From top to bottom; positions count inches, so that all bars are of one thickness."""
    y, centers, seen = 0.0, [], set()
    for key, result in results.items():
        top = y
        for peer in [p for p in peers if p in result["ratio"]]:
            low, middle, high = (1 / v for v in result["ratio"][peer][::-1])
            ax.barh(y, middle - 1, height=0.85 * ROW, left=1, color=COLORS.get(peer, plot.BLACK),
                    label=None if peer in seen else NAMES[peer], zorder=2)
            ax.plot([low, high], [y, y], color=plot.BLACK, linewidth=1, zorder=3)
            ax.annotate(f"{middle:.3g}" if middle < 100 else f"{middle:.0f}", (max(high, 1), y), (4, 0),
                        textcoords="offset points", va="center", fontsize=9.5, color=plot.BLACK)
            seen.add(peer)
            y -= ROW
        centers.append((top + y + ROW) / 2)
        y -= GAP
    ax.set_yticks(centers, [f"{key}\n{_short(r['title'])}" for key, r in results.items()])
    ax.tick_params(axis="y", length=0, labelsize=10.5)
    ax.set_ylim(y + GAP + ROW / 2, ROW)


def _axis(ax: Any, results: dict[str, dict[str, Any]]) -> None:
    """Logarithmic, with the line at 1 and what its sides mean."""
    values = [1 / v for r in results.values() for three in r["ratio"].values() for v in three] + [1.0]
    ax.set_xscale("log")
    ax.set_xlim(min(0.7, min(values) / 1.15), max(2.0, max(values) * 1.5))
    ticks = [t for t in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
             if ax.get_xlim()[0] <= t <= ax.get_xlim()[1]]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    ax.axvline(1, color=plot.BLACK, linewidth=1.2, zorder=4)
    ax.grid(axis="x", zorder=0)
    ax.set_axisbelow(True)
    ax.spines["left"].set_visible(False)
    ax.annotate("minigrad is faster →", (1, 1), (6, 4), xycoords=("data", "axes fraction"),
                textcoords="offset points", fontsize=11)


def _short(title: str) -> str:
    """A title in at most two parts: the network without its data."""
    return title.partition(",")[0]


def newest() -> Path:
    """The last measurement under results/."""
    found = sorted(report.RESULTS.glob("train_step-*.json"))
    if not found:
        raise SystemExit("nothing is measured yet; run train_step.py")
    return found[-1]


def main() -> None:
    """Draw one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("source", type=Path, nargs="?", help="a file of train_step.py (default: the newest)")
    parser.add_argument("target", type=Path, nargs="?", help="(default: results/train_step.png)")
    args = parser.parse_args()
    target = args.target or report.RESULTS / "train_step.png"
    draw(args.source or newest(), target)
    print(f"drawn as {target}")


if __name__ == "__main__":
    main()
