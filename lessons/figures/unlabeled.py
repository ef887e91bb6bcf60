"""Pictures of lesson 51 (without labels)."""
from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def probes(signals: dict[str, list[float]], digits: dict[str, list[float]]) -> Figure:
    """Linear probes, a point for each seed: signals on the left, digits on the right."""
    with plot.figure(9, 3.5, "What a linear probe finds") as fig:
        titles = "MNIST-1D", "digits, 200 labels"
        for ax, found, title in zip(fig.subplots(1, 2), (signals, digits), titles):
            for i, values in enumerate(found.values()):
                ax.plot(values, [i] * len(values), "o", alpha=0.7, color=plot.COLORS[i])
            ax.set_yticks(range(len(found)), list(found))
            ax.set_ylim(len(found) - 0.5, -0.5)
            ax.set(xlabel="percent right", title=title)
    return fig


def captions(pictures: np.ndarray, right: np.ndarray, images: np.ndarray, texts: np.ndarray,
             names: list[str]) -> Figure:
    """Eight pictures (8, 196), and the caption found first: from vectors (8, D) and (60, D)."""
    found = (images @ (texts / np.linalg.norm(texts, axis=1, keepdims=True)).T).argmax(1)
    with plot.figure(9.5, 5.2, "Never seen, and what was found") as fig:
        for ax, image, own, first in zip(np.ravel(fig.subplots(2, 4)), pictures, right, found):
            ax.imshow(image.reshape(14, 14), cmap="gray")
            ax.set_title(names[first].replace(", ", ",\n"), fontsize=9,
                         color=plot.BLACK if first == own else plot.ORANGE)
            ax.axis("off")
    return fig
