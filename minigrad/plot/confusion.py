"""The confusion matrix: which class was mistaken for which."""
from __future__ import annotations

import os
from typing import Any, Sequence

import numpy as np
from matplotlib.figure import Figure

from ..errors import ShapeError
from .style import BLACK, array_of, figure, finished


def confusion_matrix(truth: Any, predicted: Any, classes: Sequence[str] | None = None,
                     path: str | os.PathLike[str] | None = None, title: str = "") -> Figure:
    """How often each true class (row) was given each label (column).

    Args:
        truth, predicted: class numbers, (N,) each.
        classes: their names; the numbers when None.

    Only mistakes are colored, scaled to the most frequent one: on a common scale a hundred right answers
    would hide them. The right answers are on the gray diagonal. 1200 × 1200 pixels. Raises ShapeError when
    the lengths differ or there is nothing to count.
    """
    t, p = array_of(truth), array_of(predicted)
    if t.ndim != 1 or t.shape != p.shape or not t.size:
        raise ShapeError("confusion_matrix: expected class numbers (N,) for truth and predicted, "
                         f"got {t.shape} and {p.shape}. From outputs: output.argmax(1).")
    count = len(classes) if classes is not None else int(max(t.max(), p.max())) + 1
    names = [str(c) for c in (classes if classes is not None else range(count))]
    table = np.zeros((count, count), np.int64)
    np.add.at(table, (t, p), 1)
    mistakes = table.astype(np.float64)
    np.fill_diagonal(mistakes, np.nan)
    top = max(1.0, float(np.nanmax(mistakes, initial=0)))
    right = int(np.trace(table))
    with figure(8, 8, title) as fig:
        ax = fig.subplots()
        ax.imshow(np.where(np.isnan(mistakes), 0.16, np.nan), cmap="Greys", vmin=0, vmax=1)
        ax.imshow(mistakes, cmap="Oranges", vmin=0, vmax=top * 1.15)
        size = 13 if count <= 12 else max(5, 150 / count)
        for i, j in np.ndindex(count, count):
            if table[i, j]:
                dark = i != j and table[i, j] > 0.75 * top
                ax.text(j, i, str(table[i, j]), ha="center", va="center", fontsize=size,
                        color="white" if dark else BLACK)
        long = max(map(len, names)) > 2
        ax.set_xticks(range(count), names, rotation=45 if long else 0,
                      ha="right" if long else "center")
        ax.set_yticks(range(count), names)
        ax.tick_params(length=0)
        ax.set(xlabel="label given", ylabel="true class",
               title=f"{right:,} of {t.size:,} right, {t.size - right:,} wrong")
        for spine in ax.spines.values():
            spine.set_visible(False)
    return finished(fig, path)
