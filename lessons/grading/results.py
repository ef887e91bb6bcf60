"""What came of an exercise, put together from what the worker has sent."""
from __future__ import annotations

from dataclasses import dataclass, field

from .catalog import Entry
from .layout import Block
from .sandbox import Outcome

PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"


@dataclass
class CaseResult:
    """What came of one case."""

    name: str
    status: str = NOT_RUN
    kind: str = ""
    message: str = ""
    hint: str = ""
    task: str = ""                  # the function, where an exercise has several
    blocks: list[Block] = field(default_factory=list)
    printed: str = ""


@dataclass
class Result:
    """What came of one exercise."""

    entry: Entry
    path: str
    cases: list[CaseResult]
    state: str = ""                 # "graded", "not started", "missing" or "failed": nothing could be run
    kind: str = ""                  # of what stopped the whole exercise, with a message
    message: str = ""
    printed: str = ""
    seconds: float = 0.0

    @property
    def passed(self) -> int:
        """How many cases passed."""
        return sum(case.status == PASSED for case in self.cases)

    @property
    def all_passed(self) -> bool:
        """Whether nothing is left to do."""
        return self.state == "graded" and self.passed == len(self.cases) and not self.message

    @property
    def score(self) -> str:
        """The state in a word or two: "3 of 5"."""
        if self.state in ("not started", "missing"):
            return self.state
        return "passed" if self.all_passed else f"{self.passed} of {len(self.cases)}"


def result_of(entry: Entry, path: str, outcome: Outcome) -> Result:
    """Put together what the worker has sent."""
    names: list[str] = next((e["names"] for e in outcome.events if e["event"] == "cases"), [])
    result = Result(entry, path, [CaseResult(name) for name in names], "graded", seconds=outcome.seconds)
    running, slow = -1, ""
    for event in outcome.events:
        if event["event"] == "file":
            result.state, result.kind, result.message = "failed", event["kind"], event["message"]
            result.printed = event["printed"]
        elif event["event"] == "start":
            running, slow = event["case"], event["slow"]
        elif event["event"] == "result":
            case = result.cases[event["case"]]
            case.status = PASSED if event["passed"] else FAILED
            case.kind, case.message, case.hint = event["kind"], event["message"], event["hint"]
            case.task, case.blocks, case.printed = event["task"], event["blocks"], event["printed"]
    unfinished = [case for case in result.cases if case.status == NOT_RUN]
    if outcome.ending and (unfinished or not result.cases):
        stopped_here(result, outcome, running, slow)
    return result


def stopped_here(result: Result, outcome: Outcome, running: int, slow: str) -> None:
    """Say of the case that was running, or of the file, that it ended everything."""
    if outcome.ending == "timeout":
        message = (f"Stopped: {outcome.how}. Is there a loop that never ends, or one that does the same "
                   f"work again and again? {slow}").rstrip()
    elif outcome.ending == "grader":
        message = f"The grader itself has failed, which may be no fault of yours: {outcome.how}"
    else:
        message = f"Stopped: {outcome.how}."
    if running >= 0 and result.cases[running].status == NOT_RUN:
        case = result.cases[running]
        case.status, case.kind, case.message = FAILED, outcome.ending, message
    else:
        result.state, result.kind, result.message = "failed", outcome.ending, message
