"""Softmax at several temperatures."""
from __future__ import annotations

from typing import Callable, Sequence

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def softmax_temperature(z: np.ndarray, softmax: Callable[[np.ndarray], np.ndarray],
                        temperatures: Sequence[float] = (0.25, 1.0, 4.0)) -> Figure:
    """softmax(z / T) as bars: scores z (K,), one panel for each temperature T."""
    with plot.figure(9, 3.6, "The same scores, softmax(z / T)") as fig:
        for ax, T in zip(fig.subplots(1, len(temperatures), sharey=True), temperatures):
            p = softmax(z / T)
            ax.bar(range(len(z)), p, color=plot.BLUE)
            for k, share in enumerate(p):
                ax.text(k, share + 0.02, f"{share:.2f}", ha="center")
            ax.set(title=f"T = {T:g}", ylim=(0, 1.1), xlabel="score")
            ax.set_xticks(range(len(z)), [f"{score:g}".replace("-", "−") for score in z])
    return fig
