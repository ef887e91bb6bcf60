"""Cases with their results in a file, for those who are not to see how the results come about.

A hand-out has them: grading there needs no code that could be read as a solution. The typical mistakes go
with them as numbers: what each would return, and what is said about it.
"""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Sequence

import numpy as np

from .exercise_runner.wire import pack, unpack
from .judge import named
from .model import Attempt, Case, Exercise, Finding, Task, Typical, same
from .ways import WAYS, from_lines, to_lines

VERSION = 2


class CannotLoad(Exception):
    """A file of cases that cannot be used; the message says why."""


@dataclass(frozen=True)
class Recorder(Attempt):
    """An attempt that fits every mistake it is asked about, and notes what that mistake returns. Asked again,
    it denies what it has admitted, so that the second half of an "or" has its turn."""

    asked: list[tuple[str, np.ndarray]] = field(default_factory=list)
    denied: set[tuple[str, bytes]] = field(default_factory=set)
    needed: set[str] = field(default_factory=set)

    def is_(self, name: str, other: Any) -> bool:
        """Yes, the first time."""
        value = np.asarray(other, float)
        if (name, value.tobytes()) in self.denied:
            return False
        self.asked.append((name, value))
        return True

    def right(self, *names: str) -> bool:
        """Yes; these are what a mistake leaves right."""
        self.needed.update(names)
        return True


def typical(task: Task, case: Case, expected: dict[str, np.ndarray]) -> list[Typical]:
    """The mistakes that the task recognizes by the results they give, each tried on these."""
    recorder, found = Recorder(case.arguments, expected, dict(expected)), []
    for _ in range(4):
        asked: list[tuple[str, np.ndarray]] = []
        with np.errstate(all="ignore"):
            for finding in task.recognize(recorder):
                for wrong in (dict(recorder.asked), dict(recorder.asked[-1:])):
                    needed = [name for name in expected if name in recorder.needed and name not in wrong]
                    right = next((x for x in ([], needed) if fits(task, case, expected, wrong, x, finding)),
                                 None)
                    if right is not None:
                        found.append(Typical(wrong, right, finding))
                        break
                asked += recorder.asked
                recorder.asked.clear()
        recorder.denied.update((name, value.tobytes()) for name, value in asked)
    return found


def fits(task: Task, case: Case, expected: dict[str, np.ndarray], wrong: dict[str, np.ndarray],
         right: Sequence[str], finding: Finding) -> bool:
    """Whether these results lead to the finding, whatever all others are but those that are to be right."""
    if any(x.shape != expected[name].shape or same(x, expected[name]) for name, x in wrong.items()):
        return False
    if len(right) == len(expected):
        return False
    for k in (1.0, 0.37):
        others = {name: x if name in right else 1.7 * x + k for name, x in expected.items()}
        if finding not in list(task.recognize(Attempt(case.arguments, expected, {**others, **wrong}))):
            return False
    return True


def to_json(exercise: Exercise, cases: Sequence[Case]) -> str:
    """All that grading needs."""
    stored = []
    for case in cases:
        task = exercise.tasks[case.task]
        expected = None if task.way.judges else named(task, task.expected(**case.arguments))
        mistakes = typical(task, case, expected) if expected is not None else []
        stored.append({
            "name": case.name, "task": case.task, "hint": case.hint, "slow": case.slow,
            "about": list(case.about), "arguments": packed(case.arguments),
            "expected": None if expected is None else packed(expected),
            "mistakes": [[packed(x.wrong), x.right, *x.finding] for x in mistakes]})
    tasks = {name: {"function": task.function, "parameters": list(task.parameters),
                    "results": list(task.results), "way": task.way.name}
             for name, task in exercise.tasks.items()}
    return json.dumps({"version": VERSION, "seconds": exercise.seconds, "tasks": tasks, "cases": stored},
                      ensure_ascii=False) + "\n"


def packed(values: dict[str, Any]) -> dict[str, Any]:
    """Values by name, as JSON has them."""
    return {name: {"graph": to_lines(x)} if name == "graph" else pack(x) for name, x in values.items()}


def unpacked(values: dict[str, Any]) -> dict[str, Any]:
    """The values."""
    return {name: from_lines(x["graph"]) if name == "graph" else unpack(x) for name, x in values.items()}


def read(path: Path) -> tuple[Exercise, list[Case]]:
    """An exercise and its cases from a file. Raises CannotLoad."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            raise ValueError(f"version {content['version']}, not {VERSION}")
        tasks = {name: Task(x["function"], tuple(x["parameters"]), tuple(x["results"]), no_oracle,
                            way=WAYS[x["way"]]) for name, x in content["tasks"].items()}
        cases = [Case(x["name"], x["task"], unpacked(x["arguments"]), x["hint"], x["slow"], tuple(x["about"]),
                      None if x["expected"] is None else unpacked(x["expected"]),
                      [Typical(unpacked(wrong), right, Finding(*finding))
                       for wrong, right, *finding in x["mistakes"]])
                 for x in content["cases"]]
        return Exercise(tasks, lambda random: cases, float(content["seconds"]), stored=True), cases
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CannotLoad(f"{path} holds no cases that this grader reads ({type(error).__name__}: {error}). "
                         "Take the file from the hand-out again.") from None


def no_oracle(**arguments: Any) -> None:
    """Stored cases know their results; for other arguments nobody does."""
