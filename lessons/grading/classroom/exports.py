"""The grades for other programs: CSV, Gradescope's results.json, nbgrader's gradebook, JUnit."""
from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Iterable, Sequence
from xml.etree import ElementTree

from ..catalog import Entry
from ..files import legal
from ..results import PASSED
from .mistakes import Mistake
from .points import Lateness, Scheme
from .record import Record
from .similarity import Pair, quoted


@dataclass(frozen=True)
class Grade:
    """A submission with its points."""

    record: Record
    earned: dict[str, float]
    submitted: datetime | None
    days: int                           # late
    lost: float                         # points, for that
    alike: list[Pair]                   # pairs that this one is part of

    @property
    def total(self) -> float:
        """The points that count."""
        return sum(self.earned.values()) - self.lost

    @property
    def suspicious(self) -> list[str]:
        """What a teacher may want to look at."""
        return [f"{exercise['number']:02d}: {'line ' + str(x['line']) + ' ' if x['line'] else ''}{x['what']}"
                for exercise in self.record["exercises"] for x in exercise["suspicious"]]

    def others(self) -> list[str]:
        """The submissions that this one resembles."""
        return [f"{pair.b if pair.a == self.record['key'] else pair.a} ({pair.part:.0%})"
                for pair in self.alike]


def graded(records: Iterable[Record], scheme: Scheme, lateness: Lateness, times: dict[str, datetime],
           pairs: Sequence[Pair]) -> list[Grade]:
    """The grades of a class."""
    grades = []
    for record in records:
        said = next((times[name] for name in (record["key"], record["number"], record["student"])
                     if name in times), None)
        seconds = said.timestamp() if said else record["submitted"]
        earned = scheme.earned(record)
        days = lateness.days(record, seconds)
        grades.append(Grade(record, earned, datetime.fromtimestamp(seconds).astimezone() if seconds else None,
                            days, sum(earned.values()) * lateness.share(days),
                            [pair for pair in pairs if record["key"] in (pair.a, pair.b)]))
    return grades


def safe(text: Any) -> str:
    """A cell of text that no spreadsheet takes for a formula, on one line."""
    line = " ".join(str(text).split())
    return f"'{line}" if line[:1] in ("=", "+", "-", "@") else line


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([x if isinstance(x, (int, float)) else safe(x) for x in row] for row in rows)
    return text.getvalue()


def number(value: float) -> float:
    """Points as they are written: two digits after the point."""
    return round(value + 0.0, 2)


def stamp(moment: datetime | None) -> str:
    """A point in time."""
    return moment.isoformat(" ", "seconds") if moment else ""


def to_csv(grades: Sequence[Grade], entries: Sequence[Entry], scheme: Scheme) -> str:
    """A line for each student, after one with what can be earned."""
    head = ["student", "number", "submitted", "days_late", *(entry.file[:-3] for entry in entries), "points",
            "lost_by_lateness", "total", "percent", "suspicious", "alike", "notes", "key"]
    most = scheme.most
    rows: list[list[Any]] = [["(points)", "", "", "", *(number(scheme.weights[x.name]) for x in entries),
                              number(most), "", number(most), 100, "", "", "", ""]]
    for grade in grades:
        record = grade.record
        rows.append([record["student"], record["number"], stamp(grade.submitted), grade.days,
                     *(number(grade.earned.get(entry.name, 0.0)) for entry in entries),
                     number(sum(grade.earned.values())), number(grade.lost), number(grade.total),
                     round(100 * grade.total / most, 1) if most else 0, "; ".join(grade.suspicious),
                     "; ".join(grade.others()), "; ".join(record["notes"]), record["key"]])
    return table(head, rows)


def to_nbgrader(grades: Sequence[Grade], name: str, due: datetime | None, scheme: Scheme) -> str:
    """What ``nbgrader export`` writes, in its columns."""
    head = ["assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
            "raw_score",
            "late_submission_penalty", "score", "max_score"]
    rows = []
    for grade in grades:
        first, _, last = grade.record["student"].rpartition(" ")
        rows.append([name, stamp(due), stamp(grade.submitted), grade.record["number"] or grade.record["key"],
                     last, first, "", number(sum(grade.earned.values())), number(grade.lost),
                     number(grade.total), number(scheme.most)])
    return table(head, rows)


def to_gradescope(grade: Grade, scheme: Scheme) -> str:
    """Gradescope's results.json for one submission: a test for each exercise, with what the report says."""
    parts = grade.record["report"].split("\nexercise ")
    told = {part.removeprefix("exercise ").partition(",")[0]: f"exercise {part.removeprefix('exercise ')}"
            for part in parts}
    tests = []
    for exercise in grade.record["exercises"]:
        score, most = grade.earned[exercise["name"]], scheme.weights[exercise["name"]]
        done = exercise["state"] == "graded" and exercise["passed"] == exercise["total"]
        tests.append({"name": exercise["title"], "number": str(exercise["number"]), "score": number(score),
                      "max_score": number(most), "status": "passed" if done else "failed",
                      "output": legal(told.get(str(exercise["number"]), "")), "visibility": "visible"})
    late = f"{grade.days} days late: {number(grade.lost):g} points are taken off." if grade.days else ""
    return json.dumps({"score": number(grade.total), "output": late, "visibility": "visible",
                       "stdout_visibility": "hidden", "tests": tests}, indent=1, ensure_ascii=False) + "\n"


def to_junit(grades: Sequence[Grade]) -> str:
    """A suite for each student, a test for each exercise. What was not handed in is skipped."""
    root = ElementTree.Element("testsuites", name="class")
    for grade in grades:
        exercises = grade.record["exercises"]
        suite = ElementTree.SubElement(root, "testsuite", name=legal(grade.record["student"]))
        counts = {"failures": 0, "skipped": 0}
        for exercise in exercises:
            title = f"{exercise['number']:02d} {exercise['title']}"
            test = ElementTree.SubElement(suite, "testcase", name=title, time=f"{exercise['seconds']:.2f}",
                                          classname=legal(grade.record["key"]))
            if exercise["state"] in ("missing", "not started"):
                ElementTree.SubElement(test, "skipped", message=exercise["state"])
                counts["skipped"] += 1
            elif exercise["message"] or exercise["passed"] < exercise["total"]:
                first = next((case for case in exercise["cases"] if case["status"] != PASSED), exercise)
                failure = ElementTree.SubElement(test, "failure", type=first["kind"] or exercise["kind"],
                                                 message=legal(first["message"] or exercise["message"]))
                failure.text = f"{exercise['passed']} of {exercise['total']} cases passed"
                counts["failures"] += 1
        for name, value in {"tests": len(exercises), "errors": 0, **counts}.items():
            suite.set(name, str(value))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def to_mistakes(mistakes: Sequence[Mistake]) -> str:
    """The commonest mistakes as CSV."""
    return table(["exercise", "title", "mistake", "students", "handed_in", "first_seen_in", "told"],
                 ([x.exercise, x.title, x.kind, x.students, x.of, x.case, x.told] for x in mistakes))


def to_similar(pairs: Sequence[Pair], records: dict[str, Record], entries: Sequence[Entry]) -> str:
    """The similarity report as text, with the lines that both have."""
    files = {entry.name: entry.file for entry in entries}
    lines = ["Pairs of submissions that are more alike than chance would make them: names, comments, layout",
             "and order aside, and without what the hand-out holds or many have written. It isn't proof:",
             "look.", ""]
    for pair in pairs:
        a, b = records[pair.a], records[pair.b]
        lines.append(f"{pair.part:.0%}  {a['student']} ({pair.a})  and  {b['student']} ({pair.b})")
        for name, runs in pair.places:
            for mine, its in runs:
                lines.append(f"  {files[name]}  lines {mine.start}–{mine.stop - 1} and "
                             f"{its.start}–{its.stop - 1}")
                lines += [f"    {line}" for line in quoted(a["texts"][name], mine)]
        lines.append("")
    return "\n".join(lines if pairs else [*lines, "None."]) + "\n"
