"""Exercise 30: from scores to the next token."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from minigrad.text import next_probabilities

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, decimals
from ..oracle import tensor

ROWS = "All rows together add up to 1. Each row is a distribution of its own: axis=1."
REST = "What is left doesn't add up to 1. Divide each row by its sum."
MOVED = "The probabilities are right, but not in their places: entry i belongs to token i."


def softer(z: Any, temperature: float) -> np.ndarray:
    """softmax(z / T)."""
    return next_probabilities(tensor(z), temperature).numpy()


def best(p: Any, k: int) -> np.ndarray:
    """The k best, which add up to 1 again."""
    return next_probabilities(tensor(p).log(), top_k=k).numpy()


def nucleus(p: Any, share: float) -> np.ndarray:
    """The best that have this share."""
    result = np.zeros(p.shape)
    for row, to in zip(p, result):
        order = np.argsort(-row, kind="stable")
        before = np.cumsum(row[order]) - row[order]
        keep = order[before < share]
        to[keep] = row[keep] / row[keep].sum()
    return result


def normalized(p: np.ndarray) -> np.ndarray:
    """Rows that add up to 1; nan where one is empty."""
    with np.errstate(all="ignore"):
        return p / p.sum(1, keepdims=True)


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    z, temperature = attempt.arguments["z"], attempt.arguments["temperature"]
    if np.isnan(attempt.got["p"]).any():
        yield Finding("overflow", "e to a large power is inf, and inf / inf isn't a number. Subtract each "
                      "row's maximum first; softmax stays the same.")
    shared = np.exp((z - z.max(1, keepdims=True)) / temperature)
    for kind, wrong, text in (
            ("whole array", shared / shared.sum(), ROWS),
            ("whole array", softer(z.reshape(1, -1), temperature).reshape(z.shape), ROWS),
            ("upside down", softer(z, 1 / temperature), "The scores are multiplied by the temperature. They "
             "are divided by it: a high temperature makes them alike."),
            ("ignored", softer(z, 1.0), "The temperature has no effect."),
            ("after", softer(z, 1.0) / temperature, "The probabilities are divided by the temperature. The "
             "scores are, before the softmax.")):
        if attempt.is_("p", wrong):
            yield Finding(kind, text)


def recognize_best(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    p, k = attempt.arguments["p"], attempt.arguments["k"]
    right = attempt.expected["q"]
    kept = np.where(right > 0, p, 0.0)
    down = np.sort(p, 1)[:, ::-1]
    for kind, wrong, text in (
            ("sum", kept, REST),
            ("worst", normalized(np.where(p <= down[:, -k:][:, :1], p, 0.0)), "The k worst are kept."),
            ("places", np.sort(right, 1)[:, ::-1], MOVED),
            ("places", np.sort(right, 1), MOVED),
            ("one off", best(p, k + 1), "One too many is kept."),
            ("one off", best(p, max(k - 1, 1)), "One too few is kept."),
            ("whole array", normalized(np.where(p >= np.sort(p, None)[-k], p, 0.0)), "The k best of all rows "
             "are kept. Each row has its own.")):
        if attempt.is_("q", wrong):
            yield Finding(kind, text)


def recognize_nucleus(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    p, share = attempt.arguments["p"], attempt.arguments["share"]
    right = attempt.expected["q"]
    order = np.argsort(-p, 1, kind="stable")
    after = np.cumsum(np.take_along_axis(p, order, 1), 1)
    back = np.argsort(order, 1)
    inside = np.where(np.take_along_axis(after <= share, back, 1), p, 0.0)
    within = np.where(np.take_along_axis(after - np.take_along_axis(p, order, 1) <= share, back, 1), p, 0.0)
    by_place = np.where(np.cumsum(p, 1) - p < share, p, 0.0)
    for kind, wrong, text in (
            ("sum", np.where(right > 0, p, 0.0), REST),
            *(("one too few", wrong, "The token that reaches the share is left out. Together those kept must "
               "have at least this share, so it belongs to them.") for wrong in (normalized(inside), inside)),
            ("one too many", normalized(within), "One too many is kept: those before it already had the "
             "share."),
            ("threshold", normalized(np.where(p >= share, p, 0.0)), "Each probability is compared with the "
             "share. It is their sum, from the best on, that has to reach it."),
            ("unsorted", normalized(by_place), "The sum runs in the order of the tokens. It runs from the "
             "best on."),
            ("places", np.sort(right, 1)[:, ::-1], MOVED)):
        if attempt.is_("q", wrong):
            yield Finding(kind, text)


TASKS = {
    "softer": Task("softer", ("z", "temperature"), ("p",), softer, axes={"z": "n"}, recognize=recognize),
    "best": Task("top_k", ("p", "k"), ("q",), best, axes={"p": "n"}, recognize=recognize_best),
    "nucleus": Task("top_p", ("p", "share"), ("q",), nucleus, axes={"p": "n"}, recognize=recognize_nucleus),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    soft = "softmax of z / temperature, row by row; subtract the row's maximum first."
    few = "Entries below the row's k-th largest become 0; then each row is divided by its sum."
    sum_ = ("From the best on, add up until the share is reached; those are kept, the others become 0; then "
            "each row is divided by its sum.")
    p = array([0.125, 0.5, 0.25, 0.125], [0.625, 0.0625, 0.1875, 0.125])
    many = softer(decimals(random, 4, 9) * 2, 1.0)
    return [
        Case("a temperature of 1", "softer", {"z": array([0, 1]), "temperature": 1.0}, soft),
        Case("a temperature of 2", "softer", {"z": array([0, 2, -2], [1, 0, 5]), "temperature": 2.0}, soft),
        Case("large scores", "softer", {"z": array([1000, 1001, 900]), "temperature": 0.5}, soft),
        Case("random scores", "softer", {"z": decimals(random, 5, 7), "temperature": 0.7}, soft),
        Case("the best two", "best", {"p": p[1:], "k": 2}, few),
        Case("the best one of each row", "best", {"p": p, "k": 1}, few),
        Case("the best four of nine", "best", {"p": many, "k": 4}, few),
        Case("half is enough", "nucleus", {"p": p[:1], "share": 0.6}, sum_),
        Case("the share is met exactly", "nucleus", {"p": p, "share": 0.75}, sum_),
        Case("the best alone has the share", "nucleus", {"p": p, "share": 0.3}, sum_),
        Case("a random share", "nucleus", {"p": many, "share": 0.8}, sum_),
    ]


EXERCISE = Exercise(TASKS, cases)
