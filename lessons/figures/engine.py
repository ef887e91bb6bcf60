"""The pictures of the lesson that builds an engine."""
from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def tangents(curves: Sequence[tuple[str, Callable[[float], Any], Sequence[float]]]) -> Figure:
    """Curves with tangents: each a name, an operation on a number, and the places of the tangents.

    The operation returns something with ``data`` and ``slopes``.
    """
    with plot.figure(9, 3.8, "The slope is the slope of the tangent") as fig:
        xs = np.linspace(-3, 4, 200)
        for ax, (name, operation, spots) in zip(fig.subplots(1, len(curves)), curves):
            ax.plot(xs, [operation(float(x)).data for x in xs], color=plot.BLUE)
            for spot in spots:
                made = operation(spot)
                near = np.array([spot - 1, spot + 1])
                ax.plot(near, made.data + made.slopes[0] * (near - spot), color=plot.ORANGE, linewidth=2.5)
                ax.plot([spot], [made.data], "o", color=plot.ORANGE)
                ax.annotate(f"slope {made.slopes[0]:.2f}", (spot, made.data), (10, -16),
                            textcoords="offset points", color=plot.ORANGE)
            ax.set(title=name, xlabel="a")
    return fig


def diamond() -> Figure:
    """x → a → p, q → r, each path in its color, slopes at the arrows."""
    places = {"x": (0, 0), "a": (1, 0), "p": (2, 0.6), "q": (2, -0.6), "r": (3, 0)}
    arrows = (("x", "a", "3", plot.BLACK), ("a", "p", "2", plot.BLUE), ("a", "q", "5", plot.ORANGE),
              ("p", "r", "1", plot.BLUE), ("q", "r", "1", plot.ORANGE))
    with plot.figure(8, 3.6, "Two paths from x to r:  3·2·1 + 3·5·1 = 21") as fig:
        ax = fig.subplots()
        for start, end, slope, color in arrows:
            (x0, y0), (x1, y1) = places[start], places[end]
            ax.annotate("", (x1, y1), (x0, y0), arrowprops={
                "arrowstyle": "-|>", "color": color, "lw": 2.5, "shrinkA": 19, "shrinkB": 19})
            below = -0.22 if "q" in (start, end) else 0.12
            ax.text((x0 + x1) / 2, (y0 + y1) / 2 + below, slope, color=color, ha="center", fontsize=13)
        for name, place in places.items():
            ax.text(*place, name, ha="center", va="center", fontsize=14,
                    bbox={"boxstyle": "circle,pad=0.45", "fc": "white", "ec": plot.BLACK})
        ax.set(xlim=(-0.4, 3.4), ylim=(-1.05, 1.05))
        plot.bare(ax)
    return fig


def xor(losses: Sequence[float], output: Callable[[float, float], float],
        examples: Sequence[tuple[tuple[float, float], float]]) -> Figure:
    """The loss of each round, and the network's output over the plane of both inputs."""
    with plot.figure(9, 4, "The network learns XOR") as fig:
        left, right = fig.subplots(1, 2)
        left.semilogy(range(1, len(losses) + 1), losses, color=plot.BLUE)
        left.set(xlabel="round", ylabel="loss", title="The loss")
        ticks = np.linspace(-1.5, 1.5, 31)
        field = [[output(float(u), float(v)) for u in ticks] for v in ticks]
        shown = right.contourf(ticks, ticks, field, levels=np.linspace(-1, 1, 11), cmap="RdBu_r")
        for (u, v), wanted in examples:
            right.text(u, v, f"{wanted:+.0f}".replace("-", "−"), ha="center", va="center", fontsize=15,
                       bbox={"boxstyle": "circle,pad=0.2", "fc": "white", "ec": "none"})
        right.set(title="Its output for each pair of inputs", xlabel="first input", ylabel="second input",
                  aspect="equal")
        fig.colorbar(shown, ax=right)
    return fig
