"""Exercise 10: max-pool backward."""
from __future__ import annotations

from typing import Any, Callable, Iterator

import numpy as np

from minigrad.nn import functional as F

from ..model import Arguments, Attempt, Case, Exercise, Finding, Task, same
from ..numbers import array, integers
from ..oracle import gradients
from ..slopes import Slopes


def max_pool(g: np.ndarray, x: np.ndarray, k: int, stride: int) -> np.ndarray:
    """The gradient."""
    return gradients(lambda x: F.max_pool2d(x[None, None], k, stride)[0, 0], g, x)[0]


def recognize(attempt: Attempt) -> Iterator[Finding]:
    """The mistakes that are typical here, told from the numbers."""
    a, got, right = attempt.arguments, attempt.got["grad_x"], attempt.expected["grad_x"]
    g, x, k, stride = (a[name] for name in ("g", "x", "k", "stride"))
    wrong = attempt.wrong("grad_x")
    touched = max_pool(np.ones_like(g), x, k, stride)                   # how many windows an entry wins
    if attempt.is_("grad_x", gradients(lambda x: F.avg_pool2d(x[None, None], k, stride)[0, 0], g, x)[0]):
        yield Finding("average", "The gradient is spread over the whole window, as average-pooling does.")
    if attempt.is_("grad_x", touched):
        yield Finding("upstream", "The upstream gradient is missing: the maxima get 1 and not g.")
    if attempt.is_("grad_x", x * (touched > 0)):
        yield Finding("values", "The maxima themselves were returned, where their gradients should be.")
    if attempt.is_("grad_x", right * x):
        yield Finding("values", "The gradients are multiplied by the maxima. The slope of the largest entry "
                      "is 1: it is passed on unchanged.")
    yield from elsewhere(attempt)
    tied = ties(x, k, stride)
    if not (wrong & ~tied).any() and (got * (touched == 0)).any():
        if same(got.sum(), right.sum()):
            moved = np.count_nonzero(got) == np.count_nonzero(right)
            how = "went to another one of" if moved else "was shared out among"
            yield Finding("tie", f"The gradient {how} the equal maxima; it goes to the first one in reading "
                          "order.")
        else:
            yield Finding("tie", "All equal maxima received the gradient; only the first one was passed on.")
    if not (wrong & (touched < 2)).any():
        yield Finding("overlap", "Two windows have the same maximum, and the second gradient overwrites the "
                      "first one. They add up.")


def elsewhere(attempt: Attempt) -> Iterator[Finding]:
    """Mistakes in the place that a window's gradient goes to."""
    a = attempt.arguments
    g, x, k, stride = (a[name] for name in ("g", "x", "k", "stride"))
    for kind, variant, text in (
            ("negative", passed_on(g, np.maximum(x, 0), k, stride), "Wrong where a window holds nothing but "
             "negative numbers: is 0 taken for the smallest number? Begin with −∞, or with an entry of the "
             "window."),
            ("negative", max_pool(g, x, k, stride) * (x > 0), "Windows that hold nothing but negative "
             "numbers pass nothing on: is 0 taken for the smallest number? Begin with −∞, or with an entry "
             "of the window."),
            ("absolute value", passed_on(g, np.abs(x), k, stride), "This looks for the largest absolute "
             "value; of −4 and −2 the larger one is −2."),
            ("smallest", passed_on(g, -x, k, stride), "The smallest entry of each window gets the gradient; "
             "it is that of the largest one."),
            ("offset", passed_on(g, x, k, stride, stride, 0), "The place within the window was taken for the "
             "place in x: window (i, j) begins at row i · stride and column j · stride."),
            *(("stride", passed_on(g, x, k, stride, step, move), f"The windows were taken {step} apart. The "
               "next one begins stride further on.") for step in (k, 1) for move in (step, stride)),
            ("exchanged", passed_on(g, x, k, stride, inside=lambda at, w: at[::-1]), "Row and column within "
             "the window are exchanged."),
            ("argmax", passed_on(g, x, k, stride, inside=lambda at, w: [at[0] * w + at[1]] * 2), "argmax "
             "counts through all entries of the window; np.unravel_index makes row and column of that."),
            ("first window", passed_on(g[:1, :1], x, k, stride), "Only the first window passed its gradient "
             "on: is the return inside of the loop?")):
        if attempt.is_("grad_x", variant):
            yield Finding(kind, text)


def passed_on(g: np.ndarray, key: np.ndarray, k: int, stride: int, step: int | None = None,
              move: int | None = None, inside: Callable[[Any, int], Any] = lambda at, width: at
              ) -> np.ndarray:
    """Each g at the first largest entry of ``key`` in its window, with windows ``step`` apart, which begin
    ``move`` apart in the result; ``inside`` changes the place within the window."""
    found = np.zeros(key.shape)
    for place, value in np.ndenumerate(g):
        at = [i * (stride if step is None else step) for i in place]
        part = key[at[0]:at[0] + k, at[1]:at[1] + k]
        if not part.size:
            continue
        largest = np.argwhere(part == part.max())[0]
        start = at if move is None else [i * move for i in place]
        goal = tuple(int(s + i) for s, i in zip(start, inside(largest, part.shape[1])))
        if all(i < n for i, n in zip(goal, found.shape)):
            found[goal] += value
    return found


def ties(x: np.ndarray, k: int, stride: int) -> np.ndarray:
    """Which entries are one of several equal maxima of a window."""
    result = np.zeros(x.shape, bool)
    for i in range(0, x.shape[0] - k + 1, stride):
        for j in range(0, x.shape[1] - k + 1, stride):
            best = x[i:i + k, j:j + k] == x[i:i + k, j:j + k].max()
            if best.sum() > 1:
                result[i:i + k, j:j + k] |= best
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
