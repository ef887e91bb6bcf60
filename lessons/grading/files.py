"""The report for programs: JSON, and JUnit's XML, which gradebooks and CI servers read."""
from __future__ import annotations

import json
import re
from typing import Any, Sequence
from xml.etree import ElementTree

from .results import FAILED, PASSED, CaseResult, Result

VERSION = 1                     # of the JSON, counted up when a field changes its meaning


def to_json(results: Sequence[Result], **about: Any) -> str:
    """Everything that the report says; ``about`` tells who and what was graded."""
    content = {"version": VERSION, **about, "passed": sum(x.passed for x in results),
               "total": sum(len(x.cases) for x in results),
               "exercises_passed": sum(x.all_passed for x in results), "exercises_total": len(results),
               "exercises": as_data(results)}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def as_data(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Exercises with their cases, as JSON has them."""
    return [{
        "number": result.entry.number, "name": result.entry.name, "title": result.entry.title,
        "file": result.path, "state": result.state, "passed": result.passed, "total": len(result.cases),
        "kind": result.kind, "message": result.message, "suspicious": [
            {"line": x.line, "what": x.what} for x in result.suspicious], "seconds": round(result.seconds, 3),
        "cases": [{"name": case.name, "status": case.status, "kind": case.kind, "message": case.message,
                   "hint": case.hint, "numbers": [{"name": name, "lines": lines}
                                                  for name, lines in case.blocks],
                   "printed": case.printed} for case in result.cases]} for result in results]


def to_junit(results: Sequence[Result]) -> str:
    """A suite for each exercise. A case that was not run is an error, so that no server counts it."""
    root = ElementTree.Element("testsuites", name="exercises")
    for result in results:
        suite = ElementTree.SubElement(
            root, "testsuite", name=f"{result.entry.number:02d} {result.entry.title}",
            tests=str(len(result.cases)), failures=str(sum(x.status == FAILED for x in result.cases)),
            errors=str(sum(x.status not in (PASSED, FAILED) for x in result.cases)), skipped="0",
            time=f"{result.seconds:.3f}")
        if result.suspicious:
            properties = ElementTree.SubElement(suite, "properties")
            for x in result.suspicious:
                ElementTree.SubElement(properties, "property", name="suspicious", value=legal(str(x)))
        for case in result.cases:
            element = ElementTree.SubElement(suite, "testcase", name=case.name,
                                             classname=f"{result.entry.number:02d}_{result.entry.name}")
            if case.status == FAILED:
                failure = ElementTree.SubElement(element, "failure", type=case.kind,
                                                 message=legal(case.message))
                failure.text = legal(details(case))
            elif case.status != PASSED:
                ElementTree.SubElement(element, "error", type=result.kind or "not run",
                                       message=legal(result.message) or "not run")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def details(case: CaseResult) -> str:
    """The numbers of a failed case, and its hint."""
    return "\n".join([*("\n".join([name, *lines]) for name, lines in case.blocks), case.hint])


def legal(text: str) -> str:
    """Text without the characters that XML has no way to write."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)
