"""The outcome of one check: for people as text, for programs as words."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable

from ..errors import GradCheckError, NotMeasurable
from ..terminal.spelling import printable
from .compare import Comparison, compare_problem
from .diagnosis import CannotCheck, Diagnosis
from .numbers import WIDTH, fitted
from .options import Options
from .problem import Problem
from .wording import description


@dataclass(repr=False)
class Report:
    """What a check found. It is true when everything passed, and prints as the message of the failure.

    Attributes:
        name: of the function that was checked.
        comparisons: one ``Comparison`` for every checked input; empty if there is a problem.
        problem: what kept the check from comparing at all (a random function, no gradients returned …).
        notes: what the reader should know although it isn't a mistake, such as inputs that were upcast.

    >>> def backward(upstream, y_hat, y):
    ...     return 2 * upstream * (y_hat - y), None
    >>> def mse(y_hat, y):
    ...     return ((y_hat - y) ** 2).mean()
    >>> report = minigrad.check.gradcheck_function(
    ...     mse, backward, [[1.0, 2.0, 4.0, 7.0], [1.5, 1.0, 2.0, 8.0]], raise_exception=False)
    >>> report.passed, report.kind
    (False, 'factor')
    >>> print(report)
    mse: the gradient of input 0 (y_hat, shape (4,)) is wrong in 4 of 4 entries
      worst at [2]: analytic 5.0999, numeric 1.2750
      analytic / numeric is 4.0000 everywhere: a factor 1/n is missing (n = 4, the
        number of entries of y_hat).
    """

    name: str
    comparisons: list[Comparison]
    problem: Diagnosis | None = None
    notes: list[str] = field(default_factory=list)
    prefix: str = ""
    strict: bool = False

    @classmethod
    def of(cls, name: str, problem: Callable[[], Problem], options: Options, strict: bool) -> Report:
        """Check a problem; what keeps it from being checked is the report, too."""
        try:
            made = problem()
            notes = made.notes + [made.broken] if made.broken else made.notes
            return cls(name, compare_problem(made, options), notes=notes, strict=strict)
        except CannotCheck as error:
            return cls(name, [], error.diagnosis, strict=strict)

    @property
    def passed(self) -> bool:
        """Every gradient agrees with its slopes; with ``strict`` there were slopes to agree with."""
        return self.problem is None and not self.failed and not (self.strict and self.silent)

    @property
    def failed(self) -> list[Comparison]:
        """The inputs whose gradients are wrong, and those that could not be compared."""
        return [c for c in self.comparisons if not c.passed]

    @property
    def silent(self) -> list[Comparison]:
        """The inputs that test nothing: all slopes are 0, and a backward that returns 0 would pass."""
        return [c for c in self.comparisons if c.silent]

    @property
    def measurable(self) -> bool:
        """False where nothing is known to be wrong, but nothing could be compared either."""
        if self.problem is not None or self.passed:
            return True
        return not all(c.not_compared for c in self.failed)

    @property
    def kind(self) -> str:
        """One of ``KINDS``: what the first failure is; "" when everything passed."""
        if self.problem is not None:
            return self.problem.kind
        wrong = sorted(self.failed, key=lambda c: c.not_compared)
        return wrong[0].kind if wrong else "" if self.passed else "tests_nothing"

    @property
    def text(self) -> str:
        """The message, in lines of at most 80 columns: a block for each failed input, and the notes."""
        return self.written()

    def written(self, width: int = WIDTH) -> str:
        """The text in lines of that width."""
        if self.problem is not None:
            return fitted(f"{self.prefix}{self.name}: {self.problem.text}", width)
        shown = self.failed or self.comparisons
        blocks = [f"{'also: ' if self.failed else ''}{description(found)}" for found in shown]
        blocks[0] = f"{self.prefix}{self.name}: {description(shown[0])}"
        notes = [] if self.failed else [
            f"  (all slopes of {c.name} are 0 here: this input tests nothing, and a gradient of 0 would "
            "always pass. Choose another.)" for c in self.silent]
        return fitted("\n".join(blocks + notes + [f"  ({note})" for note in self.notes]), width)

    def raise_if_failed(self) -> None:
        """Raise GradCheckError with the text, or NotMeasurable, unless everything passed."""
        __tracebackhide__ = True
        if not self.passed:
            raise self.error(self.text)

    @property
    def error(self) -> type[GradCheckError] | type[NotMeasurable]:
        """The class of error that a failure is raised as."""
        return GradCheckError if self.measurable and self.kind != "tests_nothing" else NotMeasurable

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return printable(self.text)

    __repr__ = __str__
