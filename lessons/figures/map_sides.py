"""How large the map is after each layer of a convolutional network."""
from __future__ import annotations

from typing import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from minigrad import plot


def map_sides(networks: Mapping[str, Sequence[tuple[str, int]]]) -> Figure:
    """A row for each network: squares as large as the maps, with the layer that made them and the side."""
    with plot.figure(9, 2.6 * len(networks), "The side of the map, layer after layer") as fig:
        for ax, (name, layers) in zip(fig.subplots(len(networks), 1), networks.items()):
            left = 0.0
            for layer, side in layers:
                ax.add_patch(Rectangle((left, -side / 2), side, side, fc=plot.SKY, ec=plot.BLUE, alpha=0.6))
                ax.text(left + side / 2, 0, str(side), ha="center", va="center")
                ax.text(left + side / 2, -22, layer, ha="center", va="center", fontsize=9)
                left += side + 14
            ax.set(xlim=(-2, 190), ylim=(-26, 18), aspect="equal")
            ax.set_title(name, fontsize=11)
            plot.bare(ax)
    return fig
