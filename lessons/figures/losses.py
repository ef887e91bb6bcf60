"""Two losses of one prediction."""
from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def two_losses() -> Figure:
    """Over the probability p that was given to what happened: −ln p, and ½ (1 − p)², with tangents at 0.1."""
    with plot.figure(8, 4, "What a prediction costs when the class is 1") as fig:
        ax = fig.subplots()
        p = np.linspace(0.01, 1, 200)
        near = np.array([0.02, 0.25])
        ax.plot(p, -np.log(p), color=plot.BLUE, label="cross-entropy, −ln p")
        ax.plot(p, (1 - p) ** 2 / 2, color=plot.ORANGE, label="squared error, ½ (1 − p)²")
        ax.plot(near, -np.log(0.1) - 10 * (near - 0.1), "--", color=plot.BLUE, label="slope −10 at p = 0.1")
        ax.plot(near, 0.405 - 0.9 * (near - 0.1), "--", color=plot.ORANGE, label="slope −0.9 at p = 0.1")
        ax.set(xlabel="p", ylabel="loss", ylim=(0, 4))
        ax.legend()
    return fig
