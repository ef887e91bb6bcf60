"""The process in which students' code runs: ``python -m lessons.grading.worker``.

It reads requests, one JSON object a line, and writes events in the same way: which cases there are, when
one starts, what came of it. Where the system can fork, each request has a process of its own, which
starts in a few milliseconds because NumPy and minigrad are loaded already; whatever the student's code
does to it, the next request finds a fresh one. Elsewhere the worker serves one request and ends.
"""
from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any, Callable

import numpy as np

from .judge import Verdict, judge
from .limits import limit
from .model import Arguments, Case, Exercise
from .shrink import shrink, worth_it
from .student import load

Send = Callable[..., None]


def main() -> None:
    """Serve requests until there are no more."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    channel = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)        # nobody answers input()
    os.dup2(2, 1)                                       # what is printed stays apart from the events
    sys.stdin = open(0, encoding="utf-8", closefd=False)

    def send(event: str, **content: Any) -> None:
        os.write(channel, (json.dumps({"event": event, **content}) + "\n").encode())

    send("ready")
    for line in requests:
        request = json.loads(line)
        if not hasattr(os, "fork"):
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
    failed: dict[str, tuple[int, Case, Verdict]] = {}       # the first of each function
    for i, case in enumerate(cases):
        send("start", case=i, hint=case.hint)
        verdict = judge(module, path, exercise.tasks[case.task], case.arguments)
        send_verdict(send, i, case, verdict)
        if verdict.finding:
            failed.setdefault(case.task, (i, case, verdict))
    for i, case, verdict in failed.values():
        smaller = find_smaller(module, path, exercise, case, verdict)
        if smaller is not None:
            send_verdict(send, i, case, smaller)


def load_exercise(name: str) -> Exercise:
    """The tasks and cases of an exercise."""
    found: Exercise = importlib.import_module(f"lessons.grading.cases.{name}").EXERCISE
    return found


def find_smaller(module: Any, path: Path, exercise: Exercise, case: Case, verdict: Verdict
                 ) -> Verdict | None:
    """The verdict on a smaller input that fails in the same way, if the case's own is large."""
    task = exercise.tasks[case.task]
    if not verdict.blocks or not worth_it(case.arguments):
        return None

    def fails(arguments: Arguments) -> bool:
        try:
            return judge(module, path, task, arguments).kind == verdict.kind
        except Exception:               # the oracle does not take these arguments
            return False

    arguments = shrink(task, case.arguments, fails)
    return judge(module, path, task, arguments) if arguments is not case.arguments else None


def send_verdict(send: Send, i: int, case: Case, verdict: Verdict) -> None:
    """One result; a later one for the same case replaces it."""
    finding = verdict.finding
    send("result", case=i, passed=finding is None, kind=verdict.kind,
         message=finding.text if finding else "", hint=case.hint if finding else "",
         blocks=verdict.blocks, printed=verdict.printed)


if __name__ == "__main__":
    main()
