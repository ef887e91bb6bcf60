"""The process in which students' code runs: ``python -m lessons.grading.worker``.

It reads requests, one JSON object a line, and writes events in the same way: which cases there are, when
one starts, what came of it. It forks for each request: the new process starts in a few milliseconds,
because NumPy and minigrad are loaded already, and whatever the student's code does to it, the next request
finds a fresh one. With ``--once`` the worker serves one request itself, and ends.
"""
from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections import Counter
from pathlib import Path
from typing import Any, Callable

import numpy as np

from .judge import Verdict, judge
from .limits import limit
from .model import Arguments, Case, Exercise, Finding, Task
from .shrink import shrink, worth_it
from .student import load

Send = Callable[..., None]
Failure = tuple[int, Case, Verdict]             # which case it is, the case, and what came of it

#: Mistakes whose sentence needs no hint about the numbers.
CLEAR = {"not started", "signature", "missing function", "exit", "flood", "exception", "memory", "type",
         "dtype", "changed"}
#: Mistakes for which the numbers of the input do not matter, only its size.
WITHOUT_NUMBERS = CLEAR | {"recursion", "wrong_shape"}


def main() -> None:
    """Serve requests until there are no more."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    channel = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)        # nobody answers input()
    os.dup2(2, 1)                                       # what is printed stays apart from the events
    sys.stdin = open(0, encoding="utf-8", closefd=False)

    def send(event: str, **content: Any) -> None:
        """Write an event."""
        os.write(channel, (json.dumps({"event": event, **content}) + "\n").encode())

    send("ready")
    for line in requests:
        request = json.loads(line)
        if "--once" in sys.argv:
            send("pid", pid=os.getpid())
            serve_safely(request, send)
            send("end", status=0)
            return
        pid = os.fork()
        if pid == 0:
            os.setsid()                                 # so that it and its children end together
            send("pid", pid=os.getpid())
            serve_safely(request, send)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        send("end", status=os.waitstatus_to_exitcode(status))


def serve_safely(request: dict[str, Any], send: Send) -> None:
    """Serve a request; a mistake of the grader's own is told as such."""
    try:
        serve(request, send)
        send("done")
    except MemoryError:
        send("memory")
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        send("error", message=f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}: "
                              f"{error}")


def serve(request: dict[str, Any], send: Send) -> None:
    """Run the cases of one exercise on a student's file, and send what came of each."""
    exercise = load_exercise(request["name"])
    cases = exercise.cases(np.random.default_rng([request["seed"], request["number"]]))
    send("cases", names=[case.name for case in cases], seconds=exercise.seconds)
    if not request["run"]:
        return
    limit(request["seconds"] or exercise.seconds)
    path = Path(request["path"])
    os.chdir(path.parent)
    module, answer = load(path)
    if module is None:
        assert answer.problem is not None
        send("file", kind=answer.problem.kind, message=answer.problem.text, printed=answer.printed)
        return
    failures: list[Failure] = []
    for i, case in enumerate(cases):
        send("start", case=i, slow=case.slow)
        verdict = judge(module, path, exercise.tasks[case.task], case.arguments)
        send_verdict(send, i, case, verdict)
        if verdict.finding:
            failures.append((i, case, verdict))
    agree(failures)
    groups: dict[tuple[str, str], list[Failure]] = {}                   # by task and kind
    for failure in failures:
        groups.setdefault((failure[1].task, failure[2].kind), []).append(failure)
    for group in groups.values() if request["explain"] else ():
        look_closer(module, path, exercise.tasks[group[0][1].task], group)
        for failure in group:
            send_verdict(send, *failure)


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


def load_exercise(name: str) -> Exercise:
    """The tasks and cases of an exercise."""
    found: Exercise = importlib.import_module(f"lessons.grading.cases.{name}").EXERCISE
    return found


def look_closer(module: Any, path: Path, task: Task, group: list[Failure]) -> None:
    """Put into the verdict on the first of some cases, which fail in the same way, the smallest input that
    still does, and an explanation. Larger inputs explain better: in one or two numbers many things fit."""
    _, case, verdict = group[0]
    kind = verdict.kind
    if kind in CLEAR - {"exception"}:
        return

    def again(arguments: Arguments) -> Verdict:
        """The verdict on other arguments, with the same finding if it fits there, too."""
        found = judge(module, path, task, arguments, measure=kind == "wrong_shape")
        found.finding = next((x for x in found.fits if x.kind == kind), found.finding)
        return found

    def fails(arguments: Arguments) -> bool:
        """Whether the same goes wrong."""
        try:
            return judge(module, path, task, arguments).says(kind)
        except Exception:               # the oracle does not take these arguments
            return False

    arguments = case.arguments
    if worth_it(arguments):
        arguments = shrink(task, arguments, fails, numbers=kind not in WITHOUT_NUMBERS)
    found = again(arguments)
    if kind == "value":
        largest = max((other.arguments for _, other, _ in group), key=numbers_in)
        seen = judge(module, path, task, largest, measure=True).finding
        if seen and seen.kind != kind:
            found.finding = seen
    if found.finding:
        verdict.__dict__.update(found.__dict__)


def numbers_in(arguments: Arguments) -> int:
    """How many numbers the arguments hold."""
    return sum(x.size for x in arguments.values() if isinstance(x, np.ndarray))


def send_verdict(send: Send, i: int, case: Case, verdict: Verdict) -> None:
    """One result; a later one for the same case replaces it."""
    finding = verdict.finding
    hint = "" if finding is None or finding.enough or finding.kind in CLEAR else case.hint
    if verdict.kind == "recursion":
        hint = case.slow
    send("result", case=i, task=case.task, passed=finding is None, kind=verdict.kind,
         message=finding.text if finding else "", hint=hint,
         blocks=verdict.blocks, printed=verdict.printed)


if __name__ == "__main__":
    main()
