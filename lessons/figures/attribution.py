"""Pictures of lesson 43 (what did it look at)."""
from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def gallery(x: Any, maps: dict[str, Any]) -> Figure:
    """An image (1, 1, H, W) and its maps: red speaks for the class, blue against it."""
    with plot.figure(9, 5, "One answer, and what it rests on") as fig:
        axes = fig.subplots(2, -(-(len(maps) + 1) // 2)).ravel()
        _image(axes[0], x, "the image")
        for ax, (name, parts) in zip(axes[1:], maps.items()):
            _map(ax, parts.cpu().numpy()[0, 0], name)
        for ax in axes[len(maps) + 1:]:
            ax.axis("off")
    return fig


def shortcut(x: Any, maps: dict[str, Any]) -> Figure:
    """Images (N, 1, H, W) in the first row, and the maps of each network in a row below."""
    with plot.figure(2.2 * len(x), 2.3 * (1 + len(maps)), "Integrated gradients, row 0 marked") as fig:
        axes = fig.subplots(1 + len(maps), len(x))
        for i in range(len(x)):
            _image(axes[0, i], x[i:i + 1], "image" if i == 0 else "")
            for row, (name, parts) in zip(axes[1:], maps.items()):
                _map(row[i], parts.cpu().numpy()[i, 0], name if i == 0 else "")
    return fig


def _image(ax: Any, x: Any, name: str) -> None:
    ax.imshow(x.cpu().numpy()[0, 0], cmap="gray", vmin=0, vmax=1)
    _named(ax, name)


def _map(ax: Any, parts: np.ndarray, name: str) -> None:
    most = float(np.abs(parts).max()) or 1.0
    ax.imshow(parts, cmap="RdBu_r", vmin=-most, vmax=most)
    _named(ax, name)


def _named(ax: Any, name: str) -> None:
    ax.set_title(name, fontsize=9)
    ax.set_xticks([])
    ax.set_yticks([])
