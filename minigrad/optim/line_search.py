"""A line search: how far to go in a direction, so that the loss falls enough and its slope flattens.

The strong Wolfe conditions for a step t in the direction d (Nocedal and Wright 2006, equations 3.7):

    f(θ + t d) ≤ f(θ) + c₁ t gᵀd        the loss falls by a part of what the slope at the start promises
    |∇f(θ + t d)ᵀ d| ≤ c₂ |gᵀd|         and the slope there is flatter

First t grows until an interval must hold such a point (algorithm 3.5), then the interval shrinks (3.6); each
new t is the minimum of a cubic through two losses and slopes (equation 3.59). The choices in between are
those of minFunc (Schmidt 2005), as in PyTorch, so that both take the same steps.
"""
from __future__ import annotations

import math
from typing import Any, Callable, NamedTuple

from ..backend.arrays import Array

LOSS, SLOPE = 1e-4, 0.9             # c₁ and c₂


class Point(NamedTuple):
    """A step, the loss there, the gradient, and the slope in the direction."""

    t: float
    f: float
    g: Array
    slope: float


def strong_wolfe(at: Callable[[float], tuple[float, Array]], f: float, g: Array, d: Array, t: float,
                 slope: float, least_change: float, most_calls: int) -> tuple[float, Array, float, int]:
    """The loss, the gradient and the step that were found, and how often ``at`` was called.

    Args:
        at: gives the loss and the gradient (n,) at θ + t d.
        f, g, slope: the loss, the gradient (n,) and gᵀd at θ.
        d: the direction (n,).
        t: the step to try first.
        least_change: the interval is not divided further when its steps are that short.
    """
    def point(t: float) -> Point:
        loss, gradient = at(t)
        return Point(t, loss, gradient, float(gradient @ d))

    start = before = Point(0.0, f, g, slope)
    now, calls, tries = point(t), 1, 0
    done = False
    while tries < most_calls:                               # go on until an interval holds a minimum
        if now.f > f + LOSS * now.t * slope or tries > 1 and now.f >= before.f:
            break
        if abs(now.slope) <= -SLOPE * slope:
            done = True
            break
        if now.slope >= 0:
            break
        t = cubic_minimum(before, now, (now.t + 0.01 * (now.t - before.t), now.t * 10))
        before, now = now, point(t)
        calls, tries = calls + 1, tries + 1
    ends = [now, now] if done else [start if tries == most_calls else before, now]
    low, high = (0, 1) if ends[0].f <= ends[1].f else (1, 0)
    reach, stuck = float(abs(d).max()), False
    while not done and tries < most_calls and abs(ends[1].t - ends[0].t) * reach >= least_change:
        t, stuck = inside(cubic_minimum(ends[0], ends[1]), ends, stuck)
        now, calls, tries = point(t), calls + 1, tries + 1
        if now.f > f + LOSS * t * slope or now.f >= ends[low].f:
            ends[high] = now
            low, high = (0, 1) if ends[0].f <= ends[1].f else (1, 0)
            continue
        if abs(now.slope) <= -SLOPE * slope:
            done = True
        elif now.slope * (ends[high].t - ends[low].t) >= 0:
            ends[high] = ends[low]
        ends[low] = now
    return ends[low].f, ends[low].g, ends[low].t, calls


def inside(t: float, ends: list[Point], stuck: bool) -> tuple[float, bool]:
    """t, but a tenth of the interval away from its ends if it came close to one for the second time."""
    least, most = sorted((ends[0].t, ends[1].t))
    margin = 0.1 * (most - least)
    if min(most - t, t - least) >= margin:
        return t, False
    if stuck or t >= most or t <= least:
        return (most - margin if abs(t - most) < abs(t - least) else least + margin), False
    return t, True


def cubic_minimum(a: Point, b: Point, bounds: tuple[float, float] | None = None) -> float:
    """Where the cubic with the losses and slopes at two points is lowest, within bounds.

    >>> from minigrad.optim.line_search import Point, cubic_minimum
    >>> cubic_minimum(Point(0.0, 1.0, None, -2.0), Point(2.0, 1.0, None, 2.0))     # (t − 1)²
    1.0
    """
    low, high = bounds or (min(a.t, b.t), max(a.t, b.t))
    if a.t > b.t:
        a, b = b, a
    first: Any = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t) if a.t != b.t else math.nan
    square = first * first - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2
    root = math.sqrt(square)
    down = b.slope - a.slope + 2 * root
    t = b.t - (b.t - a.t) * ((b.slope + root - first) / down) if down else math.nan
    return min(max(t, low), high)
