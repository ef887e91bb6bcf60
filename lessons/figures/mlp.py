"""Pictures of three networks on MNIST: their training, and their first layers."""
from __future__ import annotations

from typing import Mapping

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot

LOOKS = {"A2": (plot.BLUE, "-o"), "B4 on all": (plot.GREEN, "-s"), "D4": (plot.ORANGE, "-^"),
         "D4, rate 0.01": (plot.PURPLE, "--^"), "D4, rate 0.1, no momentum": (plot.BLACK, ":^")}


def learning_curves(curves: Mapping[str, Mapping[str, list[float]]], data: str) -> Figure:
    """Loss and test accuracy of each, and the loss of A2's last batches as dots."""
    with plot.figure(10, 4.8, f"Training on {data}") as fig:
        left, right = fig.subplots(1, 2)
        epochs = range(1, len(curves["A2"]["loss"]) + 1)
        for name, (color, style) in LOOKS.items():
            left.plot(epochs, curves[name]["loss"], style, color=color, label=name, markersize=5)
            right.plot(epochs, curves[name]["test"], style, color=color, markersize=5)
        left.plot(epochs, curves["A2"]["last"], "o", color=plot.SKY, markersize=4,
                  label="A2, last batch alone")
        left.set(title="loss on the training images", xlabel="epoch", yscale="log")
        right.set(title="accuracy on the test images", xlabel="epoch")
        right.grid(axis="y")
        fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return fig


def first_layer(weights: Mapping[str, np.ndarray]) -> Figure:
    """The weights of ten units of each first layer, (units, 784), as images."""
    with plot.figure(10, 3.7, "Ten units of the first layer, after training") as fig:
        for row, (name, weight) in zip(fig.subplots(len(weights), 10), weights.items()):
            top = np.abs(weight[:10]).max()
            for ax, unit in zip(row, weight[:10].reshape(10, 28, 28)):
                ax.imshow(unit, cmap="PuOr", vmin=-top, vmax=top)
                plot.bare(ax, frame=True)
            row[0].set_ylabel(name, rotation=0, ha="right", va="center", labelpad=10)
    return fig

