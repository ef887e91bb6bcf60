"""Pictures of lesson 52 (federated learning)."""
from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def rounds(curves: dict[str, list[list[float]]]) -> Figure:
    """Accuracy by round, IID on the left, the rest on the right: median and range of the seeds."""
    with plot.figure(9, 4, "A hundred clients, ten in a round") as fig:
        axes = fig.subplots(1, 2, sharey=True)
        ways = list(dict.fromkeys(name.rsplit(", ", 1)[0] for name in curves))
        for name, found in curves.items():
            way, deal = name.rsplit(", ", 1)
            ax, color = axes[int(deal != "IID")], plot.COLORS[ways.index(way)]
            at = np.arange(1, len(found[0]) + 1)
            ax.plot(at, np.median(found, axis=0), color=color, label=way)
            ax.fill_between(at, np.min(found, axis=0), np.max(found, axis=0), color=color, alpha=0.2)
            ax.set(xlabel="round", title=deal, xscale="log")
        axes[0].set(ylabel="percent right in the test")
        axes[1].legend(loc="lower right")
    return fig


def stolen(images: dict[str, np.ndarray]) -> Figure:
    """What the server could read: flat images of 14 × 14, by name, each stretched to its own range."""
    count = len(images)
    rows = 2 if count > 5 else 1
    with plot.figure(9, 2.3 * rows + 0.6, "Read out of a gradient") as fig:
        axes = np.ravel(fig.subplots(rows, -(-count // rows)))
        for ax in axes:
            ax.axis("off")
        for ax, (name, image) in zip(axes, images.items()):
            ax.imshow(image.reshape(14, 14), cmap="gray")
            ax.set_title(name, fontsize=9)
    return fig
