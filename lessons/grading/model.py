"""What an exercise is made of: tasks, which are functions to complete, and cases, which call them."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Iterator, Mapping, NamedTuple, Protocol, Sequence

import numpy as np

from .layout import Block

Arguments = dict[str, Any]


class Slopes(Protocol):
    """How the gradients of a task are measured; see ``slopes``."""

    @property
    def of(self) -> Mapping[str, str]:
        """For each gradient the input it belongs to."""

    def report(self, student: Student, task: Task, arguments: Arguments) -> Any:
        """The report of minigrad.check."""


class Student(Protocol):
    """The functions of a student's file; see ``student``."""

    def call(self, function: str, *arguments: Any, how: str = "plain") -> Any:
        """What a function returns."""


class Finding(NamedTuple):
    """What is wrong: one word for programs, and a sentence for the student."""

    kind: str
    text: str
    enough: bool = False                # the sentence needs no hint beside it


@dataclass(frozen=True)
class Attempt:
    """A call whose results have the right shapes and types, but not the right numbers."""

    arguments: Arguments
    expected: dict[str, np.ndarray]     # by the result's name
    got: dict[str, np.ndarray]

    def wrong(self, name: str) -> np.ndarray:
        """Which entries of a result differ: bool, in its shape."""
        return ~close(self.got[name], self.expected[name])

    def right(self, *names: str) -> bool:
        """Whether all these results are right."""
        return all(not self.wrong(name).any() for name in names)

    def is_(self, name: str, other: Any) -> bool:
        """Whether a wrong result equals ``other``, the result of a well-known mistake."""
        return not self.right(name) and same(self.got[name], other)


class Typical(NamedTuple):
    """A typical mistake by what it returns, and what is said about it."""

    wrong: dict[str, np.ndarray]        # results that it gives; none where it explains all that is wrong
    right: list[str]                    # results that it leaves right
    finding: Finding


@dataclass(frozen=True)
class Case:
    """One call, or several, of one of the student's functions."""

    name: str
    task: str
    arguments: Arguments
    hint: str                           # what to think of when the numbers are wrong
    slow: str = ""                      # … and when it takes too long, or too many nested calls
    about: tuple[str, ...] = ()         # the results that the hint is about, if not all
    expected: dict[str, np.ndarray] | None = None       # the right results, where no code finds them
    mistakes: Sequence[Typical] = ()                    # … nor recognizes these


class Way:
    """How a function is called, and what it returns is looked at: here once, with the arguments in the order
    of the stub. ``ways`` has others."""

    name = "once"
    judges = False                      # ``check`` says whether a result is right; no numbers are compared

    def call(self, student: Student, task: Task, arguments: Arguments) -> Any:
        """What the student's function returns."""
        return student.call(task.function, *(arguments[name] for name in task.parameters))

    def check(self, arguments: Arguments, value: Any) -> Finding | None:
        """What is wrong with the result, for a way that judges."""
        return None

    def show(self, arguments: Arguments) -> list[Block] | None:
        """The arguments as blocks of text; None where each is shown as the array that it is."""
        return None


@dataclass(frozen=True)
class Task:
    """What a function is held to.

    Attributes:
        function: its name in the student's file; parameters: as in the stub.
        results: the names of what it returns: one value, or a tuple of several.
        expected: the right results for these arguments; None where ``way`` judges.
        axes: a letter for each axis of each array, {"x": "nd", "w": "dm"}. Axes with one letter belong
            together, and lose the same rows when a failing input is made smaller.
        labels: for arrays of classes the letter of the axis that they count.
        recognize: names the typical mistakes that this result fits, the most likely one first. By chance
            a small case may fit several; of these the one is told that fits most of the failing cases.
        slopes: how the gradients among the results are measured, to explain what is wrong with them.
        smaller: smaller arguments to try, where letters do not describe them.
        way: how the function is called.
    """

    function: str
    parameters: tuple[str, ...]
    results: tuple[str, ...]
    expected: Callable[..., Any]
    axes: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    recognize: Callable[[Attempt], Iterable[Finding]] = lambda attempt: ()
    slopes: Slopes | None = None
    smaller: Callable[[Arguments], Iterable[Arguments]] | None = None
    way: Way = Way()


@dataclass(frozen=True)
class Exercise:
    """Its tasks by name, and its cases for a source of random numbers, from small to large."""

    tasks: Mapping[str, Task]
    cases: Callable[[np.random.Generator], Sequence[Case]]
    seconds: float = 20.0               # for all cases together
    stored: bool = False                # no code knows the results for other arguments than the cases'


def close(a: Any, b: Any) -> np.ndarray:
    """Which entries agree, up to rounding in float64."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    finite = np.abs(b[np.isfinite(b)])
    scale = float(finite.max()) if finite.size else 0.0
    with np.errstate(invalid="ignore"):
        agree: np.ndarray = np.isclose(a, b, rtol=1e-6, atol=1e-9 * max(scale, 1e-3), equal_nan=True)
    return agree


def same(a: Any, b: Any) -> bool:
    """Whether two arrays have one shape and agree everywhere."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    return a.shape == b.shape and bool(close(a, b).all())


def sizes(arguments: Arguments) -> Iterator[tuple[str, int, int]]:
    """Name, axis and size for every axis of every array among the arguments."""
    for name, value in arguments.items():
        if isinstance(value, np.ndarray):
            for axis, size in enumerate(value.shape):
                yield name, axis, size
