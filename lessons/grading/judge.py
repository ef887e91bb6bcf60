"""One call judged: was it made without harm, is what came back of the right kind, and is it right?"""
from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from .columns import array_lines, decimals, fits, value_block
from .diagnose import diagnose, diagnose_shape
from .layout import Block
from .model import Arguments, Attempt, Finding, Task, close
from .returned import a_kind, exchanged, returned
from .slopes import explain
from .student import Answer, missing, protected

UNEXPLAINED = {"value", "wrong_shape"}      # what measured slopes may explain


@dataclass
class Verdict:
    """What came of a call; ``finding`` is None when all is right."""

    finding: Finding | None
    blocks: list[Block]             # the input, what was expected, what came
    printed: str = ""
    fits: list[Finding] = field(default_factory=list)       # all typical mistakes that would give this
    counted: str = ""                                       # how much is wrong

    @property
    def kind(self) -> str:
        """The kind of what is wrong, or ""."""
        return self.finding.kind if self.finding else ""

    def says(self, kind: str) -> bool:
        """Whether this is what is wrong, or may be."""
        return self.kind == kind or any(finding.kind == kind for finding in self.fits)


def judge(module: ModuleType, path: Path, task: Task, arguments: Arguments, measure: bool = False
          ) -> Verdict:
    """Call the student's function with copies of the arguments, and judge what comes back.

    ``measure``: explain wrong gradients by measured slopes, which takes many calls.
    """
    finding = missing(module, task.function, task.parameters)
    if finding:
        return Verdict(finding, [])
    given = {name: value.copy() if isinstance(value, np.ndarray) else value
             for name, value in arguments.items()}
    answer = protected(lambda: task.call(module, task, given), path)
    if answer.problem:
        shown = shown_arguments(task, arguments) if answer.problem.kind == "exception" else []
        return Verdict(answer.problem, shown, answer.printed)
    changed = [name for name, value in arguments.items() if isinstance(value, np.ndarray)
               and not np.array_equal(value, given[name], equal_nan=True)]
    if changed:
        name = changed[0]
        which = f"input{'s' * (len(changed) > 1)} {' and '.join(changed)}"
        return Verdict(Finding("changed", f"{task.function} changed its {which}. The caller still needs what "
                               f"it was: write {name} = {name} + … in place of {name} += …, or work on "
                               f"{name}.copy()."),
                       [block for x in changed for block in (
                           value_block(x, arguments[x]), value_block(f"{x} afterwards", given[x]))],
                       answer.printed)
    if task.check is not None:
        found = task.check(arguments, answer.value)
        finding = found and found._replace(enough=True)
        return Verdict(finding, shown_arguments(task, arguments) if finding else [], answer.printed)
    expected = named(task, task.expected(**arguments))
    fits: list[Finding] = []
    much = ""
    got, finding = returned(task, answer.value)
    if finding is None and task.slopes is None:
        finding = exchanged(expected, got)
    if finding is None:
        finding = find_kind(task, got, expected)
    if finding is None:
        attempt = Attempt(arguments, expected, got)
        fits, much = typical(attempt, task), counted(attempt)
        finding = fits[0] if fits else find_numbers(attempt, task, answer)
    if finding is None:
        return Verdict(None, [], answer.printed)
    if finding.kind in ("type", "dtype"):
        return Verdict(finding, [], answer.printed)
    if measure and finding.kind in UNEXPLAINED:
        measured = explain(module, path, task, arguments)
        if measured is not None:
            finding = Finding(measured.kind, f"{finding.text} {measured.text}"
                              if finding.kind == "wrong_shape" else measured.text)
    return Verdict(finding, shown_arguments(task, arguments) + comparison(expected, got), answer.printed,
                   fits, much)


def named(task: Task, value: Any) -> dict[str, np.ndarray]:
    """Results by name, as arrays."""
    values = value if len(task.results) > 1 else (value,)
    return {name: np.asarray(x) for name, x in zip(task.results, values)}


def find_kind(task: Task, got: dict[str, Any], expected: dict[str, np.ndarray]) -> Finding | None:
    """A result of the wrong type, dtype or shape, or with NaN; the results become arrays on the way."""
    for name, right in expected.items():
        value = got[name]
        what = name if len(expected) > 1 else f"{name}, which {task.function} returns,"
        wanted = "a number" if right.ndim == 0 else f"an array of shape {right.shape}"
        number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if not (isinstance(value, np.ndarray) or number):
            return Finding("type", f"{what} is {a_kind(value)}; expected is {wanted}.")
        array = np.asarray(value)
        if array.dtype.kind not in "fiu" or (array.dtype.kind == "f" and array.dtype != np.float64):
            return Finding("dtype", f"{what} has dtype {array.dtype}; expected is float64, as in the input.")
        if array.dtype.kind in "iu" and isinstance(value, np.ndarray) and value.ndim:
            return Finding("dtype", f"{what} has dtype {array.dtype}, which cannot hold fractions; expected "
                           "is float64. np.zeros(shape) and np.zeros_like(x) of a float array give that.")
        if array.shape != right.shape:
            return diagnose_shape(what, array, right)
        got[name] = array.astype(np.float64)
    return None


def typical(attempt: Attempt, task: Task) -> list[Finding]:
    """The typical mistakes that wrong numbers fit, the most likely one first."""
    if attempt.right(*attempt.expected):
        return []
    with np.errstate(all="ignore"):
        return [finding._replace(enough=True) for finding in task.recognize(attempt)]


def find_numbers(attempt: Attempt, task: Task, answer: Answer) -> Finding | None:
    """Wrong numbers that fit no typical mistake: NaN, or what any result may have."""
    if attempt.right(*attempt.expected):
        return None
    for name, right in attempt.expected.items():
        bad = ~np.isfinite(attempt.got[name]) & np.isfinite(right)
        if bad.any():
            kind = "NaN" if np.isnan(attempt.got[name]).any() else "infinity"
            count = f"{int(bad.sum())} of {bad.size} entries of {name}" if bad.size > 1 else name
            text = f"{kind} in {count}." if bad.size > 1 else f"{name} is {kind}."
            return Finding("nan", text + (f" NumPy warned at {answer.warned}." if answer.warned else ""))
    return (diagnose(attempt) if task.slopes is None else None) or Finding("value", counted(attempt))


def counted(attempt: Attempt) -> str:
    """How much is wrong, where nothing better can be said."""
    parts = []
    for name in attempt.expected:
        wrong = attempt.wrong(name)
        if wrong.any():
            parts.append(f"{name} is wrong in {int(wrong.sum())} of {wrong.size} entries."
                         if wrong.size > 1 else f"{name} is wrong.")
    return " ".join(parts)


def shown_arguments(task: Task, arguments: Arguments) -> list[Block]:
    """The arguments as blocks."""
    if task.show is not None:
        return task.show(arguments)
    return [value_block(name, value) for name, value in arguments.items()]


def comparison(expected: dict[str, np.ndarray], got: dict[str, Any]) -> list[Block]:
    """Of each result that is wrong what was expected and what came; of large ones the first wrong entry."""
    blocks: list[Block] = []
    for name, right in expected.items():
        value = got.get(name)
        label = f" {name}" if len(expected) > 1 else ""
        if not isinstance(value, (np.ndarray, int, float)) or np.asarray(value).dtype.kind not in "fiu":
            continue
        array = np.asarray(value, float)
        if array.shape == right.shape:
            wrong = ~close(array, right)
            if not wrong.any():
                continue
            if not fits(right):
                index = tuple(int(i) for i in np.argwhere(wrong)[0])
                at = f"[{', '.join(map(str, index))}]"
                blocks += [(f"expected{label}{at}", array_lines(right[index], 6)),
                           (f"got{label}{at}", array_lines(array[index], 6))]
                continue
        digits = decimals([right, array])
        if array.shape == right.shape and not np.any(np.round(array - right, digits)):
            digits = 8
        blocks += [value_block(f"expected{label}", right, digits),
                   value_block(f"got{label}", array, digits)]
    return blocks
