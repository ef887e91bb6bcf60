"""Learning curves: loss and accuracy against epochs."""
from __future__ import annotations

import os
from typing import Any, Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..errors import DataError
from .style import BLACK, COLORS, figure, finished


def learning_curves(histories: Any, path: str | os.PathLike[str] | None = None, title: str = "",
                    marks: Mapping[str, float] | None = None) -> Figure:
    """Loss and accuracy after each epoch; training dashed, validation solid with points.

    Args:
        histories: a History, or a dict from names to a History for each run to compare; a dict of lists like
            ``History.history`` will do as well.
        marks: named values of the accuracy to draw a line at.

    The axes are scaled to validation, if there is any, and to ``marks``: the first epoch's training numbers,
    usually far off, may lie outside. 1500 × 675 pixels. Raises DataError when nothing was recorded.
    """
    named = histories if isinstance(histories, Mapping) and "loss" not in histories \
        else {"": histories}
    runs: dict[str, Mapping[str, list[float]]] = {
        name: getattr(h, "history", h) for name, h in named.items()}
    if not runs or not any(run.get("loss") for run in runs.values()):
        raise DataError("learning_curves: the history is empty. Train for at least one epoch.")
    panels = [key for key in ("loss", "accuracy") if any(key in run for run in runs.values())]
    with figure(10, 4.5, title) as fig:
        axes = fig.subplots(1, len(panels), squeeze=False)[0]
        for ax, key in zip(axes, panels):
            _panel(ax, key, runs)
            ax.set(title=key, xlabel="epoch")
            ax.grid(axis="y")
            ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        if "accuracy" in panels:
            for name, value in (marks or {}).items():
                axes[-1].axhline(value, color=BLACK, linewidth=1.5, linestyle=":",
                                 label=f"{name} {value:.4f}")
        for ax, key in zip(axes, panels):
            _scale(ax, [value for run in runs.values() for value in run.get(f"val_{key}", ())]
                   + (list((marks or {}).values()) if key == "accuracy" else []),
                   [value for run in runs.values() for value in run.get(key, ())])
        handles, labels = axes[-1].get_legend_handles_labels()
        columns = len(labels) if len(labels) <= 3 else -(-len(labels) // 2)     # two rows
        fig.legend(handles, labels, loc="outside lower center", ncols=columns)
    return finished(fig, path)


def _panel(ax: Any, key: str, runs: Mapping[str, Mapping[str, list[float]]]) -> None:
    for color, (name, run) in zip(COLORS * len(runs), runs.items()):
        prefix = f"{name}, " if name else ""
        for part, style, label in (("", "--", "training"), ("val_", "-o", "validation")):
            values = run.get(part + key)
            if values:
                style = style if part or len(values) > 1 else "--x"      # one point does not make a line
                ax.plot(range(1, len(values) + 1), values, style, color=color,
                        label=prefix + label, markersize=5, alpha=1 if part else 0.75)


def _scale(ax: Any, wanted: list[float], others: list[float]) -> None:
    """Show all of ``wanted``, and whatever of ``others`` fits into twice their range."""
    if len(wanted) < 2:
        return
    low, high = min(wanted), max(wanted)
    room = high - low
    near = [value for value in others if low - room / 2 <= value <= high + room / 2]
    low, high = min([low, *near]), max([high, *near])
    if high > low:
        ax.set_ylim(low - (high - low) * 0.06, high + (high - low) * 0.06)
