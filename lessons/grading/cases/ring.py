"""Exercise 34: ring all-reduce, on simulated ranks."""
from __future__ import annotations

from typing import Iterator

import numpy as np

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import integers


def steps(chunks: np.ndarray, first: int, add: bool, count: int | None = None, toward: int = 1,
          together: bool = True) -> np.ndarray:
    """Each rank r sends chunk (r + first − s) mod p in step s. The other options are mistakes."""
    p = chunks.shape[0]
    found = chunks.copy()
    for s in range(p - 1 if count is None else count):
        before = found.copy() if together else found        # a view: later ranks send what has just come
        for rank in range(p):
            k, target = (rank + first - s) % p, (rank + toward) % p
            found[target, k] = before[rank, k] + (found[target, k] if add else 0)
    return found


def add_up(chunks: np.ndarray) -> np.ndarray:
    """The steps that add up."""
    return steps(chunks, 0, True)


def hand_round(chunks: np.ndarray) -> np.ndarray:
    """The steps that hand round."""
    return steps(chunks, 1, False)


def numbers_sent(p: int, n: int) -> np.ndarray:
    """2 (p − 1) chunks of n / p."""
    return np.asarray(2 * (p - 1) * n // p)


def mistakes(attempt: Attempt, first: int, add: bool) -> Iterator[Finding]:
    """What both parts have in common."""
    chunks = attempt.arguments["chunks"]
    p = chunks.shape[0]
    for kind, wrong, text in (
            ("one at a time", steps(chunks, first, add, together=False), "The ranks send one after the "
             "other, and some send on what has just come. All send at the same time: note first what each "
             "sends."),
            ("a step too many", steps(chunks, first, add, count=p), "There is a step too many: p − 1 steps "
             "are enough."),
            ("a step too few", steps(chunks, first, add, count=p - 2), "A step is missing: p ranks need "
             "p − 1 steps."),
            ("to the left", steps(chunks, first, add, toward=-1), "The chunks go to the left. Rank r "
             "sends to rank r + 1."),
            ("nothing", chunks, "The chunks are as they were.")):
        if attempt.is_("chunks", wrong):
            yield Finding(kind, text)


def recognize_add(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    chunks = attempt.arguments["chunks"]
    if attempt.is_("chunks", np.broadcast_to(chunks.sum(axis=0), chunks.shape)):
        yield Finding("everything", "These are the sums on every rank. After these steps each rank has only "
                      "one complete chunk; the rest comes with hand_round.")
    if attempt.is_("chunks", steps(chunks, 0, False)):
        yield Finding("replaced", "What comes replaces what is there. In these steps it is added.")
    if attempt.is_("chunks", steps(chunks, 1, True)):
        yield Finding("chunk", "In step s rank r sends its chunk (r − s) mod p; here it is the next one.")
    yield from mistakes(attempt, 0, True)


def recognize_hand(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    chunks = attempt.arguments["chunks"]
    if attempt.is_("chunks", steps(chunks, 1, True)):
        yield Finding("added", "What comes is added. It is complete already, and replaces what is there.")
    if attempt.is_("chunks", steps(chunks, 0, False)):
        yield Finding("chunk", "In step s rank r sends its chunk (r + 1 − s) mod p: first the complete one.")
    if attempt.is_("chunks", np.broadcast_to(chunks.sum(axis=0), chunks.shape)):
        yield Finding("summed", "These are sums over all ranks. Here nothing is added any more.")
    yield from mistakes(attempt, 1, False)


def recognize_sent(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the number."""
    p, n = attempt.arguments["p"], attempt.arguments["n"]
    for kind, wrong, text in (
            ("one half", (p - 1) * n // p, "This is one half of the way: the sums are handed round, too."),
            ("chunks", 2 * (p - 1), "This counts chunks. Each has n / p numbers."),
            ("whole", 2 * (p - 1) * n, "In each step a rank sends one chunk, not all of its numbers. (Or is "
             "this what all ranks send together? Asked for is one of them.)"),
            ("steps", 2 * n, "There are p − 1 steps of each kind, not p.")):
        if attempt.is_("sent", wrong):
            yield Finding(kind, text)


TASKS = {
    "add": Task("add_up", ("chunks",), ("chunks",), add_up, recognize=recognize_add),
    "hand": Task("hand_round", ("chunks",), ("chunks",), hand_round, recognize=recognize_hand),
    "sent": Task("numbers_sent", ("p", "n"), ("sent",), numbers_sent, recognize=recognize_sent),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    add = "In step s rank r sends chunk (r − s) mod p to rank r + 1, which adds it to its own."
    hand = "In step s rank r sends chunk (r + 1 − s) mod p to rank r + 1, which takes it for its own."
    sent = "2 (p − 1) steps, one chunk in each, n / p numbers in a chunk."
    two, three, many = (integers(random, p, p, m) for p, m in ((2, 1), (3, 1), (6, 4)))
    return [
        Case("add up: two ranks", "add", {"chunks": two}, add),
        Case("add up: three ranks", "add", {"chunks": three}, add),
        Case("add up: one rank", "add", {"chunks": integers(random, 1, 1, 3)}, add),
        Case("add up: random", "add", {"chunks": many}, add),
        Case("hand round: two ranks", "hand", {"chunks": add_up(two)}, hand),
        Case("hand round: three ranks", "hand", {"chunks": add_up(three)}, hand),
        Case("hand round: random", "hand", {"chunks": add_up(many)}, hand),
        Case("sent: two ranks", "sent", {"p": 2, "n": 10}, sent),
        Case("sent: one rank", "sent", {"p": 1, "n": 10}, sent),
        Case("sent: many", "sent", {"p": 64, "n": 6400}, sent),
    ]


EXERCISE = Exercise(TASKS, cases)
