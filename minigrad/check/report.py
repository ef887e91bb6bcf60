"""The outcome of one check: for people as text, for programs as words."""
from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import GradCheckError
from ..terminal.spelling import printable
from .compare import Comparison
from .diagnosis import Diagnosis


@dataclass
class Report:
    """What a check found. It is true when everything passed, and prints as the message of the failure.

    Attributes:
        name: of the function that was checked.
        comparisons: one ``Comparison`` for every checked input; empty if there is a problem.
        problem: what kept the check from comparing at all (a random function, no gradients returned …).
        notes: what the reader should know although it is no mistake, such as inputs that were upcast.

    >>> import minigrad
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
      analytic / numeric is 4.0000 everywhere: a factor 1/n is missing (n = 4, the number of entries of
        y_hat).
    """

    name: str
    comparisons: list[Comparison]
    problem: Diagnosis | None = None
    notes: list[str] = field(default_factory=list)
    prefix: str = ""

    @property
    def passed(self) -> bool:
        """Every gradient agrees with its slopes."""
        return self.problem is None and all(c.passed for c in self.comparisons)

    @property
    def failed(self) -> list[Comparison]:
        """The inputs whose gradients are wrong."""
        return [c for c in self.comparisons if not c.passed]

    @property
    def kind(self) -> str:
        """One of ``KINDS``: what the first failure is; "" when everything passed."""
        if self.problem is not None:
            return self.problem.kind
        return self.failed[0].kind if self.failed else ""

    @property
    def text(self) -> str:
        """The message: one block for each failed input, and the notes."""
        if self.problem is not None:
            return f"{self.prefix}{self.name}: {self.problem.text}"
        shown = self.failed or self.comparisons
        blocks = [f"{'also: ' if self.failed else ''}{found.describe()}" for found in shown]
        blocks[0] = f"{self.prefix}{self.name}: {shown[0].describe()}"
        return "\n".join(blocks + [f"  ({note})" for note in self.notes])

    def raise_if_failed(self) -> None:
        """Raise GradCheckError with the text, unless everything passed."""
        if not self.passed:
            raise GradCheckError(self.text)

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return printable(self.text)
