"""What a student reads: each case by name, the first failing input, and what to do."""
from __future__ import annotations

import textwrap
from typing import Sequence

from .catalog import Entry
from .layout import Block, beside, one_row
from .results import FAILED, PASSED, CaseResult, Result

WIDTH = 100                     # of a report in a file; in a terminal it is as wide as that
INDENT = " " * 11

#: Mistakes that no lesson explains.
PLAIN = {"not started", "signature", "missing function", "exit", "flood", "crash", "exception", "memory",
         "type", "dtype", "changed", "timeout", "recursion", "grader"}


class Report:
    """The text on one exercise.

    Args:
        result: what came of it.
        reading: a sentence that says where to read about it.
        styled: bold titles, for a terminal.
        brief: without the cases that passed, and with the numbers of one failing case only.
        width: of its lines, in characters.
    """

    def __init__(self, result: Result, reading: str = "", styled: bool = False, brief: bool = False,
                 width: int = WIDTH) -> None:
        self.result, self.reading, self.styled, self.brief = result, reading, styled, brief
        self.width = width
        self.said: set[str] = set()                         # what need not be said again
        self.explained: set[tuple[str, str]] = set()        # functions and the mistakes found in them

    def __str__(self) -> str:
        """All of it."""
        return "\n".join([self.head(), *self.body(), *self.noted()])

    def head(self) -> str:
        """The exercise at the left, how far it is at the right."""
        title = f"exercise {self.result.entry.number}, {self.result.entry.title}"
        line = title + " " * max(2, self.width - len(title) - len(self.result.score)) + self.result.score
        return f"\033[1m{line}\033[0m" if self.styled else line

    def noted(self) -> list[str]:
        """What a teacher will see beside the result, said to the student as well."""
        found = "; ".join(str(x) for x in self.result.suspicious[:8])
        return wrapped(f"Noted for the teacher: {found}.", "  ", self.width) if found else []

    def body(self) -> list[str]:
        """The cases, or why there are none."""
        result = self.result
        if result.message:
            if self.brief and result.state == "not started":
                return []
            return wrapped(result.message, "  ", self.width) + \
                printed_lines(result.printed, "  ", self.width)
        lines = []
        for case in result.cases:
            if case.status == FAILED:
                why = self.explanation(case)
                known = " (as above)" if why is None else "" if why else " (most likely the same)"
                lines += [f"  {case.status:7}  {case.name}{known}", *(why or [])]
            elif case.status != PASSED or not self.brief:
                lines.append(f"  {case.status:7}  {case.name}")
                lines += [] if self.brief else printed_lines(case.printed, INDENT, self.width)
        return lines

    def explanation(self, case: CaseResult) -> list[str] | None:
        """Why a case failed; None when that has been explained already, [] when most likely it has."""
        first = not any(task == case.task for task, _ in self.explained)
        this = case.task, case.message.partition(")")[0] if case.kind == "exception" else case.kind
        if this in self.explained:
            return None
        if case.kind == "value" and not first:
            return []
        lines = []
        if case.blocks and not (self.brief and self.explained):
            lines = [INDENT + line for line in in_columns(case.blocks, self.width)]
        self.explained.add(this)
        sentences = [case.message, case.hint]
        if case.kind not in PLAIN:
            sentences.append(self.reading)
        new = [sentence for sentence in sentences if sentence and sentence not in self.said]
        if not new and case.kind in PLAIN:
            return None
        self.said.update(new)
        return lines + wrapped(" ".join(new), INDENT, self.width) + printed_lines(case.printed, INDENT,
                                                                                  self.width)


def in_columns(blocks: Sequence[Block], width: int) -> list[str]:
    """All blocks in one row; if they are too wide, what was expected and what came in rows of their own, one
    for each result."""
    width -= len(INDENT)
    results = [block for block in blocks if block[0].split("[")[0].split()[0] in ("expected", "got")]
    if one_row(blocks, width):
        return beside(blocks, width)
    lines = beside([block for block in blocks if block not in results], width)
    if one_row(results, width):
        return lines + beside(results, width)
    return lines + [line for i in range(0, len(results), 2) for line in beside(results[i:i + 2], width)]


def printed_lines(printed: str, indent: str, width: int, most: int = 8) -> list[str]:
    """What the student's code printed, below a word that says so."""
    lines = printed.rstrip().splitlines()
    if not lines:
        return []
    room = width - len(indent) - len("printed  ")
    shown = [line if len(line) <= room else line[:room - 2] + " …" for line in lines[:most]]
    if len(lines) > most:
        shown.append(f"… and {len(lines) - most} more lines")
    return [f"{indent}{'' if i else 'printed':9}{line}" for i, line in enumerate(shown)]


def wrapped(sentence: str, indent: str, width: int) -> list[str]:
    """A sentence in lines of the report's width."""
    return textwrap.wrap(" ".join(sentence.split()), width, initial_indent=indent, subsequent_indent=indent,
                         break_long_words=False, break_on_hyphens=False)


def listing(rows: Sequence[tuple[Entry, str]]) -> str:
    """All exercises with their state, and the lesson to read first."""
    wide = max(len(entry.title) for entry, _ in rows)
    return "\n".join(f"{entry.number:2d}  {entry.title:{wide}}  lesson {entry.lesson:2d}  {state}".rstrip()
                     for entry, state in rows)


def summary(results: Sequence[Result]) -> str:
    """The last line: how many exercises and cases passed."""
    cases, passed = sum(len(x.cases) for x in results), sum(x.passed for x in results)
    return (f"{sum(x.all_passed for x in results)} of {len(results)} exercises passed, "
            f"{passed} of {cases} cases")
