"""What a look at a training step found: for people as text, for programs as words."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...terminal.spelling import printable
from ..numbers import WIDTH, fitted


@dataclass(frozen=True)
class Finding:
    """One mistake: its name, the evidence in numbers, what to write instead, and the line or layer if known.

    A ``remark`` is certain as well, but may be meant so: layers that share their weights, for instance.

    >>> model = minigrad.nn.Sequential(minigrad.nn.Linear(2, 3), minigrad.nn.Softmax(dim=1))
    >>> sgd = minigrad.optim.SGD(model.parameters(), lr=0.1)
    >>> batch = minigrad.randn(4, 2), minigrad.tensor([0, 1, 2, 0])
    >>> report = minigrad.check.training_step(model, minigrad.nn.CrossEntropyLoss(), sgd, batch)
    >>> (finding,) = report.findings
    >>> finding.name, finding.change
    ('softmax_twice', 'Take the softmax out of the model: the loss applies it itself.')
    """

    name: str               # one of ``MISTAKES``
    evidence: str
    change: str
    where: str = ""         # "net.py:12: return F.softmax(x, 1)", or "layer 3: Softmax(dim=1)"
    remark: bool = False

    def __str__(self) -> str:
        return printable(self.written())

    def written(self, width: int = WIDTH) -> str:
        """The finding as lines of that width."""
        lines = [f"{self.name}{' (a remark)' if self.remark else ''}", f"  {self.evidence}"]
        if self.where:
            where = f"  at {self.where}"
            lines.append(where if len(where) <= width else where[:width - 3] + "...")
        return fitted("\n".join([*lines, f"  → {self.change}"]), width)


@dataclass(repr=False)
class StepReport:
    """What ``training_step`` found. It is true when nothing is wrong, and prints as a text of 80 columns.

    Attributes:
        findings: mistakes and remarks, those first that explain most.
        losses: the loss of each step that was tried, on the same batch with the same random numbers.

    >>> model = minigrad.nn.Linear(2, 1)
    >>> sgd = minigrad.optim.SGD(model.parameters(), lr=0.1)
    >>> batch = minigrad.randn(8, 2), minigrad.randn(8, 1)
    >>> report = minigrad.check.training_step(model, minigrad.nn.MSELoss(), sgd, batch)
    >>> bool(report), report.findings, report.losses[-1] < report.losses[0]
    (True, [], True)
    """

    findings: list[Finding]
    losses: list[float] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The names of the findings."""
        return [finding.name for finding in self.findings]

    @property
    def mistakes(self) -> list[Finding]:
        """The findings that aren't remarks."""
        return [finding for finding in self.findings if not finding.remark]

    @property
    def text(self) -> str:
        """The report, in lines of at most 80 columns."""
        return self.written()

    def written(self, width: int = WIDTH) -> str:
        """The report in lines of that width."""
        count, remarks = len(self.mistakes), len(self.findings) - len(self.mistakes)
        head = "nothing wrong seen" if not count else f"{count} mistake{'s' * (count > 1)}"
        if remarks:
            head += f", {remarks} remark{'s' * (remarks > 1)}"
        lines = [f"training_step: {head}"]
        lines += [finding.written(width) for finding in self.findings]
        if self.losses:
            lines.append(f"loss on this batch, step by step: {' → '.join(map(short, self.losses))}")
        return fitted("\n".join(lines), width)

    def __bool__(self) -> bool:
        return not self.mistakes

    def __str__(self) -> str:
        return printable(self.text)

    __repr__ = __str__


def short(value: Any) -> str:
    """A number in four digits."""
    return f"{float(value):.4g}".replace("-", "−")


def listed(names: Any, most: int = 4) -> str:
    """"a, b, c and 5 more"."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
