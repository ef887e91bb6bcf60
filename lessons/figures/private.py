"""Pictures of lesson 53 (differential privacy)."""
from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def membership(losses: np.ndarray, inside: np.ndarray, outside: np.ndarray, title: str) -> Figure:
    """How the losses (N,) of members and of strangers are distributed."""
    with plot.figure(7, 3.5, title) as fig:
        ax = fig.subplots()
        bins = np.linspace(0, float(np.quantile(losses[outside], 0.99)), 40)
        for who, name, color in ((inside, "members", plot.BLUE), (outside, "strangers", plot.ORANGE)):
            ax.hist(losses[who], bins, alpha=0.6, color=color, label=name)
        ax.set(xlabel="loss of an image", ylabel="images")
        ax.legend()
    return fig


def price(results: dict[str, list[float]]) -> Figure:
    """Accuracy for each ε, a point for each seed; names are "kind, ε = number"."""
    kinds = list(dict.fromkeys(name.split(",")[0] for name in results))
    labels = list(dict.fromkeys(name.split(", ", 1)[1] for name in results))
    with plot.figure(7, 3.5, "What privacy costs") as fig:
        ax = fig.subplots()
        for kind, color, mark in zip(kinds, plot.COLORS, "os"):
            rows = [results[f"{kind}, {label}"] for label in labels]
            ax.plot([float(np.median(row)) for row in rows], "-", color=color)
            for i, row in enumerate(rows):
                ax.plot([i] * len(row), row, mark, color=color, label=kind if i == 0 else None)
        ax.set_xticks(range(len(labels)), labels)
        ax.set(ylabel="percent right in the test")
        ax.legend()
    return fig
