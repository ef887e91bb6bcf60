"""A filter that slides over an image."""
from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from minigrad import plot


def filter_sliding(x: np.ndarray, w: np.ndarray, y: np.ndarray) -> Figure:
    """x (H, W) under a filter w (KH, KW) at each place of the first row of y, and what has come out."""
    count = y.shape[1]
    with plot.figure(4.6 * count, 5, "One filter, moved over the image: multiply, add up, move on") as fig:
        panels = fig.subplots(2, count, height_ratios=(2.2, 1), squeeze=False)
        for s, (top, bottom) in enumerate(zip(*panels)):
            grid(top, x)
            for (i, j), weight in np.ndenumerate(w):
                top.add_patch(Rectangle((s + j, i), 1, 1, fc=plot.ORANGE, alpha=0.25))
                top.text(s + j + 0.95, i + 0.93, f"·{weight:g}".replace("-", "−"), ha="right", va="bottom",
                         fontsize=8, color=plot.ORANGE)
            top.add_patch(Rectangle((s, 0), w.shape[1], w.shape[0], fill=False, ec=plot.ORANGE, lw=3))
            top.set_title(f"the filter at row 0, column {s}")
            done = np.full(y.shape, np.nan)
            done[0, :s + 1] = y[0, :s + 1]
            grid(bottom, done)
            bottom.add_patch(Rectangle((s, 0), 1, 1, fill=False, ec=plot.ORANGE, lw=3))
            bottom.set_xlabel("the result so far")
    return fig


def grid(ax: Any, values: np.ndarray) -> None:
    """A table of numbers, NaN as an empty box."""
    for (i, j), value in np.ndenumerate(values):
        ax.add_patch(Rectangle((j, i), 1, 1, fill=False, ec=plot.GRAY, lw=0.8))
        if not np.isnan(value):
            ax.text(j + 0.5, i + 0.45, f"{value:g}".replace("-", "−"), ha="center", va="center")
    ax.set(xlim=(-0.05, values.shape[1] + 0.05), ylim=(values.shape[0] + 0.05, -0.05), aspect="equal")
    plot.bare(ax)
