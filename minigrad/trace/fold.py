"""A long layout in several rows, as a long sentence takes several lines.

A row ends only where a single line leads on, so that the graph can be read like text: the line leaves behind
the end of its row, goes back through the gap between the two, and enters before the start of the next. Where
several lines run side by side, rows would send each of them on a detour; such a graph stays in one piece.
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
    that comes out larger on the page, or if the page is too narrow for two neighbors.

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
    neighbors = max((sizes[a][0] + gaps[0][0] + sizes[b][0] for a, b in edges), default=0.0)
    turned = neighbors > page[0] or scale(down, True) > TURNED * scale(best)
    return (True, down) if turned else (False, best)


def folded(plan: Layout, gap: float, rows: int) -> Layout:
    """The layout in at most this many rows; ``gap`` is that between layers."""
    row_of = _rows(plan, rows)
    if not row_of[-1]:
        return plan
    room, every = ROOM * gap, range(row_of[-1] + 1)
    ways = {(a, b): [plan.centers[a], *line, plan.centers[b]] for (a, b), line in plan.lines.items()}
    row_at = {(a, b): row_of[plan.layer[a]:plan.layer[b] + 1] for a, b in ways}     # of each point on the way
    crossing: list[tuple[Edge, int] | None] = [None for _ in every]     # the piece that leads to the next row
    spans: list[list[float]] = [[] for _ in every]                      # ends of what lies in a row, across
    for edge, way in ways.items():
        for k, (p, row) in enumerate(zip(way, row_at[edge])):
            spans[row].append(p[1])
            if row < row_at[edge][min(k + 1, len(way) - 1)]:
                crossing[row] = edge, k
    for (_, across), width, layer in zip(plan.centers, plan.widths, plan.layer):
        spans[row_of[layer]] += [across - width / 2, across + width / 2]
    margin = 2 * room
    shifts, top = [], 0.0
    for row in every:
        shifts.append((margin - plan.layers[row_of.index(row)][0], top - min(spans[row])))
        top += max(spans[row]) - min(spans[row]) + (margin if row < every[-1] else 0)
    ends = [max(start + size for (start, size), r in zip(plan.layers, row_of) if r == row) + shifts[row][0]
            for row in every]

    def moved(point: Point, row: int) -> Point:
        """Where a point of the long layout goes."""
        return point[0] + shifts[row][0], point[1] + shifts[row][1]

    ways = {edge: [moved(p, row) for p, row in zip(way, row_at[edge])] for edge, way in ways.items()}
    turns: dict[Edge, dict[int, list[Point]]] = {}
    for row, piece in enumerate(crossing):
        if piece is not None:
            edge, k = piece
            gutter = max(spans[row]) + shifts[row][1] + room
            (_, leaving), (_, entering) = ways[edge][k:k + 2]
            turns.setdefault(edge, {})[k] = [(ends[row] + room, leaving), (ends[row] + room, gutter),
                                             (room, gutter), (room, entering)]
    return replace(plan, centers=[moved(c, row_of[k]) for c, k in zip(plan.centers, plan.layer)],
                   lines={edge: way[1:-1] for edge, way in ways.items()}, turns=turns,
                   along=max(ends) + margin, across=top, bend=room)


def _rows(plan: Layout, rows: int) -> list[int]:
    """The row of each layer: rows as short as ``rows`` of them allow."""
    layers = plan.layers
    passing = [0] * len(layers)                         # the lines between a layer and the one before
    for a, b in plan.lines:
        for k in range(plan.layer[a] + 1, plan.layer[b] + 1):
            passing[k] += 1
    begins = [k for k, lines in enumerate(passing) if k == 0 or lines <= 1]
    pieces = list(zip(begins, [*begins[1:], len(layers)]))      # what stays together
    shortest, longest = 0.0, layers[-1][0] + layers[-1][1]
    for _ in range(40):                                 # the shortest sufficient length, by bisection
        middle = (shortest + longest) / 2
        if max(_broken(layers, pieces, middle)) < rows:
            longest = middle
        else:
            shortest = middle
    return _broken(layers, pieces, longest)


def _broken(layers: Sequence[tuple[float, float]], pieces: Sequence[tuple[int, int]],
            length: float) -> list[int]:
    """The row of each layer if a row is at most this long, or one piece."""
    row, begin = 0, layers[0][0]
    found: list[int] = []
    for first, end in pieces:
        if found and sum(layers[end - 1]) - begin > length:
            row, begin = row + 1, layers[first][0]
        found += [row] * (end - first)
    return found
