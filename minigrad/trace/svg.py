"""The graph as SVG for a web page: boxes and arrows with ids, which the page's script highlights."""
from __future__ import annotations

from dataclasses import dataclass
from html import escape

from .fold import oriented

FONT = 16.0                     # pixels, in a font whose characters all have the same width
CHARACTER = 0.61 * FONT
LINE = 22.0
PAD = 9.0
MARGIN = 14.0
GAP = ((64.0, 26.0), (60.0, 34.0))
SCREEN = (1250.0, 430.0)        # the space on a projector
HEAD = 24.0


@dataclass
class Box:
    """A box of the picture: lines of text that appear one after the other."""

    kind: str
    names: list[str]
    values: list[str]
    gradients: list[list[str]]          # the lines at different times


def svg_of(boxes: list[Box], edges: list[tuple[int, int]], title: str, description: str) -> str:
    """The whole drawing. Everything from outside is escaped."""
    sizes = [_size(box) for box in boxes]
    down, plan = oriented(sizes, edges, GAP, SCREEN)

    def point(place: tuple[float, float]) -> tuple[float, float]:
        along, across = place
        return (across + MARGIN, along + MARGIN) if down else (along + MARGIN, across + MARGIN)

    width, height = (plan.across, plan.along) if down else (plan.along, plan.across)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="graph-title graph-text" '
           f'viewBox="0 0 {width + 2 * MARGIN:.0f} {height + 2 * MARGIN:.0f}" '
           f'width="{width + 2 * MARGIN:.0f}" height="{height + 2 * MARGIN:.0f}">',
           f'<title id="graph-title">{escape(title)}</title>',
           f'<desc id="graph-text">{escape(description)}</desc>', "<defs>",
           *[_head(name) for name in ("head", "head-forward", "head-backward")], "</defs>"]
    for a, b in edges:
        reach = (sizes[a][down] / 2, sizes[b][down] / 2 + 3)
        points = [point(p) for p in plan.route(a, b, reach, HEAD)]
        out.append(f'<path class="edge" id="edge-{a}-{b}" d="{_path(points)}"/>')
    for k, (box, size) in enumerate(zip(boxes, sizes)):
        out.append(_box(box, k, point(plan.centers[k]), size))
    out += ['<g id="flow" hidden>', f'<rect y="{-LINE / 2 - 3}" height="{LINE + 6}" rx="6"/>',
            f'<text y="{FONT * 0.36:.1f}"></text>', "</g>", "</svg>"]
    return "\n".join(out)


def _size(box: Box) -> tuple[float, float]:
    lines = box.names + box.values + [line for lines in box.gradients for line in lines]
    count = len(box.names) + len(box.values) + _room(box)
    return max(len(line) for line in lines) * CHARACTER + 2 * PAD, count * LINE + PAD


def _room(box: Box) -> int:
    """How many lines the gradient will need."""
    return max((len(lines) for lines in box.gradients), default=0)


def _box(box: Box, k: int, at: tuple[float, float], size: tuple[float, float]) -> str:
    x, y = at[0] - size[0] / 2, at[1] - size[1] / 2
    radius = 4 if box.kind == "result" else 14
    lines = [("name", text) for text in box.names] + [("value", text) for text in box.values] \
        + [("grad", "")] * _room(box)
    texts = "".join(
        f'<text class="{kind}" x="{at[0]:.1f}" y="{y + PAD / 2 + (i + 0.5) * LINE + FONT * 0.36:.1f}">'
        f"{escape(text)}</text>" for i, (kind, text) in enumerate(lines))
    return (f'<g class="box {box.kind}" id="box-{k}"><rect x="{x:.1f}" y="{y:.1f}" width="{size[0]:.1f}" '
            f'height="{size[1]:.1f}" rx="{radius}"/>{texts}</g>')


def _path(points: list[tuple[float, float]]) -> str:
    """Straight, then curves of three points each, then straight again."""
    text = [f"{x:.1f} {y:.1f}" for x, y in points]
    return f"M {text[0]} L {text[1]} C {', '.join(text[2:-1])} L {text[-1]}"


def _head(name: str) -> str:
    return (f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="15" markerHeight="15" '
            'markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M 0 0 L 10 5 L 0 10 z"/>'
            "</marker>")
