"""Recurrent networks: how far gradients reach, how they learn to add, and what their gates do."""
from __future__ import annotations

from typing import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def fading(norms: Mapping[str, np.ndarray]) -> Figure:
    """The gradient at each input, divided by that at the last one: a line for each cell."""
    with plot.figure(8.5, 4, "How much of the gradient comes back to an input") as fig:
        ax = fig.subplots()
        for (name, values), color in zip(norms.items(), plot.COLORS):
            ax.plot(np.arange(len(values))[::-1], values / values[-1], color=color, label=name)
        ax.set(yscale="log", xlabel="steps back", ylim=(1e-12, 30), ylabel="gradient, the last step's = 1")
        ax.legend()
    return fig


def adding_curves(errors: Mapping[str, np.ndarray], steps: int) -> Figure:
    """The error of every seed, (looks, S) for each cell; dashed, what counts as solved."""
    with plot.figure(8.5, 4, "The adding problem, a hundred steps: every seed") as fig:
        ax = fig.subplots()
        for (name, values), color in zip(errors.items(), plot.COLORS):
            at = np.linspace(0, steps, len(values) + 1)[1:]
            for s, line in enumerate(values.T):
                ax.plot(at, line, color=color, linewidth=1.5, label=name if s == 0 else None)
        for level, text in ((2 / 3, "always 0"), (0.04, "solved")):
            ax.axhline(level, color=plot.GRAY, linestyle="--", linewidth=1)
            ax.text(steps * 1.01, level, text, va="center", color=plot.GRAY)
        ax.set(yscale="log", xlabel="steps of training", ylabel="mean squared error", xlim=(0, steps))
        ax.legend(loc="lower left")
    return fig


def gate_maps(words: Sequence[str], gates: Mapping[str, np.ndarray]) -> Figure:
    """For each kind of cell a map of its gates (T, H), a row for each unit, over the words read."""
    with plot.figure(10, 2.2 * len(gates) + 1.6, "Gates over a sentence (1: keep what is there)") as fig:
        axes = fig.subplots(len(gates), 1, sharex=True, squeeze=False)[:, 0]
        for ax, (name, values) in zip(axes, gates.items()):
            image = ax.imshow(values.T, cmap="Blues", vmin=0, vmax=1, aspect="auto")
            ax.set(ylabel="unit", title=name, yticks=[])
            ax.set_xticks(range(len(words)), words, rotation=40, ha="right")
            ax.tick_params(length=0)
        fig.colorbar(image, ax=list(axes), fraction=0.025, pad=0.02)
    return fig


def who_looks_where(maps: Sequence[np.ndarray], ids: Sequence[int]) -> Figure:
    """Attention (L, L) of each block while six digits are sorted; the second six are written."""
    with plot.figure(10, 3.9, "Sorting: where each place looks before it writes the next digit") as fig:
        axes = fig.subplots(1, len(maps))
        for i, (ax, weights) in enumerate(zip(axes, maps)):
            rows = weights[5:]
            image = ax.imshow(rows, cmap="Blues", vmin=0, vmax=1)
            ax.set_xticks(range(rows.shape[1]), [str(d) for d in ids[:rows.shape[1]]])
            ax.set_yticks(range(len(rows)), [str(d) for d in ids[6:6 + len(rows)]])
            ax.axvline(5.5, color=plot.GRAY, linewidth=1)
            ax.tick_params(length=0)
            ax.set(title=f"block {i + 1}", xlabel="looks at", ylabel="writes" if i == 0 else "")
        fig.colorbar(image, ax=list(axes), label="weight", fraction=0.025, pad=0.02)
    return fig


def lengths_and_accuracy(lengths: Sequence[int], right: Mapping[str, Sequence[Sequence[float]]],
                         learned: int) -> Figure:
    """Exact match of each seed, (seeds, lengths) for each model; up to ``learned`` clauses were learned."""
    with plot.figure(8, 4, "Sentences translated without a mistake") as fig:
        ax = fig.subplots()
        for (name, rows), color, mark in zip(right.items(), plot.COLORS, "os"):
            for row in rows:
                ax.plot(lengths, row, color=color, linewidth=1, alpha=0.5)
            ax.plot(lengths, np.median(rows, axis=0), mark, color=color,
                    label="with attention" if name == "attention" else "without")
        ax.axvspan(learned + 0.5, max(lengths) + 0.2, color="#eeeeee", zorder=0)
        ax.text(max(lengths) + 0.15, 1.03, "unseen length", color=plot.GRAY, ha="right")
        ax.set(xlabel="clauses (0: a noun phrase)", ylabel="exact match", xticks=list(lengths),
               ylim=(-0.03, 1.1), xlim=(min(lengths) - 0.2, max(lengths) + 0.2))
        ax.legend(loc="lower left")
    return fig


def alignment(weights: np.ndarray, source: Sequence[str], target: Sequence[str]) -> Figure:
    """Attention (T, S): a row for each word written, a column for each word read."""
    with plot.figure(8, 6, "Where each word looks as it is written") as fig:
        ax = fig.subplots()
        image = ax.imshow(weights, cmap="Blues", vmin=0, vmax=1)
        ax.set_xticks(range(len(source)), source, rotation=40, ha="right")
        ax.set_yticks(range(len(target)), target)
        ax.tick_params(length=0)
        fig.colorbar(image, ax=ax, label="weight")
    return fig
