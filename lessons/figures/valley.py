"""Paths of optimizers through a narrow valley."""
from __future__ import annotations

from typing import Callable, Mapping

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def valley_paths(J: Callable[[np.ndarray], np.ndarray], paths: Mapping[str, np.ndarray],
                 looks: Mapping[str, tuple[str, str, str]], rates: Mapping[str, float]) -> Figure:
    """Five paths (T, 2) over the level lines of J, and in a sixth panel the loss along each.

    Args:
        looks: color, marker and line style of each; rates: its α.
    """
    across, up = np.meshgrid(np.linspace(-4.6, 2, 200), np.linspace(-0.75, 0.75, 200))
    surface = J(np.stack([across, up], axis=-1))        # (200, 200)
    with plot.figure(10, 6, "A hundred steps in a narrow valley") as fig:
        axes = fig.subplots(2, 3)
        for ax in (*axes[0, 1:], axes[1, 1]):
            ax.set_yticklabels([])
        for ax, (name, path) in zip(axes.flat, paths.items()):
            color, marker, _ = looks[name]
            ax.contour(across, up, surface, levels=(0.05, 0.5, 2, 5, 10, 18), colors="#c8c8c8", linewidths=1)
            ax.plot(*path.T, color=color, marker=marker, markersize=3.5, linewidth=1.2)
            ax.plot(0, 0, marker="+", color=plot.BLACK, markersize=11)
            ax.set(title=f"{name}, α = {rates[name]}", xlim=(-4.6, 2), ylim=(-0.75, 0.75),
                   yticks=(-0.5, 0, 0.5))
        for name, path in paths.items():
            color, marker, line = looks[name]
            axes[1, 2].plot(J(path), color=color, linestyle=line, marker=marker, markevery=20, linewidth=1.6,
                            label=name)
        axes[1, 2].set(yscale="log", xlabel="step", title="loss J", ylim=(1e-5, 60))
        axes[1, 2].legend(fontsize=9, loc="lower left")
        for ax in axes[1, :2]:
            ax.set_xlabel("θ₁")
        for ax in axes[:, 0]:
            ax.set_ylabel("θ₂")
        axes[0, 2].set_xlabel("θ₁")
    return fig
