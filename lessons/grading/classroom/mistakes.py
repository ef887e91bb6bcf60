"""What the class got wrong most often, told by the hints that its students were given."""
from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple, Sequence

from ..results import FAILED
from .record import Record

NOT_BEGUN = ("not started", "missing")
UNEXPLAINED = "value"


class Mistake(NamedTuple):
    """A mistake, how many students made it, and what they were told."""

    exercise: int
    title: str
    kind: str
    students: int
    of: int                     # who have handed the exercise in
    told: str
    case: str                   # where it is seen first, most often


def commonest(records: Sequence[Record]) -> list[Mistake]:
    """The mistakes of a class, the commonest first. Each student counts once for each."""
    told: dict[tuple[int, str, str], Counter[str]] = defaultdict(Counter)
    seen: dict[tuple[int, str, str], Counter[str]] = defaultdict(Counter)
    handed_in: Counter[int] = Counter()
    for record in records:
        for exercise in record["exercises"]:
            if exercise["state"] in NOT_BEGUN:
                continue
            number, title = exercise["number"], exercise["title"]
            handed_in[number] += 1
            found = {}
            if exercise["message"]:
                found[exercise["kind"]] = (exercise["message"], "the file as a whole")
            for case in exercise["cases"]:
                if case["status"] == FAILED and case["kind"] not in NOT_BEGUN:
                    hint = case["hint"] if case["kind"] == UNEXPLAINED else ""
                    text = f"{case['message']} {hint}"
                    found.setdefault(case["kind"], (text.strip(), case["name"]))
            if len(found) > 1:
                found.pop(UNEXPLAINED, None)            # most likely the same mistake, where nothing tells it
            for kind, (text, where) in found.items():
                told[number, title, kind][text] += 1
                seen[number, title, kind][where] += 1
    mistakes = [Mistake(number, title, kind, sum(texts.values()), handed_in[number],
                        texts.most_common(1)[0][0], seen[number, title, kind].most_common(1)[0][0])
                for (number, title, kind), texts in told.items()]
    return sorted(mistakes, key=lambda x: (-x.students, x.exercise, x.kind))
