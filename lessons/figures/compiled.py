"""How long a compiled step takes beside a plain one."""
from __future__ import annotations

from typing import Sequence

from matplotlib.figure import Figure

from minigrad import plot


def ratios(sizes: Sequence[int], found: Sequence[float]) -> Figure:
    """The ratio of the times over the size of the batch; below 1 the compiled step is faster."""
    with plot.figure(8, 3.8, "Time of a compiled step, as a share of the plain one") as fig:
        ax = fig.subplots()
        ax.plot(sizes, found, "o-", color=plot.BLUE)
        ax.axhline(1, color=plot.ORANGE, linestyle="--", label="as long as the plain step")
        ax.set(xlabel="samples in a batch", ylabel="compiled / plain", xscale="log", ylim=(0, None))
        ax.legend()
    return fig
