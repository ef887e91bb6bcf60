"""Pictures of lesson 55 (many processes)."""
from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def timeline(run: dict[str, Any]) -> Figure:
    """When each bucket was sent and had arrived, under the time of backward."""
    sent = {bucket: at * 1e3 for what, bucket, at in run["events"] if what == "sent"}
    arrived = {bucket: at * 1e3 for what, bucket, at in run["events"] if what == "arrived"}
    with plot.figure(10, 4.2, f"One backward pass, {run['ranks']} processes") as fig:
        ax = fig.subplots()
        last = max(sent.values())
        ax.barh(0, last, color=plot.GRAY, height=0.6)
        ax.text(0, -0.55, " backward, up to the last bucket", va="bottom")
        for row, bucket in enumerate(sorted(sent), 1):
            ax.barh(row, max(arrived[bucket] - sent[bucket], 0.02), left=sent[bucket], color=plot.BLUE,
                    height=0.6)
        ax.set_yticks(range(len(sent) + 1), ["walk", *(f"bucket {b}" for b in sorted(sent))])
        ax.invert_yaxis()
        ax.axvline(last, color=plot.GRAY, linestyle=":")
        ax.set_xlabel("milliseconds; blue: from sent to known to have arrived")
    return fig


def scaling(p: np.ndarray, curves: dict[str, dict[str, np.ndarray]]) -> Figure:
    """Efficiency by the number of ranks, as the model has it."""
    with plot.figure(10, 4.4, "A model, not a measurement: T = 2 α log₂ p + 2 (p − 1)/p · β n") as fig:
        for ax, kind, title in zip(fig.subplots(1, 2, sharey=True), ("weak", "strong"),
                                   ("weak: the batch grows", "strong: the batch stays")):
            for color, style, (name, found) in zip((plot.BLUE, plot.ORANGE), ("-", "--"), curves.items()):
                ax.plot(p, found[kind], style, color=color, label=name)
            ax.set_xscale("log", base=2)
            ax.set_title(title)
            ax.set_xlabel("ranks")
            ax.set_ylim(0, 1.05)
            ax.grid(True)
        fig.axes[0].set_ylabel("efficiency")
        fig.axes[1].legend()
    return fig


def sharded(ranks: int) -> Figure:
    """What each rank keeps: everything, or its share of Adam's means."""
    with plot.figure(10, 3.8, "What each rank keeps of Adam") as fig:
        for ax, title, share in zip(fig.subplots(1, 2, sharey=True), ("all-reduce", "sharded optimizer"),
                                    (False, True)):
            for rank in range(ranks):
                for k, (name, color) in enumerate((("weights", plot.BLUE), ("gradient", plot.ORANGE),
                                                   ("mean", plot.GREEN), ("square", plot.PURPLE))):
                    width = 1 / ranks if share and k > 1 else 1
                    left = rank / ranks if share and k > 1 else 0
                    ax.barh(rank, 0.95, left=k, color="#eeeeee", height=0.7)
                    ax.barh(rank, width * 0.95, left=k + left * 0.95, color=color, height=0.7,
                            label=name if rank == 0 else None)
            ax.set_title(title)
            ax.set_xticks([])
            ax.set_yticks(range(ranks), [f"rank {r}" for r in range(ranks)])
        fig.axes[0].invert_yaxis()
        fig.legend(*fig.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return fig


def pipeline(ranks: int, pieces: int) -> Figure:
    """Which piece of the batch each rank works on, step by step: forward, then backward."""
    with plot.figure(10, 3.4, "A pipeline: each rank has some layers, the batch goes through") as fig:
        ax = fig.subplots()
        steps = pieces + ranks - 1
        for rank in range(ranks):
            for piece in range(pieces):
                for start, color, name in ((rank + piece, plot.BLUE, "forward"),
                                           (steps + ranks - 1 - rank + piece, plot.ORANGE, "backward")):
                    ax.barh(rank, 0.92, left=start, color=color, height=0.75,
                            label=name if rank == piece == 0 else None)
                    ax.text(start + 0.46, rank, str(piece + 1), color="white", ha="center", va="center")
        ax.set_yticks(range(ranks), [f"rank {r}" for r in range(ranks)])
        ax.invert_yaxis()
        ax.set_xlabel("steps; what is empty is idle")
        fig.legend(loc="outside right upper")
    return fig
