"""Broadcasting there, and its sum back."""
from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from minigrad import plot


def there_and_back(matrix: np.ndarray, row: np.ndarray, g: np.ndarray) -> Figure:
    """A row (m,) added to a matrix (n, m) above, and below the gradient g (n, m) summed to (m,)."""
    n = len(matrix)
    with plot.figure(9.5, 4.2, "What is repeated going forward is summed going back") as fig:
        top, bottom = fig.subplots(2, 1)
        _table(top, 0, matrix, plot.BLUE, f"M {matrix.shape}")
        _sign(top, 3.5, "+")
        _table(top, 4, np.tile(row, (n, 1)), plot.ORANGE, f"v {row.shape}, repeated", faint=range(1, n))
        _sign(top, 7.5, "=")
        _table(top, 8, matrix + row, plot.BLACK, f"z {matrix.shape}")
        _table(bottom, 8, g, plot.BLACK, f"∂loss/∂z {g.shape}")
        _sign(bottom, 7.5, "←")
        _table(bottom, 4, g.sum(axis=0)[None], plot.ORANGE, f"∂loss/∂v {row.shape}: the sum of the rows")
        _sign(bottom, 3.5, " ")
        for ax, name in ((top, "forward"), (bottom, "backward")):
            ax.set(xlim=(-0.1, 11.1), ylim=(n + 0.1, -0.7))
            ax.set_ylabel(name, fontsize=12)
            plot.bare(ax)
    return fig


def _table(ax: Any, left: float, values: np.ndarray, color: str, title: str, faint: Any = ()) -> None:
    ax.text(left, -0.2, title, color=color, fontsize=11)
    for (i, j), value in np.ndenumerate(values):
        alpha = 0.4 if i in faint else 1.0
        ax.add_patch(_box(left + j, i, color, alpha))
        ax.text(left + j + 0.5, i + 0.5, f"{value:g}".replace("-", "−"), ha="center", va="center",
                fontsize=12, color=color, alpha=alpha)


def _box(x: float, y: float, color: str, alpha: float) -> Any:
    return Rectangle((x, y), 1, 1, fill=False, ec=color, alpha=alpha, lw=1.2)


def _sign(ax: Any, x: float, text: str) -> None:
    ax.text(x, 1, text, ha="center", va="center", fontsize=18)
