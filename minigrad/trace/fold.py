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
    starts = [start for start, _ in plan.layers]
    row_of = _rows(plan.layers, rows)
    count = max(row_of) + 1
    if count == 1:
        return plan
    layer_at = {round(start + size / 2, 6): k for k, (start, size) in enumerate(plan.layers)}
    spots = [*plan.centers, *(point for line in plan.lines.values() for point in line)]
    halves = [*plan.widths, *[0.0] * (len(spots) - len(plan.centers))]
    row_at = [row_of[layer_at[round(along, 6)]] for along, _ in spots]
    crossing = _crossing(plan, row_at)
    room = ROOM * gap
    extents = [(min(p[1] - h / 2 for p, h, r in zip(spots, halves, row_at) if r == row),
                max(p[1] + h / 2 for p, h, r in zip(spots, halves, row_at) if r == row))
               for row in range(count)]
    begins = [starts[row_of.index(row)] for row in range(count)]
    margin = room * (1 + max(len(lines) for lines in crossing))
    shifts, top = [], 0.0
    for row, (low, high) in enumerate(extents):
        shifts.append((margin - begins[row], top - low))
        top += high - low + (room * (len(crossing[row]) + 1) if row < count - 1 else 0.0)

    def moved(point: Point, row: int) -> Point:
        """Where a point of the long layout goes."""
        return point[0] + shifts[row][0], point[1] + shifts[row][1]

    places = [moved(point, row) for point, row in zip(spots, row_at)]
    lines, at = {}, len(plan.centers)
    for edge, line in plan.lines.items():
        lines[edge] = places[at:at + len(line)]
        at += len(line)
    ends = [max(start + size for (start, size), r in zip(plan.layers, row_of) if r == row) + shifts[row][0]
            for row in range(count)]
    turns: dict[Edge, dict[int, list[Point]]] = {}
    for row, found in enumerate(crossing):
        below = extents[row][1] + shifts[row][1]
        for slot, (edge, stop, p, q) in enumerate(found):
            out, gutter = ends[row] + room * (slot + 1), below + room * (slot + 1)
            back = margin - room * (len(found) - slot)
            turns.setdefault(edge, {})[stop] = [
                (out, places[p][1]), (out, gutter), (back, gutter), (back, places[q][1])]
    return replace(plan, centers=places[:len(plan.centers)], lines=lines, turns=turns,
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


def _crossing(plan: Layout, row_at: list[int]) -> list[list[tuple[Edge, int, int, int]]]:
    """For each row the lines that lead to the next: edge, which piece of it, and the two points' indices. The
    lowest comes first: it turns innermost, so that lines do not cross."""
    found: list[list[tuple[Edge, int, int, int]]] = [[] for _ in range(max(row_at) + 1)]
    at = len(plan.centers)
    for (a, b), line in plan.lines.items():
        path = [a, *range(at, at + len(line)), b]
        at += len(line)
        for stop, (p, q) in enumerate(zip(path, path[1:])):
            if row_at[p] != row_at[q]:
                found[row_at[p]].append(((a, b), stop, p, q))
    across = [point[1] for point in [*plan.centers, *(x for line in plan.lines.values() for x in line)]]
    for lines in found:
        lines.sort(key=lambda line: -across[line[2]])
    return found
