"""The computational graph as a picture: a box for each leaf and result, with values and gradients."""
from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Mapping

from ..autograd import Tensor
from ..backend.arrays import Array
from .boxes import arrows, chosen, gradient_lines, head_lines, value_lines
from .contributions import totals
from .fold import oriented
from .graph import Graph, Vertex, graph_of
from .heat import colors, table_of
from .names import chosen_names
from .values import Values
from .wording import count

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 80                   # operations that are drawn
TEXT = 12.0                 # points
LINE, PAD = 0.235, 0.11     # inches: height of a line of text, margin inside a box
MAP = 0.95                  # inches: the side of a heat map
MARGIN = 0.15
GAP = ((0.55, 0.28), (0.48, 0.35))  # inches between and within layers, drawn to the right or down
HEAD = 0.18                 # inches of straight line before a box, for the head of the arrow
PAGE = (10.0, 8.0)          # inches: a wider graph is drawn top to bottom if that fits better


def draw(root: Tensor, path: str | os.PathLike[str] | None = None, *,
         names: Mapping[str, Tensor] | None = None, title: str = "",
         gradients: bool | None = None) -> Figure:
    """Draw the graph behind ``root``; write it to ``path`` as PNG, SVG or PDF, as its suffix says.

    Each box has a name, the operation, the value (for large tensors shape and range) and the gradient. Leaves
    are blue with a heavy edge, constants gray, the root green; arrows point forward. Images, filters and what
    is made of them, (N, C, H, W), are heat maps of their first channel, with that of the gradient beside it.

    Args:
        names: what to call leaves and results: ``{"w": w}``. By default the names of the caller's
            variables. Results without a name get letters.
        title: above the picture.
        gradients: whether to show them. None: after ``backward``, when some leaf has a ``.grad``; leaves then
            show their ``.grad``, results ∂root/∂result. True: those of the root, even before ``backward``.

    ``.grad`` and the graph stay as they are. Of more than 80 operations only the last ones are drawn, and the
    picture says so. Raises DTypeError for anything but a Tensor, GraphError for a tensor without a graph.

    >>> from minigrad.trace import draw
    >>> x, y = minigrad.tensor(2.0, requires_grad=True), minigrad.tensor(3.0, requires_grad=True)
    >>> loss = (x * y + x) ** 2
    >>> figure = draw(loss)
    >>> draw(loss, "/tmp/graph.svg", title="Before backward")               # doctest: +SKIP
    """
    # matplotlib takes longer to load than all of minigrad: only a picture pays for it.
    from ..plot.style import figure, finished

    graph = graph_of(root, chosen_names(names), "draw")
    values = Values(graph)
    found = _gradients(graph, values, gradients)
    boxes, left_out = chosen(graph, MOST)
    texts = [_lines(v, found.get(v)) for v in boxes]
    maps = [[table for array in (v.value, found.get(v)) if (table := table_of(array)) is not None]
            for v in boxes]
    sizes = [_size(lines, len(tables)) for lines, tables in zip(texts, maps)]
    edges = arrows(boxes)
    down, plan = oriented(sizes, edges, GAP, PAGE)
    width, height = (plan.across, plan.along) if down else (plan.along, plan.across)
    notes = _notes(values, left_out)
    top = (0.45 if title else 0.0) + 0.28 * len(notes)
    with figure(max(width + 2 * MARGIN, 3.2), height + 2 * MARGIN + top) as fig:
        fig.set_layout_engine("none")
        ax = fig.add_axes((0.0, 0.0, 1.0, 1.0))
        full = fig.get_size_inches()
        ax.set(xlim=(0, full[0]), ylim=(full[1], 0))        # in inches, from the top
        ax.axis("off")
        shift = ((full[0] - width) / 2, MARGIN + top)
        for a, b in edges:
            reach = (sizes[a][down] / 2, sizes[b][down] / 2)
            _arrow(ax, [_point(p, down, shift) for p in plan.route(a, b, reach, HEAD)])
        points = [_point(c, down, shift) for c in plan.centers]
        for vertex, lines, tables, at, size in zip(boxes, texts, maps, points, sizes):
            _box(ax, vertex, lines, at, size, vertex is graph.root)
            for k, table in enumerate(tables):
                left = at[0] + (k - len(tables) / 2) * (MAP + PAD) + PAD / 2
                bottom = at[1] + size[1] / 2 - PAD
                ax.imshow(colors(table), extent=(left, left + MAP, bottom, bottom - MAP), zorder=3,
                          aspect="auto")
        ax.set(xlim=(0, full[0]), ylim=(full[1], 0))        # imshow has changed them
        if title:
            ax.text(MARGIN, MARGIN + 0.12, title, fontsize=15, fontweight="bold", va="center")
        for k, note in enumerate(notes):
            ax.text(MARGIN, MARGIN + (0.45 if title else 0.0) + 0.28 * k + 0.1, note, fontsize=11,
                    style="italic", va="center")
    return finished(fig, path)


def _gradients(graph: Graph, values: Values, wanted: bool | None) -> dict[Vertex, Array]:
    """The gradients to show: the leaves' own after backward, otherwise those of the root."""
    given = {v: v.tensor._grad._array for v in graph.leaves
             if v.tensor is not None and v.tensor._grad is not None}
    if wanted is False or wanted is None and not given:
        return {}
    return {**totals(graph, values), **({} if wanted else given)}


def _lines(vertex: Vertex, gradient: Array | None) -> list[tuple[str, str]]:
    """The lines of a box, each with its kind: name, value, gradient."""
    lines = [(text, "name") for text in head_lines(vertex)] + [(t, "value") for t in value_lines(vertex)]
    return lines + [(t, "gradient") for t in gradient_lines(gradient)] if gradient is not None else lines


def _size(lines: list[tuple[str, str]], maps: int) -> tuple[float, float]:
    """Width and height of a box in inches, measured in the font that is drawn."""
    from ..plot import needs_matplotlib  # noqa: F401
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    measure = TextToPath()
    widest = 0.0
    for text, kind in lines:
        font = FontProperties(family="DejaVu Sans", size=TEXT, weight="bold" if kind == "name" else "normal")
        widest = max(widest, measure.get_text_width_height_descent(text, font, ismath=False)[0] / 72)
    widest = max(widest, maps * (MAP + PAD) - PAD)
    return widest + 2 * PAD, len(lines) * LINE + PAD + (MAP + PAD if maps else 0)


def _point(place: tuple[float, float], down: bool, shift: tuple[float, float]) -> tuple[float, float]:
    along, across = place
    return (across + shift[0], along + shift[1]) if down else (along + shift[0], across + shift[1])


def _arrow(ax: Any, route: list[tuple[float, float]]) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    from ..plot.style import GRAY

    codes = [Path.MOVETO, Path.LINETO] + [Path.CURVE4] * (len(route) - 3) + [Path.LINETO]
    ax.add_patch(FancyArrowPatch(path=Path(route, codes), arrowstyle="-|>", mutation_scale=13,
                                 color=GRAY, linewidth=1.4, shrinkA=0, shrinkB=0))


def _box(ax: Any, vertex: Vertex, lines: list[tuple[str, str]], at: tuple[float, float],
         size: tuple[float, float], root: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    from ..plot.style import BLACK, BLUE, GRAY, GREEN, ORANGE

    edge, fill, thick = (GREEN, "#e3f4ee", 1.8) if root else \
        {"leaf": (BLUE, "#e5f1f8", 2.2), "constant": (GRAY, "#f2f2f2", 1.2),
         "result": (BLACK, "#ffffff", 1.2)}[vertex.kind]
    width, height = size
    radius = 0.12 if vertex.node is None else 0.04
    ax.add_patch(FancyBboxPatch((at[0] - width / 2, at[1] - height / 2), width, height,
                                boxstyle=f"round,pad=0,rounding_size={radius}", facecolor=fill,
                                edgecolor=edge, linewidth=thick))
    for k, (text, kind) in enumerate(lines):
        y = at[1] - height / 2 + PAD / 2 + (k + 0.5) * LINE
        ax.text(at[0], y, text, ha="center", va="center", fontsize=TEXT, family="DejaVu Sans",
                fontweight="bold" if kind == "name" else "normal",
                color=ORANGE if kind == "gradient" else BLACK)


def _notes(values: Values, left_out: int) -> list[str]:
    notes = []
    if left_out:
        notes.append(f"The last {count(MOST, 'operation')} of {left_out + MOST:,}.")
    if values.reason:
        notes.append(f"Some values are missing: {values.reason}.")
    return notes
