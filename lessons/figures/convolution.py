"""A convolution there and back: image, filter, result, and what goes back."""
from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def there_and_back(x: np.ndarray, w: np.ndarray, y: np.ndarray, g: np.ndarray, grad_x: np.ndarray,
                   grad_w: np.ndarray) -> Figure:
    """Six heat maps, of (1, 1, H, W) each: x, w, y above; what arrives, and the gradients, below."""
    with plot.figure(9.5, 6, "A convolution, there and back") as fig:
        panels = (("image x", x), ("filter w", w), ("result y", y),
                  ("∂L/∂x: w laid down where g arrives", grad_x), ("∂L/∂w: x under g, added up", grad_w),
                  ("g = ∂L/∂y", g))
        for ax, (title, values) in zip(fig.subplots(2, 3).flat, panels):
            table = values[0, 0]
            most = max(np.abs(table).max(), 1e-9)
            ax.imshow(table, cmap="RdBu_r", vmin=-most, vmax=most)
            if table.size <= 9:
                for (i, j), value in np.ndenumerate(table):
                    ax.text(j, i, f"{value:g}".replace("-", "−"), ha="center", va="center",
                            color="white" if abs(value) > 0.6 * most else plot.BLACK)
            ax.set_title(title, fontsize=10)
            plot.bare(ax)
    return fig
