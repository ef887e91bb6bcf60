"""Points: what each case is worth, and what lateness costs.

An exercise's points are divided evenly among its functions, and a function's evenly among its cases. What
the untouched stub passes earns nothing. A case in which zeros, or an input as it came, are right earns its
points only together with another one of that function. So half an exercise earns half, and code that just
returns something earns nothing.
"""
from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Mapping, NamedTuple, Sequence

import numpy as np

from ..catalog import FOLDER, Entry, find
from ..grade import grade, prepared
from ..model import Case
from ..results import PASSED
from ..sandbox import Sandbox
from .record import Record

USUAL = 10.0                            # points of an exercise
DAY = 24 * 3600.0


class Worth(NamedTuple):
    """What a case is worth."""

    function: str
    points: float
    shows: bool                         # something, by itself


@dataclass(frozen=True)
class Scheme:
    """What can be earned: the points of each exercise, and of each of its cases."""

    weights: Mapping[str, float]
    cases: Mapping[str, Sequence[Worth]]

    @property
    def most(self) -> float:
        """All points together."""
        return sum(self.weights.values())

    def earned(self, record: Record) -> dict[str, float]:
        """The points of a submission, by exercise."""
        earned = {}
        for exercise in record["exercises"]:
            passed = [worth for worth, case in zip(self.cases[exercise["name"]], exercise["cases"])
                      if case["status"] == PASSED]
            shown = {worth.function for worth in passed if worth.shows}
            earned[exercise["name"]] = sum(worth.points for worth in passed if worth.function in shown)
        return earned


def scheme(entries: Sequence[Entry], seed: int, weights: Mapping[str, float]) -> Scheme:
    """What can be earned on these exercises; their stubs are graded for it."""
    worth = {}
    with Sandbox(ahead=True) as sandbox:
        for entry in entries:
            exercise, cases = prepared(entry, seed)
            stub = grade(sandbox, entry, FOLDER / entry.file, seed, explain=False, small=False)
            functions = [exercise.tasks[case.task].function for case in cases]
            given = [done.status == PASSED for done in stub.cases]
            kept = {name: sum(not x for x, f in zip(given, functions) if f == name) for name in functions}
            each = weights.get(entry.name, USUAL) / sum(count > 0 for count in kept.values())
            worth[entry.name] = [Worth(f, 0.0 if x else each / kept[f], not x and not trivial(case))
                                 for case, x, f in zip(cases, given, functions)]
    return Scheme({entry.name: weights.get(entry.name, USUAL) for entry in entries}, worth)


def trivial(case: Case) -> bool:
    """Whether zeros, or one of the inputs as it came, are a right answer."""
    if not case.expected:
        return False
    inputs = [x for x in case.arguments.values() if isinstance(x, np.ndarray)]
    return all(not right.any() or any(x.shape == right.shape and np.array_equal(x, right) for x in inputs)
               for right in case.expected.values())


def weights_of(text: str) -> dict[str, float]:
    """The points of exercises from "5=20,walk=5". Raises ValueError, which says what is wrong."""
    found = {}
    for part in filter(None, re.split(r"[,\s]+", text)):
        key, sign, number = part.partition("=")
        entry = find(key)
        if entry is None:
            raise ValueError(f"there is no exercise {key!r}")
        try:
            points = float(number) if sign else math.nan
        except ValueError:
            points = math.nan
        if not 0 <= points < math.inf:
            raise ValueError(f"{part!r} gives no points; write {entry.number}=20")
        found[entry.name] = points
    return found


@dataclass(frozen=True)
class Lateness:
    """What lateness costs: ``percent`` of the points for each day begun after ``due``, ``most`` at most."""

    due: datetime | None = None
    percent: float = 10.0
    most: float = 100.0
    grace: float = 0.0                  # minutes that are forgiven

    def days(self, record: Record, submitted: float | None) -> int:
        """How many days late, each that was begun; 1 at least if the learning platform says late."""
        late = 0
        if self.due is not None and submitted is not None:
            over = submitted - self.due.timestamp() - 60 * self.grace
            late = math.ceil(over / DAY) if over > 0 else 0
        return max(late, int(bool(record["late"])))

    def share(self, days: int) -> float:
        """The part of the points that is lost."""
        return min(self.percent * days, self.most) / 100


def rule_of(text: str) -> tuple[float, float]:
    """Percent for each day, and the most, from "10" or "10:50". Raises ValueError that says what is wrong."""
    first, _, most = text.replace("%", "").partition(":")
    try:
        percent, limit = float(first), float(most or 100)
    except ValueError:
        percent = limit = math.nan
    if not (0 <= percent <= 100 and 0 <= limit <= 100):
        raise ValueError(f"{text!r} isn't a rule; write 10 for 10 percent a day, or 10:50 for 50 at most")
    return percent, limit


def moment_of(text: str) -> datetime:
    """A point in time, in the local zone if it names none. Raises ValueError, which says what is wrong."""
    try:
        found = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise ValueError(f"{text!r} isn't a time; write 2026-11-30 or 2026-11-30T18:00") from None
    if re.fullmatch(r"\d{4}-?\d\d-?\d\d", text.strip()):        # a day ends at its end
        found = found.replace(hour=23, minute=59, second=59)
    return found.astimezone()
