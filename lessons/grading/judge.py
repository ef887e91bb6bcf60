"""One call judged: was it made without harm, is what came back of the right kind, and is it right?"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Sequence

import numpy as np

from .columns import array_lines, decimals, fits, value_block
from .diagnose import diagnose, diagnose_shape
from .exercise_runner.wire import Strange
from .layout import Block
from .model import Arguments, Attempt, Case, Finding, Task, Typical, close
from .returned import a_kind, exchanged, returned
from .slopes import explain
from .student import Changed, Failed, Student

UNEXPLAINED = {"value", "wrong_shape"}      # what measured slopes may explain


@dataclass
class Verdict:
    """What came of a call; ``finding`` is None when all is right."""

    finding: Finding | None
    blocks: list[Block]             # the input, what was expected, what came
    printed: str = ""
    fits: list[Finding] = field(default_factory=list)       # all typical mistakes that would give this
    counted: str = ""                                       # how much is wrong
    wrong: frozenset[str] = frozenset()                     # which of the results, where numbers are

    @property
    def kind(self) -> str:
        """The kind of what is wrong, or ""."""
        return self.finding.kind if self.finding else ""

    def says(self, kind: str) -> bool:
        """Whether this is what is wrong, or may be."""
        return self.kind == kind or any(finding.kind == kind for finding in self.fits)


def judge(student: Student, task: Task, arguments: Arguments, known: Case | None = None,
          measure: bool = False) -> Verdict:
    """Have the student's function called with the arguments, and judge what comes back. Raises Ended.

    Args:
        student: the functions; task, arguments: which one is called, and with what.
        known: the case, if its results are stored in it.
        measure: explain wrong gradients by measured slopes, which takes many calls.
    """
    student.printed = student.warned = ""
    try:
        value = task.way.call(student, task, arguments)
    except Changed as change:
        return changed(task, arguments, change, student.printed)
    except Failed as failure:
        shown = shown_arguments(task, arguments) if failure.finding.kind == "exception" else []
        return Verdict(failure.finding, shown, student.printed)
    printed = student.printed
    if task.way.judges:
        found = task.way.check(arguments, value)
        finding = found and found._replace(enough=True)
        return Verdict(finding, shown_arguments(task, arguments) if finding else [], printed)
    expected = known.expected if known else named(task, task.expected(**arguments))
    assert expected is not None
    fits: list[Finding] = []
    much, wrong = "", frozenset[str]()
    got, finding = returned(task, value)
    if finding is None and task.slopes is None:
        finding = exchanged(expected, got)
    if finding is None:
        wrong, finding = find_kind(task, got, expected)
    if finding is None:
        attempt = Attempt(arguments, expected, got)
        fits, much = typical(attempt, task, known.mistakes if known else ()), counted(attempt)
        wrong = frozenset(name for name in expected if not attempt.right(name))
        finding = fits[0] if fits else find_numbers(attempt, task, student.warned)
    if finding is None:
        return Verdict(None, [], printed)
    if finding.kind in ("type", "dtype"):
        return Verdict(finding, [], printed)
    if measure and finding.kind in UNEXPLAINED:
        measured = explain(student, task, arguments)
        if measured is not None:
            finding = Finding(measured.kind, f"{finding.text} {measured.text}"
                              if finding.kind == "wrong_shape" else measured.text)
    return Verdict(finding, shown_arguments(task, arguments) + comparison(expected, got), printed,
                   fits, much, wrong)


def changed(task: Task, arguments: Arguments, change: Changed, printed: str) -> Verdict:
    """The verdict on a call that changed what it was given. In a run of several calls this may be what an
    earlier one returned."""
    names = [task.parameters[i] for i in change.now if i < len(task.parameters)]
    which = f"input{'s' * (len(names) > 1)} {' and '.join(names)}"
    name = (names or ["x"])[0]
    blocks = [block for x, now in zip(names, change.now.values()) if isinstance(arguments.get(x), np.ndarray)
              for block in (value_block(x, arguments[x]), value_block(f"{x} afterwards", now))]
    return Verdict(Finding("changed", f"{task.function} changed its {which}. The caller still needs what it "
                           f"was: write {name} = {name} + … instead of {name} += …, or work on "
                           f"{name}.copy()."), blocks, printed)


def named(task: Task, value: Any) -> dict[str, np.ndarray]:
    """Results by name, as arrays."""
    values = value if len(task.results) > 1 else (value,)
    return {name: np.asarray(x) for name, x in zip(task.results, values)}


def find_kind(task: Task, got: dict[str, Any], expected: dict[str, np.ndarray]
              ) -> tuple[frozenset[str], Finding | None]:
    """A result of the wrong type, dtype or shape, with its name; the results become arrays on the way."""
    for name, right in expected.items():
        value, this = got[name], frozenset([name])
        what = name if len(expected) > 1 else f"{name}, which {task.function} returns,"
        wanted = "a number" if right.ndim == 0 else f"an array of shape {right.shape}"
        number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if isinstance(value, Strange) and value.dtype:
            return this, Finding("dtype", f"{what} has dtype {value.dtype}; expected is float64, as in the "
                                 "input.")
        if not (isinstance(value, np.ndarray) or number):
            return this, Finding("type", f"{what} is {a_kind(value)}; expected is {wanted}.")
        array = np.asarray(value)
        if array.dtype.kind not in "fiu" or (array.dtype.kind == "f" and array.dtype != np.float64):
            return this, Finding("dtype", f"{what} has dtype {array.dtype}; expected is float64, as in the "
                                 "input.")
        if array.dtype.kind in "iu" and isinstance(value, np.ndarray) and value.ndim:
            return this, Finding("dtype", f"{what} has dtype {array.dtype}, which cannot hold fractions; "
                                 "expected is float64. np.zeros(shape) and np.zeros_like(x) of a float array "
                                 "give that.")
        if array.shape != right.shape:
            return this, diagnose_shape(what, array, right)
        got[name] = array.astype(np.float64)
    return frozenset(), None


def typical(attempt: Attempt, task: Task, stored: Sequence[Typical]) -> list[Finding]:
    """The typical mistakes that wrong numbers fit, the most likely one first."""
    if attempt.right(*attempt.expected):
        return []
    with np.errstate(all="ignore"):
        found = [x.finding for x in stored if all(attempt.is_(name, y) for name, y in x.wrong.items())
                 and attempt.right(*x.right)]
        return [finding._replace(enough=True) for finding in (*found, *task.recognize(attempt))]


def find_numbers(attempt: Attempt, task: Task, warned: str) -> Finding | None:
    """Wrong numbers that fit no typical mistake: NaN, or what any result may have."""
    if attempt.right(*attempt.expected):
        return None
    for name, right in attempt.expected.items():
        bad = ~np.isfinite(attempt.got[name]) & np.isfinite(right)
        if bad.any():
            kind = "NaN" if np.isnan(attempt.got[name]).any() else "infinity"
            count = f"{int(bad.sum())} of {bad.size} entries of {name}" if bad.size > 1 else name
            text = f"{kind} in {count}." if bad.size > 1 else f"{name} is {kind}."
            return Finding("nan", text + (f" NumPy warned at {warned}." if warned else ""))
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
    shown = task.way.show(arguments)
    return shown if shown is not None else [value_block(name, value) for name, value in arguments.items()]


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
