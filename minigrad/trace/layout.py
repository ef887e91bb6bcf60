"""Where the boxes of a graph go: in layers, with few crossings and straight lines.

The method of Sugiyama, Tagawa and Toda ("Methods for visual understanding of hierarchical system
structures", 1981) in four steps: every vertex gets a layer behind all its inputs; a line that passes a
layer gets a bend there; each layer is sorted by the mean place of the neighbors, back and forth; and finally
everything moves towards its neighbors as far as the order and the gaps allow.

Layers run along one axis ("along"), places within a layer along the other ("across"); the caller decides
which of them is x.
"""
from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field
from typing import Sequence

Point = tuple[float, float]
Edge = tuple[int, int]

SWEEPS = 12
BEND_WEIGHT = 4.0           # straight lines matter more than centered boxes
SOURCE_WEIGHT = 0.01        # what has no input stays out of the way of the others


@dataclass
class Layout:
    """Where everything is, as (along, across).

    Attributes:
        centers: of the boxes.
        lines: for each edge its bends, without the ends.
        thick: for each box, how far its layer extends along.
        along, across: the extent of the whole.
        layers: where each starts along, and how far it extends; widths: of each box, across.
        turns: the corners of those pieces of a line that lead to another row, by the piece's number.
        bend: the radius of a corner.
    """

    centers: list[Point]
    lines: dict[Edge, list[Point]]
    thick: list[float]
    along: float
    across: float
    layers: list[tuple[float, float]] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    turns: dict[Edge, dict[int, list[Point]]] = field(default_factory=dict)
    bend: float = 0.0

    def route(self, a: int, b: int, reach: tuple[float, float], head: float) -> list[Point]:
        """The points of the line from box a to box b, which extend ``reach`` from their centers.

        Straight out of the box to the end of its layer, then curves from bend to bend, and a straight piece
        for the arrow's head. A curve takes three points, as in SVG and matplotlib: two handles and its end.
        """
        start, end = self.centers[a], self.centers[b]
        points = [(start[0] + reach[0], start[1]), (start[0] + self.thick[a] / 2, start[1])]
        stops = [*self.lines[a, b], (end[0] - self.thick[b] / 2 - head, end[1])]
        turns = self.turns.get((a, b), {})
        for k, (p, q) in enumerate(zip([points[-1], *stops], stops)):
            middle = (p[0] + q[0]) / 2
            points += rounded(p, turns[k], q, self.bend) if k in turns else \
                [(middle, p[1]), (middle, q[1]), q]
        return [*points, (end[0] - reach[1], end[1])]


def rounded(start: Point, corners: Sequence[Point], end: Point, radius: float) -> list[Point]:
    """From start via the corners to end, with each corner rounded: three points per piece."""
    points: list[Point] = []
    last = start
    for corner, following in zip(corners, [*corners[1:], end]):
        into, out = _towards(corner, last, radius), _towards(corner, following, radius)
        points += [last, into, into, corner, corner, out]
        last = out
    return [*points, last, end, end]


def _towards(corner: Point, goal: Point, radius: float) -> Point:
    """A point between the corner and the goal."""
    far = abs(goal[0] - corner[0]) + abs(goal[1] - corner[1])
    part = min(radius, far / 2) / far if far else 0.0
    return corner[0] + part * (goal[0] - corner[0]), corner[1] + part * (goal[1] - corner[1])


def layered(sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]],
            gap_along: float, gap_across: float) -> Layout:
    """Place boxes of these sizes (along, across), joined by edges (from, to) without cycles.

    Every edge must lead from a smaller to a larger number.

    >>> from minigrad.trace.layout import layered
    >>> plan = layered([(1, 1), (1, 1), (1, 1)], [(0, 2), (1, 2)], 1, 1)
    >>> plan.centers, plan.along, plan.across
    ([(0.5, 0.5), (0.5, 2.5), (2.5, 1.5)], 3.0, 3.0)
    """
    edges = sorted(set(edges))
    layer = _layers(len(sizes), edges)
    links, owner = _with_bends(layer, edges)
    above: list[list[int]] = [[] for _ in layer]
    below: list[list[int]] = [[] for _ in layer]
    for a, b in links:
        below[a].append(b)
        above[b].append(a)
    rows: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for v in _depth_first(above, layer):
        rows[layer[v]].append(v)
    rows = _sorted_rows(rows, above, below)
    width = [sizes[v][1] if v < len(sizes) else 0.0 for v in range(len(layer))]
    across = _places(rows, above, below, width, gap_across, len(sizes))
    thick = [max((sizes[v][0] for v in row if v < len(sizes)), default=0.0) for row in rows]
    start, at, layers = 0.0, [], []
    for t in thick:
        at.append(start + t / 2)
        layers.append((start, t))
        start += t + gap_along
    low = min((across[v] - width[v] / 2 for v in range(len(layer))), default=0.0)
    spot = [(at[layer[v]], across[v] - low) for v in range(len(layer))]
    lines: dict[tuple[int, int], list[tuple[float, float]]] = {edge: [] for edge in edges}
    for v in range(len(sizes), len(layer)):
        lines[owner[v - len(sizes)]].append(spot[v])
    return Layout(spot[:len(sizes)], lines, [thick[layer[v]] for v in range(len(sizes))],
                  max(start - gap_along, 0.0),
                  max((s[1] + width[v] / 2 for v, s in enumerate(spot)), default=0.0), layers,
                  width[:len(sizes)])


def _layers(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Behind all inputs; a vertex without inputs right before the first that needs it."""
    layer = [0] * count
    for a, b in edges:                          # sorted by where they start: layer[a] is final
        layer[b] = max(layer[b], layer[a] + 1)
    latest: dict[int, int] = {}
    for a, b in edges:
        latest[a] = min(latest.get(a, layer[b] - 1), layer[b] - 1)
    for v in set(latest) - {b for _, b in edges}:
        layer[v] = latest[v]
    return layer


def _with_bends(layer: list[int], edges: Sequence[tuple[int, int]]
                ) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Edges between neighboring layers only; ``layer`` grows by the bends; the edge of each bend."""
    links, owner = [], []
    for a, b in edges:
        last = a
        for between in range(layer[a] + 1, layer[b]):
            layer.append(between)
            owner.append((a, b))
            links.append((last, len(layer) - 1))
            last = len(layer) - 1
        links.append((last, b))
    return links, owner


def _depth_first(above: list[list[int]], layer: list[int]) -> list[int]:
    """All vertices, with related ones side by side: a start with few crossings."""
    ends = sorted(range(len(layer)), key=lambda v: -layer[v])
    seen: set[int] = set()
    order: list[int] = []
    for end in ends:
        waiting = [end]
        while waiting:
            v = waiting.pop()
            if v not in seen:
                seen.add(v)
                order.append(v)
                waiting.extend(reversed(above[v]))
    return order


def _sorted_rows(rows: list[list[int]], above: list[list[int]], below: list[list[int]]
                 ) -> list[list[int]]:
    """Sorted by the mean place of the neighbors, back and forth; the best order seen."""
    place = {v: k for row in rows for k, v in enumerate(row)}

    def mean_place(near: list[int], v: int) -> float:
        return sum(place[n] for n in near) / len(near) if near else place[v]

    best, fewest = [list(row) for row in rows], _crossings(rows, below, place)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        near = below if sweep % 2 else above
        for row in reversed(rows) if sweep % 2 else rows:
            row.sort(key=lambda v: mean_place(near[v], v))
            place.update((v, k) for k, v in enumerate(row))
        found = _crossings(rows, below, place)
        if found < fewest:
            best, fewest = [list(row) for row in rows], found
    return best


def _crossings(rows: list[list[int]], below: list[list[int]], place: dict[int, int]) -> int:
    """How many pairs of lines cross: inversions among their ends, counted by insertion."""
    total = 0
    for row in rows:
        ends: list[int] = []
        for v in row:
            targets = sorted(place[b] for b in below[v])
            total += sum(len(ends) - bisect_right(ends, t) for t in targets)
            for t in targets:
                insort(ends, t)
    return total


def _places(rows: list[list[int]], above: list[list[int]], below: list[list[int]],
            width: list[float], gap: float, boxes: int) -> list[float]:
    """Centers within the layers: each towards the mean of its neighbors, in order and with gaps."""
    across = [0.0] * len(width)
    for row in rows:
        end = 0.0
        for v in row:
            across[v] = end + width[v] / 2
            end += width[v] + gap
    for sweep in range(SWEEPS):
        down = sweep % 2 == 1                       # and last: results line up with their inputs
        near = above if down else below
        for row in rows if down else reversed(rows):
            targets, weights = [], []
            for v in row:
                others = near[v] or above[v] + below[v]
                pull = [1.0 if above[n] else SOURCE_WEIGHT for n in others]
                targets.append(sum(p * across[n] for p, n in zip(pull, others)) / sum(pull)
                               if others else across[v])
                weights.append(BEND_WEIGHT if v >= boxes else 1.0 if above[v] else SOURCE_WEIGHT)
            half = [width[v] / 2 for v in row]
            apart = [half[k] + half[k + 1] + gap for k in range(len(row) - 1)]
            for v, at in zip(row, spread(targets, weights, apart)):
                across[v] = at
    return across


def spread(targets: Sequence[float], weights: Sequence[float], apart: Sequence[float]) -> list[float]:
    """The places nearest to the targets, by least squares, that keep order and distances.

    Without the distances this is isotonic regression: neighbors in the wrong order are pooled.

    >>> from minigrad.trace.layout import spread
    >>> spread([0.0, 0.0, 10.0], [1.0, 1.0, 1.0], [2.0, 2.0])
    [-1.0, 1.0, 10.0]
    """
    offsets = [0.0]
    for distance in apart:
        offsets.append(offsets[-1] + distance)
    pools: list[list[float]] = []                   # [mean, weight, how many]
    for target, weight, offset in zip(targets, weights, offsets):
        pools.append([target - offset, weight, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, other, n = pools.pop()
            into = pools[-1]
            into[0] = (into[0] * into[1] + mean * other) / (into[1] + other)
            into[1] += other
            into[2] += n
    places = [mean for mean, _, n in pools for _ in range(int(n))]
    return [place + offset for place, offset in zip(places, offsets)]
