"""What came of an exercise."""
from __future__ import annotations

from dataclasses import dataclass, field

from .catalog import Entry
from .layout import Block
from .suspicious import Evidence

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
    suspicious: list[Evidence] = field(default_factory=list)

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

    def stopped(self, kind: str, message: str, printed: str = "") -> Result:
        """This result, of a file of which nothing could be run."""
        self.state, self.kind, self.message, self.printed = "failed", kind, message, printed
        return self
