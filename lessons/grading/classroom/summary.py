"""What the teacher reads in the terminal: one table, within 80 columns."""
from __future__ import annotations

from typing import Sequence

from ..catalog import Entry
from .exports import Grade
from .mistakes import Mistake
from .points import Scheme
from .similarity import Pair

WIDTH = 80


def summary(grades: Sequence[Grade], entries: Sequence[Entry], scheme: Scheme, mistakes: Sequence[Mistake],
            alike: Sequence[Pair], seconds: float) -> str:
    """The exercises with how the class fared, and what to look at."""
    lines = [f"{'exercise':28}  handed in  all right   mean of   commonest mistake"]
    for entry in entries:
        here = [(grade.earned[entry.name], exercise) for grade in grades for exercise in
                grade.record["exercises"] if exercise["name"] == entry.name]
        begun = [(earned, x) for earned, x in here if x["state"] not in ("missing", "not started")]
        right = sum(x["state"] == "graded" and x["passed"] == x["total"] and not x["message"]
                    for _, x in begun)
        mean = sum(earned for earned, _ in begun) / len(begun) if begun else 0.0
        worst = next((x for x in mistakes if x.exercise == entry.number), None)
        told = f"{worst.students}× {worst.kind}" if worst else ""
        lines.append(f"{entry.number:2d}  {short(entry.title, 24):24}  {len(begun):9d}  {right:9d}  "
                     f"{mean:5.1f} {scheme.weights[entry.name]:3g}   {short(told, WIDTH - 63)}".rstrip())
    totals = sorted(grade.total for grade in grades)
    middle = totals[len(totals) // 2] if totals else 0.0
    late = sum(grade.days > 0 for grade in grades)
    odd = sum(bool(grade.suspicious) for grade in grades)
    noted = sum(bool(grade.record["notes"]) for grade in grades)
    students = f"{len(grades)} student{'s' * (len(grades) != 1)}"
    lines += ["", f"{students} in {seconds:.0f} s; points of {scheme.most:g}: the middle one has "
              f"{middle:.1f},", f"the best {totals[-1] if totals else 0:.1f}, the last "
              f"{totals[0] if totals else 0:.1f}. Late: {late}. Suspicious code: {odd}. "
              f"Alike: {len(alike)} pairs.", f"Files that were not as they should be: {noted} "
              "(notes, in grades.csv)."]
    return "\n".join(lines)


def short(text: str, width: int) -> str:
    """A text of at most this width."""
    return text if len(text) <= width else text[:width - 1].rstrip() + "…"
