"""Pictures of lesson 46 (architecture search)."""
from __future__ import annotations

from typing import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def regrets(means: Mapping[str, np.ndarray], clear: Sequence[float], largest: float) -> Figure:
    """Mean regret after each training; dashed if random search saw the truth; dotted the largest network."""
    with plot.figure(8, 4.5, "How far from the best of 150 networks") as fig:
        ax = fig.subplots()
        at = np.arange(1, len(clear) + 1)
        for (name, values), color in zip(means.items(), plot.COLORS):
            ax.plot(at, values, color=color, label=name)
        ax.plot(at, clear, "--", color=plot.GRAY, label="random, if one saw the truth")
        ax.axhline(largest, linestyle=":", color=plot.GRAY, label="the largest network, nothing trained")
        ax.set(xlabel="trainings", ylabel="mean regret, points of accuracy", ylim=(0, None),
               xlim=(1, len(clear)))
        ax.legend()
    return fig


def orders(truth: np.ndarray, seen: np.ndarray, size: np.ndarray, score: np.ndarray) -> Figure:
    """Three measures of each network against its test accuracy."""
    with plot.figure(10, 3.8, "Three measures against the mean test accuracy of three seeds") as fig:
        axes = fig.subplots(1, 3, sharey=True)
        for ax, values, label in zip(axes, (seen, size, score), (
                "one validation accuracy", "number of parameters", "DARTS: sum of α")):
            ax.plot(values, truth, ".", color=plot.BLUE)
            ax.set(xlabel=label)
        axes[0].set_ylabel("test accuracy, %")
    return fig
