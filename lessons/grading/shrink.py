"""A smaller input that fails in the same way: fewer rows and columns, then round numbers."""
from __future__ import annotations

import time
from typing import Any, Callable, Iterator

import numpy as np

from .model import Arguments, Task

TRIES, SECONDS = 300, 2.0


def worth_it(arguments: Arguments) -> bool:
    """Whether an input is too large, or its numbers too long, to work with on paper."""
    arrays = [value for value in arguments.values() if isinstance(value, np.ndarray)]
    floats = [value for value in arrays if value.dtype.kind == "f"]
    most = max((value.size for value in arrays), default=0)
    return most > 9 or most > 4 and any(np.any(x % 1) for x in floats)


def shrink(task: Task, arguments: Arguments, fails: Callable[[Arguments], bool], numbers: bool = True
           ) -> Arguments:
    """The smallest arguments found for which ``fails`` still holds; it holds for ``arguments``.

    Greedy: the first change that still fails is kept, until none does or the time is up.
    """
    end, tries = time.monotonic() + SECONDS, TRIES
    sizes = task.smaller or (lambda x: fewer(task, x))
    for changes in (sizes, simpler) if numbers else (sizes, rounded):
        going = True
        while going:
            going = False
            for candidate in changes(arguments):
                tries -= 1
                if tries < 0 or time.monotonic() > end:
                    return arguments
                if fails(candidate):
                    arguments, going = candidate, True
                    break
    return arguments


def fewer(task: Task, arguments: Arguments) -> Iterator[Arguments]:
    """The arguments without a half, and without one index, of each lettered axis."""
    for letter in dict.fromkeys("".join(task.axes.values())):
        size = length(task, arguments, letter)
        halves = [np.arange(size // 2), np.arange(size // 2, size)] if size > 3 else []
        singles = [np.delete(np.arange(size), i) for i in range(size)] if size > 1 else []
        for kept in (*halves, *singles):
            candidate = keep(task, arguments, letter, kept)
            if candidate is not None:
                yield candidate


def length(task: Task, arguments: Arguments, letter: str) -> int:
    """The size of the axes with this letter."""
    for name, letters in task.axes.items():
        if letter in letters and isinstance(arguments[name], np.ndarray):
            return int(arguments[name].shape[letters.index(letter)])
    return 0


def keep(task: Task, arguments: Arguments, letter: str, kept: np.ndarray) -> Arguments | None:
    """The arguments with some indices of a letter only; None if a label would point to a lost one."""
    changed = dict(arguments)
    for name, letters in task.axes.items():
        value = changed[name]
        for axis, other in enumerate(letters):
            if other == letter and isinstance(value, np.ndarray):
                value = np.take(value, kept, axis)
        changed[name] = value
    for name, counted in task.labels.items():
        if counted == letter:
            if not np.isin(changed[name], kept).all():
                return None
            changed[name] = np.searchsorted(kept, changed[name])
    return changed


def rounded(arguments: Arguments) -> Iterator[Arguments]:
    """The arguments with all numbers rounded."""
    floats = [name for name, x in arguments.items() if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
    yield from changed(arguments, {name: np.rint(arguments[name]) for name in floats})


def simpler(arguments: Arguments) -> Iterator[Arguments]:
    """The arguments with rounder numbers: all at once, array by array, entry by entry."""
    floats = [name for name, x in arguments.items() if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
    for change in (np.rint, lambda x: np.clip(np.rint(x), -3, 3), lambda x: np.round(x, 1)):
        for names in (floats, *([name] for name in floats)):
            yield from changed(arguments, {name: change(arguments[name]) for name in names})
    for name in floats:
        value = arguments[name]
        if value.size <= 12:
            for index in np.ndindex(value.shape):
                for new in (0.0, 1.0, float(np.rint(value[index]))):
                    if value[index] not in (0.0, 1.0):
                        one = value.copy()
                        one[index] = new
                        yield from changed(arguments, {name: one})


def changed(arguments: Arguments, new: dict[str, Any]) -> Iterator[Arguments]:
    """The arguments with new values, if they are new and still as finite as before."""
    if any(not np.array_equal(arguments[name], value + 0.0) for name, value in new.items()):
        yield {**arguments, **{name: value + 0.0 for name, value in new.items()}}
