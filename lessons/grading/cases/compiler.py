"""Exercise 33: loops fused, and the last use of a value."""
from __future__ import annotations

from typing import Iterator

import numpy as np

from ..model import Attempt, Case, Exercise, Finding, Task


def fused(operands: np.ndarray, sums: np.ndarray, inputs: int) -> np.ndarray:
    """Greedily, line by line."""
    found: list[int] = []
    for line in operands:
        loop = found[-1] if found else 0
        own = [inputs + k for k, other in enumerate(found) if other == loop and sums[k]]
        found.append(loop + bool(set(line.tolist()) & set(own)))
    return np.array(found, dtype=np.float64)


def last(operands: np.ndarray, results: np.ndarray, inputs: int) -> np.ndarray:
    """Line by line."""
    found = np.full(inputs + len(operands), -1.0)
    for k, line in enumerate(operands):
        found[line] = k
    found[results] = len(operands)
    return found


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    operands, sums, inputs = (attempt.arguments[name] for name in ("operands", "sums", "inputs"))
    after = np.concatenate([[0], np.cumsum(sums)[:-1]])
    if attempt.is_("loop", after):
        yield Finding("every sum ends", "Every sum ends its loop. Only a line that reads the sum has to wait "
                      "for it; others go on in the same loop.")
    if attempt.is_("loop", fused(operands, sums, 0)):
        yield Finding("counts from 0", "Line k makes value n + k: the inputs come first.")
    if attempt.is_("loop", fused(operands, np.ones_like(sums), inputs)):
        yield Finding("every line waits", "A line waits for every value of its loop. An entry of a line that "
                      "isn't a sum is known at once, in the same turn of the loop.")
    if attempt.is_("loop", np.zeros_like(sums)):
        yield Finding("one loop", "All is one loop; but a sum is known only when its loop is over.")


def recognize_last(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    operands, results, inputs = (attempt.arguments[name] for name in ("operands", "results", "inputs"))
    first = np.full(inputs + len(operands), -1.0)
    for k, line in reversed(list(enumerate(operands))):
        first[line] = k
    first[results] = len(operands)
    if attempt.is_("last", first):
        yield Finding("first use", "This is the first line that reads a value; the last one is asked for.")
    nobody = np.array([], dtype=int)
    if attempt.is_("last", last(operands, nobody, inputs)):
        yield Finding("results", "What the program returns is needed after its end: its last use is L.")
    second = operands[:, [1, 1]]
    if attempt.is_("last", last(second, results, inputs)) or \
            attempt.is_("last", last(operands[:, [0, 0]], results, inputs)):
        yield Finding("one operand", "A line reads two values; only one of them was looked at.")


TASKS = {
    "loops": Task("loops", ("operands", "sums", "inputs"), ("loop",), fused,
                  axes={"operands": "l ", "sums": "l"}, recognize=recognize),
    "last": Task("last_uses", ("operands", "results", "inputs"), ("last",), last,
                 axes={"operands": "l ", "results": "r"}, recognize=recognize_last),
}


def program(random: np.random.Generator, lines: int, inputs: int) -> np.ndarray:
    """Lines that read values which are there already."""
    return np.array([random.integers(0, inputs + k, 2) for k in range(lines)])


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    join = "A line joins the loop before it, unless it reads a sum that this loop makes."
    use = "last[v] is the last line that reads value v; L if it is returned, −1 if nobody reads it."
    softmax = np.array([[0, 0], [0, 1], [2, 2], [2, 3], [4, 4]])        # m = max, x − m, Σ, /, ·
    long = program(random, 30, 3)
    return [
        Case("two lines", "loops", {"operands": np.array([[0, 1], [2, 0]]), "sums": np.array([0, 0]),
                                    "inputs": 2}, join),
        Case("a length", "loops", {"operands": np.array([[0, 0], [1, 1], [0, 2]]),
                                   "sums": np.array([0, 1, 0]), "inputs": 1}, join),
        Case("a sum that nobody waits for", "loops",
             {"operands": np.array([[0, 0], [0, 1], [1, 3]]), "sums": np.array([1, 0, 0]), "inputs": 2},
             join),
        Case("softmax", "loops", {"operands": softmax, "sums": np.array([1, 0, 1, 0, 0]), "inputs": 1},
             join),
        Case("a sum of an earlier loop", "loops",
             {"operands": np.array([[0, 0], [0, 1], [1, 2]]), "sums": np.array([1, 0, 0]), "inputs": 1},
             join),
        Case("random", "loops", {"operands": long, "sums": random.integers(0, 2, 30), "inputs": 3}, join),
        Case("last uses of a length", "last", {"operands": np.array([[0, 0], [1, 1], [0, 2]]),
                                               "results": np.array([3]), "inputs": 1}, use),
        Case("a value that nobody reads", "last", {"operands": np.array([[0, 0], [1, 1]]),
                                                   "results": np.array([3]), "inputs": 2}, use),
        Case("an input is returned", "last", {"operands": np.array([[0, 1], [2, 1]]),
                                              "results": np.array([0, 3]), "inputs": 2}, use),
        Case("random last uses", "last", {"operands": long, "results": np.array([32, 20]), "inputs": 3}, use),
    ]


EXERCISE = Exercise(TASKS, cases)
