"""Paths on a grid, and how several seeds learn."""
from __future__ import annotations

from typing import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def paths_on_a_cliff(letters: Sequence[str], paths: Mapping[str, Sequence[int]]) -> Figure:
    """The cells that each path visits, over the grid; cliff cells are dark."""
    height, width = len(letters), len(letters[0])
    cliff = np.array([[letter == "C" for letter in row] for row in letters])
    with plot.figure(8, 3.6, "The way without exploring, as each method learned it") as fig:
        ax = fig.subplots()
        ax.imshow(np.where(cliff, 0.45, 1.0), cmap="gray", vmin=0, vmax=1)
        for i, (name, path) in enumerate(paths.items()):
            rows, columns = np.divmod(np.array(path), width)
            shift = 0.16 * (i - (len(paths) - 1) / 2)
            ax.plot(columns + shift, rows + shift, color=plot.COLORS[i], linewidth=3, label=name)
        for row, column, letter in ((r, c, letters[r][c]) for r in range(height) for c in range(width)):
            if letter in "SG":
                ax.text(column, row, letter, ha="center", va="center", fontsize=14)
        ax.set(xticks=np.arange(-0.5, width), yticks=np.arange(-0.5, height), xticklabels=[], yticklabels=[])
        ax.grid(color="#c8c8c8")
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.03), ncols=len(paths), frameon=False)
    return fig


def curves_of_seeds(runs: Mapping[str, np.ndarray], steps: int, ylabel: str) -> Figure:
    """For each name (times, seeds): the median as a line, the range of all seeds as a band.

    ``steps``: how many steps of the environment, for each seed, the last time stands for.
    """
    with plot.figure(10, 3.4, "Median of all seeds, and their range") as fig:
        axes = fig.subplots(1, len(runs), sharey=True)
        for ax, (name, values), color in zip(axes, runs.items(), plot.COLORS):
            at = np.linspace(0, steps / 1000, len(values) + 1)[1:]
            ax.plot(at, np.median(values, axis=1), color=color)
            ax.fill_between(at, values.min(1), values.max(1), color=color, alpha=0.2, linewidth=0)
            ax.set(xlabel="steps, in 1000", xlim=(0, None), ylim=(0, 520))
            ax.set_title(name, fontsize=11)
        axes[0].set_ylabel(ylabel)
    return fig


def loss_beside_return(steps: Sequence[float], loss: Sequence[float], length: Sequence[float]) -> Figure:
    """Two panels: the loss of the policy, which stays, and the return, which rises."""
    with plot.figure(8, 3.8, "The loss of a policy says nothing about its return") as fig:
        left, right = fig.subplots(1, 2)
        steps = [step / 1000 for step in steps]
        left.plot(steps, loss, color=plot.ORANGE, marker="o")
        left.set(xlabel="steps, in 1000", ylabel="loss", ylim=(-0.5, 0.5))
        right.plot(steps, length, color=plot.BLUE, marker="o")
        right.set(xlabel="steps, in 1000", ylabel="steps balanced", ylim=(0, 520))
    return fig
