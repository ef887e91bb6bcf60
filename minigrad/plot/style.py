"""One look for all pictures: colors, sizes, and turning a figure into a file."""
from __future__ import annotations

import io
import os
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..autograd import Tensor
from ..backend.arrays import to_numpy
from ..files.writing import write_atomically

# Okabe and Ito, "Color Universal Design" (2008): distinct for every kind of color vision.
BLUE, ORANGE, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#cc79a7"
SKY, YELLOW, BLACK = "#56b4e9", "#e69f00", "#222222"
COLORS = (BLUE, ORANGE, GREEN, PURPLE, YELLOW, SKY)
GRAY = "#8a8a8a"

DPI = 150

STYLE: Any = {
    "font.size": 13, "axes.titlesize": 14, "axes.labelsize": 13, "legend.fontsize": 12,
    "figure.titlesize": 15, "xtick.labelsize": 12, "ytick.labelsize": 12,
    "text.color": BLACK, "axes.labelcolor": BLACK, "axes.edgecolor": GRAY,
    "xtick.color": BLACK, "ytick.color": BLACK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left",
    "axes.grid": False, "grid.color": "#e2e2e2", "legend.frameon": False,
    "lines.linewidth": 2.2, "lines.markersize": 6, "savefig.dpi": DPI, "svg.hashsalt": "minigrad",
}


@contextmanager
def figure(width: float, height: float, title: str = "") -> Iterator[Figure]:
    """A new figure of this size in inches, to be filled inside the block, in minigrad's style.

    >>> from minigrad import plot
    >>> with plot.figure(10, 4.5, "A line") as fig:
    ...     lines = fig.subplots().plot([1, 2, 4], color=plot.ORANGE)
    >>> plot.save_figure(fig, "/tmp/line.png")                          # doctest: +SKIP
    """
    with rc_context(STYLE):
        fig = Figure(figsize=(width, height), dpi=DPI, layout="constrained", facecolor="white")
        FigureCanvasAgg(fig)
        if title:
            fig.suptitle(title, x=0.01, ha="left", fontweight="bold")
        yield fig


def save_figure(fig: Figure, path: str | os.PathLike[str]) -> None:
    """Write ``fig`` in the format of its file name (.png, .svg, .pdf), all or nothing.

    Raises ValueError for a format that matplotlib does not know, DataError when the file cannot be written.
    """
    target, buffer = Path(path), io.BytesIO()
    with rc_context(STYLE):
        fig.savefig(buffer, format=target.suffix.lstrip(".") or "png", dpi=DPI)
    write_atomically(target, buffer.getvalue())


def finished(fig: Figure, path: str | os.PathLike[str] | None) -> Figure:
    """The figure, written to ``path`` unless that is None."""
    if path is not None:
        save_figure(fig, path)
    return fig


def array_of(value: Any) -> np.ndarray:
    """A Tensor or an array as a NumPy array."""
    return to_numpy(value._array) if isinstance(value, Tensor) else np.asarray(value)


def bare(ax: Any, frame: bool = False) -> None:
    """An axis for an image: no ticks, and no frame or a light one.

    >>> from minigrad import plot
    >>> with plot.figure(3, 3) as fig:
    ...     plot.bare(fig.subplots())
    """
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set(visible=frame, color="#d0d0d0")
