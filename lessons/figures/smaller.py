"""Pictures of lesson 42 (smaller networks)."""
from __future__ import annotations

from typing import Sequence

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot

CONTROLS = ("other values", "other places", "small and dense")


def lottery(arms: dict[str, list[float]], gone: Sequence[float]) -> Figure:
    """Accuracy against the share of weights left: the tickets' median and range; controls as crosses."""
    kept = [1.0] + [1 - share for share in gone]
    rows = [arms["dense"]] + [arms[f"ticket {share:.0%}"] for share in gone]
    with plot.figure(8, 4.5, "Fewer weights, MNIST-1D") as fig:
        ax = fig.subplots()
        ax.plot(kept, [float(np.median(row)) for row in rows], "o-", color=plot.COLORS[0],
                label="tickets: median and range")
        ax.fill_between(kept, [min(row) for row in rows], [max(row) for row in rows], alpha=0.2,
                        color=plot.COLORS[0])
        for i, arm in enumerate(CONTROLS, 1):
            ax.plot([kept[-1] * (1 - 0.04 * i)] * len(arms[arm]), arms[arm], "x", color=plot.COLORS[i],
                    markersize=8, label=arm)
        ax.set_xscale("log")
        ax.set_xticks(kept, [f"{share:.0%}" for share in kept])
        ax.minorticks_off()
        ax.set(xlabel="weights left", ylabel="percent right in the test")
        ax.legend(fontsize=9)
    return fig


def students(errors: dict[str, list[float]], known: dict[str, list[float]]) -> Figure:
    """A row for each kind of student: its errors, and the share of the 3s that it knows; a point a seed."""
    with plot.figure(8, 3.5, "Students of 100 units") as fig:
        axes = fig.subplots(1, 2)
        for ax, found, label in zip(axes, (errors, known), ("percent wrong, all digits",
                                                            "percent of the 3s known")):
            for i, values in enumerate(found.values()):
                ax.plot(values, [i] * len(values), "o", alpha=0.7, color=plot.COLORS[i])
            ax.set_yticks(range(len(found)), list(found))
            ax.set_ylim(len(found) - 0.5, -0.5)
            ax.set(xlabel=label)
        axes[1].set_yticklabels([])
    return fig
