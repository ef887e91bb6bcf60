"""Exercise 10: max-pool backward."""
from __future__ import annotations

from typing import Iterator

import numpy as np

from minigrad.nn import functional as F

from ..model import Arguments, Attempt, Case, Exercise, Finding, Task, same
from ..numbers import array, integers
from ..oracle import gradients
from ..slopes import Slopes


def max_pool(g: np.ndarray, x: np.ndarray, k: int, stride: int) -> np.ndarray:
    """The gradient."""
    return gradients(lambda x: F.max_pool2d(x[None, None], k, stride)[0, 0], g, x)[0]


def recognize(attempt: Attempt) -> Finding | None:
    """The mistakes that are typical here, told from the numbers."""
    a, got, right = attempt.arguments, attempt.got["grad_x"], attempt.expected["grad_x"]
    wrong, x = attempt.wrong("grad_x"), a["x"]
    touched = max_pool(np.ones_like(a["g"]), x, a["k"], a["stride"])    # how many windows an entry wins
    if same(got, gradients(lambda x: F.avg_pool2d(x[None, None], a["k"], a["stride"])[0, 0], a["g"], x)[0]):
        return Finding("average", "The gradient is spread over the whole window, as average-pooling does.")
    if same(got, touched):
        return Finding("upstream", "The upstream gradient is missing: the maxima get 1 and not g.")
    if same(got, x * (touched > 0)):
        return Finding("values", "The maxima themselves were returned, where their gradients should be.")
    tied = ties(x, a["k"], a["stride"])
    if not (wrong & ~tied).any() and wrong.any():
        if (got * (touched == 0)).any() and same(got.sum(), right.sum()):
            moved = np.count_nonzero(got) == np.count_nonzero(right)
            how = "went to another one of" if moved else "was shared out among"
            return Finding("tie", f"The gradient {how} the equal maxima; it goes to the first one in reading "
                           "order.")
        if (got * (touched == 0)).any():
            return Finding("tie", "All equal maxima received the gradient; only the first one was passed on.")
    if not (wrong & (touched < 2)).any() and wrong.any():
        return Finding("overlap", "Two windows have the same maximum, and the second gradient overwrites the "
                       "first one. They add up.")
    if not (wrong & ~windows_below_0(x, a["k"], a["stride"])).any():
        return Finding("negative", "Wrong only where a window holds nothing but negative numbers: is 0 taken "
                       "for the smallest number? Begin with −∞, or with an entry of the window.")
    return None


def ties(x: np.ndarray, k: int, stride: int) -> np.ndarray:
    """Which entries are one of several equal maxima of a window."""
    result = np.zeros(x.shape, bool)
    for i in range(0, x.shape[0] - k + 1, stride):
        for j in range(0, x.shape[1] - k + 1, stride):
            best = x[i:i + k, j:j + k] == x[i:i + k, j:j + k].max()
            if best.sum() > 1:
                result[i:i + k, j:j + k] |= best
    return result


def windows_below_0(x: np.ndarray, k: int, stride: int) -> np.ndarray:
    """Which entries lie in a window whose maximum is negative."""
    result = np.zeros(x.shape, bool)
    for i in range(0, x.shape[0] - k + 1, stride):
        for j in range(0, x.shape[1] - k + 1, stride):
            result[i:i + k, j:j + k] |= x[i:i + k, j:j + k].max() < 0
    return result


def smaller(arguments: Arguments) -> Iterator[Arguments]:
    """Without the first or the last row or column of windows."""
    g, x, k, stride = (arguments[name] for name in ("g", "x", "k", "stride"))
    for axis in (0, 1):
        windows = g.shape[axis]
        if windows > 1:
            size = (windows - 2) * stride + k
            for start in (0, 1):
                yield {**arguments, "g": np.take(g, np.arange(start, start + windows - 1), axis),
                       "x": np.take(x, np.arange(start * stride, start * stride + size), axis)}


TASK = Task("max_pool_backward", ("g", "x", "k", "stride"), ("grad_x",), max_pool, recognize=recognize,
            smaller=smaller, slopes=Slopes(
                lambda x, k, stride: F.max_pool2d(x[None, None], k, stride)[0, 0], {"grad_x": "x"}))


def distinct(random: np.random.Generator, h: int, w: int) -> np.ndarray:
    """Different numbers above 0."""
    return random.permutation(np.arange(1, h * w + 1)).reshape(h, w).astype(float)


def cases(random: np.random.Generator) -> list[Case]:
    """The cases, from small to large."""
    one = "Find where the largest entry of each window lies; its place gets the window's g, all others 0."
    return [
        Case("one window", "it", {"g": array([2]), "x": array([1, 5], [3, 0]), "k": 2, "stride": 2}, one),
        Case("windows side by side", "it",
             {"g": array([1, 2], [3, 4]), "x": distinct(random, 4, 4), "k": 2, "stride": 2}, one),
        Case("two equal maxima in one window", "it",
             {"g": array([2]), "x": array([1, 5], [5, 0]), "k": 2, "stride": 2},
             "Of equal maxima only the first one in reading order gets the gradient."),
        Case("all negative", "it",
             {"g": array([3]), "x": array([-4, -2], [-3, -5]), "k": 2, "stride": 2}, one),
        Case("two windows share a maximum", "it",
             {"g": array([2, 3]), "x": array([1, 9, 2], [3, 4, 5]), "k": 2, "stride": 1},
             "What is the maximum of several windows gets the sum of their gradients."),
        Case("a column in no window", "it",
             {"g": integers(random, 1, 2), "x": distinct(random, 2, 5), "k": 2, "stride": 2},
             "What lies in no window gets 0, and grad_x has the shape of x."),
        Case("ties at random, windows of 3×3", "it",
             {"g": integers(random, 3, 3), "x": integers(random, 7, 7), "k": 3, "stride": 2}, one),
    ]


EXERCISE = Exercise({"it": TASK}, cases)
