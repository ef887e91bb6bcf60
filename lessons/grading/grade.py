"""Grade one file: have its functions called on the cases of an exercise, and judge what comes back."""
from __future__ import annotations

import importlib
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Sequence

import numpy as np

from .catalog import FOLDER, Entry
from .judge import UNEXPLAINED, Verdict, judge, named
from .model import Arguments, Case, Exercise, Finding, Task
from .results import FAILED, NOT_RUN, PASSED, CaseResult, Result
from .sandbox import Ended, Sandbox
from .shrink import shrink, worth_it
from .stored import CannotLoad, read
from .student import Failed, Student
from .suspicious import Evidence, forbidden, suspicious

LARGEST = 1_000_000             # bytes of a file
Failure = tuple[int, Case, Verdict]             # which case it is, the case, and what came of it

#: Mistakes whose sentence needs no hint about the numbers.
CLEAR = {"not started", "signature", "missing function", "exit", "flood", "exception", "memory", "type",
         "dtype", "changed"}
#: Mistakes for which the numbers of the input do not matter, only its size.
WITHOUT_NUMBERS = CLEAR | {"recursion", "wrong_shape"}


def load_exercise(name: str) -> Exercise:
    """The tasks and cases of an exercise."""
    found: Exercise = importlib.import_module(f"lessons.grading.cases.{name}").EXERCISE
    return found


def cases_of(entry: Entry, seed: int | None) -> tuple[Exercise, Sequence[Case]]:
    """An exercise, and its cases for a seed.

    Without a seed these are the ones that are stored in the current folder, as in a hand-out, or else those
    for 0. Where ``cases`` is not installed, which tells how results come about, those for 0 are stored beside
    the exercises. Raises CannotLoad.
    """
    path = Path("cases", entry.file).with_suffix(".json")
    if seed is None and path.is_file():
        return read(path)
    try:
        exercise = load_exercise(entry.name)
    except ModuleNotFoundError:
        if seed:
            raise CannotLoad("Other random cases are drawn by lessons/grading/cases, which tells how "
                             "exercises are solved and so is not installed. Use a clone of minigrad, or "
                             "leave out --seed and --student.") from None
        return read(FOLDER / path)
    return exercise, exercise.cases(np.random.default_rng([seed or 0, entry.number]))


@lru_cache(maxsize=64)
def prepared(entry: Entry, seed: int) -> tuple[Exercise, Sequence[Case]]:
    """An exercise and its cases with their results, for a class that is graded on the same ones."""
    exercise, cases = cases_of(entry, seed)
    found = []
    for case in cases:
        task = exercise.tasks[case.task]
        known = case.expected is not None or task.way.judges
        found.append(case if known else replace(case, expected=named(task, task.expected(**case.arguments))))
    return exercise, found


def grade(sandbox: Sandbox, entry: Entry, path: Path, seed: int | None, seconds: float | None = None,
          explain: bool = True, small: bool = True) -> Result:
    """Grade the file of one exercise.

    Without ``explain`` nobody looks for reasons, without ``small`` nobody for smaller inputs that fail, which
    takes seconds.
    """
    exercise, cases = cases_of(entry, seed) if small or seed is None else prepared(entry, seed)
    result = Result(entry, str(path), [CaseResult(case.name) for case in cases], "graded")
    try:
        source = path.read_bytes()
    except (OSError, RuntimeError) as error:            # RuntimeError: a loop of links, before Python 3.13
        return result.stopped("unreadable", f"The file cannot be read: {error}")
    if len(source) > LARGEST:
        return result.stopped("unreadable", f"The file has {len(source):,} bytes, too many for an exercise.")
    result.suspicious = suspicious(source)
    refused = forbidden(result.suspicious)
    if refused is not None:
        return result.stopped("import", f"Line {refused.line} {refused.what}. The exercises are written on "
                              "NumPy alone.")
    functions = {task.function: task.parameters for task in exercise.tasks.values()}
    student = Student(sandbox.open(), path.resolve(), source, functions, seconds or exercise.seconds)
    try:
        run(result, exercise, cases, student, explain and not exercise.stored, small)
    except Failed as failure:                           # of the file as a whole
        result.stopped(failure.finding.kind, failure.finding.text, student.printed)
    except Ended as ended:
        stopped_here(result, cases, ended)
        if ended.kind == "channel":
            result.suspicious.append(Evidence(0, str(ended)))
    finally:
        sandbox.close()
    return result


def run(result: Result, exercise: Exercise, cases: Sequence[Case], student: Student, explain: bool,
        small: bool) -> None:
    """Judge each case, then look closer at what failed, if the results for other inputs are known. Raises
    Failed and Ended."""
    student.load()
    failures: list[Failure] = []
    for i, case in enumerate(cases):
        stored = case if case.expected is not None else None
        verdict = judge(student, exercise.tasks[case.task], case.arguments, stored)
        record(result.cases[i], case, verdict)
        if verdict.finding:
            failures.append((i, case, verdict))
    agree(failures)
    groups: dict[tuple[str, str], list[Failure]] = {}                   # by task and kind
    for failure in failures:
        groups.setdefault((failure[1].task, failure[2].kind), []).append(failure)
    for group in groups.values() if explain else ():
        look_closer(student, exercise.tasks[group[0][1].task], group, small)
        for i, case, verdict in group:
            record(result.cases[i], case, verdict)


def record(into: CaseResult, case: Case, verdict: Verdict) -> None:
    """Write down what came of a case."""
    finding = verdict.finding
    hint = "" if finding is None or finding.enough or finding.kind in CLEAR else case.hint
    if case.about and verdict.wrong and not verdict.wrong & set(case.about):
        hint = ""
    if verdict.kind == "recursion":
        hint = case.slow
    into.status, into.kind = (FAILED if finding else PASSED), verdict.kind
    into.message, into.hint = finding.text if finding else "", hint
    into.task, into.blocks, into.printed = case.task, verdict.blocks, verdict.printed


def stopped_here(result: Result, cases: Sequence[Case], ended: Ended) -> None:
    """Say of the case that was running that it ended everything."""
    number = next((i for i, case in enumerate(result.cases) if case.status == NOT_RUN), None)
    if number is None:                                  # all were judged; only an explanation is missing
        return
    if ended.kind == "timeout":
        message = (f"Stopped: {ended}. Is there a loop that never ends, or one that does the same work again "
                   f"and again? {cases[number].slow}").rstrip()
    else:
        message = f"Stopped: {ended}{'?' if ended.kind == 'channel' else '.'}"
    case = result.cases[number]
    case.status, case.kind, case.message = FAILED, ended.kind, message


def agree(failures: list[Failure]) -> None:
    """Where the numbers of a case fit several typical mistakes, the one that fits most cases of the task;
    none, where fewer cases fit than are left without an explanation: then it fits by chance."""
    votes = Counter((case.task, finding.kind) for _, case, verdict in failures
                    for finding in {x.kind: x for x in verdict.fits}.values())
    unexplained = Counter(case.task for _, case, verdict in failures
                          if verdict.kind == "value" and not verdict.fits)
    for _, case, verdict in failures:
        if verdict.fits:
            best = max(verdict.fits, key=lambda finding: votes[case.task, finding.kind])
            chance = votes[case.task, best.kind] < unexplained[case.task]
            verdict.finding = Finding("value", verdict.counted) if chance else best


def look_closer(student: Student, task: Task, group: list[Failure], small: bool) -> None:
    """Put into the verdict on the first of some cases, which fail in the same way, the smallest input that
    still does, and an explanation. Larger inputs explain better: in one or two numbers many things fit."""
    _, case, verdict = group[0]
    kind = verdict.kind
    if kind in CLEAR - {"exception"} or not small and kind not in UNEXPLAINED:
        return

    def again(arguments: Arguments) -> Verdict:
        """The verdict on other arguments, with the same finding if it fits there, too."""
        found = judge(student, task, arguments, measure=kind == "wrong_shape")
        found.finding = next((x for x in found.fits if x.kind == kind), found.finding)
        return found

    def fails(arguments: Arguments) -> bool:
        """Whether the same goes wrong."""
        try:
            return judge(student, task, arguments).says(kind)
        except Ended:
            raise
        except Exception:               # the oracle does not take these arguments
            return False

    arguments = case.arguments
    if small and worth_it(arguments):
        arguments = shrink(task, arguments, fails, numbers=kind not in WITHOUT_NUMBERS)
    found = again(arguments)
    if kind == "value":
        largest = max((other.arguments for _, other, _ in group), key=numbers_in)
        seen = judge(student, task, largest, measure=True).finding
        if seen and seen.kind != kind:
            found.finding = seen
    if found.finding:
        verdict.__dict__.update(found.__dict__)


def numbers_in(arguments: Arguments) -> int:
    """How many numbers the arguments hold."""
    return sum(x.size for x in arguments.values() if isinstance(x, np.ndarray))
