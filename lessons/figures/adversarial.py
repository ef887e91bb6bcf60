"""Pictures of lesson 45 (adversarial networks)."""
from __future__ import annotations

from typing import Any, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def rings(points: Mapping[str, np.ndarray]) -> Figure:
    """A panel for each name, with its points (N, 2)."""
    with plot.figure(3 * len(points), 3.4, "Eight modes, and who finds them") as fig:
        for ax, (name, x) in zip(np.atleast_1d(fig.subplots(1, len(points))), points.items()):
            ax.plot(*x.T, ".", color=plot.BLUE, markersize=3, alpha=0.4)
            ax.set(xlim=(-3, 3), ylim=(-3, 3), xticks=[-2, 0, 2], yticks=[-2, 0, 2], aspect="equal")
            ax.set_title(name, fontsize=11)
    return fig


def digits(real: np.ndarray, made: np.ndarray, columns: int = 16) -> Figure:
    """Images (N, 1, H, W): the real ones above, those that were made below."""
    rows = [*_rows(real, columns), *_rows(made, columns)]
    with plot.figure(9, 0.62 * len(rows) + 0.6, "Real digits (first row), and digits out of noise") as fig:
        for ax, row in zip(fig.subplots(len(rows), 1), rows):
            ax.imshow(row, cmap="gray", vmin=-1, vmax=1)
            plot.bare(ax)
    return fig


def _rows(images: np.ndarray, columns: int) -> list[np.ndarray]:
    """Images side by side, (H, columns · W) each."""
    padded = np.pad(images[:, 0], ((0, 0), (1, 1), (1, 1)), constant_values=-1)
    return [np.concatenate(padded[i:i + columns], axis=1) for i in range(0, len(images), columns)]


def losses_beside_score(logs: Sequence[Mapping[str, Any]], real: float) -> Figure:
    """Left the two losses of each seed, right the score; dotted what real digits get."""
    with plot.figure(9, 3.8, "The losses of each seed, and its score") as fig:
        left, right = fig.subplots(1, 2)
        for i, log in enumerate(logs):
            looks = np.arange(1, len(log["G"]) + 1)
            left.plot(looks, log["D"], "--", color=plot.ORANGE, label="D" if i == 0 else None)
            left.plot(looks, log["G"], color=plot.BLUE, label="G" if i == 0 else None)
            right.plot(looks, log["judged"][:, 0], color=plot.BLUE)
        right.axhline(real, linestyle=":", color=plot.BLACK)
        right.text(1, real - 0.5, "real digits")
        left.set(xlabel="look", ylabel="loss", ylim=(0, None))
        right.set(xlabel="look", ylabel="Inception Score", ylim=(1, 10))
        left.legend()
    return fig
