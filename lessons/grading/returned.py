"""What a student's function has returned: as many values as it should, and in their order?"""
from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np

from .exercise_runner.wire import Strange
from .model import Finding, Task, same
from .student import Failed


def returned(task: Task, value: Any) -> tuple[dict[str, Any], Finding | None]:
    """What the student returned, by name, if it is as many values as there should be."""
    names = ", ".join(task.results)
    if value is None:
        return {}, Finding("type", f"{task.function} returned None. Is a return missing? Expected: {names}.")
    if len(task.results) == 1:
        return {task.results[0]: value}, None
    if not isinstance(value, (tuple, list)):
        return {}, Finding("type", f"{task.function} returned {a_kind(value)}; expected are "
                           f"{len(task.results)} values: return {names}.")
    if len(value) != len(task.results):
        return {}, Finding("type", f"{task.function} returned {len(value)} values; expected are "
                           f"{len(task.results)}: return {names}.")
    return dict(zip(task.results, value)), None


def usable(task: Task, value: Any) -> Any:
    """A returned value that the next call will be made with. Raises Failed."""
    found, finding = returned(task, value)
    for name, one in found.items():
        if finding is None and not isinstance(one, (np.ndarray, np.number, int, float)):
            finding = Finding("type", f"{name} is {a_kind(one)}; expected is an array.")
    if finding is not None:
        raise Failed(finding)
    return value


def one_number(task: Task, value: Any) -> float:
    """A returned value that has to be one number. Raises Failed."""
    if isinstance(value, np.ndarray) and not value.ndim:
        value = value[()]
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise Failed(returned(task, value)[1] or Finding(
            "type", f"{task.function} returned {a_kind(value)}; expected is one number."))
    return float(value)


def exchanged(expected: dict[str, np.ndarray], got: dict[str, Any]) -> Finding | None:
    """Whether these are the right values in a wrong order."""
    values = list(got.values())
    if not all(isinstance(x, (np.ndarray, float, int)) and np.asarray(x).dtype.kind in "fiu" for x in values):
        return None
    rights = list(expected.values())
    if all(same(x, right) for x, right in zip(values, rights)):
        return None
    for order in permutations(rights):
        if all(same(x, right) for x, right in zip(values, order)):
            return Finding("exchanged", f"The values are right, but not their order: return "
                           f"{', '.join(expected)}.", enough=True)
    return None


def a_kind(value: Any) -> str:
    """A value's type in words."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"one array of shape {value.shape}"
    name = value.name if isinstance(value, Strange) else type(value).__name__
    return ("an " if name[0] in "aeiou" else "a ") + name
