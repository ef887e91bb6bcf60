"""Exercise 14: a learning-rate schedule."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

import minigrad
from minigrad import optim
from minigrad.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

from ..model import Attempt, Case, Exercise, Finding, Task, same
from ..ways import WAYS


def rates(steps: int, total: int, warmup: int, peak: float, final: float) -> np.ndarray:
    """The rates of the first steps, by minigrad's schedules."""
    optimizer = optim.SGD([minigrad.ones(1)], lr=peak)
    cosine = CosineAnnealingLR(optimizer, T_max=total - warmup, eta_min=final)
    schedule: Any = cosine
    if warmup:
        optimizer = optim.SGD([minigrad.ones(1)], lr=peak)
        rise = LinearLR(optimizer, start_factor=1 / (warmup + 1), total_iters=warmup)
        cosine = CosineAnnealingLR(optimizer, T_max=total - warmup, eta_min=final)
        schedule = SequentialLR(optimizer, [rise, cosine], milestones=[warmup])
    found = []
    for t in range(steps):
        found.append(final if t > total else optimizer.param_groups[0]["lr"])
        schedule.step()
    return np.array(found)


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a, got, right = attempt.arguments, attempt.got["rates"], attempt.expected["rates"]
    total, warmup = a["total"], a["warmup"]
    before, between, after = slice(0, warmup), slice(warmup, total + 1), slice(total + 1, None)
    if same(got[:total + 1], right[:total + 1]):
        rises = bool((got[after] > a["final"]).any())
        yield Finding("after the end", ("After step total the cosine rises again. " if rises else "")
                      + "Wrong after step total only: there the rate stays at final.")
        return
    if warmup and same(got[between], right[between]):
        start = "The first step has the rate 0, so it is wasted. " if not got[0] else ""
        yield Finding("warm-up", f"{start}Wrong in the warm-up only: step t has the part "
                      "(t + 1)/(warmup + 1) of the peak.")
    if same(got[before], right[before]):
        yield from recognize_cosine(attempt)
    elif not same(got[between], right[between]):
        yield Finding("both parts", "Both parts are wrong. Begin with the warm-up: step t has the part "
                      "(t + 1)/(warmup + 1) of the peak.")


def recognize_cosine(attempt: Attempt) -> Iterator[Finding]:
    """Mistakes in the second part, where the warm-up is right."""
    a = attempt.arguments
    total, warmup, peak, final = (a[name] for name in ("total", "warmup", "peak", "final"))
    between = slice(warmup, total + 1)
    got, right = attempt.got["rates"][between], attempt.expected["rates"][between]
    share = (right - final) / (peak - final)                    # what the cosine does, from 1 to 0
    s = np.arange(total - warmup + 1) / (total - warmup)
    if warmup and same(got, rates(total + 1, total, 0, peak, final)[between]):
        yield Finding("start", "The cosine begins at step 0; it begins at the end of the warm-up.")
    shorter = 0.5 * (1 + np.cos(np.pi * s * (total - warmup) / total))
    if warmup and same(got, final + (peak - final) * shorter):
        yield Finding("end", "s does not come to 1: the cosine has only total − warmup steps.")
    for kind, part, text in (
            ("half", 2 * share, "The factor ½ is missing: 1 + cos runs from 2 to 0."),
            ("upside down", 1 - share, "The rate rises where it should fall: 1 + cos(π · s) falls from 2 to "
             "0, 1 − cos(π · s) rises."),
            ("straight", 1 - s, "This is a straight line from peak to final; a half cosine is asked for."),
            ("whole period", (1 + np.cos(2 * np.pi * s)) / 2, "This is a whole period: the rate comes up "
             "again. Half a period has cos(π · s)."),
            ("degrees", (1 + np.cos(180 * s)) / 2, "np.cos takes radians: half a turn is π, not 180."),
            ("radians", (1 + np.cos(s)) / 2, "π is missing: s runs from 0 to 1, and cos(π · s) from 1 to "
             "−1."),
            ("whole numbers", np.floor(s) * -1 + 1, "The rate falls in one jump: // cuts off what s has "
             "after the point. Divide with /.")):
        if same(got, final + (peak - final) * part):
            yield Finding(kind, text)
    if final and (same(got, peak * share) or same(got, final + peak * share)):
        yield Finding("final", "The cosine comes down to 0, not to final." if same(got, peak * share) else
                      "The cosine goes from peak to final: its height is peak − final.")
    yield Finding("cosine", "Right in the warm-up, wrong in the cosine: s runs from 0 to 1, and "
                  "cos(π · s) from 1 to −1, in radians.")


TASK = Task("learning_rate", ("step", "total", "warmup", "peak", "final"), ("rates",), rates,
            recognize=recognize, way=WAYS["rates"])


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    def case(name: str, total: int, warmup: int, peak: float, final: float, hint: str, more: int = 1) -> Case:
        """A case; ``more`` steps from step total on."""
        return Case(name, "it", {"steps": total + more, "total": total, "warmup": warmup, "peak": peak,
                                 "final": final}, hint)

    shape = "Look at three steps: the first one, step warmup (the peak), and step total (final)."
    warmup = int(random.integers(3, 9))
    total = warmup + int(random.integers(20, 40))
    return [
        case("one step of warm-up", 5, 1, 1.0, 0.0, shape),
        case("no warm-up", 4, 0, 1.0, 0.0, "Without warm-up step 0 has the peak."),
        case("three steps of warm-up", 5, 3, 1.0, 0.0, shape),
        case("down to a rate above 0", 4, 2, 3.0, 1.0, "The cosine runs from peak to final."),
        case("after the end", 3, 1, 1.0, 0.5, "After step total the rate stays at final.", more=4),
        case("a long run", total, warmup, round(float(random.uniform(0.1, 1.0)), 2), 0.01, shape),
    ]


EXERCISE = Exercise({"it": TASK}, cases)
