"""Exercise 24: looking up words, and backward."""
from __future__ import annotations

from typing import Iterator

import numpy as np

from ..model import Attempt, Case, Exercise, Finding, Task
from ..numbers import array, integers
from ..oracle import gradients, tensor


def lookup(table: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Row by row."""
    return tensor(table)[ids].numpy()


def backward(g: np.ndarray, ids: np.ndarray, words: int, pad: int) -> np.ndarray:
    """The gradient of the table, by autograd, where what is padding gets none."""
    real = np.where((ids == pad)[..., None], 0.0, g)
    return gradients(lambda table: table[ids], real, np.zeros((words, g.shape[2])))[0]


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    table, ids = attempt.arguments["table"], attempt.arguments["ids"]
    if ids.min() > 0 and attempt.is_("out", table[ids - 1]):
        yield Finding("counts from 1", "The words are counted from 1; the first row of the table has the "
                      "number 0.")
    first = np.broadcast_to(table[ids[:1]], (*ids.shape, table.shape[1]))
    if len(ids) > 1 and attempt.is_("out", first):
        yield Finding("first sentence", "Every sentence is the first one.")


def recognize_backward(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    g, ids, words, pad = (attempt.arguments[name] for name in ("g", "ids", "words", "pad"))
    right = attempt.expected["grad_table"]
    counts = np.bincount(ids.ravel(), minlength=words)[:, None]
    last = np.zeros((words, g.shape[2]))
    last[ids] = g
    padded, whole = last.copy(), backward(g, ids, words, -1)
    padded[pad] = 0
    if (counts > 1).any():
        if attempt.is_("grad_table", last) or attempt.is_("grad_table", padded):
            yield Finding("accumulate", "A word that occurs several times has only its last share. "
                          "(table[ids] += g adds once for each word, however often it stands in ids; "
                          "np.add.at adds every time.)")
        mean = right / np.maximum(counts, 1)
        if attempt.is_("grad_table", mean):
            yield Finding("mean", "The shares of a word that occurs several times add up; here their mean "
                          "was taken.")
    if attempt.is_("grad_table", whole):
        yield Finding("padding", "The row of pad has a gradient. It is to stay as it is, so it gets 0.")
    if attempt.is_("grad_table",
                   np.broadcast_to((np.arange(words) != pad)[:, None] * counts * 1.0, right.shape)):
        yield Finding("upstream", "Each place counts as 1. By the chain rule it hands on its g.")
    skipped = backward(g, ids, words, 0)
    if pad and attempt.is_("grad_table", skipped):
        yield Finding("pad is 0", "Word 0 gets no gradient; the number that fills up is pad, which need not "
                      "be 0.")


TASKS = {
    "forward": Task("embedding", ("table", "ids"), ("out",), lookup, axes={"table": " d", "ids": "n"},
                    recognize=recognize),
    "backward": Task("embedding_backward", ("g", "ids", "words", "pad"), ("grad_table",), backward,
                     axes={"g": "nld", "ids": "nl"}, recognize=recognize_backward),
}


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    row = "out[n, l] is the row of the table with the number ids[n, l]."
    add = "Each place adds its g to the row of its word; the row of pad stays 0."
    words = np.array([[2, 1, 2]])
    ids = random.integers(0, 6, (4, 7))
    ids[0, :3] = 3
    return [
        Case("one word", "forward", {"table": array([1, 2], [3, 4]), "ids": np.array([[1]])}, row),
        Case("one sentence", "forward", {"table": array([0], [10], [20]), "ids": words}, row),
        Case("random sentences", "forward", {"table": integers(random, 6, 3), "ids": ids}, row),
        Case("backward: every word once", "backward",
             {"g": array([[1, 5], [2, 6]]), "ids": np.array([[2, 1]]), "words": 3, "pad": 0}, add),
        Case("backward: a word twice", "backward",
             {"g": array([[1], [2], [4]]), "ids": words, "words": 3, "pad": 0}, add),
        Case("backward: a word in two sentences", "backward",
             {"g": array([[1], [2]], [[4], [8]]), "ids": np.array([[1, 2], [2, 3]]), "words": 5,
              "pad": 0}, add),
        Case("backward: padding", "backward",
             {"g": array([[1], [2], [4]]), "ids": np.array([[1, 0, 0]]), "words": 2, "pad": 0}, add),
        Case("backward: the padding is the last word", "backward",
             {"g": array([[1], [2], [4]]), "ids": np.array([[0, 1, 2]]), "words": 3, "pad": 2}, add),
        Case("backward: random", "backward",
             {"g": integers(random, 4, 7, 3), "ids": ids, "words": 6, "pad": 5}, add),
    ]


EXERCISE = Exercise(TASKS, cases)
