"""Slopes beside each other: derived, and measured."""
from __future__ import annotations

from typing import Mapping

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def derived_and_measured(derived: Mapping[str, np.ndarray], measured: Mapping[str, np.ndarray]) -> Figure:
    """A bar for each entry of each gradient, and a ring where it was measured."""
    with plot.figure(10, 4, "Each slope, derived (bars) and measured (rings)") as fig:
        ax = fig.subplots()
        place = 0
        middles = []
        for k, (name, values) in enumerate(derived.items()):
            places = place + np.arange(values.size)
            ax.bar(places, values.ravel(), color=plot.COLORS[k % len(plot.COLORS)], alpha=0.6)
            ax.plot(places, np.ravel(measured[name]), "o", mfc="none", color=plot.BLACK)
            middles.append(places.mean())
            place = places[-1] + 2
        ax.set_xticks(middles, list(derived))
        ax.axhline(0, color=plot.GRAY, linewidth=0.8)
        ax.set(ylabel="slope of the loss")
    return fig
