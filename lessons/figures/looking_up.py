"""Queries and keys: who looks at whom."""
from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def queries_and_keys(q: np.ndarray, k: np.ndarray, weights: np.ndarray) -> Figure:
    """Queries q (L, 2) and keys k (S, 2) as arrows, and the weights (L, S) as a table."""
    with plot.figure(10, 4.4, "A query takes most from the keys that point its way") as fig:
        left, right = fig.subplots(1, 2, width_ratios=(1, 1.1))
        reach = 1.35 * max(np.abs(q).max(), np.abs(k).max())
        for vectors, letter, color, style in ((k, "k", plot.BLUE, "-"), (q, "q", plot.ORANGE, "--")):
            for j, (a, b) in enumerate(vectors, 1):
                left.annotate("", (a, b), (0, 0), arrowprops={
                    "arrowstyle": "-|>", "color": color, "lw": 2, "linestyle": style})
                left.text(a * 1.13, b * 1.13 + (0.16 if letter == "q" else -0.16) * reach / 2, f"{letter}{j}",
                          color=color, ha="center", va="center", fontsize=13)
        left.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", title="queries and keys")
        shown = right.imshow(weights, cmap="Blues", vmin=0, vmax=1)
        for (i, j), weight in np.ndenumerate(weights):
            right.text(j, i, f"{weight:.2f}", ha="center", va="center",
                       color="white" if weight > 0.6 else plot.BLACK)
        right.set_xticks(range(len(k)), [f"k{j}" for j in range(1, len(k) + 1)])
        right.set_yticks(range(len(q)), [f"q{i}" for i in range(1, len(q) + 1)])
        right.set_title("softmax(q · k / √d): each row adds up to 1")
        fig.colorbar(shown, ax=right)
    return fig
