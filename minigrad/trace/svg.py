"""The graph as SVG for a web page: boxes and arrows with ids, which the page's script highlights and places.

There are two plans of the same boxes, one for a wide window and one for a tall one; the script takes the one
that fits better.
"""
from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from .fold import oriented

FONT = 16.0                     # pixels, in a font whose characters all have the same width
CHARACTER = 0.61 * FONT
LINE = 22.0
PAD = 9.0
MARGIN = 14.0
GAP = ((64.0, 26.0), (60.0, 34.0))
SCREENS = ((1250.0, 430.0), (540.0, 620.0))     # the space on a projector, and on a phone
HEAD = 24.0
MAP, BETWEEN = 88.0, 12.0       # a heat map's side, and what lies between two


@dataclass
class Box:
    """A box of the picture: lines of text that appear one after the other."""

    kind: str
    names: list[str]
    values: list[str]
    gradients: list[list[str]]          # the lines at different times
    maps: int = 0                       # how many heat maps there are: of the value, and of the gradient


@dataclass(frozen=True)
class Plan:
    """Where everything lies, for a page's script."""

    size: tuple[float, float]
    boxes: list[tuple[float, float]]    # their centers
    edges: dict[str, str]               # by "from-to", the path

    def data(self) -> dict[str, Any]:
        """With numbers as short as they may be."""
        return {"size": [round(n) for n in self.size], "edges": self.edges,
                "boxes": [[round(x, 1), round(y, 1)] for x, y in self.boxes]}


def plans_of(boxes: list[Box], edges: list[tuple[int, int]], chip: float) -> list[Plan]:
    """The plans; ``chip`` is the width of what must find room on an arrow."""
    sizes = [_size(box) for box in boxes]
    (along, across), down_gaps = GAP
    gaps = (max(along, chip + 44), across), down_gaps
    plans = []
    for screen in SCREENS:
        down, plan = oriented(sizes, edges, gaps, screen)

        def point(place: tuple[float, float]) -> tuple[float, float]:
            along, across = place
            return (across + MARGIN, along + MARGIN) if down else (along + MARGIN, across + MARGIN)

        width, height = (plan.across, plan.along) if down else (plan.along, plan.across)
        ways = {(a, b): plan.route(a, b, (sizes[a][down] / 2, sizes[b][down] / 2 + 3), HEAD)
                for a, b in edges}
        plans.append(Plan((width + 2 * MARGIN, height + 2 * MARGIN), [point(c) for c in plan.centers],
                          {f"{a}-{b}": _path([point(p) for p in way]) for (a, b), way in ways.items()}))
    return plans


def svg_of(boxes: list[Box], plan: Plan, title: str, description: str) -> str:
    """The whole drawing. Everything from outside is escaped."""
    width, height = plan.size
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="graph-title graph-text" '
           f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}">',
           f'<title id="graph-title">{escape(title)}</title>',
           f'<desc id="graph-text">{escape(description)}</desc>', "<defs>",
           *[_head(name) for name in ("head", "head-forward", "head-backward")], "</defs>"]
    out += [f'<path class="edge" id="edge-{name}" d="{path}"/>' for name, path in plan.edges.items()]
    out += [_box(box, k, plan.boxes[k]) for k, box in enumerate(boxes)]
    out.append('<g id="flow" hidden=""><rect y="-13" height="26" rx="6"/><text y="5"></text></g></svg>')
    return "\n".join(out)


def _size(box: Box) -> tuple[float, float]:
    """Width and height with room for all lines that will ever be shown."""
    lines = box.names + box.values + [line for lines in box.gradients for line in lines]
    count = len(box.names) + len(box.values) + _room(box)
    width, height = max(len(line) for line in lines) * CHARACTER + 2 * PAD, count * LINE + PAD
    side = box.maps * (MAP + BETWEEN) - BETWEEN
    return (max(width, side + 2 * PAD), height + MAP + PAD) if box.maps else (width, height)


def _room(box: Box) -> int:
    """How many lines the gradient will need."""
    return max((len(lines) for lines in box.gradients), default=0)


def _box(box: Box, k: int, at: tuple[float, float]) -> str:
    width, height = _size(box)
    radius = 4 if box.kind == "result" else 14
    lines = [("name", text) for text in box.names] + [("value", text) for text in box.values] \
        + [("grad", "")] * _room(box)
    texts = "".join(
        f'<text class="{kind}" y="{-height / 2 + PAD / 2 + (i + 0.5) * LINE + FONT * 0.36:.1f}">'
        f"{escape(text)}</text>" for i, (kind, text) in enumerate(lines))
    top = height / 2 - MAP - PAD
    left = -(box.maps * (MAP + BETWEEN) - BETWEEN) / 2
    maps = "".join(
        f'<image class="{kind} map" x="{left + i * (MAP + BETWEEN):.1f}" y="{top:.1f}" width="{MAP:.0f}" '
        f'height="{MAP:.0f}"/>' for i, kind in enumerate(("value", "grad")[:box.maps]))
    return (f'<g class="box {box.kind}" id="box-{k}" transform="translate({at[0]:.1f} {at[1]:.1f})">'
            f'<rect x="{-width / 2:.1f}" y="{-height / 2:.1f}" width="{width:.1f}" height="{height:.1f}" '
            f'rx="{radius}"/>{texts}{maps}</g>')


def _path(points: list[tuple[float, float]]) -> str:
    """Straight, then curves of three points each, then straight again."""
    text = [f"{x:.1f} {y:.1f}" for x, y in points]
    return f"M {text[0]} L {text[1]} C {', '.join(text[2:-1])} L {text[-1]}"


def _head(name: str) -> str:
    return (f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="15" markerHeight="15" '
            'markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M 0 0 L 10 5 L 0 10 z"/>'
            "</marker>")
