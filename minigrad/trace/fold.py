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
    count = max(row_of) + 1
    if count == 1:
        return plan
    row_at = [row_of[k] for k in plan.layer]
    crossing = _crossing(plan, row_at)
    room = ROOM * gap
    margin = room * (1 + max(map(len, crossing)))
    shifts, bottoms, ends, top = [], [], [], 0.0
    for row in range(count):
        held = [k for k, r in enumerate(row_at) if r == row]
        low = min(plan.centers[k][1] - plan.widths[k] / 2 for k in held)
        high = max(plan.centers[k][1] + plan.widths[k] / 2 for k in held)
        layers = [span for span, r in zip(plan.layers, row_of) if r == row]
        shifts.append((margin - layers[0][0], top - low))
        bottoms.append(high + shifts[row][1])
        ends.append(sum(layers[-1]) + shifts[row][0])
        top += high - low + (room * (len(crossing[row]) + 1) if row < count - 1 else 0.0)
    centers = [(a + shifts[row][0], c + shifts[row][1]) for (a, c), row in zip(plan.centers, row_at)]
    turns: dict[Edge, dict[int, list[Point]]] = {}
    for row, found in enumerate(crossing):
        for slot, (edge, stop, p, q) in enumerate(found, 1):
            out, gutter = ends[row] + room * slot, bottoms[row] + room * slot
            back = margin - room * (len(found) + 1 - slot)
            turns.setdefault(edge, {})[stop] = [
                (out, centers[p][1]), (out, gutter), (back, gutter), (back, centers[q][1])]
    return replace(plan, centers=centers, turns=turns, along=max(ends) + margin, across=top, bend=room)


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
    for edge, path in plan.paths.items():
        for stop, (p, q) in enumerate(zip(path, path[1:])):
            if row_at[p] != row_at[q]:
                found[row_at[p]].append((edge, stop, p, q))
    for lines in found:
        lines.sort(key=lambda line: -plan.centers[line[2]][1])
    return found
