"""A long layout in several rows, as a long sentence takes several lines.

The layers are cut into rows of about equal length, one below the other. A line from one row to the next
leaves behind the end of its row, goes back through the gap between the two, and enters before the start of
the next.
"""
from __future__ import annotations

from dataclasses import replace
from typing import Sequence

from .layout import Edge, Layout, Point, layered

ROOM = 0.7                  # of the gap between layers: how far lines stay from boxes and from each other
MOST_ROWS = 16
TURNED = 1.1                # how much larger a graph must come out top to bottom to be drawn that way


def oriented(sizes: Sequence[tuple[float, float]], edges: Sequence[Edge],
             gaps: tuple[tuple[float, float], tuple[float, float]], page: tuple[float, float]
             ) -> tuple[bool, Layout]:
    """From left to right as formulas are read, in several rows if it is long; or (True) from top to bottom if
    that comes out larger on the page.

    Boxes of (width, height); ``gaps`` between and within layers, to the right and down.
    """
    right = layered(sizes, edges, *gaps[0])
    if right.along <= page[0]:
        return False, right

    def scale(plan: Layout, down: bool = False) -> float:
        """The scale at which it fits the page."""
        width, height = (plan.across, plan.along) if down else (plan.along, plan.across)
        return min(page[0] / width, page[1] / height, 1.0)

    rows = [right, *(folded(right, gaps[0][0], count) for count in range(2, MOST_ROWS + 1))]
    best = max(rows, key=scale)
    down = layered([(h, w) for w, h in sizes], edges, *gaps[1])
    return (True, down) if scale(down, True) > TURNED * scale(best) else (False, best)


def folded(plan: Layout, gap: float, rows: int) -> Layout:
    """The layout in at most this many rows; ``gap`` is that between layers."""
    row_of = _rows(plan.layers, rows)
    if not row_of[-1]:
        return plan
    room, every = ROOM * gap, range(row_of[-1] + 1)
    ways = {(a, b): [plan.centers[a], *line, plan.centers[b]] for (a, b), line in plan.lines.items()}
    row_at = {(a, b): row_of[plan.layer[a]:plan.layer[b] + 1] for a, b in ways}     # of each point on the way
    crossing: list[list[tuple[Edge, int]]] = [[] for _ in every]        # the pieces that lead to the next row
    spans: list[list[float]] = [[] for _ in every]                      # ends of what lies in a row, across
    for edge, way in ways.items():
        for k, (p, row) in enumerate(zip(way, row_at[edge])):
            spans[row].append(p[1])
            if row < row_at[edge][min(k + 1, len(way) - 1)]:
                crossing[row].append((edge, k))
    for (_, across), width, layer in zip(plan.centers, plan.widths, plan.layer):
        spans[row_of[layer]] += [across - width / 2, across + width / 2]
    for found in crossing:          # the lowest comes first: it turns innermost, so that lines do not cross
        found.sort(key=lambda piece: -ways[piece[0]][piece[1]][1])
    margin = room * (1 + max(len(found) for found in crossing))
    shifts, top = [], 0.0
    for row in every:
        shifts.append((margin - plan.layers[row_of.index(row)][0], top - min(spans[row])))
        below = room * (len(crossing[row]) + 1) if row < every[-1] else 0
        top += max(spans[row]) - min(spans[row]) + below
    ends = [max(start + size for (start, size), r in zip(plan.layers, row_of) if r == row) + shifts[row][0]
            for row in every]

    def moved(point: Point, row: int) -> Point:
        """Where a point of the long layout goes."""
        return point[0] + shifts[row][0], point[1] + shifts[row][1]

    ways = {edge: [moved(p, row) for p, row in zip(way, row_at[edge])] for edge, way in ways.items()}
    turns: dict[Edge, dict[int, list[Point]]] = {}
    for row, found in enumerate(crossing):
        below = max(spans[row]) + shifts[row][1]
        for slot, (edge, k) in enumerate(found):
            out, gutter = ends[row] + room * (slot + 1), below + room * (slot + 1)
            back = margin - room * (len(found) - slot)
            turns.setdefault(edge, {})[k] = [
                (out, ways[edge][k][1]), (out, gutter), (back, gutter), (back, ways[edge][k + 1][1])]
    return replace(plan, centers=[moved(c, row_of[k]) for c, k in zip(plan.centers, plan.layer)],
                   lines={edge: way[1:-1] for edge, way in ways.items()}, turns=turns,
                   along=max(ends) + margin, across=top, bend=room)


def _rows(layers: Sequence[tuple[float, float]], rows: int) -> list[int]:
    """The row of each layer: rows as short as ``rows`` of them allow."""
    shortest = max(size for _, size in layers)
    longest = layers[-1][0] + layers[-1][1]
    for _ in range(40):                                 # the shortest sufficient length, by bisection
        middle = (shortest + longest) / 2
        if max(_broken(layers, middle)) < rows:
            longest = middle
        else:
            shortest = middle
    return _broken(layers, longest)


def _broken(layers: Sequence[tuple[float, float]], length: float) -> list[int]:
    """The row of each layer if a row is at most this long."""
    row, begin = 0, layers[0][0]
    found: list[int] = []
    for start, size in layers:
        if found and start + size - begin > length:
            row, begin = row + 1, start
        found.append(row)
    return found
