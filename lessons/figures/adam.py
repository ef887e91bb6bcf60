"""Adam: what it keeps in mind, and how long its steps are."""
from __future__ import annotations

from typing import Mapping

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def terms(g: np.ndarray, beta1: float = 0.9, beta2: float = 0.999) -> Figure:
    """Gradients g (T,) of one parameter; m and m̂, √v and √v̂, and the step m̂ / √v̂ in units of α."""
    steps = np.arange(1, len(g) + 1)
    m, v = np.zeros(len(g)), np.zeros(len(g))
    for t in range(len(g)):
        m[t] = beta1 * (m[t - 1] if t else 0) + (1 - beta1) * g[t]
        v[t] = beta2 * (v[t - 1] if t else 0) + (1 - beta2) * g[t] ** 2
    m_hat, v_hat = m / (1 - beta1 ** steps), v / (1 - beta2 ** steps)
    with plot.figure(10, 4, "Adam's terms: a noisy gradient, then one that is ten times as large") as fig:
        first, second, third = fig.subplots(1, 3)
        first.plot(steps, g, ".", color=plot.GRAY, markersize=4, label="gradient g")
        first.plot(steps, m, "--", color=plot.ORANGE, label="m")
        first.plot(steps, m_hat, color=plot.BLUE, label="m̂")
        first.set_title("The mean")
        second.plot(steps, np.abs(g), ".", color=plot.GRAY, markersize=4, label="|g|")
        second.plot(steps, np.sqrt(v), "--", color=plot.ORANGE, label="√v")
        second.plot(steps, np.sqrt(v_hat), color=plot.BLUE, label="√v̂")
        second.set_title("The usual size")
        third.plot(steps, m_hat / np.sqrt(v_hat), color=plot.BLUE, label="m̂ / √v̂")
        third.axhline(1, color=plot.GRAY, linewidth=0.8)
        third.set_title("The step, in units of α")
        for ax in (first, second, third):
            ax.set_xlabel("step t")
            ax.legend(loc="upper left")
    return fig


def step_lengths(lengths: Mapping[bool, np.ndarray]) -> Figure:
    """The lengths of the steps (T,) for a constant gradient, in units of α, with and without correction."""
    with plot.figure(10, 4, "The length of Adam's steps for a constant gradient") as fig:
        ax = fig.subplots()
        steps = np.arange(1, len(lengths[True]) + 1)
        ax.plot(steps, lengths[False], "--", color=plot.ORANGE, label="without bias correction")
        ax.plot(steps, lengths[True], color=plot.BLUE, label="with bias correction")
        ax.set(xscale="log", xlabel="step t", ylabel="length, in units of α", ylim=(0, 8),
               xlim=(1, len(steps)))
        ax.legend(loc="upper right")
    return fig
